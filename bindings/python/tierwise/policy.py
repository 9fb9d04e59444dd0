"""Policies: data that people edit. One JSON file, read strictly.

>>> import tierwise
>>> policy = tierwise.Policy.default()
>>> policy
<tierwise.Policy 'default': 12 attributes, 7 channels, 9 tiers, 17 tags, 12 actions>
>>> tierwise.Policy.from_dict(policy.to_dict()) == policy
True
>>> [error.where.path for error in tierwise.Policy.check('{"policy": "tierwise/1", "name": "x", "chanels": {}}')]
['/chanels']
"""

from __future__ import annotations

import difflib
import json
import os
from importlib import resources
from typing import Any

from . import _core
from .errors import ArgumentError, Error, FileMissingError, Place, WrongTypeError

__all__ = ["Policy", "shipped_texts"]


def shipped_texts() -> dict[str, str]:
    """The policies that come with tierwise: name → JSON text."""
    texts = {}
    folder = resources.files("tierwise") / "data"
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name.endswith(".json") and not entry.name.endswith(".schema.json"):
            texts[entry.name.removesuffix(".json")] = entry.read_text(encoding="utf-8")
    texts["default"] = _core.default_policy_json()  # the one that the library itself uses
    return dict(sorted(texts.items()))


def _wrong(expected: str, given: object, argument: str) -> WrongTypeError:
    return WrongTypeError("wrong_type", f"expected {expected}, not {type(given).__name__}", Place(column=argument))


def _expect_json(text: object) -> None:
    """Refuses what is no JSON text, and says of a path or a name what reads it."""
    if not isinstance(text, str):
        raise _wrong("JSON text", text, "text")
    start = text.lstrip("\ufeff \t\r\n")
    if start and start[0] not in '{["/' and "\n" not in start and len(start) < 4096:
        if text in shipped_texts():
            message = "this is the name of a shipped policy: Policy.shipped reads that"
        elif text.endswith(".json") or os.path.exists(text):
            message = "this is a path, not JSON text: Policy.from_file reads that"
        else:
            return
        raise ArgumentError("invalid_argument", message, Place(column="text"))


