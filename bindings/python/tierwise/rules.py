"""The rule language: what rules may refer to, and single rules.

>>> import tierwise
>>> rule = tierwise.tag.check_rule('specialty in {"Oncology"} and count(channel == "visit", 90d) >= 3')
>>> rule.columns, rule.windows_days, rule.cost
(['contacts_visit_90d', 'specialty'], [90], 9)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core
from ._frames import Hint, Source
from .errors import Place, WrongTypeError, expect, no_pickle
from .policy import Policy

ValueType = Literal["boolean", "number", "text", "date", "duration"]


class Schema:
    """What rules may refer to: columns with their types, channels, measures that sum() may add up, tags, topics of contacts."""

    def __init__(
        self,
        columns: Mapping[str, ValueType],
        *,
        channels: Sequence[str] = (),
        measures: Sequence[str] = (),
        tags: Sequence[str] = (),
        topics: Sequence[str] = (),
    ) -> None:
        self.columns = dict(columns)
        self._core = _core.Schema(list(columns.items()), list(channels), list(measures), list(tags), list(topics))


def known_of(schema: Schema | Policy) -> tuple[_core.Schema, dict[str, Hint]]:
    """What rules may refer to, and what their columns are meant to be."""
    if isinstance(schema, Policy):
        return _core.Schema.of(schema._core), {}
    if not isinstance(schema, Schema):
        message = f"expected a Schema or a Policy, not {type(schema).__name__}"
        raise WrongTypeError("wrong_type", message, Place(column="schema"))
    return schema._core, {name: "number" if kind == "duration" else kind for name, kind in schema.columns.items()}


class Rule:
    """A rule that was read and type-checked. Immutable."""

    def __init__(self, text: str, schema: Schema | Policy) -> None:
        expect(str, text, "text")
        self._schema, self._hints = known_of(schema)
        self._core = _core.Rule.parse(text, self._schema)

    @property
    def text(self) -> str:
        """As written."""
        return self._core.text

    def format(self) -> str:
        """In one canonical spelling, which reads as the same rule."""
        return self._core.format()

    @property
    def columns(self) -> list[str]:
        """Columns that the rule reads, named directly or through a function."""
        return self._core.columns

    @property
    def windows_days(self) -> list[int]:
        """Windows of count() and share()."""
        return self._core.windows_days

    @property
    def trend_windows_days(self) -> list[int]:
        """Windows of trend()."""
        return self._core.trend_windows_days

    @property
    def cost(self) -> int:
        """Steps that evaluating it for one row takes at most."""
        return self._core.cost

    @property
    def sums(self) -> list[tuple[str, int]]:
        """Measure and window of each sum()."""
        return self._core.sums

    @property
    def tags(self) -> list[str]:
        """Tags that the rule asks for."""
        return self._core.tags

    def evaluate(
        self, frame: Any, tags: Mapping[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]] | None = None
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """(yes, known) for each row of a table that has the columns of the rule. `tags` gives the same pair for each tag."""
        source = Source(frame, "profile")
        columns = {name: source.column(name, self._hints.get(name, "number")) for name in source.names}
        yes, known = self._core.evaluate(columns, dict(tags or {}), self._schema)
        return yes, known

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("Rule", "keep its text")

    def __repr__(self) -> str:
        return f"<tierwise.tag.Rule {self.format()}>"


def check_rule(text: str, policy: Policy | None = None) -> Rule:
    """Reads a rule against what a policy defines (the default one if none is given). RuleError says what was expected, and where."""
    if policy is not None:
        expect(Policy, policy, "policy")
    return Rule(text, Policy.default() if policy is None else policy)
