"""What is wrong with a registry of tags, found without any data, and a witness of each finding.

>>> import tierwise
>>> schema = tierwise.tag.Schema({"patients": "number"}, channels=["visit"])
>>> found = tierwise.tag.analyse(
...     {"busy": {"rule": "patients >= 100", "group": "load"}, "quiet": {"rule": "patients <= 100", "group": "load"}},
...     schema, groups={"load": {"exclusive": True}})
>>> found[0].kind, found[0].tags, found[0].witness
('overlap', ('busy', 'quiet'), {'patients': 100.0})
>>> print(found[0].message)
'busy' and 'quiet' of the exclusive group 'load' are both true if patients == 100.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import _core
from .errors import ArgumentError, Place
from .policy import Policy
from .registry import TagRegistry, _checked
from .rules import Schema, known_of

_FIRST_DAY = datetime.date(1970, 1, 1)


@dataclass(frozen=True)
class Part:
    """A condition as it stands in the rule of a tag."""

    tag: str
    text: str
    """In canonical spelling."""
    begin: int
    end: int
    """Characters of the rule as written; `begin == end` where they cannot be told."""
    denied: bool = False
    """It is its opposite that takes part: it stands under a `not`."""

    def __str__(self) -> str:
        return f"not ({self.text})" if self.denied else self.text


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a registry. docs/reference/tag-analysis.md says what each kind means and what cures it."""

    kind: str
    """`rule_error`, `circle`, `forbidden_purpose`, `never_true`, `always_true`, `never_false`, `never_known`, `contradiction`,
    `always_holds`, `redundant_part`, `overlap`, `gap`, `same`, `unused` or `undecided`."""
    severity: str
    """`error`, `warning` or `note`."""
    tags: tuple[str, ...]
    """Those concerned; of a circle and of a way to a forbidden purpose, in its order."""
    message: str
    message_zh: str
    witness: dict[str, Any]
    """Of an overlap or a gap, the values that show it by what rules write for them, of which none can be left out: numbers, texts, booleans,
    dates, timedeltas of days; None where it matters that one is missing."""
    columns: dict[str, Any]
    """The same by column of the profile."""
    because: tuple[Part, ...]
    """The conditions that clash, or of which one always holds; none can be left out."""
    part: Part | None
    """What is meant, if it is not the whole rule."""
    group: str
    column: str
    purpose: str
    where: Place = field(compare=False)
    """Its path is that of the rule."""

    def __repr__(self) -> str:
        return f"<{self.severity}: {self.kind}: {self.message}>"


def analyse(
    tags: Mapping[str, str | Mapping[str, Any]] | TagRegistry | Policy,
    schema: Schema | Policy | None = None,
    *,
    groups: Mapping[str, Mapping[str, bool]] | None = None,
    purposes: Mapping[str, str] | None = None,
    forbidden: Iterable[str] = (),
    used: Iterable[str] | None = None,
    all_channels: bool = False,
    most_steps: int = 20_000,
) -> list[Finding]:
    """What is wrong with tags, in order of kind and then of tags; an empty list if nothing is.

    `tags` are rules or definitions by id, as TagRegistry takes them, a registry, or a whole policy, which says everything but `used` itself.
    Nothing raises for a rule that cannot be read: that is a finding too.

    `purposes` says what columns and measures are held for, and `forbidden` which purposes no rule may read; if left out, as the policy says
    that is the schema. A registry brings its schema and groups. `used` are the tags that
    decisions and reports use; without it nothing is called unused. `all_channels` says that the schema lists every channel there is.
    A question that takes more than `most_steps` assignments is `undecided`.

    >>> import tierwise
    >>> schema = tierwise.tag.Schema({}, channels=["visit"])
    >>> found = tierwise.tag.analyse(
    ...     {"burst": 'count(channel == "visit", 30d) >= 5 and count(channel == "visit", 90d) < 5'}, schema)
    >>> found[0].kind, [str(part) for part in found[0].because]
    ('never_true', ['count(channel == "visit", 30d) >= 5', 'count(channel == "visit", 90d) < 5'])
    """
    listed_used = None if used is None else list(used)
    if most_steps < 1:
        raise ArgumentError("invalid_argument", "expected at least one step", Place(column="most_steps"))
    if isinstance(tags, Policy):
        if schema is not None or groups is not None or purposes is not None or list(forbidden):
            raise ArgumentError(
                "invalid_argument", "a policy says these itself: leave them out", Place(column="schema")
            )
        definitions = tags.tags
        found = _core.analyse_policy_tags(tags._core, listed_used, most_steps)
        return [_finding(one, definitions) for one in found]
    if isinstance(tags, TagRegistry):
        definitions = tags.definitions
        listed = tags.groups
        schema = tags._schema if schema is None else schema
    else:
        definitions = [
            {"id": name, **({"rule": of} if isinstance(of, str) else _checked(name, of))} for name, of in tags.items()
        ]
        listed = []
    if groups is not None:
        listed = [{"id": name, **of} for name, of in groups.items()]
    if schema is None:
        raise ArgumentError(
            "invalid_argument", "expected a Schema or a Policy that rules refer to", Place(column="schema")
        )
    known, _ = known_of(schema)
    if isinstance(schema, Policy):
        if purposes is None:
            purposes = {name: one["purpose"] for name, one in schema.attributes.items()}
        forbidden = list(forbidden) or schema.to_dict()["forbidden_purposes"]
    found = _core.analyse_tags(
        definitions,
        listed,
        known,
        list((purposes or {}).items()),
        list(forbidden),
        listed_used,
        all_channels or isinstance(schema, Policy),
        most_steps,
    )
    return [_finding(one, definitions) for one in found]


def _finding(one: Mapping[str, Any], definitions: list[dict[str, Any]]) -> Finding:
    part = None if one["part"] is None else _part(one["part"], definitions)
    places = one["tags"]
    return Finding(
        kind=one["kind"],
        severity=one["severity"],
        tags=tuple(definitions[place]["id"] for place in places),
        message=one["message_en"],
        message_zh=one["message_zh"],
        witness={value["name"]: _value(value) for value in one["values"]},
        columns={value["column"]: _value(value) for value in one["values"] if value["column"]},
        because=tuple(_part(each, definitions) for each in one["because"]),
        part=part,
        group=one["group"],
        column=one["column"],
        purpose=one["purpose"],
        where=Place(path=f"/tags/{places[0]}/rule" if places else "/tag_groups"),
    )


def _part(one: Mapping[str, Any], definitions: list[dict[str, Any]]) -> Part:
    definition = definitions[one["tag"]]
    rule = definition.get("rule", "").encode()
    begin, end = (len(rule[: one[key]].decode(errors="ignore")) for key in ("begin", "end"))
    return Part(definition["id"], one["text"], begin, end, one["denied"])


def _value(one: Mapping[str, Any]) -> Any:
    if one["is_missing"]:
        return None
    if one["type"] == "text":
        return one["text"]
    if one["type"] == "boolean":
        return bool(one["number"])
    if one["type"] == "date":
        return _FIRST_DAY + datetime.timedelta(days=int(one["number"]))
    if one["type"] == "duration":
        return datetime.timedelta(days=one["number"])
    return one["number"]
