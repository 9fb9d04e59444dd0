"""What a fit needs to know of one numeric column, mergeable from parts; and exact quantiles and volume shares of one column.

>>> import numpy as np
>>> from tierwise import Summary
>>> north, south = Summary([5, 3, np.nan]), Summary([2, 0])
>>> whole = Summary().merge(south, north)
>>> whole == Summary([5, 3, np.nan, 2, 0])
True
>>> whole.quantile(0.5), whole.sum, whole.missing
(2.5, 10.0, 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from .errors import ArgumentError, Place, WrongTypeError

__all__ = ["Summary", "floors_by_volume", "quantiles"]

Floats = npt.NDArray[np.float64]


class Summary:
    """Counts, exact sums and the distribution of a column: any split of the rows, in any order, gives the same bytes.

    While there are at most `Summary.exact_capacity` distinct numbers (zero apart) every answer is that of the sorted column.
    Above, numbers are kept in buckets: counts, sums, mean, variance, minimum and maximum stay exact, and a quantile is within
    `Summary.relative_error` (0.2 %) of the numbers that it lies between. Which of the two depends on the set of numbers alone.

    A NaN or null is missing; an infinite number is rejected, and only counted. Send summaries between machines with
    `to_bytes`, or pickle them. A summary is changed by `add` and `merge`: do not share one between threads while it is.

    Args:
        values: Rows to begin with: an array, a list, or a Series of pandas, Polars or pyarrow.

    >>> volumes = Summary([100, 50, 30, 20, 0])
    >>> volumes.floors_by_volume([0.5, 0.8]).tolist()
    [100.0, 30.0, 20.0]
    >>> volumes.share_before(30), volumes.heads_before(30)
    (0.75, 2)
    """

    exact_capacity: int = _core.Summary.exact_capacity
    relative_error: float = _core.Summary.relative_error

    def __init__(self, values: Any = None) -> None:
        self._core = _core.Summary()
        if values is not None:
            self.add(values)

    def add(self, values: Any) -> Summary:
        """Adds rows, and gives the summary back. O(rows).

        Args:
            values: An array, a list, or a Series of pandas, Polars or pyarrow.

        Raises:
            WrongTypeError: if they are not numbers; then nothing is added.

        >>> Summary().add([1, 2]).add(np.array([3.5], dtype=np.float32)).known
        3
        """
        self._core.add(_frames.from_series(values, "values"))
        return self

    def merge(self, *others: Summary) -> Summary:
        """Adds what the others hold, and gives the summary back. O(distinct numbers or buckets).

        >>> Summary([1]).merge(Summary([2]), Summary([3])).mean
        2.0
        """
        for other in others:
            if not isinstance(other, Summary):
                message = f"expected summaries, not {type(other).__name__}"
                raise WrongTypeError("wrong_type", message, Place(column="others"))
        for other in others:
            self._core.merge(other._core)
        return self

    def copy(self) -> Summary:
        """A summary of its own with the same content."""
        out = Summary()
        out._core = self._core.copy()
        return out

    def to_bytes(self) -> bytes:
        """Little-endian and versioned; equal bytes for equal sets of numbers.

        >>> Summary([1, 2]).to_bytes() == Summary([2]).merge(Summary([1])).to_bytes()
        True
        """
        return self._core.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Summary:
        """The summary that `to_bytes` wrote.

        Raises:
            ArgumentError: if it cannot have written them; nothing in them is trusted.

        >>> Summary.from_bytes(Summary([1, 2]).to_bytes()).max
        2.0
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise WrongTypeError("wrong_type", f"expected bytes, not {type(data).__name__}", Place(column="data"))
        out = cls()
        out._core = _core.Summary.from_bytes(bytes(data))
        return out

    @overload
    def quantile(self, q: float) -> float: ...
    @overload
    def quantile(self, q: Sequence[float] | Floats) -> Floats: ...
    def quantile(self, q: float | Sequence[float] | Floats) -> float | Floats:
        """Type 7 quantiles, as numpy.quantile gives them; NaN if no number is known.

        Args:
            q: One number from 0 to 1, or several.

        >>> Summary([4, 1, 3, 2]).quantile([0, 0.5, 1]).tolist()
        [1.0, 2.5, 4.0]
        """
        if np.ndim(q) == 0:
            return self._core.quantile(float(q))  # type: ignore[arg-type]
        return np.array([self._core.quantile(float(one)) for one in q], dtype=np.float64)  # type: ignore[union-attr]

    def heads_before(self, value: float) -> int:
        """How many numbers are above `value`: rows before it when sorted by falling value."""
        return self._core.heads_before(value)

    def sum_before(self, value: float) -> float:
        """Sum of all numbers above `value`."""
        return self._core.sum_before(value)

    def share_before(self, value: float) -> float:
        """Share of the numbers above `value` in the sum of all positive numbers."""
        return self._core.share_before(value)

    def floors_by_volume(self, shares: Sequence[float]) -> Floats:
        """Smallest number of each class when positive numbers are cut by their share of the sum, largest first.

        A number is of class k if exactly k of the shares are at most the share of the sum before it.

        Args:
            shares: Rising, between 0 and 1, to nine decimals: `[0.1, …, 0.9]` for deciles, `[0.5, 0.8, 0.95]` for Pareto.

        Returns:
            One floor a class, shares + 1 in all; infinite where a class is empty.

        >>> Summary([7, 7, 1]).floors_by_volume([0.5]).tolist()
        [7.0, 1.0]
        """
        return self._core.floors_by_volume(_shares(shares))

    def floors_by_heads(self, shares: Sequence[float]) -> Floats:
        """Smallest number of each class when all numbers are cut by their share of rows, largest first.

        >>> Summary(range(1, 11)).floors_by_heads([0.1, 0.5]).tolist()
        [10.0, 6.0, 1.0]
        """
        return self._core.floors_by_heads(_shares(shares))

    def values(self) -> dict[str, npt.NDArray[Any]]:
        """Distinct numbers, or middles of buckets, rising: a dict of the arrays `value`, `count` and `sum`.

        >>> Summary([2, 1, 2]).values()["count"].tolist()
        [1, 2]
        """
        return dict(zip(("value", "count", "sum"), self._core.values(), strict=True))

    @property
    def known(self) -> int:
        """Rows with a number."""
        return self._core.known

    @property
    def missing(self) -> int:
        """Rows without one."""
        return self._core.missing

    @property
    def rejected(self) -> int:
        """Rows with an infinite number."""
        return self._core.rejected

    @property
    def zeros(self) -> int:
        """Rows with 0."""
        return self._core.zeros

    @property
    def is_exact(self) -> bool:
        """Whether each distinct number is kept."""
        return self._core.is_exact

    @property
    def min(self) -> float:
        """Smallest number; NaN if none is known."""
        return self._core.min

    @property
    def max(self) -> float:
        """Largest number; NaN if none is known."""
        return self._core.max

    @property
    def sum(self) -> float:
        """Sum, rounded once."""
        return self._core.sum

    @property
    def sum_of_squares(self) -> float:
        """Sum of squares, rounded once."""
        return self._core.sum_of_squares

    @property
    def mean(self) -> float:
        """Mean, rounded once; NaN if no number is known."""
        return self._core.mean

    @property
    def variance(self) -> float:
        """Population variance, rounded once; NaN if no number is known."""
        return self._core.variance

    def __eq__(self, other: object) -> bool:
        return self.to_bytes() == other.to_bytes() if isinstance(other, Summary) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __reduce__(self) -> tuple[Any, ...]:
        return Summary.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        kind = "exact" if self.is_exact else "buckets"
        return (
            f"<tierwise.Summary of {self.known:,} numbers ({kind}), {self.missing:,} missing, "
            f"{self.min:.6g} to {self.max:.6g}, mean {self.mean:.6g}>"
        )


