"""What a segmentation reads of doctors: a Profile, any frame with its columns, or a plain array of numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _core, _frames
from ._frames import Hint, Kind, Source
from .errors import ArgumentError, MissingColumnError, Place, WrongTypeError, instead_of
from .policy import Policy
from .profile import Profile

_HINTS: dict[str, Hint] = {"number": "number", "text": "text", "boolean": "boolean", "date": "date"}


@dataclass(frozen=True)
class Features:
    """Doctors ready to be scored, and what they were given as."""

    profile: Profile
    kind: Kind | None
    """Of the frame; None: a plain array."""
    names: list[str] | None
    """Of the columns that were given; None where they had none."""
    width: int
    has_ids: bool = True
    """False: there was no hcp_id, and rows counted from 0 stand for it."""
    index: Any = None
    """Of a pandas frame."""


def number_columns(policy: Policy) -> list[str]:
    """The columns of numbers that a policy segments by, in its own order: what the columns of a plain array are taken for.

    Volume, then the numbers of the scorecards of potential, identity and engagement; points and contact_coverage where engagement is
    made of points.

    >>> number_columns(Policy.default())[:4]
    ['patient_volume', 'patients_per_week', 'society_offices', 'trials']
    """
    return [name for name, hint in columns_read(policy).items() if hint == "number"]


def columns_read(policy: Policy) -> dict[str, Hint]:
    """All columns that fit and assign read, in the policy's order, but the points of single channels."""
    section = policy._document["segment"]  # without what the policy does not score
    potential, identity, engagement = (section.get(name, {}) for name in ("potential", "identity", "engagement"))
    columns: dict[str, Hint] = {}
    if "volume" in potential:
        columns[potential["volume"]] = "number"
    for card in (potential.get("card", {}), identity, engagement):
        for term in card.get("terms", []):
            columns.setdefault(term["column"], "text" if "lookup" in term or "grid" in term else "number")
            if "grid" in term:
                columns.setdefault(term["grid"]["by"], "text")
    if engagement and "terms" not in engagement:
        columns.setdefault("points", "number")
        columns.setdefault("contact_coverage", "number")
    for cuts in (potential.get("cuts"), potential.get("card_cuts"), identity.get("cuts"), engagement.get("cuts")):
        for stratum in (cuts or {}).get("strata", []):
            for name in stratum:
                columns.setdefault(name, "text")
    for name, attribute in policy.attributes.items():
        if name in columns:
            columns[name] = _HINTS[attribute["type"]]
    return columns


def features_of(
    X: Any, policy: Policy, columns: Sequence[str] | None, width: int | None = None, ids: bool = True
) -> Features:
    """Reads what was given. `columns` are the names of a plain array's columns; None: `number_columns`, what is lacking unknown.
    `width` is how many columns a plain array has to have, if that is known. Without `ids` those are not read, which takes time."""
    if isinstance(X, Profile):
        return Features(X, X._kind, X.columns, len(X.columns))
    if isinstance(X, (str, os.PathLike, Policy)):
        message = f"expected a Profile, a frame or an array, not {type(X).__name__}{instead_of(X)}"
        raise WrongTypeError("wrong_type", message, Place(column="X"))
    if hasattr(X, "toarray"):
        message = "expected a frame or a dense array, found a sparse one: call .toarray() first"
        raise WrongTypeError("wrong_type", message, Place(column="X"))
    if not _is_frame(X):
        return _of_array(X, policy, columns, width)
    source = Source(X, "X")
    if source.kind == "pandas" and len(X.columns) and not any(isinstance(name, str) for name in X.columns):
        of = _of_array(X.to_numpy(), policy, columns, width)  # its columns are numbered, not named
        return Features(of.profile, "pandas", None, of.width, of.has_ids, X.index)
    found = _profile(source, policy, columns_read(policy), ids=ids)
    index = X.index if source.kind == "pandas" else None
    return Features(found, source.kind, source.names, len(source.names), ids and "hcp_id" in source, index)


