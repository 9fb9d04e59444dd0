"""Profiles in; grades, levels, profile types and tiers out, each with what it is made of.

>>> import tierwise
>>> policy = tierwise.Policy.default()
>>> territory = tierwise.simulate.territory(hcps=200, seed=1)
>>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
>>> model = tierwise.segment.fit(policy, profile)
>>> segments = model.assign(profile)
>>> sorted(segments)[:3]
['decile', 'engagement_coverage', 'engagement_level']
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from .errors import ArgumentError, Place, UnknownHcpError
from .migration import Migration, drift, migration, why_moved
from .policy import Policy
from .profile import Profile
from .stability import Stability, confidence, nearest_cuts, sensitivity, settle, settle_steps

__all__ = [
    "Contribution",
    "Language",
    "Migration",
    "SegmentModel",
    "Stability",
    "classify",
    "confidence",
    "drift",
    "fit",
    "migration",
    "nearest_cuts",
    "sensitivity",
    "settle",
    "settle_steps",
    "why_moved",
]

Language = Literal["en", "zh"]
Score = Literal["potential", "identity", "engagement"]


@dataclass(frozen=True)
class Contribution:
    """One part of a score. The values of a score's parts add up to it exactly."""

    column: str
    value: float
    """Points of the score."""
    weight_share: float
    """Share of all weight; 0 where the part is not a weighted term."""
    known: bool
    """False: the column was missing, so its weight went to the others."""


class SegmentModel:
    """A segmentation policy and what was fitted from a population. Immutable; share it between threads freely."""

    def __init__(self, core: _core.SegmentModel, policy: Policy) -> None:
        self._core = core
        self.policy = policy

    def assign(self, profile: Profile, *, threads: int = 1) -> Any:
        """A frame with hcp_id, potential, decile, grade, identity_score, …, tier, resources, reason.

        A doctor's row depends on the model and that doctor's profile alone.
        """
        assigned = self._core.assign(profile._core, threads)
        columns = {name: _frames.out_of(raw) for name, raw in assigned.columns().items()}
        columns["reason"] = assigned.reasons("en", threads)
        return _frames.frame_of(profile._kind, {"hcp_id": _frames.out_of(profile._core.column("hcp_id")), **columns})

    def contributions(self, profile: Profile, hcp_id: str | int, score: Score) -> list[Contribution]:
        """The parts of one doctor's score; empty where it is unknown or a plain volume."""
        row = row_of(_frames.out_of(profile._core.column("hcp_id")), hcp_id)
        return [Contribution(*part) for part in self._core.contributions(profile._core, row, score)]

    def grade_table(self, profile: Profile, *, threads: int = 1) -> Any:
        """How many doctors and how much volume each grade holds: a frame with grade, doctors, doctors_share, volume, volume_share.

        One row a grade, best first, and a last one without a grade for those whose potential is unknown. `volume` counts the
        doctors who were graded by volume.

        >>> import tierwise
        >>> territory = tierwise.simulate.territory(hcps=500, seed=1)
        >>> policy = tierwise.Policy.default()
        >>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
        >>> table = tierwise.segment.fit(policy, profile).grade_table(profile)
        >>> table["grade"].tolist(), int(table["doctors"].sum())
        (['A', 'B', 'C', 'D', None], 500)
        """
        columns = self._core.grade_table(profile._core, threads)
        return _frames.frame_of(profile._kind, {name: _frames.out_of(raw) for name, raw in columns.items()})

    def ways_up(self, profile: Profile, *, language: Language = "en", threads: int = 1) -> Any:
        """The cheapest way to a better tier for each doctor, by the efforts that the policy lists: found exactly.

        A frame with hcp_id, tier, outcome ("found", "best tier" or "out of reach"), tier_then, cost (missing unless found),
        a column times_<id> for each effort, the scores and levels that they lead to
        (potential_then, grade_then, identity_score_then, …), and words. Made so often, the efforts change the columns of the policy
        by `step` each, and `assign` gives such a doctor the tier that is said here.

        >>> import tierwise
        >>> policy = tierwise.Policy.default()
        >>> territory = tierwise.simulate.territory(hcps=100, seed=1)
        >>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
        >>> ways = tierwise.segment.fit(policy, profile).ways_up(profile)
        >>> sorted(set(ways["outcome"].tolist()))
        ['best tier', 'found', 'out of reach']
        """
        raw = _core.ways_up(self._core, profile._core, language, threads)
        columns = {name: _frames.out_of(column) for name, column in raw.items()}
        return _frames.frame_of(profile._kind, {"hcp_id": _frames.out_of(profile._core.column("hcp_id")), **columns})

    @property
    def s0(self) -> float:
        """Engagement points that score 63 of 100."""
        return self._core.s0

    @property
    def decile_volumes(self) -> dict[int, float]:
        """Smallest volume of each decile from 1 to 10, infinite for an empty one; no entry where no volume was known."""
        return self._core.decile_volumes

    @property
    def volume_floors(self) -> list[float]:
        """Lowest volume of each grade but the last, best first, among all doctors; empty where the policy reads no volume."""
        return self._core.volume_floors

    @property
    def card_floors(self) -> list[float]:
        """Lowest score of the potential card for each grade but the last, best first; empty where the policy has no card."""
        return self._core.card_floors

    @property
    def identity_floors(self) -> list[float]:
        """Lowest identity score of each level but the last, best first."""
        return self._core.identity_floors

    @property
    def engagement_floors(self) -> list[float]:
        """Lowest engagement score of each level but the last, best first."""
        return self._core.engagement_floors

    def __repr__(self) -> str:
        return f"<tierwise.SegmentModel of policy {self.policy.name!r}: s0 {self.s0:.4g}, volumes {'known' if self.decile_volumes else 'unknown'}>"


