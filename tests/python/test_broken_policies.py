"""Each broken policy is refused in Python as in C++: at its pointer, with its code."""

from __future__ import annotations

import json

import pytest
import tierwise
from policy_edits import BROKEN, DEFAULT, edited


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["name"].replace(" ", "_"))
def test_broken_policies_are_refused_where_they_are_broken(case):
    text = case["text"] if "text" in case else json.dumps(edited(DEFAULT, case["edit"]), ensure_ascii=False)
    first = tierwise.Policy.check(text)[0]
    assert (first.where.path, first.code) == (case["pointer"], case["code"])
    assert case.get("says", "") in first.message
    with pytest.raises(tierwise.Error) as refused:
        tierwise.Policy.from_json(text)
    assert refused.value == first or (refused.value.code, refused.value.message) == (first.code, first.message)
