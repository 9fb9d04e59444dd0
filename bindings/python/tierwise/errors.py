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


def expect(kind: type, given: object, argument: str, hint: str = "") -> None:
    """Raises WrongTypeError if an argument is of another kind than a function takes."""
    if not isinstance(given, kind):
        message = f"expected a {kind.__name__}, not {type(given).__name__}{hint}"
        raise WrongTypeError("wrong_type", message, Place(column=argument))


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