def _profile(
    source: Source, policy: Policy, wanted: Mapping[str, Hint], *, lacking: bool = False, ids: bool = True
) -> Profile:
    """The columns that are read. With `lacking`, those that are not there are unknown throughout."""
    rows, attributes = len(source), policy.attributes
    columns: dict[str, _core.Column] = {}
    for name, hint in wanted.items():
        mapped = attributes[name]["column"] if name in attributes else ""
        given = mapped if name not in source and mapped in source else name
        if given in source:
            columns[name] = source.column(given, hint)
        elif lacking:
            columns[name] = _frames.missing_column(rows, hint)
    # Channels in the policy's order, as profile.build gives them, whatever the order of the columns.
    if "points" in wanted:
        known = [f"points_{channel}" for channel in policy.channels]
        others = sorted(name for name in source.names if name.startswith("points_") and name not in known)
        for name in [*known, *others]:
            if name in source:
                columns[name] = source.column(name, "number")
    for effort in policy._document["segment"].get("efforts", []):
        if effort["column"] in source and effort["column"] not in columns:
            columns[effort["column"]] = source.column(effort["column"], "number")
    given_ids = ids and "hcp_id" in source
    columns["hcp_id"] = source.column("hcp_id") if given_ids else _core.Column.numbers(np.arange(rows))
    return Profile(_core.profile_of(columns, 0), source.kind)


def _is_frame(X: Any) -> bool:
    if isinstance(X, Mapping):
        return True
    if isinstance(X, np.ndarray):
        return X.dtype.names is not None
    if isinstance(X, (list, tuple)):
        return False
    import narwhals.dependencies as known

    if known.is_into_series(X):
        return False
    return hasattr(X, "__arrow_c_stream__") or hasattr(X, "collect") or known.is_into_dataframe(X)


def _of_array(X: Any, policy: Policy, columns: Sequence[str] | None, expected: int | None) -> Features:
    values = np.asarray(X)
    if values.dtype.kind == "c":
        raise ArgumentError("invalid_argument", "Complex data not supported: expected real numbers", Place(column="X"))
    if values.ndim != 2:
        message = (
            f"expected a frame, or an array of rows and columns, found {values.ndim} dimension(s). Reshape your data: "
            "X.reshape(-1, 1) is a single column, X.reshape(1, -1) a single doctor"
        )
        raise ArgumentError("invalid_argument", message, Place(column="X"))
    width = values.shape[1]
    if width == 0:
        message = f"found 0 feature(s) (shape={values.shape}) while a minimum of 1 is required"
        raise ArgumentError("invalid_argument", message, Place(column="X"))
    if expected is not None and width != expected:
        message = f"X has {width} features, but SegmentModel is expecting {expected} features as input"
        raise ArgumentError("invalid_argument", message, Place(column="X"))
    wanted = columns_read(policy)
    names = number_columns(policy)[:width] if columns is None else list(columns)
    if not names:
        message = "this policy reads no numbers: say what the columns of an array are, with SegmentModel(columns=…)"
        raise ArgumentError("invalid_argument", message, Place(column="columns"))
    if columns is not None and len(names) != width:
        message = f"expected a name for each of {width} columns of X, found {len(names)}"
        raise ArgumentError("invalid_argument", message, Place(column="columns"))
    if len(set(names)) != len(names):
        raise ArgumentError(
            "invalid_argument", "expected a name for each column, found one twice", Place(column="columns")
        )
    source = Source({name: values[:, at] for at, name in enumerate(names)}, "X")
    return Features(_profile(source, policy, wanted, lacking=columns is None), None, None, width, "hcp_id" in source)


def with_cure(error: MissingColumnError, features: Features) -> MissingColumnError:
    """The error in terms of what the caller gave."""
    message = (
        "X lacks this column, which the policy reads: add it, or name the columns of an array with SegmentModel(columns=…)"
        if features.kind is None
        else "X lacks this column, which the policy reads: tierwise.profile.build(policy, …).frame has all of them"
    )
    return MissingColumnError(error.code, message, error.where)
