"""The JSON Schema of policies: every example is valid, and what it can express of the broken ones is not."""

import json

import pytest
from policy_edits import BROKEN, DEFAULT, ROOT, edited

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = json.loads((ROOT / "docs/reference/policy.schema.json").read_text(encoding="utf-8"))
EXAMPLES = sorted((ROOT / "examples/policies").glob("*.json"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_valid(path):
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(path.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize(
    "case", [case for case in BROKEN if "edit" in case], ids=lambda case: case["name"].replace(" ", "_")
)
def test_broken_policies_are_invalid_where_a_schema_can_say_so(case):
    assert VALIDATOR.is_valid(edited(DEFAULT, case["edit"])) is not case["schema"]


def test_the_cases_are_many():
    assert sum(case.get("schema", False) for case in BROKEN) >= 40
    assert len(EXAMPLES) >= 3
