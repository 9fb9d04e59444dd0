"""tests/cases/broken_policies.json, which C++ and Python both run: edits of the default policy that break it."""

from __future__ import annotations

import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT = json.loads((ROOT / "examples/policies/default.json").read_text(encoding="utf-8"))
BROKEN = json.loads((ROOT / "tests/cases/broken_policies.json").read_text(encoding="utf-8"))


def edited(document, edits):
    """RFC 6902, as far as the cases use it: add, replace, remove."""
    document, edits = json.loads(json.dumps([document, edits]))  # a value that one edit adds the next may change
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
