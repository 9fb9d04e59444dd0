"""What stability and migration share: a fitted scheme, and frames of segments as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._frames import Source
from .errors import ArgumentError, Place, UnknownHcpError, expect
from .profile import Profile

if TYPE_CHECKING:
    from .segment import SegmentModel

UNKNOWN = 255
AXES = ("grade", "identity", "engagement")
LEVELS = ("grade", "identity_level", "engagement_level")
ROADS = ("volume", "card", "identity", "engagement")
SCORES = ("potential", "identity_score", "engagement_score")
NO_FLOORS = (np.empty(0), np.empty(0, dtype=np.int32))


Floors = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int32]]
"""Among all doctors, of the strata one after the other, and the stratum of each doctor (empty: all doctors)."""


class Scheme:
    """Names, table and floors of a fitted model."""

    def __init__(self, model: SegmentModel) -> None:
        from .segment import SegmentModel

        expect(SegmentModel, model, "model")
        scheme = _core.segment_scheme(model._core)
        self._model = model
        self.names: list[list[str]] = [scheme["grades"], scheme["identity_levels"], scheme["engagement_levels"]]
        self.tiers: npt.NDArray[np.uint16] = scheme["tiers"]
        self.shape = tuple(len(names) for names in self.names)
        self.unknown_as: tuple[int, int, int] = scheme["unknown_as"]
        self.from_contacts: bool = scheme["from_contacts"]
        self._floors = {road: scheme[road] for road in ROADS}

    def floors(self, profile: Profile | None, ids: _core.Column | None, threads: int = 1) -> dict[str, Floors]:
        """The floors in force for each doctor of `ids`, who is a row of `profile`; of the profile's rows if there are no ids."""
        strata: list[npt.NDArray[np.int32]] = [np.empty(0, dtype=np.int32)] * len(ROADS)
        if any(len(of_strata) for _, of_strata in self._floors.values()):
            if profile is None:
                message = "this policy cuts by strata, which a frame of segments does not tell: give the profile"
                raise ArgumentError("invalid_argument", message, Place(column="profile"))
            strata = list(_core.strata_of(self._model._core, profile._core, threads))
            if ids is not None:
                rows = _core.match_ids(column_of(profile), ids)
                if (rows < 0).any():
                    message = "a doctor of these segments is not in the profile"
                    raise UnknownHcpError("unknown_hcp", message, Place(column="profile"))
                strata = [of_rows[rows] for of_rows in strata]
        out: dict[str, Floors] = {}
        for (road, (all_, of_strata)), stratum in zip(self._floors.items(), strata, strict=True):
            steps = self.shape[{"identity": 1, "engagement": 2}.get(road, 0)]
            # A policy without this road to the grade has no floors for it: nobody is cut by these.
            fits = len(all_) + 1 == steps
            out[road] = (all_, of_strata, stratum) if fits else (np.full(steps - 1, np.inf), *NO_FLOORS)
        return out

    def steps(self, segments: Source) -> list[npt.NDArray[np.uint8]]:
        """Grade, identity and engagement of each doctor; 255 where unknown."""
        found = []
        for column, names in zip(LEVELS, self.names, strict=True):
            codes = _core.codes_among(segments.column(column, "text"), names, column)
            found.append(np.where(codes < 0, UNKNOWN, codes).astype(np.uint8))
        return found

    def counted(self, steps: list[npt.NDArray[np.uint8]]) -> list[npt.NDArray[np.uint8]]:
        """The same, an unknown as what the policy says it counts as."""
        return [
            np.where(step == UNKNOWN, default, step).astype(np.uint8)
            for step, default in zip(steps, self.unknown_as, strict=True)
        ]

    def tier(self, steps: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint16]:
        grade, identity, engagement = (step.astype(np.int64) for step in self.counted(steps))
        return self.tiers[(grade * self.shape[1] + identity) * self.shape[2] + engagement]

    def values(self, segments: Source) -> dict[str, npt.NDArray[np.float64]]:
        """What is cut, by road. The road to the grade differs by doctor: volume, then scorecard."""
        potential, identity, engagement = (segments.column(name, "number").numbers_copy() for name in SCORES)
        by_volume = ~np.isnan(segments.column("decile", "number").numbers_copy())
        return {
            "volume": np.where(by_volume, potential, np.nan),
            "card": np.where(by_volume, np.nan, potential),
            "identity": identity,
            "engagement": engagement,
        }


def column_of(profile: Profile) -> _core.Column:
    """The ids of a profile, as a column again."""
    return Source(
        {"hcp_id": _frames.frame_of("dict", {"hcp_id": _frames.out_of(profile._core.column("hcp_id"))})["hcp_id"]},
        "profile",
    ).column("hcp_id")


def text_of(steps: npt.NDArray[np.uint8], names: Sequence[str]) -> _frames.Text:
    return _frames.Text(np.where(steps == UNKNOWN, -1, steps.astype(np.int32)).astype(np.int32), names)


def ids_out(source: Source) -> _frames.Out:
    """The ids as they came, ready to go out again."""
    values = source.values("hcp_id")
    return list(values) if values and isinstance(values[0], str) else np.asarray(values)
