"""`tierwise rule`: reads a rule, says what it needs, and tries it on values."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .cli import DONE, UsageError
from .errors import DataError, FileMissingError, Place
from .policy import policy_of
from .rules import Rule, Schema

VERDICTS = ("no", "yes", "unknown")


def rule(given: argparse.Namespace) -> int:
    """Prints a rule in canonical spelling, what it reads, its cost, and its verdict if values are given."""
    schema: Any = policy_of(given.policy)
    kinds = {name: one["type"] for name, one in schema.attributes.items()}
    if given.schema:
        parts = _mapping(given.schema, "schema")
        kinds = parts.pop("columns", {})
        if odd := set(parts) - {"channels", "measures", "tags", "topics"}:
            raise UsageError(f"--schema has columns, channels, measures, tags and topics, but not {sorted(odd)[0]!r}")
        schema = Schema(kinds, **parts)
    read = Rule(given.rule, schema)
    told: dict[str, Any] = {"rule": read.format(), "reads": read.columns, "tags": read.tags, "cost": read.cost}
    if given.values is not None:
        told["verdict"] = _verdict(read, kinds, _mapping(given.values, "values"), _mapping(given.tags or "{}", "tags"))
    if given.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return DONE
    sys.stdout.write(f"rule     {told['rule']}\n")
    sys.stdout.write(f"reads    {', '.join(told['reads']) or 'nothing'}\n")
    if told["tags"]:
        sys.stdout.write(f"asks     {', '.join(told['tags'])}\n")
    sys.stdout.write(f"cost     at most {told['cost']} steps a doctor\n")
    if "verdict" in told:
        sys.stdout.write(f"verdict  {told['verdict']}\n")
    return DONE


def _mapping(text: str, option: str) -> dict[str, Any]:
    """A JSON object, written out or in a file."""
    if not text.lstrip().startswith("{"):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise FileMissingError("file_not_found", "there is no such file", Place(path=f"--{option}")) from None
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            "invalid_argument", f"no JSON: {error.msg} (column {error.colno})", Place(path=f"--{option}")
        ) from None
    if not isinstance(found, dict):
        raise DataError("invalid_argument", "expected a JSON object", Place(path=f"--{option}"))
    return found


def _verdict(read: Rule, kinds: dict[str, str], values: dict[str, Any], tags: dict[str, Any]) -> str:
    columns = {name: _cell(name, values.get(name), kinds.get(name, "number")) for name in read.columns}
    truths = {}
    for tag in read.tags:
        verdict = tags.get(tag, "unknown")
        if verdict not in VERDICTS:
            raise DataError(
                "invalid_argument", f"expected yes, no or unknown, not {verdict!r}", Place(path="--tags", column=tag)
            )
        truths[tag] = (np.array([verdict == "yes"]), np.array([verdict != "unknown"]))
    yes, known = read.evaluate(columns or {"none": np.zeros(1)}, truths)
    return "unknown" if not known[0] else "yes" if yes[0] else "no"


def _cell(name: str, value: Any, kind: str) -> npt.NDArray[Any]:
    """One value as a column of the kind."""
    wanted = {"text": str, "boolean": bool, "date": str}.get(kind, (int, float))
    if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean")):  # type: ignore[arg-type]
        raise DataError("wrong_type", f"expected a {kind} or null", Place(path="--values", column=name))
    if kind == "date":
        return np.array(["NaT" if value is None else value], dtype="datetime64[D]")
    if kind in ("text", "boolean"):
        cell = np.empty(1, dtype=object)
        cell[0] = value
        return cell
    return np.array([np.nan if value is None else value], dtype=float)
