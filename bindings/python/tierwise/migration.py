"""Who moved between two dates and why, and whether the population moved. All of it is reached as `tierwise.segment.…`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._frames import Source
from ._scheme import AXES, Scheme, ids_out
from .errors import ArgumentError, Place
from .profile import Profile

if TYPE_CHECKING:
    from .segment import SegmentModel

__all__ = ["Migration", "drift", "migration", "why_moved"]


@dataclass(frozen=True)
class Migration:
    """Doctors by the tier that they had and the tier that they have."""

    counts: npt.NDArray[np.int64]
    """[tier before − 1, tier after − 1]; newcomers and leavers are not in it."""
    newcomers: npt.NDArray[np.int64]
    """By tier after."""
    leavers: npt.NDArray[np.int64]
    """By tier before."""
    up: int
    down: int
    same: int
    flows: Any
    """A frame, most doctors first: from, to, doctors, and their share of those who had `from` and are still there."""
    movers: Any
    """A frame, one row for each doctor whose tier changed: hcp_id, before, after; and, if a model was given, how many
    tiers his grade, identity and engagement moved him (`by_grade`, …; positive is worse). These add up to after − before."""

    @property
    def unchanged_share(self) -> float:
        """Of the doctors of both dates."""
        all_there = self.up + self.down + self.same
        return self.same / all_there if all_there else float("nan")


def migration(before: Any, after: Any, *, model: SegmentModel | None = None) -> Migration:
    """Who moved from which tier to which between two dates, and which of grade, identity and engagement moved him.

    Both are frames with hcp_id and tier (and grade, identity_level, engagement_level if a `model` is given, whose table of
    tiers must be that of both); doctors are matched by id. Where several axes changed, each gets the mean of what its change
    does over the orders in which they can be changed (Shapley), in sixths of a tier.

    >>> import numpy as np, tierwise
    >>> moved = tierwise.segment.migration(
    ...     {"hcp_id": ["a", "b", "c"], "tier": np.array([1, 2, 2])}, {"hcp_id": ["b", "c", "d"], "tier": np.array([1, 2, 2])}
    ... )
    >>> moved.counts.tolist(), moved.up, moved.down, moved.newcomers.tolist(), moved.leavers.tolist()
    ([[0, 0], [1, 1]], 1, 0, [0, 1], [1, 0])
    """
    old, new = Source(before, "before"), Source(after, "after")
    match = _core.match_ids(old.column("hcp_id"), new.column("hcp_id"))
    tiers = [_tiers(source) for source in (old, new)]
    count = max([int(some.max()) for some in tiers if len(some)] + [1])
    scheme = None if model is None else Scheme(model)
    if scheme is not None:
        count = max(count, int(scheme.tiers.max()))
    raw = _core.migrate(tiers[0], tiers[1], match, count)
    there = np.flatnonzero(match >= 0)
    moved = there[tiers[0][match[there]] != tiers[1][there]]
    ids = ids_out(new)
    movers: dict[str, _frames.Out] = {
        "hcp_id": [ids[row] for row in moved] if isinstance(ids, list) else ids[moved],  # type: ignore[index]
        "before": tiers[0][match[moved]].astype(np.int32),
        "after": tiers[1][moved].astype(np.int32),
    }
    if scheme is not None:
        was = [step[match[moved]] for step in scheme.counted(scheme.steps(old))]
        now = [step[moved] for step in scheme.counted(scheme.steps(new))]
        sixths = _core.axis_sixths(scheme.tiers, scheme.shape, was, now)
        if not np.array_equal(sixths.sum(axis=1), 6 * (tiers[1][moved].astype(int) - tiers[0][match[moved]])):
            message = "the tiers of these frames do not follow from their grades and levels by this model's table"
            raise ArgumentError("invalid_argument", message, Place(column="model"))
        movers |= {f"by_{axis}": sixths[:, a] / 6 for a, axis in enumerate(AXES)}
    up, down, same = raw["net"]
    names = ("from", "to", "doctors", "share")
    return Migration(
        raw["counts"],
        raw["newcomers"],
        raw["leavers"],
        up,
        down,
        same,
        _frames.frame_of(new.kind, dict(zip(names, raw["flows"], strict=True))),
        _frames.frame_of(new.kind, movers),
    )


def _tiers(source: Source) -> npt.NDArray[np.uint16]:
    numbers = source.column("tier", "number").numbers_copy()
    whole = (numbers >= 1) & (numbers <= 4096) & (numbers == np.floor(numbers))
    if not whole.all():
        message = f"table '{source.table}': expected tiers from 1 to 4096"
        raise ArgumentError("out_of_range", message, Place(column="tier", row=int(np.flatnonzero(~whole)[0])))
    return numbers.astype(np.uint16)


def why_moved(
    before: tuple[SegmentModel, Profile], after: tuple[SegmentModel, Profile], hcp_id: str | int
) -> dict[str, npt.NDArray[Any]]:
    """What changed in one doctor's scores between two dates: score, column, before, after, change; largest change of a score first.

    `before` and `after` are each a model and a profile. The changes of a score's columns add up to the change of the score,
    exactly. A score that is unknown on either date, or a plain volume, has no rows; nor has a column that did not change.

    >>> import tierwise
    >>> policy = tierwise.Policy.default()
    >>> territory = tierwise.simulate.territory(hcps=50, seed=1)
    >>> first, last = (
    ...     tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=day)
    ...     for day in ("2025-06-30", territory.as_of)
    ... )
    >>> model = tierwise.segment.fit(policy, first)
    >>> doctor = territory.hcps["hcp_id"][0]
    >>> changes = tierwise.segment.why_moved((model, first), (model, last), doctor)
    >>> sorted(changes)
    ['after', 'before', 'change', 'column', 'score']
    """
    rows: list[tuple[str, str, float, float, float]] = []
    for score in ("potential", "identity", "engagement"):
        was, now = (
            {part.column: part.value for part in model.contributions(profile, hcp_id, score)}  # type: ignore[arg-type]
            for model, profile in (before, after)
        )
        if not was or not now:
            continue
        columns = list(was) + [column for column in now if column not in was]
        values = [np.array([side.get(column, 0.0) for column in columns]) for side in (was, now)]
        rows += [
            (score, columns[part], values[0][part], values[1][part], by)
            for part, by in _core.part_changes(values[0], values[1])
        ]
    names = ("score", "column", "before", "after", "change")
    return {
        name: np.array([row[k] for row in rows], dtype=object if k < 2 else np.float64) for k, name in enumerate(names)
    }


def drift(
    before: Any, after: Any, *, columns: Sequence[str] | None = None, bins: int = 10, smoothing: float = 0.5
) -> dict[str, float]:
    """Population stability index of each column: Σ (a − e) · ln(a / e) over shares before (e) and after (a).

    By custom below 0.1 is stable and above 0.25 another population. Numbers are put into `bins` bins that hold equal numbers
    of the doctors of `before` (fewer where many are equal); text is taken as it is; a missing value is a bin. Where some bin
    is empty on one side only, `smoothing` doctors are added on both sides to each bin that is not empty on both.
    `columns`: those of both frames without hcp_id and reason, if none are named.

    >>> import numpy as np, tierwise
    >>> before = {"tier": np.array(["1", "2", "2", "3"], dtype=object)}
    >>> after = {"tier": np.array(["1", "2", "3", "3"], dtype=object)}
    >>> round(tierwise.segment.drift(before, after)["tier"], 4)
    0.3466
    """
    old, new = Source(before, "before"), Source(after, "after")
    if bins < 2:
        raise ArgumentError("invalid_argument", f"expected at least 2, found {bins}", Place(column="bins"))
    if columns is None:
        columns = [name for name in old.names if name in new and name not in ("hcp_id", "reason")]
    return {name: _column_drift(old.column(name), new.column(name), name, bins, smoothing) for name in columns}


def _column_drift(old: _core.Column, new: _core.Column, name: str, bins: int, smoothing: float) -> float:
    if old.type == "category" and new.type == "category":
        names = list(dict.fromkeys([*old.names, *new.names]))
        e, a = (
            np.bincount(_core.codes_among(side, names, name) + 1, minlength=len(names) + 1).astype(np.float64)
            for side in (old, new)
        )
    else:
        values = old.numbers_copy()
        known = np.sort(values[np.isfinite(values)])
        inner = np.arange(1, bins) * len(known) // bins
        edges = np.unique(known[inner]) if len(known) else np.empty(0)
        e, a = _core.bin_counts(values, edges), _core.bin_counts(new.numbers_copy(), edges)
    return float(_core.stability_index(e, a, smoothing)[0])
