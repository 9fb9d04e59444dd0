"""How likely an action is to be accepted: pooled rates, shrunk from action × channel to the channel and to the whole.

>>> import tierwise
>>> territory = tierwise.simulate.territory(hcps=200, seed=1)
>>> policy = tierwise.Policy.default()
>>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
>>> rates = tierwise.propensity.fit(policy, profile, territory.history)
>>> 0 < rates.whole < 1
True
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from . import _core, _frames
from ._frames import Hint, Kind, Source
from .errors import expect, no_pickle
from .given import Given
from .policy import Policy
from .profile import Profile

__all__ = ["Rates", "fit"]


class Rates:
    """Acceptance rates with their evidence. Immutable."""

    def __init__(self, core: _core.Pooled, kind: Kind, given: Given) -> None:
        self._core = core
        self._kind = kind
        self._given = given

    @property
    def whole(self) -> float:
        """The rate over all actions and channels."""
        return self._core.whole

    @property
    def by_channel(self) -> dict[str, float]:
        """The rate of each channel."""
        return self._core.by_channel

    @cached_property
    def frame(self) -> Any:
        """One row for each action and channel: action_id, channel, probability, accepted, offered."""
        return _frames.frame_of(self._kind, {name: _frames.out_of(raw) for name, raw in self._core.columns().items()})

    @cached_property
    def rejected(self) -> Any:
        """Rows of the history that could not be used."""
        return _frames.frame_of(self._kind, self._given.told(self._core.rejected()))

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("Rates", "keep its .frame")

    def __repr__(self) -> str:
        return f"<tierwise.propensity.Rates: {self.whole:.3f} over all, {len(self.by_channel)} channels>"


def fit(policy: Policy, profile: Profile, history: Any = None) -> Rates:
    """Learns acceptance rates from past suggestions up to the profile's date.

    `history` has hcp_id, action_id, channel, outcome (accepted, completed, dismissed, ignored), date and optionally
    decision_id. Without it every rate is the policy's prior.
    """
    expect(Policy, policy, "policy")
    expect(Profile, profile, "profile")
    past = history_columns(history, profile._given.ids)
    core = _core.fit_propensity(policy._core, profile._core, past)
    return Rates(core, profile._kind, Given().also("history", past))


_HISTORY: dict[str, Hint] = {
    "hcp_id": "",
    "action_id": "text",
    "channel": "text",
    "outcome": "text",
    "date": "date",
    "decision_id": "",
}


def history_columns(history: Any, doctors: _core.Column | None = None) -> dict[str, _core.Column] | None:
    """The columns of a history as the extension takes them."""
    if history is None:
        return None
    source = Source(history, "history")
    for name in ("hcp_id", "action_id", "channel", "date", "outcome"):
        if name not in source:
            raise source.lacks(name)
    columns = {
        name: source.column(name, hint) for name, hint in _HISTORY.items() if name in source and name != "hcp_id"
    }
    return {"hcp_id": source.ids("hcp_id", doctors), **columns}