class Policy:
    """A sound policy. Immutable. Make one with `default`, `shipped`, `from_file`, `from_json` or `from_dict`."""

    __slots__ = ("_core", "_dict")

    def __init__(self, core: _core.Policy) -> None:
        if not isinstance(core, _core.Policy):
            message = f"a Policy is made by Policy.default, .shipped, .from_file, .from_json or .from_dict, not from {type(core).__name__}"
            raise WrongTypeError("wrong_type", message, Place(column="policy"))
        self._core = core
        self._dict: dict[str, Any] | None = None

    @classmethod
    def default(cls) -> Policy:
        """The policy that is used where none is given: nine tiers, seven channels, twelve actions."""
        return cls(_core.Policy.parse(_core.default_policy_json()))

    @staticmethod
    def shipped_names() -> list[str]:
        """Names of the policies that come with tierwise."""
        return sorted(shipped_texts())

    @classmethod
    def shipped(cls, name: str) -> Policy:
        """A policy that comes with tierwise.

        >>> import tierwise
        >>> tierwise.Policy.shipped("sab").name
        'sab'
        """
        texts = shipped_texts()
        if not isinstance(name, str):
            raise _wrong("a name", name, "name")
        if name not in texts:
            near = difflib.get_close_matches(name.lower(), texts, 1)
            did = f"did you mean '{near[0]}'? " if near else ""
            message = f"there is no shipped policy of this name; {did}there are {', '.join(texts)}"
            raise ArgumentError("invalid_argument", message, Place(column="name"))
        return cls.from_json(texts[name])

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Policy:
        """Reads a policy from a JSON file. Raises FileMissingError, FileUnreadableError or PolicyError."""
        if not isinstance(path, (str, os.PathLike)):
            raise _wrong("a path", path, "path")
        if isinstance(path, str) and path.lstrip().startswith("{"):
            raise ArgumentError(
                "invalid_argument", "this is JSON text: Policy.from_json reads that", Place(column="path")
            )
        try:
            return cls(_core.Policy.load(os.fspath(path)))
        except FileMissingError as error:
            if str(path) not in shipped_texts():
                raise
            message = f"{error.message}; a shipped policy has this name: Policy.shipped reads that"
            raise FileMissingError(error.code, message, error.where) from None

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """Reads a policy from JSON text. Raises PolicyError with the JSON pointer of its first fault."""
        _expect_json(text)
        return cls(_core.Policy.parse(text))

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Policy:
        """Reads a policy from what `to_dict` gives, or the same edited."""
        if not isinstance(document, dict):
            raise _wrong("a dictionary", document, "document")
        try:
            text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        except TypeError as cause:
            message = (
                "a policy holds what JSON can: dictionaries with names of text, lists, text, numbers, truths and None"
            )
            raise WrongTypeError("wrong_type", f"{message} ({cause})", Place(column="document")) from None
        except ValueError:
            message = "a policy holds finite numbers, and nothing that contains itself"
            raise ArgumentError("invalid_argument", message, Place(column="document")) from None
        return cls.from_json(text)

    @staticmethod
    def check(text: str) -> list[Error]:
        """Every fault of a policy (at most 100), each with its JSON pointer; empty if it is sound."""
        _expect_json(text)
        return list(_core.check_policy(text))

    def to_json(self) -> str:
        """The policy as JSON with every section written out; `from_json` reads it back as an equal policy."""
        return self._core.format()

    def to_dict(self) -> dict[str, Any]:
        """The policy as a new dictionary, every section written out."""
        document: dict[str, Any] = json.loads(self.to_json())
        return document

    @property
    def _document(self) -> dict[str, Any]:
        """As to_dict, made once. Not to be changed."""
        if self._dict is None:
            self._dict = self.to_dict()
        return self._dict

    @property
    def name(self) -> str:
        """The policy's own name."""
        return self._core.name

    @property
    def description(self) -> str:
        """What the policy says of itself."""
        return self._core.description

    @property
    def attributes(self) -> dict[str, dict[str, str]]:
        """Columns of the doctors that scores and rules may read: name → type, purpose, column."""
        return self._core.attributes

    @property
    def mapping(self) -> dict[str, Any]:
        """Which columns and files of the user mean what: `as_of`, `hcps`, `interactions`. Empty text: the canonical name."""
        return self._core.mapping

    @property
    def channels(self) -> list[str]:
        """Ids of the channels."""
        return self._core.channels

    @property
    def grades(self) -> list[str]:
        """Names of the grades, best first."""
        return self._core.grades

    @property
    def identity_levels(self) -> list[str]:
        """Names of the levels of identity, best first."""
        return self._core.identity_levels

    @property
    def engagement_levels(self) -> list[str]:
        """Names of the levels of engagement, best first."""
        return self._core.engagement_levels

    @property
    def unknown_as(self) -> dict[str, str]:
        """What an unknown counts as: of `grade`, `identity` and `engagement`."""
        return self._core.unknown_as

    @property
    def tiers(self) -> list[dict[str, Any]]:
        """The tier table, one entry a cell: grade, identity, engagement, profile_type, tier, resources."""
        return self._core.tiers

    @property
    def tags(self) -> list[dict[str, Any]]:
        """The tags: id, name_en, name_zh, layer, rule, source, of, group, purpose, owner, lives_days, version."""
        return self._core.tags

    @property
    def tag_groups(self) -> list[dict[str, Any]]:
        """The groups of tags: id, name_en, name_zh, exclusive, complete."""
        return self._core.tag_groups

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The catalogue as the policy has it: id, name {en, zh}, issue, group, channels, contents, value, …"""
        actions: list[dict[str, Any]] = self.to_dict()["recommend"]["actions"]
        return actions

    def __eq__(self, other: object) -> bool:
        return self._core.equals(other._core) if isinstance(other, Policy) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __reduce__(self) -> tuple[Any, ...]:
        return Policy.from_json, (self.to_json(),)

    @property
    def counts(self) -> str:
        """How many of each there are, in words."""
        tiers = max(cell["tier"] for cell in self.tiers)
        kinds = f"{len(self.attributes)} attributes, {len(self.channels)} channels, {tiers} tiers"
        return f"{kinds}, {len(self.tags)} tags, {self._core.action_count} actions"

    def __repr__(self) -> str:
        return f"<tierwise.Policy {self.name!r}: {self.counts}>"


def policy_of(policy: Policy | dict[str, Any] | str | os.PathLike[str] | None) -> Policy:
    """What a caller may give for a policy: none is the default; else a Policy, a dictionary, the path of a file, or the name of a shipped one."""
    if policy is None:
        return Policy.default()
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, dict):
        return Policy.from_dict(policy)
    if isinstance(policy, str) and policy in Policy.shipped_names() and not os.path.exists(policy):
        return Policy.shipped(policy)
    if isinstance(policy, (str, os.PathLike)):
        return Policy.from_file(policy)
    message = f"expected a Policy, a path or a dictionary, not {type(policy).__name__}"
    raise WrongTypeError("wrong_type", message, Place(column="policy"))
