"""A territory of doctors that never lived, with tables that look like real ones and a hidden truth that can be asked.

>>> import tierwise
>>> territory = tierwise.simulate.territory(hcps=100, seed=7)
>>> territory
<tierwise.simulate.Territory: 100 doctors, seed 7, 2025-01-01 to 2026-06-30>
>>> territory.hcps["specialty"].shape
(100,)
>>> 0 < territory.response_probability(0, "detail_visit", "visit") < 1
True
"""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import Any

from . import _core, _frames
from ._frames import Kind
from .errors import ArgumentError, Place, expect_count, no_pickle
from .profile import AsOf, days_of

__all__ = ["Territory", "territory"]

_TABLES = ("hcps", "interactions", "consents", "history", "representatives", "content")


class Territory:
    """Tables as a company would have them, and the truth that it would not. Made by `territory`."""

    def __init__(self, core: _core.Territory, kind: Kind) -> None:
        self._core = core
        self._kind = kind

    def _table(self, name: str) -> Any:
        return _frames.frame_of(self._kind, {n: _frames.out_of(raw) for n, raw in self._core.table(name).items()})

    @cached_property
    def hcps(self) -> Any:
        """hcp_id, specialty, city, title, hospital_level, society_offices, trials, publications, teaching, patient_volume,
        patients_per_week, territory, rep_id"""
        return self._table("hcps")

    @cached_property
    def interactions(self) -> Any:
        """event_id, hcp_id, date, channel, depth"""
        return self._table("interactions")

    @cached_property
    def consents(self) -> Any:
        """hcp_id, channel, purpose, granted, from, until"""
        return self._table("consents")

    @cached_property
    def history(self) -> Any:
        """decision_id, hcp_id, action_id, channel, date, outcome, reason"""
        return self._table("history")

    @cached_property
    def representatives(self) -> Any:
        """rep_id, territory, city, since, calls_per_day"""
        return self._table("representatives")

    @cached_property
    def content(self) -> Any:
        """content_id, action_id, approved_from, approved_until"""
        return self._table("content")

    @property
    def tables(self) -> dict[str, Any]:
        """All tables by name."""
        return {name: getattr(self, name) for name in _TABLES}

    @property
    def as_of(self) -> datetime.date:
        """The last day, for which decisions would be made."""
        return datetime.date.fromisoformat(self._core.end)

    @property
    def actions(self) -> list[str]:
        """Ids of the actions that were suggested."""
        return self._core.actions

    @property
    def channels(self) -> list[str]:
        """Ids of the channels."""
        return self._core.channels

    def response_probability(self, hcp: int, action: str, channel: str) -> float:
        """The chance that a doctor (row of hcps) accepts an action by a channel; 0 if it is not offered by that channel."""
        return self._core.response_probability(
            hcp, _index(self.actions, action, "action"), _index(self.channels, channel, "channel")
        )

    def response_probabilities(self, action: str, channel: str) -> Any:
        """`response_probability` of every doctor, as an array."""
        return self._core.response_probabilities(
            _index(self.actions, action, "action"), _index(self.channels, channel, "channel")
        )

    def channel_affinity(self, hcp: int, channel: str) -> float:
        """How much a doctor likes a channel: standard normal over doctors."""
        return self._core.channel_affinity(hcp, _index(self.channels, channel, "channel"))

    def expected_outcome(self, hcp: int, visits_per_month: float) -> float:
        """Patients a month that a doctor would bring if visited so often."""
        return self._core.expected_outcome(hcp, visits_per_month)

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("Territory", "the same seed makes it again; or keep its frames")

    def __len__(self) -> int:
        return len(self._core)

    def __repr__(self) -> str:
        return f"<tierwise.simulate.Territory: {len(self)} doctors, seed {self._core.seed}, {self._core.start} to {self._core.end}>"


def territory(
    *,
    hcps: int = 10_000,
    seed: int = 1,
    start: AsOf | None = None,
    end: AsOf | None = None,
    contact_scale: float = 1.0,
    suggestions_per_month: float = 0.5,
    missing_prob: float = 0.05,
    unknown_volume_prob: float = 0.1,
    hcps_per_rep: int = 120,
    frames: Kind = "dict",
    threads: int = 1,
) -> Territory:
    """Simulates a territory. Each doctor is a function of the seed and the row alone, so a longer territory begins with the
    shorter one.

    hcps                   how many doctors
    start, end             first and last day of contacts and suggestions; 2025-01-01 to 2026-06-30 if left out
    contact_scale          multiplies the rates of contacts, which are fitted to real records
    suggestions_per_month  mean over doctors
    missing_prob           chance that any one attribute is missing; `unknown_volume_prob`: of patient_volume
    hcps_per_rep           consecutive doctors share a territory, a city and a representative
    frames                 kind of the tables: "dict" (of NumPy arrays), "pandas", "polars" or "pyarrow"
    """
    expect_count(hcps, "hcps", 0)
    expect_count(threads, "threads")
    if frames not in ("dict", "pandas", "polars", "pyarrow"):
        raise ArgumentError("invalid_argument", "expected dict, pandas, polars or pyarrow", Place(column="frames"))
    if hcps < 0 or hcps_per_rep < 1 or not 0 <= seed < 2**64:
        raise ArgumentError("invalid_argument", "expected hcps ≥ 0, hcps_per_rep ≥ 1 and 0 ≤ seed < 2^64")
    core = _core.make_territory(
        hcps=hcps,
        seed=seed,
        start=None if start is None else days_of(start),
        end=None if end is None else days_of(end),
        contact_scale=contact_scale,
        suggestions_per_month=suggestions_per_month,
        missing_prob=missing_prob,
        unknown_volume_prob=unknown_volume_prob,
        hcps_per_rep=hcps_per_rep,
        threads=threads,
    )
    return Territory(core, frames)


def _index(names: list[str], name: str, what: str) -> int:
    if name not in names:
        raise ArgumentError(
            "invalid_argument", f"there is no such {what}; there are {', '.join(names)}", Place(column=what)
        )
    return names.index(name)