def quantiles(values: Any, at: Sequence[float]) -> Floats:
    """Exact type 7 quantiles of a column in two or three passes, without sorting or copying it. O(rows).

    Args:
        values: An array, a list, or a Series of pandas, Polars or pyarrow; NaN, null and infinite numbers are left out.
        at: Numbers from 0 to 1.

    >>> quantiles([4, 1, 3, 2, np.nan], [0, 0.5, 1]).tolist()
    [1.0, 2.5, 4.0]
    """
    return _core.quantiles(_frames.from_series(values, "values"), [float(q) for q in at])


def floors_by_volume(values: Any, shares: Sequence[float]) -> Floats:
    """Exact `Summary.floors_by_volume` of a column, without sorting or copying it. O(rows).

    Args:
        values: As for `quantiles`.
        shares: Rising, between 0 and 1, to nine decimals.

    >>> floors_by_volume([100, 50, 30, 20, 0], [0.5, 0.8]).tolist()
    [100.0, 30.0, 20.0]
    """
    return _core.floors_by_volume(_frames.from_series(values, "values"), _shares(shares))


def _shares(shares: Sequence[float]) -> list[float]:
    if isinstance(shares, str) or np.ndim(shares) != 1:
        raise ArgumentError("invalid_argument", "expected several shares", Place(column="shares"))
    return [float(share) for share in shares]
