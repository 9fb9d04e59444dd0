"""Does a segmentation hold still, and how sure is it? All of it is reached as `tierwise.segment.…`.

>>> import tierwise
>>> policy = tierwise.Policy.default()
>>> territory = tierwise.simulate.territory(hcps=200, seed=1)
>>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
>>> model = tierwise.segment.fit(policy, profile)
>>> segments = model.assign(profile)
>>> settled = tierwise.segment.settle(model, segments, as_of="2026-01-31")
>>> sorted(settled)[:3]
['engagement_level', 'engagement_plain', 'engagement_since']
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._frames import Source
from ._scheme import AXES, LEVELS, NO_FLOORS, UNKNOWN, Floors, Scheme, ids_out, text_of
from .errors import ArgumentError, Place, expect
from .profile import AsOf, Profile, days_of, interaction_columns

if TYPE_CHECKING:
    from .segment import SegmentModel

__all__ = [
    "Stability",
    "confidence",
    "nearest_cuts",
    "sensitivity",
    "settle",
    "settle_steps",
]


@dataclass(frozen=True, kw_only=True)
class Stability:
    """How much memory a segmentation has; `segment.stability` of a policy. `Stability()` is what tierwise ships; docs/stability.md
    says how it was chosen.
    """

    volume_band: float = _core.default_stability()[0]
    """Share of the floor by which a volume must be across it."""
    score_band: float = _core.default_stability()[1]
    """Points by which a score must be across its floor."""
    minimum_stay_days: int = _core.default_stability()[2]
    """Days for which a new step is kept, unless the move is large."""
    large_move: int = _core.default_stability()[3]
    """A move of so many steps is taken at once."""

    def __post_init__(self) -> None:
        _core.check_stability(astuple(self))


def settle_steps(
    values: npt.ArrayLike,
    floors: Sequence[float],
    *,
    as_of: AsOf,
    before: npt.ArrayLike | None = None,
    since: npt.ArrayLike | None = None,
    before_plain: npt.ArrayLike | None = None,
    plain: npt.ArrayLike | None = None,
    stability: Stability | None = None,
    scale: Literal["volume", "score"] = "volume",
    threads: int = 1,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.datetime64]]:
    """Settles one column: the step of each doctor (0 is the best, 255 unknown) and since when he has it.

    `floors` are the lowest values of each step but the last, best first. `before` and `since` are what this gave last time
    (a doctor who was not there has 255), and `before_plain` the steps as they were cut then, without memory. `plain` are the
    steps of `values` now, made from `floors` where they are not given; a NaN is unknown. Shares of heads or of volume need
    nothing else: once a population is fitted, their floors are volumes.

    >>> import numpy as np
    >>> from tierwise.segment import Stability, settle_steps
    >>> memory = Stability(volume_band=0.05, minimum_stay_days=0)
    >>> settle_steps([104, 106, 40], [100, 50], as_of="2026-01-31", before=[1, 1, 0], since=["2025-01-31"] * 3, stability=memory)
    (array([1, 0, 2], dtype=uint8), array(['2025-01-31', '2026-01-31', '2026-01-31'], dtype='datetime64[D]'))
    """
    numbers = np.asarray(values, dtype=np.float64)
    cuts = np.asarray(floors, dtype=np.float64)
    if plain is None:
        plain = np.where(np.isnan(numbers), UNKNOWN, (numbers[:, None] < cuts[None, :]).sum(axis=1)).astype(np.uint8)
    if before is None:
        before = np.full(len(numbers), UNKNOWN, dtype=np.uint8)
    if since is None:
        since = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[D]")
    days = np.asarray(since, dtype="datetime64[D]").astype(np.int64).clip(-(2**31), 2**31 - 1).astype(np.int32)
    if scale not in ("volume", "score"):
        raise ArgumentError("invalid_argument", 'expected "volume" or "score"', Place(column="scale"))
    step, new_days = _core.settle(
        astuple(stability or Stability()),
        scale == "volume",
        plain,
        numbers,
        (cuts, *NO_FLOORS),
        days_of(as_of),
        before,
        days,
        np.empty(0, dtype=np.uint8) if before_plain is None else before_plain,
        threads,
    )
    return step, new_days.astype("datetime64[D]")


def settle(
    model: SegmentModel,
    segments: Any,
    previous: Any = None,
    *,
    as_of: AsOf,
    stability: Stability | None = None,
    profile: Profile | None = None,
    threads: int = 1,
) -> Any:
    """Grades, levels and tiers that remember: a doctor near a line keeps what he had until he is clearly across it.

    `segments` is what `model.assign` gave, or `result.segments`; `previous` is what this function gave last time, in any
    order, and is None the first time. Each of grade, identity and engagement is settled by itself:

    - new, unknown now or unknown then: the plain step;
    - `large_move` steps away, from the settled or the plain step before: at once;
    - less than `minimum_stay_days` since the last change: stays;
    - better (worse) only if the value is a band above (below) the floor: volumes by a share of it, scores by points.

    These numbers are those of the model's policy (`segment.stability`), unless `stability` is given.

    Gives a frame of the same kind: hcp_id; for each of grade, identity_level and engagement_level the settled step, since when
    (`grade_since`, …; null where it is unknown) and the step without memory (`grade_plain`, …); and the tier of the settled steps.
    Keep it until next time. A policy that cuts by strata also needs the `profile` that was assigned. A doctor who has moved from one road to his grade to the other gets the plain grade.

    >>> import tierwise
    >>> policy = tierwise.Policy.default()
    >>> territory = tierwise.simulate.territory(hcps=200, seed=1)
    >>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    >>> model = tierwise.segment.fit(policy, profile)
    >>> first = tierwise.segment.settle(model, model.assign(profile), as_of="2026-01-31")
    >>> again = tierwise.segment.settle(model, model.assign(profile), first, as_of="2026-02-28")
    >>> bool((first["tier"] == again["tier"]).all())
    True
    """
    scheme, source = Scheme(model), Source(segments, "segments")
    rows = len(source)
    steps, today = scheme.steps(source), days_of(as_of)
    had = [np.full(rows, UNKNOWN, dtype=np.uint8) for _ in AXES]
    had_plain = [step.copy() for step in had]
    since = [np.zeros(rows, dtype=np.int32) for _ in AXES]
    by_volume = ~np.isnan(source.column("decile", "number").numbers_copy())
    had_volume = by_volume.copy()
    if previous is not None:
        old = Source(previous, "previous")
        match = _core.match_ids(old.column("hcp_id"), source.column("hcp_id"))
        known = match >= 0
        at = match[known]
        for a, axis in enumerate(AXES):
            names = scheme.names[a]
            for column, into in ((LEVELS[a], had[a]), (f"{axis}_plain", had_plain[a])):
                codes = _core.codes_among(old.column(column, "text"), names, column)
                into[known] = np.where(codes < 0, UNKNOWN, codes)[at]
            days = old.column(f"{axis}_since", "date").numbers_copy()
            since[a][known] = np.where(np.isnan(days), today, days)[at]
        had_volume[known] = old.column("grade_by_volume", "number").numbers_copy()[at] == 1
    numbers, floors = scheme.values(source), scheme.floors(profile, source.column("hcp_id"), threads)
    how = model.policy_._core.stability if stability is None else astuple(stability)
    out: dict[str, _frames.Out] = {"hcp_id": ids_out(source)}
    settled: list[npt.NDArray[np.uint8]] = []
    for a, axis in enumerate(AXES):
        roads = ["volume", "card"] if axis == "grade" else [axis]
        step, new = steps[a].copy(), np.full(rows, today, dtype=np.int32)
        for road in roads:
            values = numbers[road]
            got = _core.settle(
                how,
                road == "volume",
                steps[a],
                np.where(had_volume == by_volume, values, np.nan) if axis == "grade" else values,
                floors[road],
                today,
                had[a],
                since[a],
                had_plain[a],
                threads,
            )
            here = by_volume == (road == "volume") if axis == "grade" else np.ones(rows, dtype=bool)
            step[here], new[here] = got[0][here], got[1][here]
        settled.append(step)
        names = scheme.names[a]
        out[LEVELS[a]] = text_of(step, names)
        out[f"{axis}_since"] = _frames.Dates(new, step != UNKNOWN)
        out[f"{axis}_plain"] = text_of(steps[a], names)
    out["grade_by_volume"] = by_volume
    out["tier"] = scheme.tier(settled)
    return _frames.frame_of(source.kind, out)


# ---- how much hangs on the cuts ---------------------------------------------------------------------------------------


def _axes(scheme: Scheme, source: Source, road: str, floors: dict[str, Floors]) -> tuple[list[Any], int]:
    """The three axes for the extension, the grade's by one road; and which of them the road is."""
    steps, values = scheme.counted(scheme.steps(source)), scheme.values(source)
    which = {"identity": 1, "engagement": 2}.get(road, 0)
    chosen = ["card" if road == "card" else "volume", "identity", "engagement"]
    return [(values[name], steps[a], floors[name]) for a, name in enumerate(chosen)], which


