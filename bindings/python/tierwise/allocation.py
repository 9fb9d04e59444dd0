"""What each tier gets, and whether that can be done: planned contacts and cost by tier against the capacity of channels.

The plan is the section `segment.allocation` of a policy. Another one can be tried without changing the policy:

>>> import tierwise
>>> plan = {
...     "period_days": 30,
...     "channels": {"visit": {"cost": 100, "capacity": 150}, "remote_call": {"cost": 20}},
...     "tiers": [
...         {"contacts": 8, "mix": {"visit": 0.75, "remote_call": 0.25}, "budget": 500},
...         *[{"contacts": 3, "mix": {"visit": 1}}] * 3,
...         *[{"contacts": 0}] * 5,
...     ],
... }
>>> summary = summarise(tierwise.Policy.default(), [1] * 20 + [4] * 15 + [9] * 400, allocation=plan)
>>> print(summary)
30 days: 435 doctors, 205 contacts, cost 17,300
<BLANKLINE>
  tier  doctors  contacts      each    visit  remote_call      cost    budget
     1       20       160         8      120           40    12,800    10,000  over by 2,800
     4       15        45         3       45            0     4,500         —
     9      400         0         0        0            0         0         —
   all      435       205                165           40    17,300         —  over by 2,800
<BLANKLINE>
channel        contacts  capacity     load
visit               165       150   110.0%  ████████████████████▒▒ short by 15
remote_call          40  no limit
<BLANKLINE>
no doctors in tiers 2, 3, 5, 6, 7, 8
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from .errors import DataError, Place, WrongTypeError, expect
from .policy import Policy

__all__ = ["AllocationSummary", "summarise"]


class AllocationSummary:
    """Planned contacts and cost of a period, by tier and by channel. `print` it for a table."""

    def __init__(self, raw: dict[str, Any], kind: _frames.Kind) -> None:
        self._raw = raw
        self._kind = kind

    @property
    def tiers(self) -> Any:
        """A row a tier: tier, doctors, contacts, contacts_<channel> …, cost, budget (infinite: none), over_budget."""
        return self._frame("tiers")

    @property
    def channels(self) -> Any:
        """A row a channel: channel, contacts, capacity (infinite: no limit), load (contacts / capacity), short_by, cost."""
        return self._frame("channels")

    @property
    def period_days(self) -> int:
        """Length of the period that the plan is for."""
        return int(self._raw["period_days"])

    @property
    def doctors(self) -> int:
        """All doctors."""
        return int(self._raw["doctors"])

    @property
    def contacts(self) -> float:
        """All planned contacts."""
        return float(self._raw["contacts"])

    @property
    def cost(self) -> float:
        """What they cost."""
        return float(self._raw["cost"])

    @property
    def budget(self) -> float:
        """The budgets of all doctors; infinite if a tier with doctors has none."""
        return float(self._raw["budget"])

    @property
    def over_budget(self) -> float:
        """Cost above the budget, summed over tiers: what one leaves over does not pay for another."""
        return float(self._raw["over_budget"])

    @property
    def short_by(self) -> float:
        """Contacts above the capacity, summed over channels."""
        return float(self._raw["short_by"])

    def _frame(self, name: str) -> Any:
        columns = {column: _frames.out_of(values) for column, values in self._raw[name].items()}
        return _frames.frame_of(self._kind, columns)

    def __str__(self) -> str:
        return "\n".join([self._head(), "", *self._tier_lines(), "", *self._channel_lines(), *self._empty_tiers()])

    def __repr__(self) -> str:
        return f"<tierwise.AllocationSummary: {self.doctors} doctors, {_count(self.contacts)} contacts in {self.period_days} days>"

    def _head(self) -> str:
        of = f" of a budget of {_count(self.budget)}" if math.isfinite(self.budget) else ""
        counts = f"{self.doctors:,} doctors, {_count(self.contacts)} contacts, cost {_count(self.cost)}"
        return f"{self.period_days} days: {counts}{of}"

    def _tier_lines(self) -> list[str]:
        tiers, names = self._raw["tiers"], self._raw["channels"]["channel"]
        widths = [max(9, len(name) + 2) for name in names]

        def line(first: str, each: list[str], channels: list[str], money: list[str], over: float) -> str:
            cells = [f"{first:>6}", *(f"{cell:>{w}}" for cell, w in zip(each, (9, 10, 10), strict=True))]
            cells += [f"{cell:>{w}}" for cell, w in zip(channels, widths, strict=True)]
            cells += [f"{cell:>10}" for cell in money]
            return ("".join(cells) + (f"  over by {_count(over)}" if over else "")).rstrip()

        lines = [line("tier", ["doctors", "contacts", "each"], list(names), ["cost", "budget"], 0)]
        for i, doctors in enumerate(tiers["doctors"]):
            if not doctors:
                continue
            contacts = tiers["contacts"][i]
            counts = [f"{doctors:,}", _count(contacts), _number(contacts / doctors)]
            by_channel = [_count(tiers[f"contacts_{name}"][i]) for name in names]
            money = [_count(tiers["cost"][i]), _count(tiers["budget"][i])]
            lines.append(line(str(tiers["tier"][i]), counts, by_channel, money, tiers["over_budget"][i]))
        counts = [f"{self.doctors:,}", _count(self.contacts), ""]
        sums = [_count(contacts) for contacts in self._raw["channels"]["contacts"]]
        lines.append(line("all", counts, sums, [_count(self.cost), _count(self.budget)], self.over_budget))
        return lines

    def _channel_lines(self) -> list[str]:
        channels = self._raw["channels"]
        width = max([len("channel"), *(len(name) for name in channels["channel"])])
        lines = [f"{'channel':<{width}}  {'contacts':>10}{'capacity':>10}{'load':>9}"]
        for i, name in enumerate(channels["channel"]):
            capacity, load, short = (float(channels[key][i]) for key in ("capacity", "load", "short_by"))
            line = f"{name:<{width}}  {_count(channels['contacts'][i]):>10}"
            if not math.isfinite(capacity):
                lines.append(f"{line}{'no limit':>10}")
                continue
            share = f"{load:.1%}" if math.isfinite(load) else "—"
            short_by = f" short by {_count(short)}" if short else ""
            lines.append(f"{line}{_count(capacity):>10}{share:>9}  {_bar(load)}{short_by}".rstrip())
        return lines

    def _empty_tiers(self) -> list[str]:
        tiers = self._raw["tiers"]
        empty = [str(tier) for tier, doctors in zip(tiers["tier"], tiers["doctors"], strict=True) if not doctors]
        return ["", f"no doctors in tiers {', '.join(empty)}"] if empty else []


def summarise(
    policy: Policy, tiers: Any, *, tier: str = "tier", allocation: dict[str, Any] | None = None
) -> AllocationSummary:
    """Planned contacts, cost and load for doctors in tiers.

    `tiers` is a frame with a column of tiers (such as `Result.segments`, or what `SegmentModel.assign` gives; `tier` names the
    column), or an array or list of tiers, one a doctor. The frames of the summary are of the same kind. `allocation` takes the
    place of the policy's own section; it is read as strictly.

    Raises PolicyError (an unsound `allocation`), ArgumentError (the policy has none), DataError (a tier that is missing or
    that the policy does not have), MissingColumnError, WrongTypeError.
    """
    expect(Policy, policy, "policy")
    if allocation is not None:
        document = policy.to_dict()
        # Through text, so that what the caller holds is neither changed nor kept.
        document["segment"]["allocation"] = json.loads(json.dumps(allocation, allow_nan=False))
        policy = Policy.from_dict(document)
    count = max(cell["tier"] for cell in policy.tiers)
    kind, numbers = _numbers_of(tiers, tier)
    return AllocationSummary(
        _core.summarise_allocation(policy._core, _core.doctors_by_tier(numbers, count).tolist()), kind
    )


def _numbers_of(tiers: Any, name: str) -> tuple[_frames.Kind, npt.NDArray[np.uint16]]:
    is_series = hasattr(tiers, "to_numpy") and not hasattr(tiers, "columns") and not hasattr(tiers, "column_names")
    if (
        is_series
        or isinstance(tiers, (list, tuple, range))
        or (isinstance(tiers, np.ndarray) and not tiers.dtype.names)
    ):
        source = _frames.Source({name: np.asarray(tiers)}, "tiers")
    else:
        source = _frames.Source(tiers, "tiers")
    column = source.column(name, "number")
    if not column.is_numeric:
        raise WrongTypeError("wrong_type", "expected tiers as whole numbers from 1", Place(column=name))
    values = column.numbers_copy()
    bad = np.flatnonzero(~((values >= 0) & (values <= 65535) & (values == np.floor(values))))
    if len(bad):
        raise DataError("out_of_range", "expected a tier as a whole number from 1", Place(column=name, row=int(bad[0])))
    return source.kind, values.astype(np.uint16)


def _number(value: float) -> str:
    """At most two decimals, and none that say nothing."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _count(value: float) -> str:
    return "—" if not math.isfinite(value) else f"{value:,.0f}" if abs(value) >= 100 else _number(value)


def _bar(load: float) -> str:
    """20 marks are the capacity; what is above it, up to as much again, is lighter."""
    marks = round(min(load, 2.0) * 20)
    return "█" * min(marks, 20) + "▒" * max(marks - 20, 0)