def fit(policy: Policy, profile: Profile) -> SegmentModel:
    """Learns volume deciles, the engagement scale and quantile cuts from a population."""
    return SegmentModel(_core.fit_segments(policy._core, profile._core), policy)


def row_of(ids: _frames.Out, hcp_id: str | int) -> int:
    """The row of a doctor; UnknownHcpError without repeating the id."""
    rows: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
    if isinstance(ids, _frames.Text):
        if isinstance(hcp_id, str):
            codes = [code for code, name in enumerate(ids.names) if name == hcp_id]
            rows = np.flatnonzero(np.isin(ids.codes, codes))
    else:
        values = ids.values if isinstance(ids, _frames.Ints) else np.asarray(ids)
        with contextlib.suppress(ValueError, OverflowError):  # text that is no number is no id here
            rows = np.flatnonzero(values == int(hcp_id))
    if not len(rows):
        raise UnknownHcpError("unknown_hcp", "no doctor here has this id", Place(column="hcp_id"))
    return int(rows[0])


def classify(
    policy: Policy,
    potential: npt.NDArray[np.float32],
    identity: npt.NDArray[np.float32],
    engagement: npt.NDArray[np.float32],
    *,
    potential_floors: Sequence[float],
    identity_floors: Sequence[float] | None = None,
    engagement_floors: Sequence[float] | None = None,
    out: npt.NDArray[np.uint8] | None = None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The inner loop alone: three finished scores to tiers, and counts by grade, identity and engagement, in one pass.

    The scores are contiguous float32 arrays, which are not copied; NaN is an unknown and counts as the policy says. Floors
    are the lowest value of each grade or level but the last, best first, and are compared in float32. Those of identity and
    engagement are the policy's if it has fixed cuts. `out` (uint8) is filled and given back, if there is one.

    >>> import numpy as np, tierwise
    >>> scores = [np.array(s, dtype=np.float32) for s in ([900, 10], [80, 20], [75, np.nan])]
    >>> tiers, counts = classify(tierwise.Policy.default(), *scores, potential_floors=[500, 100, 20])
    >>> tiers.tolist(), counts.shape, int(counts.sum())
    ([1, 9], (4, 3, 3), 2)
    """
    fixed = policy._core.fixed_floors
    floors = []
    for name, given in (("identity", identity_floors), ("engagement", engagement_floors)):
        if given is None and fixed[name] is None:
            message = "the policy cuts this score by quantiles, so its floors must be given"
            raise ArgumentError("invalid_argument", message, Place(column=f"{name}_floors"))
        floors.append(list(fixed[name] if given is None else given))
    if out is None:
        out = np.empty(len(potential), dtype=np.uint8)
    counts = _core.classify(
        policy._core, list(potential_floors), floors[0], floors[1], potential, identity, engagement, out
    )
    return out, counts.reshape(len(policy.grades), len(policy.identity_levels), len(policy.engagement_levels))