_SCALES = {
    "volume": "grade by volume",
    "card": "grade by scorecard",
    "identity": "identity",
    "engagement": "engagement",
}


def sensitivity(
    model: SegmentModel,
    segments: Any,
    *,
    volume_moves: Sequence[float] = (-0.05, 0.05),
    score_moves: Sequence[float] = (-2, 2),
    profile: Profile | None = None,
) -> Any:
    """How many doctors would change their tier if one cut moved a little, all else as it is.

    Volume cuts move by a share of the floor, score cuts by points; a cut stops at the one beside it. The counts are exact:
    what assigning everybody again would give. A frame of the kind of `segments`: scale, cut ("A | B"), floor, move, crossed
    (doctors who change the step), better and worse (their tier). Where the policy cuts by strata, `profile` is needed, a cut moves
    in all of them alike, and `floor` is that among all doctors.

    >>> import tierwise
    >>> policy = tierwise.Policy.default()
    >>> territory = tierwise.simulate.territory(hcps=200, seed=1)
    >>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    >>> model = tierwise.segment.fit(policy, profile)
    >>> list(tierwise.segment.sensitivity(model, model.assign(profile)))
    ['scale', 'cut', 'floor', 'move', 'crossed', 'better', 'worse']
    """
    scheme, source = Scheme(model), Source(segments, "segments")
    in_force = scheme.floors(profile, source.column("hcp_id"))
    rows: list[tuple[Any, ...]] = []
    for road, label in _SCALES.items():
        axes, which = _axes(scheme, source, road, in_force)
        values, floors = axes[which][0], axes[which][2][0]
        if np.isnan(values).all():
            continue
        by_share = road == "volume"
        moves = np.asarray(volume_moves if by_share else score_moves, dtype=np.float64)
        names = scheme.names[which]
        rows += [
            (label, f"{names[cut]} | {names[cut + 1]}", floors[cut], move, crossed, better, worse)
            for cut, move, crossed, better, worse in _core.sensitivity(model._core, axes, which, moves, by_share)
        ]
    columns: list[Any] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(7)]
    names7 = ("scale", "cut", "floor", "move", "crossed", "better", "worse")
    types = (None, None, np.float64, np.float64, np.int64, np.int64, np.int64)
    out = {
        name: column if kind is None else np.asarray(column, dtype=kind)
        for name, column, kind in zip(names7, columns, types, strict=True)
    }
    return _frames.frame_of(source.kind, out)


