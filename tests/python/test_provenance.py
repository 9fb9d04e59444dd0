"""Statements: the cases shared with C++, the same from every kind of frame, replay, and no id in any message."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import random
import re

import numpy as np
import pytest
import tierwise
from tables import CASES, ROOT, as_objects
from tierwise.provenance import Statements
from tierwise.tag import Schema, TagRegistry

ALL = json.loads((CASES / "statements.json").read_text(encoding="utf-8"))
REGISTRY = TagRegistry(
    {one["id"]: {name: value for name, value in one.items() if name != "id"} for one in ALL["definitions"]},
    Schema({"oncology": "boolean"}),
)
DOCTORS = {"hcp_id": as_objects(list(ALL["doctors"])), "oncology": as_objects(list(ALL["doctors"].values()))}
COLUMNS = [
    "statement_id",
    "hcp_id",
    "tag",
    "kind",
    "source",
    "by",
    "since",
    "expires",
    "recorded",
    "confidence",
    "evidence",
    "withdraws",
]
USUAL = {"hcp_id": "d2", "tag": "oncologist", "kind": "set", "source": "person", "since": "2015-01-01"}


def rows_of(statements: list[dict]) -> list[dict]:
    return [{"recorded": "2015-01-01", **USUAL, "statement_id": f"s{row}", **one} for row, one in enumerate(statements)]


def table_of(rows: list[dict]) -> dict[str, np.ndarray]:
    table = {name: as_objects([row.get(name) for row in rows]) for name in COLUMNS}
    table["confidence"] = np.array([np.nan if c is None else c for c in table["confidence"]], dtype=float)
    return table


def written(frame, *names: str) -> list[str]:
    """Rows as the table of cases has them; a hyphen is none."""
    columns = tierwise.as_written(frame)
    return [
        " ".join(
            "-" if cell == "unknown" and name not in ("answer", "rule") else cell
            for name, cell in zip(names, row, strict=True)
        )
        for row in zip(*(columns[name] for name in names), strict=True)
    ]


@pytest.mark.parametrize("case", ALL["cases"], ids=[case["name"] for case in ALL["cases"]])
def test_cases(case: dict) -> None:
    said = Statements(
        table_of(rows_of(case["statements"])), REGISTRY, DOCTORS, least_confidence=case.get("least_confidence")
    )
    rejected = zip(said.rejected["row"].tolist(), said.rejected["column"], said.rejected["code"], strict=True)
    assert [list(bad) for bad in rejected] == case.get("rejected", [])
    assert said.repeated == case.get("repeated", 0)
    days = {"as_of": case["as_of"], "known_as_of": case["known_as_of"]}
    frame = said.resolve(DOCTORS, **days)
    mine = frame["hcp_id"] == case["doctor"]
    own = {name: values[mine] for name, values in frame.items()}
    names = ("tag", "answer", "source", "statement_id", "since", "expires", "overruled", "rule")
    assert written(own, *names) == case["expect"]
    if "fates" in case:
        found = said.explain(case["doctor"], case["tag"], **days)
        assert written(found, "statement_id", "fate") == case["fates"]
    if "timeline" in case:
        found = said.timeline(case["doctor"], case["tag"], known_as_of=case["known_as_of"])
        assert written(found, "first", "last", "answer", "statement_id") == case["timeline"]


def random_rows(count: int, seed: int) -> list[dict]:
    roll = random.Random(seed)
    rows = []
    for at in range(count):
        row = {
            "hcp_id": roll.choice([*ALL["doctors"], "nobody"]),
            "tag": roll.choice(["oncologist", "kol", "likes_video"]),
            "kind": roll.choice(["set", "veto", "withdraw"]),
            "source": roll.choice(["person", "import", "model"]),
            "by": roll.choice(["u1", "u2", None]),
            "since": f"2015-01-{roll.randint(1, 28):02}",
            "recorded": f"2015-01-{roll.randint(1, 28):02}",
            "expires": roll.choice([None, f"2015-02-{roll.randint(1, 28):02}"]),
            "confidence": roll.random(),
            "evidence": roll.choice(["e1", None]),
            "statement_id": f"s{at}",
            "withdraws": None,
        }
        if row["kind"] == "withdraw" and rows:
            other = roll.choice(rows)
            row.update(withdraws=other["statement_id"], tag=other["tag"], hcp_id=other["hcp_id"])
        rows.append(row)
    return rows


DAYS = ("since", "expires", "recorded")


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_any_frame(kind: str) -> None:
    module = pytest.importorskip(kind)
    make = module.table if kind == "pyarrow" else module.DataFrame
    table = table_of(random_rows(150, seed=2))
    said = Statements(table, REGISTRY, DOCTORS)
    assert len(said) > 50 and said.withdrawals >= 5 and len(said.rejected["row"]) > 10
    expected = said.resolve(DOCTORS, as_of="2015-01-20", known_as_of="2015-01-25")
    given = {name: values.tolist() for name, values in table.items()}
    for name in DAYS:  # as dates instead of text
        given[name] = [None if day is None else datetime.date.fromisoformat(day) for day in given[name]]
        if kind == "pandas":
            given[name] = module.to_datetime(given[name])
    hcps = make({"hcp_id": DOCTORS["hcp_id"].tolist(), "oncology": DOCTORS["oncology"].tolist()})
    other = Statements(make(given), REGISTRY, hcps)
    frame = other.resolve(hcps, as_of=datetime.date(2015, 1, 20), known_as_of="2015-01-25", threads=2)
    assert type(frame) is type(hcps) and type(other.rejected) is type(hcps)
    assert type(other.timeline("d1", "kol")) is type(hcps)
    assert type(other.explain("d1", "kol", as_of="2015-01-20")) is type(hcps)
    assert tierwise.as_written(frame) == tierwise.as_written(expected)
    assert tierwise.as_written(other.rejected) == tierwise.as_written(said.rejected)
    changes = REGISTRY.diff(REGISTRY.evaluate(hcps), other.evaluate(hcps, as_of="2015-01-20"))
    assert type(changes.frame) is type(hcps) and type(changes.summary) is type(hcps)


def test_whole_number_ids() -> None:
    doctors = {"hcp_id": np.array([30, 4]), "oncology": np.array([False, False])}
    table = {
        "statement_id": np.array([10, 9, 11]),
        "hcp_id": np.array([4, 4, 4]),
        "tag": ["oncologist"] * 3,
        "kind": ["set", "set", "withdraw"],
        "source": ["person"] * 3,
        "since": np.array(["2015-01-01"] * 3, dtype="datetime64[D]"),
        "recorded": np.array(["2015-01-01"] * 3, dtype="datetime64[D]"),
        "by": np.array([7, 7, 7]),
        "withdraws": np.array([np.nan, np.nan, 9.0]),
    }
    said = Statements(table, REGISTRY, doctors)
    assert said.explain(4, "oncologist", as_of="2015-06-01")["fate"].tolist() == ["withdrawn", "decides"]
    frame = said.resolve(doctors, as_of="2014-12-31")
    assert len(frame["hcp_id"]) == 0
    table["kind"], table["withdraws"] = ["set"] * 3, [None] * 3
    frame = Statements(table, REGISTRY, doctors).resolve(doctors, as_of="2015-01-01")
    assert (frame["hcp_id"].tolist(), frame["statement_id"].tolist()) == ([4, 4], ["9", None])


def test_what_was_believed_is_replayed() -> None:
    rows = random_rows(120, seed=3)
    known = "2015-01-14"
    before = Statements(table_of([row for row in rows if row["recorded"] <= known]), REGISTRY, DOCTORS)
    random.Random(4).shuffle(rows)
    after = Statements(table_of(rows), REGISTRY, DOCTORS)
    assert len(after) > len(before)
    for as_of in ("2014-12-31", "2015-01-05", "2015-01-20", "2016-06-01"):
        frames = [said.resolve(DOCTORS, as_of=as_of, known_as_of=known) for said in (before, after)]
        assert tierwise.as_written(frames[0]) == tierwise.as_written(frames[1])
    for hcp_id in ALL["doctors"]:
        lines = [said.timeline(hcp_id, "likes_video", known_as_of=known) for said in (before, after)]
        assert tierwise.as_written(lines[0]) == tierwise.as_written(lines[1])


def test_known_as_of_is_the_same_day_unless_given() -> None:
    said = Statements(table_of(rows_of([{"recorded": "2015-03-01"}])), REGISTRY, DOCTORS)
    assert said.evaluate(DOCTORS, as_of="2015-02-28").counts()["oncologist"] == 1  # d1, by the rule
    assert said.evaluate(DOCTORS, as_of="2015-03-01").counts()["oncologist"] == 2
    tags = said.evaluate(DOCTORS, as_of="2015-02-28", known_as_of="2015-03-01")
    assert tags.counts()["oncologist"] == 2 and tags.counts()["asks"] == 2
    frame = said.resolve(tags)
    again = said.resolve(tags, as_of="2015-02-28", known_as_of="2015-03-01")
    assert tierwise.as_written(frame) == tierwise.as_written(again)


def test_diff_of_tags_and_of_sources() -> None:
    plain = REGISTRY.evaluate(DOCTORS)
    said = Statements(
        table_of(rows_of([{}, {"hcp_id": "d1", "kind": "set"}, {"hcp_id": "d3", "kind": "veto"}])), REGISTRY, DOCTORS
    )
    tags = said.evaluate(DOCTORS, as_of="2015-06-01")
    changes = REGISTRY.diff(plain, tags)
    rows = [tuple(row) for row in zip(*(changes.frame[name] for name in changes.frame), strict=True)]
    assert rows == [
        ("d1", "oncologist", "source_changed", "yes", "yes", "rule", "person"),
        ("d2", "oncologist", "gained", "no", "yes", "rule", "person"),
        ("d2", "asks", "gained", "no", "yes", "rule", "rule"),
        ("d3", "oncologist", "became_known", "unknown", "no", None, "person"),
        ("d3", "asks", "became_known", "unknown", "no", None, "rule"),
    ]
    summary = {name: values.tolist() for name, values in changes.summary.items()}
    assert summary["tag"] == list(REGISTRY.rules)
    assert summary["before"][:2] == [1, 1] and summary["after"][:2] == [2, 2]
    assert summary["gained"][:2] == [1, 1] and summary["became_known"][:2] == [1, 1]
    assert summary["source_changed"][:2] == [1, 0]
    assert len(REGISTRY.diff(tags, tags).frame["tag"]) == 0
    with pytest.raises(tierwise.ArgumentError, match="forget"):
        REGISTRY.update(tags, DOCTORS)
    # Evaluating again into the same memory forgets what was said.
    assert len(REGISTRY.diff(plain, REGISTRY.evaluate(DOCTORS, into=tags)).frame["tag"]) == 0


def test_diff_matches_doctors_and_tags() -> None:
    schema = Schema({"x": "number"})
    old = TagRegistry({"a": "x > 0", "gone": "x > 1"}, schema)
    new = TagRegistry({"new": "x > 5", "a": "x > 2"}, schema)
    before = old.evaluate({"hcp_id": ["p", "q", "r"], "x": [1.0, 3.0, np.nan]})
    after = new.evaluate({"hcp_id": ["r", "s", "p"], "x": [4.0, 4.0, 1.0]})
    changes = new.diff(before, after)
    assert changes.frame["hcp_id"].tolist() == ["r", "p"]
    assert changes.frame["change"].tolist() == ["gained", "lost"]
    assert (changes.doctors, changes.joined, changes.left) == (2, 1, 1)
    assert (changes.tags_added, changes.tags_removed) == (["new"], ["gone"])
    assert str(changes) == "2 doctors compared, 1 joined, 1 left; tags added: new; tags removed: gone"
    with pytest.raises(tierwise.ArgumentError, match="another registry"):
        old.diff(before, after)
    nobody = new.diff(before, new.evaluate({"hcp_id": as_objects([]), "x": np.array([])}))
    assert (nobody.doctors, nobody.left, len(nobody.frame["tag"])) == (0, 3, 0)
    rows = old.diff(old.evaluate({"x": np.array([1.0, 0])}), old.evaluate({"x": np.array([0, 1.0])}))
    assert rows.frame["row"].tolist() == [0, 1] and rows.frame["change"].tolist() == ["lost", "gained"]
    with pytest.raises(tierwise.ArgumentError, match="hcp_id"):
        old.diff(before, old.evaluate({"x": np.array([1.0, 0, 0])}))


def test_no_statement_and_no_doctor() -> None:
    none = Statements(table_of([]), REGISTRY, DOCTORS)
    assert (len(none), none.withdrawals, none.repeated, len(none.rejected["row"])) == (0, 0, 0, 0)
    assert len(none.resolve(DOCTORS, as_of="2015-01-01")["tag"]) == 2  # by the rules
    nobody = {"hcp_id": as_objects([]), "oncology": np.array([], dtype=bool)}
    said = Statements(table_of(rows_of([{}])), REGISTRY, nobody)
    assert said.rejected["code"].tolist() == ["unknown_hcp"]
    assert len(said.resolve(nobody, as_of="2015-01-01")["tag"]) == 0


SECRET = "H-4711-secret"


def test_no_message_holds_an_id() -> None:
    doctors = {"hcp_id": as_objects([SECRET, "x"]), "oncology": np.array([True, False])}
    rows = rows_of([{"hcp_id": SECRET, "tag": SECRET}, {"hcp_id": SECRET + "?", "since": SECRET}, {"hcp_id": SECRET}])
    said = Statements(table_of(rows), REGISTRY, doctors)
    assert SECRET not in repr(said) + str(said.rejected)
    tags = said.evaluate(doctors, as_of="2015-06-01")
    plain = REGISTRY.evaluate(doctors)
    turned = {name: values[::-1] for name, values in doctors.items()}
    calls = [
        lambda: said.timeline(SECRET + "?", "kol"),
        lambda: said.explain(SECRET + "?", "kol", as_of="2015-01-01"),
        lambda: said.explain(SECRET, "kols", as_of="2015-01-01"),
        lambda: said.resolve(plain, as_of="2015-06-01"),
        lambda: said.resolve(tags, as_of="2015-06-02"),
        lambda: said.resolve(doctors),
        lambda: said.evaluate(turned, as_of="2015-06-01"),
        lambda: said.evaluate({"oncology": np.array([True])}, as_of="2015-06-01"),
        lambda: said.evaluate(doctors, as_of="soon"),
        lambda: Statements({"hcp_id": as_objects([SECRET])}, REGISTRY, doctors),
        lambda: Statements(table_of(rows), REGISTRY, {"hcp_id": np.array([0.5])}),
        lambda: Statements(table_of(rows), REGISTRY, doctors, least_confidence={"kols": 0.5}),
        lambda: Statements(table_of(rows), REGISTRY, doctors, least_confidence={"kol": 1.5}),
        lambda: Statements({**table_of(rows), "withdraws": np.array([1, 2, 3])}, REGISTRY, doctors),
    ]
    for number, call in enumerate(calls):
        with pytest.raises(tierwise.Error) as told:
            call()
        assert SECRET not in str(told.value), number
    with pytest.raises(TypeError, match="pickled"):
        __import__("pickle").dumps(said)


def test_a_profile_is_taken_too() -> None:
    territory = tierwise.simulate.territory(hcps=60, seed=2)
    policy = tierwise.Policy.default()
    profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    registry = TagRegistry(
        {"seen": "contacts_visit_90d > 0", "kol": {"source": "import"}}, Schema({"contacts_visit_90d": "number"})
    )
    hcp_id = tierwise.as_written(profile.frame)["hcp_id"][7]
    row = {**USUAL, "hcp_id": hcp_id, "tag": "kol", "recorded": "2015-01-01", "statement_id": "1"}
    said = Statements(table_of([row]), registry, profile)
    tags = said.evaluate(profile, as_of=profile.as_of)
    assert np.flatnonzero(tags["kol"]).tolist() == [7]
    assert tags.known("kol").sum() == 1  # of others nobody spoke


def test_the_days_of_rules_are_taken_over() -> None:
    territory = tierwise.simulate.territory(hcps=200, seed=3)
    policy = tierwise.Policy.default()
    profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    model = tierwise.segment.fit(policy, profile)
    by_rules = tierwise.tag.evaluate(profile, model)
    registry = TagRegistry.from_policy(policy)
    columns = dict(profile.frame)
    assigned = model.assign(profile)
    columns.update({name: assigned[name] for name in assigned if name not in columns})
    ids, tag = tierwise.as_written(by_rules)["hcp_id"], tierwise.as_written(by_rules)["tag"]
    days = tierwise.as_written(by_rules)["since"]
    first = next(row for row, day in enumerate(days) if day != "unknown")
    row = {**USUAL, "hcp_id": ids[first], "tag": tag[first], "recorded": "2015-01-01", "statement_id": "1"}
    said = Statements(table_of([row]), registry, profile)
    frame = said.resolve(columns, as_of=profile.as_of, rules_since=by_rules)
    found = tierwise.as_written(frame)
    expected = dict(zip(zip(ids, tag, strict=True), days, strict=True))
    rows = list(zip(found["hcp_id"], found["tag"], found["source"], found["since"], strict=True))
    assert sum(since != "unknown" for *_, since in rows) > 50
    for hcp_id, one, source, since in rows:
        assert since == ("2015-01-01" if source == "person" else expected[hcp_id, one])


def test_the_document_runs_as_it_stands() -> None:
    text = (ROOT / "docs" / "reference" / "provenance.md").read_text(encoding="utf-8")
    given: dict = {}
    shown = []
    for language, block in re.findall(r"```(python|text)\n(.*?)```", text, re.DOTALL):
        if language == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(block, given)
            shown.append(out.getvalue())
        elif not block.startswith("   about"):  # which is a picture
            assert block == shown[-1]
    assert len(shown) == 3


def test_the_document_has_every_reason() -> None:
    text = (ROOT / "docs" / "reference" / "provenance.md").read_text(encoding="utf-8")
    codes = {bad[2] for case in ALL["cases"] for bad in case.get("rejected", [])}
    assert len(codes) >= 9
    assert all(f"`{code}`" in text for code in codes)


def test_a_trace_sees_what_is_said() -> None:
    registry = TagRegistry(
        {"known": {"source": "person"}, "target": 'has_tag("known") and oncology'}, Schema({"oncology": "boolean"})
    )
    doctors = {"hcp_id": as_objects(["a", "b"]), "oncology": as_objects([True, True])}
    said = Statements(table_of(rows_of([{"hcp_id": "a", "tag": "known"}])), registry, doctors)
    tags = said.evaluate(doctors, as_of="2015-02-01")
    found = tags.trace("a", "target")
    assert found.verdict == "yes"
    assert [step["said"] for step in found.steps if step["tag"] == "known"] == [True]
    assert "as said of the doctor" in str(tags.trace("a", "known"))
    assert tags.trace("b", "target").verdict == "unknown"


def test_a_table_without_rows_says_nothing():
    registry = tierwise.tag.TagRegistry({"kol": {"source": "person"}}, tierwise.tag.Schema({"x": "number"}))
    names = ("statement_id", "hcp_id", "tag", "kind", "source", "since", "recorded")
    said = tierwise.provenance.Statements({name: [] for name in names}, registry, {"hcp_id": ["H1"], "x": [1.0]})
    assert len(said) == 0 and len(said.rejected["row"]) == 0


def test_what_is_recorded_later_changes_no_withdrawal_before_it():
    registry = tierwise.tag.TagRegistry({"kol": {"source": "person"}}, tierwise.tag.Schema({}))
    doctors = {"hcp_id": ["H1", "H2"]}
    rows = [
        ("s1", "H1", "set", "2015-01-01", "2015-01-05", None),
        ("w1", "H1", "withdraw", None, "2015-02-01", "s1"),
        ("w1", "H1", "withdraw", None, "2015-02-01", "zz"),
        ("zz", "H2", "set", "2016-01-01", "2016-01-01", None),
    ]
    names = ("statement_id", "hcp_id", "kind", "since", "recorded", "withdraws")

    def answer(rows):
        table = {name: [row[i] for row in rows] for i, name in enumerate(names)}
        table |= {"tag": ["kol"] * len(rows), "source": ["person"] * len(rows)}
        said = tierwise.provenance.Statements(table, registry, doctors)
        return said.evaluate(doctors, as_of="2015-03-01")["kol"].tolist()

    assert answer(rows) == answer(rows[:3]) == answer([rows[0], rows[2], rows[1]])


def test_days_and_doctors_must_be_those_that_are_asked_about():
    t = tierwise.simulate.territory(hcps=20, seed=1)
    policy = tierwise.Policy.default()
    registry = tierwise.tag.TagRegistry({"silent": "days_since_contact > 180"}, policy)
    profile = tierwise.profile.build(policy, t.hcps, t.interactions, as_of="2026-06-30")
    none = {name: [] for name in ("statement_id", "hcp_id", "tag", "kind", "source", "since", "recorded")}
    said = tierwise.provenance.Statements(none, registry, profile)
    assert len(said.evaluate(profile, as_of="2026-06-30")) == 20
    with pytest.raises(tierwise.ArgumentError, match="as of 2026-06-30"):
        said.evaluate(profile, as_of="2026-01-30")
    twice = tierwise.provenance.Statements(none, registry, {"hcp_id": ["H1", "H1", None]})
    with pytest.raises(tierwise.errors.UnknownHcpError, match="several rows"):
        twice.timeline("H1", "silent")
    with pytest.raises(tierwise.errors.UnknownHcpError, match="no doctor"):
        twice.timeline("unknown", "silent")
