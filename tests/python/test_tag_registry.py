"""A registry answers as each of its rules does alone, in every kind of frame; questions and counts are those of NumPy."""

import numpy as np
import pytest
import tierwise
from tierwise.tag import Rule, Schema, TagRegistry

SCHEMA = Schema({"visits": "number", "share": "number", "city": "text", "kol": "boolean", "joined": "date"})
RULES = {
    "seen": "visits > 0",
    "often": "visits >= 4",
    "rare": "not has_tag('often') and visits <= 4".replace("'", '"'),
    "city_a": 'city in {"A", "B"} or city == "Ö"',
    "not_a": 'city != "A"',
    "leader": "kol and not (share < 0.25)",
    "plain": "kol == (visits > 2)",
    "new": 'joined >= date("2026-01-01") and known(city)',
    "exact": "visits in {1, 3, 5} or share == 0.5",
    "nobody": 'visits < 0 and has_tag("seen")',
}


def frame(rows: int, seed: int = 1) -> dict[str, np.ndarray]:
    roll = np.random.default_rng(seed)
    visits = roll.integers(0, 7, rows).astype(np.float32)
    visits[roll.random(rows) < 0.1] = np.nan
    share = np.round(roll.random(rows), 1)
    share[roll.random(rows) < 0.2] = np.nan
    city = np.array(["A", "B", "Ö", None], dtype=object)[roll.integers(0, 4, rows)]
    joined = np.datetime64("2025-06-01") + roll.integers(0, 500, rows).astype("timedelta64[D]")
    return {"visits": visits, "share": share, "city": city, "kol": roll.random(rows) < 0.3, "joined": joined}


@pytest.mark.parametrize("rows", [0, 1, 64, 511, 512, 513, 5000])
@pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "pyarrow"])
def test_as_each_rule_alone(rows: int, kind: str) -> None:
    given = frame(rows)
    if kind != "dict":
        module = pytest.importorskip(kind)
        make = module.table if kind == "pyarrow" else module.DataFrame
        if kind == "polars":
            given["city"] = module.Series(given["city"].tolist(), dtype=module.String)
        given = make(given)
    tags = TagRegistry(RULES, SCHEMA).evaluate(given, threads=2)
    assert len(tags) == rows
    schema = Schema(SCHEMA.columns, tags=list(RULES))
    done: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name in ("seen", "often", *(name for name in RULES if name not in ("seen", "often"))):
        done[name] = Rule(RULES[name], schema).evaluate(given, done)
        assert np.array_equal(tags[name], done[name][0]), name
        assert np.array_equal(tags.known(name), done[name][1]), name
    assert tags.counts() == {name: int(done[name][0].sum()) for name in RULES}
    assert tags.known_counts() == {name: int(done[name][1].sum()) for name in RULES}


def test_questions_and_pairs_are_those_of_numpy() -> None:
    tags = TagRegistry(RULES, SCHEMA).evaluate(frame(3000))
    a, b, c = tags["seen"], tags["leader"], tags["city_a"]
    not_b = tags.known("leader") & ~b
    assert np.array_equal(tags.query("seen & (leader | city_a)"), a & (b | c))
    assert np.array_equal(tags.query("~leader & seen"), not_b & a)
    pairs = [("seen", "leader"), ("leader", "seen"), ("city_a", "city_a"), ("nobody", "seen")]
    assert tags.pair_counts(pairs).tolist() == [int((tags[x] & tags[y]).sum()) for x, y in pairs]
    assert tags.pair_counts([]).tolist() == []


def test_memory_is_used_again() -> None:
    registry = TagRegistry(RULES, SCHEMA)
    tags = registry.evaluate(frame(3000))
    for rows in (3000, 100, 4000):
        again = registry.evaluate(frame(rows, seed=rows), into=tags)
        assert again is tags and len(tags) == rows
        fresh = registry.evaluate(frame(rows, seed=rows))
        assert all(np.array_equal(tags[name], fresh[name]) for name in RULES)
    with pytest.raises(tierwise.ArgumentError, match="another registry"):
        TagRegistry(RULES, SCHEMA).evaluate(frame(3), into=tags)


def test_what_is_wrong_is_told_with_its_place() -> None:
    with pytest.raises(tierwise.RuleError, match="unknown column 'visit'; did you mean 'visits'") as caught:
        TagRegistry({"a": "visits > 1", "b": "visit > 1"}, SCHEMA)
    assert caught.value.where.path == "/tags/1/rule"
    with pytest.raises(tierwise.RuleError, match="circle"):
        TagRegistry({"a": 'has_tag("b")', "b": 'not has_tag("a")'}, SCHEMA)
    registry = TagRegistry(RULES, SCHEMA)
    lacking = frame(5)
    del lacking["share"]
    with pytest.raises(tierwise.MissingColumnError, match="share"):
        registry.evaluate(lacking)
    with pytest.raises(tierwise.WrongTypeError):
        registry.evaluate({**frame(5), "visits": np.array(["x"] * 5, dtype=object)})
    tags = registry.evaluate(frame(5))
    with pytest.raises(tierwise.RuleError, match="did you mean 'leader'"):
        tags.query("leadr")
    with pytest.raises(tierwise.ArgumentError, match="did you mean 'leader'"):
        tags["leadr"]
    with pytest.raises(TypeError):
        TagRegistry(RULES, {"visits": "number"})  # type: ignore[arg-type]