def nearest_cuts(model: SegmentModel, segments: Any, *, profile: Profile | None = None) -> Any:
    """Each doctor's distance to the nearest cut, by grade, identity and engagement, and whether crossing it changes the tier.

    A frame of the kind of `segments`: hcp_id, and for each axis `grade_cut` ("A | B"; null where unknown), `grade_distance`
    (floor − value, in units of the value: above 0 the cut is above him), `grade_tier` (his tier on the other side). A policy that
    cuts by strata also needs the `profile` that was assigned.

    >>> import tierwise
    >>> policy = tierwise.Policy.default()
    >>> territory = tierwise.simulate.territory(hcps=200, seed=1)
    >>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    >>> model = tierwise.segment.fit(policy, profile)
    >>> list(tierwise.segment.nearest_cuts(model, model.assign(profile)))[:4]
    ['hcp_id', 'grade_cut', 'grade_distance', 'grade_tier']
    """
    scheme, source = Scheme(model), Source(segments, "segments")
    in_force = scheme.floors(profile, source.column("hcp_id"))
    out: dict[str, _frames.Out] = {"hcp_id": ids_out(source)}
    by_volume = ~np.isnan(source.column("decile", "number").numbers_copy())
    for a, axis in enumerate(AXES):
        roads = ("volume", "card") if axis == "grade" else (axis,)
        got = [_core.nearest_cuts(model._core, *_axes(scheme, source, road, in_force)) for road in roads]
        cut, distance, across, _ = got[0]
        if len(got) > 1:
            cut, distance, across = (
                np.where(by_volume, one, other)
                for one, other in ((cut, got[1][0]), (distance, got[1][1]), (across, got[1][2]))
            )
        names = scheme.names[a]
        borders = [f"{better} | {worse}" for better, worse in itertools.pairwise(names)]
        out[f"{axis}_cut"] = text_of(cut, borders)
        out[f"{axis}_distance"] = distance
        out[f"{axis}_tier"] = across
    return _frames.frame_of(source.kind, out)


