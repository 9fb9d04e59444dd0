"""A registry answers as each of its rules does alone, in every kind of frame; questions and counts are those of NumPy."""

import datetime

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


def test_an_answer_brought_up_to_date_is_that_from_scratch() -> None:
    registry, roll = TagRegistry(RULES, SCHEMA), np.random.default_rng(7)
    given = frame(3000)
    tags = registry.evaluate(given)
    for step in range(20):
        rows = roll.choice(3000, 5, replace=False)
        given["visits"][rows] = roll.integers(0, 7, 5)
        columns = []
        if step % 3 == 0:
            given["share"] = np.round(roll.random(3000), 1)
            columns = ["share"]
        mask = np.isin(np.arange(3000), rows)
        done = registry.update(tags, given, rows=mask if step % 2 else rows, columns=columns)
        assert done.tags == (2 if columns else 0)  # leader and exact
        assert 0 < done.rows <= 5 * 512
        fresh = registry.evaluate(given)
        for name in RULES:
            assert np.array_equal(tags[name], fresh[name])
            assert np.array_equal(tags.known(name), fresh.known(name))


def test_what_time_changes_is_named() -> None:
    territory = tierwise.simulate.territory(hcps=400, seed=3)
    policy = tierwise.Policy.default()
    registry = TagRegistry.from_policy(policy)
    model = tierwise.segment.fit(policy, build(policy, territory, 0))

    def table(profile):
        segments = model.assign(profile)
        return {
            **{name: profile.frame[name] for name in profile.columns},
            **{name: segments[name] for name in segments if name != "hcp_id"},
        }

    for days in (1, 7, 40):
        old, new = build(policy, territory, days), build(policy, territory, 0)
        tags = registry.evaluate(table(old))
        rows, columns = registry.due(new, old.as_of)
        assert 0 < rows.sum() < 400 or days == 40
        registry.update(tags, table(new), rows=rows, columns=columns)
        fresh = registry.evaluate(table(new))
        assert all(np.array_equal(tags[name], fresh[name]) for name in registry.rules)
        assert all(np.array_equal(tags.known(name), fresh.known(name)) for name in registry.rules)
    with pytest.raises(tierwise.ArgumentError, match="only the registry of a policy"):
        TagRegistry(RULES, SCHEMA).due(new, new.as_of)


def build(policy, territory, days_before):
    as_of = territory.as_of - datetime.timedelta(days=days_before)
    return tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=as_of)


def test_a_trace_says_what_was_read_and_what_would_change_it() -> None:
    territory = tierwise.simulate.territory(hcps=300, seed=5)
    policy = tierwise.Policy.default()
    registry = TagRegistry.from_policy(policy)
    profile = build(policy, territory, 0)
    segments = tierwise.segment.fit(policy, profile).assign(profile)
    only = TagRegistry({"silent": "last() > 30d", "keen": 'has_tag("silent") and city == "X"'}, policy)
    frame = {**{name: profile.frame[name] for name in profile.columns}, **dict(segments)}
    tags = registry.evaluate(frame)
    for row in range(0, 300, 30):
        hcp = profile.frame["hcp_id"][row]
        for tag in registry.rules:
            found = tags.trace(hcp, tag)
            expected = "unknown" if not tags.known(tag)[row] else "yes" if tags[tag][row] else "no"
            assert found.verdict == found.steps[0]["verdict"] == expected
            assert found.steps[0]["rule"] == Rule(registry.rules[tag], policy).format()
            assert all(flip["becomes"] != expected for flip in found.flips)
            assert "：" in found.zh
    found = only.evaluate(profile).trace(hcp, "silent")
    assert found.by_itself is None  # a registry of a mapping does not know what contacts are
    by_policy = TagRegistry.from_policy(
        tierwise.Policy.from_dict(
            {
                **policy.to_dict(),
                "name": "one",
                "tags": [
                    {
                        "id": "silent",
                        "name": {"en": "Silent", "zh": "沉默"},
                        "layer": "behaviour",
                        "rule": "last() > 30d",
                    }
                ],
                "recommend": {
                    **policy.to_dict()["recommend"],
                    "actions": [],
                    "contexts": [],
                    "caps": [],
                    "gaps": [],
                    "levers": [],
                },
            }
        )
    )
    days = np.asarray(profile.frame["days_since_contact"])
    row = int(np.flatnonzero(days <= 30)[0])
    found = by_policy.evaluate(profile).trace(profile.frame["hcp_id"][row], "silent")
    assert found.verdict == "no"
    assert found.by_itself == (profile.as_of + datetime.timedelta(days=31 - int(days[row]))).isoformat()
    with pytest.raises(tierwise.UnknownHcpError, match="no rows are of this doctor"):
        tags.trace("nobody", "silent")
    with pytest.raises(tierwise.ArgumentError, match="no tag"):
        tags.trace(hcp, "silnt")


