"""The errors of tierwise. Each has a code, a message and a place, and derives from the built-in error of its kind.

No message holds an id, a name or the content of a cell.

>>> import tierwise
>>> try:
...     tierwise.Policy.from_json('{"policy": "tierwise/1", "nmae": "x"}')
... except ValueError as error:
...     print(error.code, error.where.path)
policy_unknown_key /nmae
"""

from __future__ import annotations

import os
from dataclasses import dataclass

__all__ = [
    "ArgumentError",
    "DataError",
    "Error",
    "FileMissingError",
    "FileUnreadableError",
    "MissingColumnError",
    "NotFittedError",
    "Place",
    "PolicyError",
    "RuleError",
    "UnknownHcpError",
    "WrongTypeError",
]


@dataclass(frozen=True)
class Place:
    """Where it went wrong; parts that do not apply are empty."""

    path: str = ""
    """A JSON pointer into the policy ("/segment/tiers/table/3"), or the path of a file."""
    column: str = ""
    """A column or an argument."""
    row: int = -1
    """A row of the table, counted from 0 without its header; −1: none."""


class Error(Exception):
    """Base of every error that tierwise raises itself."""

    code: str
    """A name that never changes, e.g. "missing_column"."""
    message: str
    where: Place

    def __init__(self, code: str, message: str, where: Place | None = None) -> None:
        super().__init__(code, message, where)
        self.code = code
        self.message = message
        self.where = where if where is not None else Place()

    def __str__(self) -> str:
        at = []
        if self.where.path:
            at.append(self.where.path)
        if self.where.column:
            at.append(f"column '{self.where.column}'")
        if self.where.row >= 0:
            at.append(f"row {self.where.row}")
        return f"{self.code}: {self.message}" + (f" (at {', '.join(at)})" if at else "")


_MADE_BY = {
    "Policy": "Policy.default, .shipped or .from_file makes one",
    "Profile": "tierwise.profile.build makes one from tables, and tierwise.run does all at once",
    "Model": "tierwise.Model.fit(policy, profile) makes one",
    "SegmentModel": "tierwise.segment.fit(policy, X) makes one, and a tierwise.Model has one in .segments",
}


def expect(kind: type, given: object, argument: str) -> None:
    """Raises WrongTypeError, which says how to make one, if an argument is of another kind than a function takes."""
    if not isinstance(given, kind):
        made = _MADE_BY.get(kind.__name__)
        expected = f"expected a {kind.__name__}" if made else f"expected {_IN_WORDS.get(kind, kind.__name__)}"
        message = f"{expected}, not {type(given).__name__}{f'; {made}' if made else ''}"
        raise WrongTypeError("wrong_type", message, Place(column=argument))


_IN_WORDS: dict[type, str] = {str: "text", dict: "a dictionary"}


def expect_count(given: object, argument: str, least: int = 1) -> None:
    """Raises if an argument is no whole number of at least `least`."""
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise WrongTypeError(
            "wrong_type", f"expected a whole number, not {type(given).__name__}", Place(column=argument)
        )
    if given.__index__() < least:
        message = f"expected a whole number of at least {least}, not {given.__index__()}"
        raise ArgumentError("invalid_argument", message, Place(column=argument))


def instead_of(given: object) -> str:
    """What to do with what was given in place of a table."""
    if isinstance(given, (str, os.PathLike)):
        return "; read the file first (pandas.read_csv with dtype={'hcp_id': str}, so that ids keep leading zeros), or use `tierwise run`"
    cures = {
        "Policy": "it goes where the policy goes",
        "Profile": "its .frame is one, and Model.decide takes it as it is",
        "Result": "its .segments, .recommendations and so on are",
        "Territory": "its .hcps, .interactions and so on are",
        "list": "a table has columns, such as {'hcp_id': [...], ...}",
    }
    cure = cures.get(type(given).__name__)
    return f"; {cure}" if cure else ""


def no_pickle(what: str, instead: str) -> TypeError:
    """The error of who tries to pickle or copy what looks into memory that it does not own."""
    return TypeError(f"a {what} cannot be pickled or copied: {instead}")


class MissingColumnError(Error, LookupError):
    """A table lacks a column that is needed."""


class UnknownHcpError(Error, LookupError):
    """No doctor of the result has this id."""


class WrongTypeError(Error, TypeError):
    """A column, or an argument, is of a type that cannot be taken."""


class DataError(Error, ValueError):
    """The content of a table cannot be used."""


class PolicyError(Error, ValueError):
    """A policy is not sound; `where.path` is a JSON pointer into it."""


class RuleError(PolicyError):
    """A rule cannot be read; the message shows the place with a caret."""


class ArgumentError(Error, ValueError):
    """A function was called in a way that its contract does not allow."""


class NotFittedError(Error, RuntimeError):
    """A model was used before it was fitted."""


class FileMissingError(Error, FileNotFoundError):
    """There is no such file."""


class FileUnreadableError(Error, OSError):
    """A file cannot be read."""


_BY_CODE: dict[str, type[Error]] = {
    "missing_column": MissingColumnError,
    "wrong_type": WrongTypeError,
    "unknown_hcp": UnknownHcpError,
    "invalid_argument": ArgumentError,
    "not_fitted": NotFittedError,
    "file_not_found": FileMissingError,
    "file_unreadable": FileUnreadableError,
}


def make(code: str, message: str, path: str = "", column: str = "", row: int = -1) -> Error:
    """The exception for an error of the C++ library. The extension calls this."""
    kind = _BY_CODE.get(code)
    if kind is None:
        kind = PolicyError if code.startswith("policy_") else RuleError if code.startswith("rule_") else DataError
    return kind(code, message, Place(path, column, row))
