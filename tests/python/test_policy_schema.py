"""The JSON Schema of policies: every example is valid, and what it can express of the broken ones is not."""

import json
import pathlib

import pytest

jsonschema = pytest.importorskip("jsonschema")

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/policy.schema.json").read_text(encoding="utf-8"))
EXAMPLES = sorted((ROOT / "examples/policies").glob("*.json"))
BROKEN = [case for case in json.loads((ROOT / "tests/cases/broken_policies.json").read_text(encoding="utf-8")) if "edit" in case]
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def edited(document, edits):
    """RFC 6902, as far as the cases use it: add, replace, remove."""
    document = json.loads(json.dumps(document))
    for edit in edits:
        *parents, last = [step.replace("~1", "/").replace("~0", "~") for step in edit["path"].split("/")[1:]]
        at = document
        for step in parents:
            at = at[int(step)] if isinstance(at, list) else at[step]
        if isinstance(at, list):
            index = len(at) if last == "-" else int(last)
            if edit["op"] == "add":
                at.insert(index, edit["value"])
            elif edit["op"] == "replace":
                at[index] = edit["value"]
            else:
                del at[index]
        elif edit["op"] == "remove":
            del at[last]
        else:
            at[last] = edit["value"]
    return document


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_valid(path):
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(path.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["name"].replace(" ", "_"))
def test_broken_policies_are_invalid_where_a_schema_can_say_so(case):
    default = json.loads((ROOT / "examples/policies/default.json").read_text(encoding="utf-8"))
    assert VALIDATOR.is_valid(edited(default, case["edit"])) is not case["schema"]


def test_the_cases_are_many():
    assert sum(case["schema"] for case in BROKEN) >= 40
    assert len(EXAMPLES) >= 3
