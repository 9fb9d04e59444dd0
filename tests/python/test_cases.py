"""The tables of cases that C++ and Python share: segments, rules, decisions, broken policies."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pytest
import tierwise
from tables import CASES, ROOT, as_objects
from tierwise._frames import Source
from tierwise.cli import main


def load(name):
    return json.loads((CASES / name).read_text(encoding="utf-8"))


# ---- segments ---------------------------------------------------------------------------------------------------------

SEGMENTS = load("segments.json")


def profile_of(rows, policy):
    columns = {name: as_objects([row[name] for row in rows]) for name in rows[0]}
    columns["hcp_id"] = np.arange(len(rows))
    return tierwise.profile.from_frame(policy, columns, as_of="2026-01-01")


@pytest.fixture(scope="module")
def segments():
    policy = tierwise.Policy.default()
    model = tierwise.segment.fit(policy, profile_of(SEGMENTS["population"], policy))
    return model, profile_of([case["row"] for case in SEGMENTS["cases"]], policy)


def test_segments_of_all_cases(segments):
    model, profile = segments
    found = model.assign(profile)
    written = tierwise.as_written(found)
    assert len(SEGMENTS["cases"]) >= 70
    for row, case in enumerate(SEGMENTS["cases"]):
        for name, wanted in case["expect"].items():
            if name in ("potential", "identity_score", "identity_coverage", "engagement_score", "engagement_coverage"):
                value = found[name][row]
                assert np.isnan(value) if wanted is None else abs(value - wanted) <= 2**-19, (case["name"], name)
            elif name == "reason_en":
                assert found["reason"][row] == wanted
            elif name in written:
                assert written[name][row] == ("unknown" if wanted is None else str(wanted)), (case["name"], name)


def test_contributions_add_up_in_all_cases(segments):
    model, profile = segments
    found = model.assign(profile)
    for score in ("identity", "engagement"):
        for row in range(len(profile)):
            parts = model.contributions(profile, row, score)
            if np.isnan(found[f"{score}_score"][row]):
                assert parts == []
            else:
                assert sum(part.value for part in parts) == found[f"{score}_score"][row]  # exactly


# ---- rules ------------------------------------------------------------------------------------------------------------

RULES = load("rules.json")


def value_of(value, kind):
    if value is None:
        return {"number": np.array([np.nan]), "duration": np.array([np.nan])}.get(kind, as_objects([None]))
    if kind == "date":
        return np.array([value], dtype="datetime64[D]")
    return np.array([value], dtype=bool if kind == "boolean" else float) if kind != "text" else as_objects([value])


@pytest.mark.parametrize("case", RULES["cases"], ids=range(len(RULES["cases"])))
def test_rules(case):
    kinds = {**RULES["schema"]["columns"], **RULES["computed"]}
    known = {name: RULES["schema"][name] for name in ("channels", "measures", "tags", "topics")}
    schema = tierwise.tag.Schema(RULES["schema"]["columns"], **known)
    if "error" in case:
        with pytest.raises(tierwise.RuleError) as caught:
            tierwise.tag.Rule(case["rule"], schema)
        assert caught.value.code == case["error"]
        assert case.get("says", "") in caught.value.message
        return
    rule = tierwise.tag.Rule(case["rule"], schema)
    assert tierwise.tag.Rule(rule.format(), schema).format() == rule.format()
    if "canonical" in case:
        assert rule.format() == case["canonical"]
    row = {**RULES["row"], **case.get("row", {})}
    hints = {"duration": "number"}
    columns = {
        name: Source({"c": value_of(row[name], kind)}, "t").column("c", hints.get(kind, kind))
        for name, kind in kinds.items()
        if name in row
    }
    truths = {**RULES["tags"], **case.get("tags", {})}
    tags = {name: (np.array([truth == "yes"]), np.array([truth != "unknown"])) for name, truth in truths.items()}
    yes, are_known = rule.evaluate(columns, tags)
    assert ("unknown" if not are_known[0] else "yes" if yes[0] else "no") == case["verdict"]


def test_rules_from_the_command_line(capsys):
    """Every case once more, as `tierwise rule`."""
    schema = RULES["schema"]
    # The command line takes columns that are no attributes for numbers, which counts and days are.
    given = {key: schema[key] for key in ("columns", "channels", "measures", "tags", "topics")}
    for case in RULES["cases"]:
        values = {**RULES["row"], **case.get("row", {})}
        tags = {**RULES["tags"], **case.get("tags", {})}
        written = [json.dumps(part, ensure_ascii=False) for part in (given, values, tags)]
        options = [word for pair in zip(("--schema", "--values", "--tags"), written, strict=True) for word in pair]
        code = main(["rule", "--json", *options, "--", case["rule"]])
        told = capsys.readouterr()
        if "error" in case:
            assert code == 4, case
            assert case["error"] in told.err
            assert case.get("says", "") in told.err
            continue
        assert code == 0, (case, told.err)
        found = json.loads(told.out)
        assert found["verdict"] == case["verdict"], case
        assert found["rule"] == case.get("canonical", found["rule"])
        assert 1 <= found["cost"] <= len(case["rule"])


def test_the_command_line_says_what_is_wrong_with_values(capsys):
    for options, code, says in (
        (["--values", '{"tier": "one"}', "tier > 1"], 3, "expected a number or null"),
        (["--values", "{tier: 1}", "tier > 1"], 3, "no JSON"),
        (["--values", "[1]", "tier > 1"], 3, "no such file"),
        (["--values", "{}", "--tags", '{"oncology": true}', 'has_tag("oncology")'], 3, "yes, no or unknown"),
        (["--schema", '{"column": {}}', "tier > 1"], 2, "but not 'column'"),
        (["--policy", "nobody", "tier > 1"], 3, "nobody"),
    ):
        assert main(["rule", *options]) == code, options
        assert says in capsys.readouterr().err
    assert main(["rule", "tier <= 3 and last() > 30d"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "rule     tier <= 3 and last() > 30d",
        "reads    days_since_contact, tier",
        "cost     at most 7 steps a doctor",
    ]


# ---- decisions --------------------------------------------------------------------------------------------------------

DECISIONS = load("decisions.json")


def table_of(case, name):
    if case.get(name) is None:
        return None
    out = {}
    for at, (column, kind) in enumerate(dict(DECISIONS["columns"][name]).items()):
        cells = [row[at] for row in case[name]]
        out[column] = (
            np.array([np.nan if c is None else float(c) for c in cells])
            if kind in ("number", "boolean")
            else as_objects(cells)
        )
    return out


def names(table, rows):
    content = ["" if c == "none" else f"/{c}" for c in table["content_id"]]
    return [f"{table['action_id'][i]}/{table['channel'][i]}{content[i]}" for i in rows]


@pytest.mark.parametrize("case", DECISIONS["cases"], ids=lambda case: case["name"])
def test_decisions(case):
    document = json.loads(json.dumps(DECISIONS["policy"]))
    document["recommend"].update(case.get("recommend", {}))
    given = {name: table_of(case, name) for name in ("interactions", "consents", "history")}
    result = tierwise.run(table_of(case, "hcps"), **given, policy=document, as_of=case["as_of"], trace=True)
    picks, drops = result.recommendations, result.dropped_candidates
    for doctor, wanted in case["picks"].items():
        rows = [i for i in np.flatnonzero(picks["hcp_id"] == doctor) if picks["action_id"][i] != "do_nothing"]
        assert names(picks, rows) == wanted
        dropped = np.flatnonzero(drops["hcp_id"] == doctor)
        assert dict(zip(names(drops, dropped), drops["rule"][dropped], strict=True)) == case["stops"].get(doctor, {})
        if doctor in case.get("expires", {}):
            assert [str(picks["expires"][i]) for i in rows] == case["expires"][doctor]
        # One doctor explained alone says the same as the batch.
        explained = result.explain(doctor).to_dict()
        assert {d["rule"] for d in explained["dropped"]} == set(drops["rule"][dropped])
    rejected = result.rejected
    found = list(
        zip(
            rejected["table"].tolist(),
            rejected["row"].tolist(),
            rejected["column"].tolist(),
            rejected["code"].tolist(),
            strict=True,
        )
    )
    assert [list(row) for row in found] == case["rejected"]


# ---- policies ---------------------------------------------------------------------------------------------------------

BROKEN = load("broken_policies.json")


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["name"])
def test_broken_policies(case):
    if "edit" in case:
        from test_policy_schema import edited

        text = json.dumps(
            edited(json.loads((ROOT / "examples/policies/default.json").read_text(encoding="utf-8")), case["edit"]),
            ensure_ascii=False,
        )
    else:
        text = case["text"]
    errors = tierwise.Policy.check(text)
    assert (errors[0].code, errors[0].where.path) == (case["code"], case["pointer"])
    assert case.get("says", "") in errors[0].message
    with pytest.raises(ValueError) as caught:
        tierwise.Policy.from_json(text)
    assert isinstance(caught.value, tierwise.Error) and str(caught.value) == str(errors[0])


def test_shipped_policies_are_sound():
    for path in sorted((ROOT / "examples" / "policies").glob("*.json")):
        policy = tierwise.Policy.from_file(path)
        assert tierwise.Policy.from_json(policy.to_json()) == policy
    with pytest.raises(FileNotFoundError) as caught:
        tierwise.Policy.from_file("no/such/policy.json")
    assert caught.value.code == "file_not_found"


def test_dates_are_taken_in_many_forms():
    policy = tierwise.Policy.default()
    rows = {name: as_objects([None]) for name in ("title", "hospital_level", "specialty")}
    rows |= {
        name: [1.0]
        for name in ("patient_volume", "patients_per_week", "society_offices", "trials", "publications", "teaching")
    }
    forms = [
        "2026-06-30",
        datetime.date(2026, 6, 30),
        datetime.datetime(2026, 6, 30, 23, 59),
        np.datetime64("2026-06-30"),
        np.datetime64("2026-06-30T12:00"),
    ]
    for form in forms:
        assert tierwise.profile.build(policy, {"hcp_id": [1], **rows}, as_of=form).as_of == datetime.date(2026, 6, 30)
    for bad, kind in (
        ("30.6.2026", ValueError),
        ("2026-02-30", ValueError),
        (20260630, TypeError),
        (np.datetime64("NaT"), TypeError),
        (None, ValueError),
    ):
        with pytest.raises(kind):
            tierwise.profile.build(policy, {"hcp_id": [1], **rows}, as_of=bad)