def test_updates_that_do_not_fit_are_refused() -> None:
    registry = TagRegistry(RULES, SCHEMA)
    tags = registry.evaluate(frame(10))
    with pytest.raises(tierwise.ArgumentError, match="another registry"):
        TagRegistry(RULES, SCHEMA).update(tags, frame(10))
    with pytest.raises(tierwise.ArgumentError, match="numbers of rows from 0 to 9"):
        registry.update(tags, frame(10), rows=[10])
    with pytest.raises(tierwise.ArgumentError, match="numbers of rows"):
        registry.update(tags, frame(10), rows=["a"])
    with pytest.raises(tierwise.ArgumentError, match="one bit for each row"):
        registry.update(tags, frame(10), rows=np.ones(9, dtype=bool))
    with pytest.raises(tierwise.MissingColumnError):
        registry.update(tags, frame(10), columns=["salary"])
    with pytest.raises(tierwise.ArgumentError, match="more rows than the table"):
        registry.update(tags, frame(9))


def test_definitions_say_more_than_rules() -> None:
    given = {
        "early": {"rule": "visits < 2", "group": "stage", "name_zh": "早期", "owner": "brand team", "version": 3},
        "late": {"rule": "visits >= 2", "group": "stage", "layer": "behaviour"},
        "kol": {"source": "person", "lives_days": 365, "purpose": "medical"},
        "both": 'has_tag("kol") and has_tag("late")',
    }
    registry = TagRegistry(given, SCHEMA, groups={"stage": {"exclusive": True, "complete": True}})
    early, late, kol, _ = registry.definitions
    assert (early["name_zh"], early["name_en"], early["owner"], early["version"]) == ("早期", "early", "brand team", 3)
    assert (late["layer"], late["group"], kol["source"], kol["lives_days"]) == ("behaviour", "stage", "person", 365)
    assert registry.groups == [
        {"id": "stage", "name_en": "stage", "name_zh": "stage", "exclusive": True, "complete": True}
    ]
    tags = registry.evaluate({"visits": [1.0, 3.0, None]})
    assert not tags.known("kol").any()
    assert tags.frame["kol"].tolist() == [None, None, None]
    assert tags.frame["both"].tolist() == [False, None, None]
    for wrong, says in (
        ({"a": {"rule": "visits > 1", "group": "stage"}}, "no group of tags"),
        ({"a": {"rule": "visits > 1", "source": "model"}}, "has no rule"),
        ({"a": {"rule": "visits > 1", "source": "rumour"}}, "expected one of rule, model, person, import"),
        ({"a": {"rule": "visits > 1", "lives": 3}}, "did you mean 'lives_days'"),
        ({"a": {"rule": "visits > 1", "version": "new"}}, "whole number"),
        ({"a": 3}, "a rule as text, or a mapping"),
    ):
        with pytest.raises(tierwise.Error, match=says):
            TagRegistry(wrong, SCHEMA)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_the_frame_of_tags_is_of_the_kind_that_was_given(kind: str) -> None:
    module = pytest.importorskip(kind)
    make = module.table if kind == "pyarrow" else module.DataFrame
    tags = TagRegistry({"seen": "visits > 1"}, SCHEMA).evaluate(make({"visits": [1.0, 3.0, None]}))
    assert type(tags.frame) is type(make({"a": [1]}))
    values = (
        tags.frame["seen"].tolist()
        if kind == "pandas"
        else tags.frame["seen"].to_pylist()
        if kind == "pyarrow"
        else tags.frame["seen"].to_list()
    )
    assert values[:2] == [False, True]
    assert str(values[2]) in ("None", "<NA>")
