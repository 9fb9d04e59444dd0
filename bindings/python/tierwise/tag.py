"""Tags: what a company knows about a doctor in words, by rules over profiles and segments.

>>> import tierwise
>>> rule = tierwise.tag.check_rule('specialty in {"Oncology"} and count(channel == "visit", 90d) >= 3')
>>> rule.columns, rule.windows_days
(['contacts_visit_90d', 'specialty'], [90])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._frames import Hint, Source
from .errors import Place, WrongTypeError, expect, no_pickle
from .policy import Policy
from .profile import Profile
from .segment import SegmentModel

__all__ = ["Rule", "Schema", "check_rule", "evaluate"]

ValueType = Literal["boolean", "number", "text", "date", "duration"]


class Schema:
    """What rules may refer to: columns with their types, channels, measures that sum() may add up, tags."""

    def __init__(
        self,
        columns: Mapping[str, ValueType],
        *,
        channels: Sequence[str] = (),
        measures: Sequence[str] = (),
        tags: Sequence[str] = (),
    ) -> None:
        self.columns = dict(columns)
        self._core = _core.Schema(list(columns.items()), list(channels), list(measures), list(tags))


class Rule:
    """A rule that was read and type-checked. Immutable."""

    def __init__(self, text: str, schema: Schema | Policy) -> None:
        expect(str, text, "text")
        if not isinstance(schema, (Schema, Policy)):
            message = f"expected a Schema or a Policy, not {type(schema).__name__}"
            raise WrongTypeError("wrong_type", message, Place(column="schema"))
        self._schema = schema._core if isinstance(schema, Schema) else _core.Schema.of(schema._core)
        self._hints: dict[str, Hint] = {}
        if isinstance(schema, Schema):
            self._hints = {name: "number" if kind == "duration" else kind for name, kind in schema.columns.items()}
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


def evaluate(profile: Profile, model: SegmentModel, *, threads: int = 1) -> Any:
    """The tags of all doctors in long form: hcp_id, tag, layer, since, source.

    `since` is the day since which the tag's rule has been true without interruption; null where that cannot be told.
    A tag whose rule is unknown for a doctor is not set.
    """
    expect(Profile, profile, "profile")
    expect(SegmentModel, model, "model")
    found = _core.evaluate_tags(model.policy_._core, profile._core, model._core, threads)
    return tags_frame(profile._kind, profile._core, model.policy_, found)


def tags_frame(
    kind: _frames.Kind, profile: _core.Profile | _core.Answer, policy: Policy, found: tuple[Any, ...]
) -> Any:
    """The tags in long form, by doctor and then in the policy's order."""
    rows, tags, days, known = found
    definitions = policy.tags
    layers = ["basic", "behaviour", "preference"]
    layer_of = np.array([layers.index(tag["layer"]) for tag in definitions] or [0], dtype=np.int32)
    columns: dict[str, _frames.Out] = {
        "hcp_id": take(profile.column("hcp_id"), rows),
        "tag": _frames.Text(tags, [tag["id"] for tag in definitions]),
        "layer": _frames.Text(layer_of[tags], layers),
        "since": _frames.Dates(days, known),
        "source": _frames.Text(np.zeros(len(tags), dtype=np.int32), ["rule"]),
    }
    return _frames.frame_of(kind, columns)


def take(raw: Any, rows: Any) -> _frames.Out:
    """Rows of a column of ids."""
    ids = _frames.out_of(raw)
    if isinstance(ids, _frames.Text):
        return ids.take(rows)
    if isinstance(ids, _frames.Ints):
        ids = ids.values
    taken: npt.NDArray[Any] = np.asarray(ids)[rows]
    return taken
