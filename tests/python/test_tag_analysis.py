"""Analysis says in Python what it says in C++, of the same kept registries, and its witnesses hold when rules are evaluated."""

import datetime
import json
import pathlib

import numpy as np
import pytest
import tierwise
from tierwise.tag import Rule, Schema, TagRegistry, analyse

CASES = json.loads((pathlib.Path(__file__).parents[1] / "cases/registries.json").read_text(encoding="utf-8"))
SCHEMA = Schema(CASES["columns"], channels=CASES["channels"], measures=CASES["measures"])
ALL = CASES["broken"] + CASES["sound"]


def found_in(case, **more):
    options = {
        key: case[key]
        for key in ("groups", "purposes", "forbidden", "used", "all_channels", "most_steps")
        if key in case
    }
    return analyse(case["tags"], SCHEMA, **{**options, **more})


def written(value):
    """A value as a rule writes it."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, datetime.date):
        return f'date("{value}")'
    if isinstance(value, datetime.timedelta):
        return f"{value.days}d"
    return str(int(value)) if value == int(value) else repr(value)


@pytest.mark.parametrize("case", ALL, ids=[case["name"] for case in ALL])
def test_finds_what_is_there_and_nothing_else(case):
    found = found_in(case)
    wanted = case.get("finds", [])
    assert [(f.kind, list(f.tags)) for f in found] == [(w["kind"], w["tags"]) for w in wanted]
    for finding, facts in zip(found, wanted, strict=True):
        if "values" in facts:
            assert {name: written(value) for name, value in finding.witness.items()} == facts["values"]
        if "because" in facts:
            assert [("not " if p.denied else "") + p.text for p in finding.because] == facts["because"]
        if "part" in facts:
            rule = case["tags"][finding.part.tag]
            rule = rule if isinstance(rule, str) else rule["rule"]
            assert rule[finding.part.begin : finding.part.end] == facts["part"]
        assert finding.column == facts.get("column", "")
        assert facts.get("says", "") in finding.message
        assert repr(finding).startswith(f"<{finding.severity}: {finding.kind}: ")
        assert finding.message_zh != finding.message


def column_of(name, value):
    if name.startswith("days_since"):
        return np.array([np.nan if value is None else value / datetime.timedelta(days=1)])
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool):
        return np.array([value])
    if isinstance(value, datetime.date):
        return np.array([value], dtype="datetime64[D]")
    if isinstance(value, datetime.timedelta):
        return np.array([value / datetime.timedelta(days=1)])
    return np.array([np.nan if value is None else value])


def verdicts(case, columns):
    """Of all tags on one row; what is not among the columns is missing. Rules are evaluated one by one."""
    rules = {name: of if isinstance(of, str) else of.get("rule", "") for name, of in case["tags"].items()}
    schema = Schema(SCHEMA.columns, channels=CASES["channels"], measures=CASES["measures"], tags=list(rules))
    pyarrow = pytest.importorskip("pyarrow")
    empty = {
        "number": np.array([np.nan]),
        "duration": np.array([np.nan]),
        "text": pyarrow.array([None], type=pyarrow.string()),
    }
    empty["date"] = np.array(["NaT"], dtype="datetime64[D]")
    known = {}
    for _ in rules:  # as often as tags can be behind each other
        for name, text in rules.items():
            if not text:
                continue
            rule = Rule(text, schema)
            frame = {}
            for column in rule.columns:
                kind = SCHEMA.columns.get(column, "number")
                if columns.get(column) is not None:
                    frame[column] = column_of(column, columns[column])
                elif kind == "boolean":
                    frame[column] = pyarrow.array([None], type=pyarrow.bool_())
                else:
                    frame[column] = empty[kind]
            known[name] = rule.evaluate(pyarrow.table(frame or {"no column": np.zeros(1)}), known)
    return {name: None if not is_known[0] else bool(yes[0]) for name, (yes, is_known) in known.items()}


WITH_VALUES = [case for case in CASES["broken"] if any(f.get("values") for f in case["finds"])]


@pytest.mark.parametrize("case", WITH_VALUES, ids=[case["name"] for case in WITH_VALUES])
def test_rules_confirm_the_witness(case):
    if any(f["kind"] == "rule_error" for f in case["finds"]):
        pytest.skip("has rules that cannot be evaluated")
    for finding in found_in(case):
        if finding.kind not in ("overlap", "gap"):
            continue
        wanted = finding.kind == "overlap"
        tags = verdicts(case, finding.columns)
        assert all(tags[tag] is wanted for tag in finding.tags)
        for name, value in finding.columns.items():
            if value is not None:
                fewer = {other: v for other, v in finding.columns.items() if other != name}
                tags = verdicts(case, fewer)
                assert not all(tags[tag] is wanted for tag in finding.tags)


def test_registries_and_policies():
    registry = TagRegistry(
        {"low": {"rule": "patients < 5", "group": "g"}, "high": {"rule": "patients > 5", "group": "g"}},
        SCHEMA,
        groups={"g": {"exclusive": True, "complete": True}},
    )
    assert [(f.kind, f.witness) for f in analyse(registry, SCHEMA)] == [("gap", {"patients": 5.0})]
    for name in tierwise.Policy.shipped_names():
        assert [f for f in analyse(tierwise.Policy.shipped(name)) if f.severity == "error"] == []


def test_a_policy_brings_its_purposes():
    policy = json.loads(tierwise.Policy.default().to_json())
    found = analyse(tierwise.Policy.default(), used=[])
    assert {f.kind for f in found} >= {"unused"}
    assert len([f for f in found if f.kind == "unused"]) == len(policy["tags"])


def test_where():
    finding = analyse({"fine": "patients > 3", "bad": "patient > 3"}, SCHEMA)[0]
    assert finding.where.path == "/tags/1/rule"
    assert "did you mean 'patients'" in finding.message


def test_parts_count_characters():
    rule = 'city == "北京" and (specialty == "肿瘤科" or patients > 3 and patients < 2)'
    (finding,) = analyse({"重点": rule}, SCHEMA)
    assert finding.kind == "contradiction"
    assert rule[finding.part.begin : finding.part.end] == "patients > 3 and patients < 2"
    assert [rule[p.begin : p.end] for p in finding.because] == ["patients > 3", "patients < 2"]
    assert str(finding.because[0]) == "patients > 3"


@pytest.mark.parametrize("more", [{"schema": None}, {"most_steps": 0}])
def test_wrong_arguments(more):
    arguments = {"schema": SCHEMA, **more}
    with pytest.raises(tierwise.ArgumentError):
        analyse({"a": "true"}, **arguments)
    with pytest.raises(tierwise.ArgumentError):
        analyse(tierwise.Policy.default(), SCHEMA)


def test_hundreds_of_bounds():
    """Questions are as large as their own rules, not as the registry."""
    tags = {f"t{i}": f'patients > {i} and trials <= {i % 7} and (beds > {i} or city == "c{i}")' for i in range(300)}
    assert analyse(tags, SCHEMA) == []
