"""A population as mergeable summaries: fit from parts (machines, countries, days) that never meet.

>>> import tierwise
>>> policy = tierwise.Policy.default()
>>> territory = tierwise.simulate.territory(hcps=200, seed=1)
>>> doctors = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of).frame
>>> north, south = ({name: column[rows] for name, column in doctors.items()} for rows in (slice(120), slice(120, None)))
>>> whole = PopulationSummary(policy, south).merge(PopulationSummary(policy, north))
>>> whole == PopulationSummary(policy, doctors)
True
>>> tierwise.SegmentModel(policy).fit(whole).s0 == tierwise.SegmentModel(policy).fit(doctors).s0
True
"""

from __future__ import annotations

from typing import Any

from . import _core
from ._features import features_of, with_cure
from .errors import MissingColumnError, Place, WrongTypeError, expect
from .policy import Policy
from .summary import Summary

__all__ = ["PopulationSummary"]

Strata = list[tuple[int, tuple[str, ...], Summary]]


class PopulationSummary:
    """All that a fit needs of a population. Any split of the doctors, merged in any order, gives the same bytes.

    `SegmentModel(policy).fit(summary)` gives the model of a fit on the doctors themselves: equal while each number has at most
    `Summary.exact_capacity` different values; above, cuts are off by at most `Summary.relative_error`. It holds no ids, but small populations have
    few doctors to hide among: treat it like the data.

    Args:
        policy: The policy that the model will be fitted with; summaries are merged with those of the same policy.
        X: A Profile, a frame or an array, as for `SegmentModel.fit`.

    >>> import tierwise
    >>> half = PopulationSummary(tierwise.Policy.default(), [[900.0], [120.0], [30.0]])
    >>> half.summaries["volume"].sum
    1050.0
    """

    def __init__(self, policy: Policy, X: Any) -> None:
        expect(Policy, policy, "policy")
        features = features_of(X, policy, None, ids=False)
        try:
            self._core = _core.summarise_population(policy._core, features.profile._core)
        except MissingColumnError as error:
            raise with_cure(error, features) from None

    @classmethod
    def _of(cls, core: _core.PopulationSummary) -> PopulationSummary:
        made = cls.__new__(cls)
        made._core = core
        return made

    def merge(self, *others: PopulationSummary) -> PopulationSummary:
        """Adds the doctors of others, and gives the summary back.

        Raises:
            WrongTypeError: if one is no PopulationSummary.
            ArgumentError: if one has other channels; those before it are merged then.
        """
        for other in others:
            if not isinstance(other, PopulationSummary):
                message = f"expected population summaries, not {type(other).__name__}"
                raise WrongTypeError("wrong_type", message, Place(column="others"))
        for other in others:
            self._core.merge(other._core)
        return self

    def copy(self) -> PopulationSummary:
        """A summary of its own with the same content."""
        return self._of(self._core.copy())

    def to_bytes(self) -> bytes:
        """Versioned; equal bytes for equal populations."""
        return self._core.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> PopulationSummary:
        """The summary that `to_bytes` wrote. Raises ArgumentError if it cannot have written them; nothing in them is trusted.

        >>> import tierwise
        >>> summary = PopulationSummary(tierwise.Policy.default(), [[900.0], [120.0]])
        >>> PopulationSummary.from_bytes(summary.to_bytes()) == summary
        True
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise WrongTypeError("wrong_type", f"expected bytes, not {type(data).__name__}", Place(column="data"))
        return cls._of(_core.PopulationSummary.from_bytes(bytes(data)))

    @property
    def channels(self) -> list[str]:
        """The channels of the points columns, in their order."""
        return self._core.channels

    @property
    def summaries(self) -> dict[str, Summary]:
        """Copies of the numbers of all doctors: volume, card, identity, engagement, points.

        Scores that the policy cuts by fixed numbers are not kept: these are empty.
        """
        return {name: _summary(numbers) for name, (numbers, _) in self._core.parts().items()}

    @property
    def strata(self) -> dict[str, Strata]:
        """By the same names: (which set of the policy's strata, its texts, their numbers) of each stratum, by set, then by texts."""
        return {
            name: [(at, tuple(key), _summary(numbers)) for at, key, numbers in strata]
            for name, (_, strata) in self._core.parts().items()
        }

    def __eq__(self, other: object) -> bool:
        return self.to_bytes() == other.to_bytes() if isinstance(other, PopulationSummary) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __reduce__(self) -> tuple[Any, ...]:
        return PopulationSummary.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        volume = self.summaries["volume"]
        return f"<tierwise.PopulationSummary: {volume.known:,} volumes, {volume.missing:,} missing, {len(self.channels)} channels>"


def _summary(core: _core.Summary) -> Summary:
    made = Summary()
    made._core = core
    return made
