"""What may be published of doctors: groups too small to hide in, and tables whose small counts cannot be calculated back.

>>> import tierwise
>>> doctors = {"city": ["A"] * 12 + ["B"] * 2, "grade": ["x"] * 14}
>>> found = tierwise.privacy.check(doctors, ["city", "grade"])
>>> found.smallest, int(found.at_risk.sum()), found.at_risk_without
(2, 2, {'city': 0, 'grade': 2})
>>> found.small
[({'city': 'B', 'grade': 'x'}, 2)]
>>> table, hidden = tierwise.privacy.suppress([[3, 40, 50], [60, 20, 90], [70, 80, 30]])
>>> table
[[None, None, 50, 93], [None, None, 90, 170], [70, 80, 30, 180], [133, 140, 170, 443]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._frames import Source
from .errors import ArgumentError, Place

__all__ = ["Anonymity", "check", "suppress"]

LEAST_CELL = 11
"""Fewer than so many doctors are not shown: the rule of the Centers for Medicare & Medicaid Services for its public files."""


@dataclass(frozen=True)
class Anonymity:
    """Whether doctors can hide among those who are alike. `smallest` is the smallest group: the frame is k-anonymous for each k up to it.
    `at_risk` marks the rows in groups of fewer than k; `small` lists these groups; `at_risk_without` says how many rows would still be in
    one if a column were left out."""

    k: int
    groups: int
    smallest: int
    at_risk: npt.NDArray[np.bool_] = field(repr=False)
    small: list[tuple[dict[str, str | None], int]] = field(repr=False)
    at_risk_without: dict[str, int]

    def __bool__(self) -> bool:
        """Whether nobody is at risk."""
        return not self.at_risk.any()

    def __str__(self) -> str:
        if not self.groups:
            return "there is no doctor in it"
        if self:
            return f"every doctor is alike at least {self.smallest - 1:,} others in these columns"
        best = min(self.at_risk_without, key=lambda name: self.at_risk_without[name])
        return (
            f"{int(self.at_risk.sum()):,} doctors are alike fewer than {self.k - 1} others: hold them back, or coarsen a column; "
            f"without '{best}' {self.at_risk_without[best]:,} would be"
        )


def check(frame: Any, quasi: Sequence[str], *, k: int = LEAST_CELL) -> Anonymity:
    """Whether each row is alike at least k − 1 others in the columns that others may know (k-anonymity: P. Samarati and L. Sweeney, 1998). A
    missing value is a value of its own. Numbers are compared exactly: coarsen them first. Errors: MissingColumnError; ArgumentError if k is
    below 2, no column is named, or a column hcp_id has a doctor twice."""
    if isinstance(quasi, str):
        raise ArgumentError("invalid_argument", "expected a list of columns", Place(column="quasi"))
    source = Source(frame, "doctors")
    columns = {name: source.column(name, "") for name in dict.fromkeys(quasi)}
    if "hcp_id" in source:
        ids = source.ids("hcp_id").written()
        if len(set(ids)) < len(ids):
            message = f"expected one row a doctor, and {len(ids) - len(set(ids)):,} rows repeat one: who stands in eleven rows does not hide there"
            raise ArgumentError("duplicate_hcp", message, Place(column="hcp_id"))
    found = _core.check_anonymity(columns, list(columns), _whole(k))
    small = [(dict(zip(columns, values, strict=True)), doctors) for values, doctors in found["small"]]
    without = dict(zip(columns, found["at_risk_without"], strict=True))
    return Anonymity(k, found["groups"], found["smallest"], found["at_risk"], small, without)


def suppress(counts: Any, *, k: int = LEAST_CELL) -> tuple[list[list[int | None]], npt.NDArray[np.bool_]]:
    """A table of counts with its totals (a last column and a last row), where None stands for what must be hidden, and where that is: each
    count from 1 to k − 1, and as few more as were found so that nobody can calculate one of those from what is shown. Zeros are
    shown. `counts` has two dimensions, without totals. Errors: ArgumentError for anything but whole numbers from 0."""
    try:
        table = np.asarray(counts)
    except ValueError:  # rows of several lengths
        table = np.empty(0)
    if table.ndim != 2 or table.dtype.kind not in "iu":
        raise ArgumentError("invalid_argument", "expected whole numbers in two dimensions", Place(column="counts"))
    hidden, _, _ = _core.suppress(table.astype(np.int64), _whole(k))
    whole = np.zeros(hidden.shape, dtype=np.int64)
    whole[:-1, :-1] = table
    whole[:-1, -1], whole[-1, :-1], whole[-1, -1] = table.sum(1), table.sum(0), table.sum()
    shown = [
        [None if hide else int(n) for n, hide in zip(row, mask, strict=True)]
        for row, mask in zip(whole, hidden, strict=True)
    ]
    return shown, hidden


def _whole(k: int) -> int:
    if not isinstance(k, int) or k < 2:
        raise ArgumentError("invalid_argument", "expected a whole number of at least 2", Place(column="k"))
    return k