# ---- how sure -------------------------------------------------------------------------------------------------------


def confidence(
    model: SegmentModel,
    profile: Profile,
    interactions: Any,
    *,
    replicates: int = 200,
    seed: int = 0,
    threads: int = 1,
) -> Any:
    """How sure each doctor's tier is: his contacts are resampled, and engagement, level and tier made again.

    A Poisson bootstrap: in each replicate a contact counts Poisson(1) times, by a generator keyed by (seed, hcp_id, number of
    the contact in date order, replicate), so the answer depends neither on the order of rows nor on threads. Grade and
    identity stay. Weights multiply what a contact earned under the daily limit; a contact over the limit never steps in.

    `interactions` are those that `profile` was built from. A frame of the profile's kind: hcp_id, tier, confidence (share
    of replicates with this tier; NaN where engagement is unknown), second_tier (the most frequent other one; null where none
    came up) and second_share. A doctor without contacts has 1: resampling cannot see what has not been tried.
    The Monte-Carlo error of a share p is √(p (1 − p) / replicates).

    >>> import tierwise
    >>> policy = tierwise.Policy.default()
    >>> territory = tierwise.simulate.territory(hcps=200, seed=1)
    >>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    >>> model = tierwise.segment.fit(policy, profile)
    >>> sure = tierwise.segment.confidence(model, profile, territory.interactions, replicates=50)
    >>> list(sure)
    ['hcp_id', 'tier', 'confidence', 'second_tier', 'second_share']
    """
    scheme = Scheme(model)
    expect(Profile, profile, "profile")
    raw = {
        name: _frames.out_of(column) for name, column in model._core.assign(profile._core, threads).columns().items()
    }
    steps = []
    for name in LEVELS:
        codes = raw[name].codes  # type: ignore[union-attr]
        steps.append(np.where(codes < 0, UNKNOWN, codes).astype(np.uint8))
    contacts = interaction_columns(model.policy_, Source(interactions, "interactions"))
    share, second, second_share = _core.resample_tiers(
        model.policy_._core,
        model._core,
        profile._core,
        contacts,
        scheme.counted(steps),
        (steps[2] != UNKNOWN).astype(np.uint8),
        scheme.floors(profile, None, threads)["engagement"],
        seed,
        replicates,
        threads,
    )
    return _frames.frame_of(
        profile._kind,
        {
            "hcp_id": _frames.out_of(profile._core.column("hcp_id")),
            "tier": raw["tier"],
            "confidence": share,
            "second_tier": _frames.Ints(second, second > 0),
            "second_share": second_share,
        },
    )
