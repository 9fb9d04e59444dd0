"""Tags: what a company knows about a doctor in words, by rules over profiles and segments.

>>> import tierwise
>>> rule = tierwise.tag.check_rule('specialty in {"Oncology"} and count(channel == "visit", 90d) >= 3')
>>> rule.columns, rule.windows_days
(['contacts_visit_90d', 'specialty'], [90])
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._frames import Hint, Source
from .errors import ArgumentError, Place, WrongTypeError, expect, no_pickle
from .policy import Policy
from .profile import Profile
from .segment import SegmentModel

__all__ = ["Rule", "Schema", "TagRegistry", "Tags", "check_rule", "evaluate"]

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


def _known(schema: Schema | Policy) -> tuple[_core.Schema, dict[str, Hint]]:
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
        self._schema, self._hints = _known(schema)
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


class TagRegistry:
    """Rules of many tags as one program: what several of them ask is asked once. Immutable; any number of threads may use it.

    >>> import numpy as np
    >>> import tierwise
    >>> schema = tierwise.tag.Schema({"visits": "number", "city": "text"})
    >>> registry = tierwise.tag.TagRegistry(
    ...     {"seen": "visits > 0", "often": "visits >= 4", "quiet_in_x": 'city == "X" and not has_tag("often")'}, schema)
    >>> tags = registry.evaluate({"visits": np.array([0.0, 2.0, 9.0, np.nan]), "city": ["X", "X", "X", "Y"]})
    >>> tags.counts()
    {'seen': 2, 'often': 1, 'quiet_in_x': 2}
    >>> tags.query("seen & ~often")
    array([False,  True, False, False])
    """

    def __init__(self, rules: Mapping[str, str], schema: Schema | Policy) -> None:
        """`rules` gives each tag's rule by its id. RuleError names the first that cannot be read; its tags may ask for each other."""
        known, self._hints = _known(schema)
        self.rules = dict(rules)
        self._core = _core.TagRegistry.compile(list(self.rules.items()), known)

    def evaluate(self, frame: Any, *, into: Tags | None = None, threads: int = 1) -> Tags:
        """Who has which tag, for each row of a table that has the columns of the rules. With `into`, the memory of an earlier answer of this
        registry is used again, which then is this answer."""
        source = Source(frame, "profile")
        columns = {name: source.column(name, self._hints.get(name, "number")) for name in self._core.columns()}
        tags = Tags(self, len(source)) if into is None else into
        if tags.registry is not self:
            raise ArgumentError("invalid_argument", "these are tags of another registry", Place(column="into"))
        self._core.evaluate(columns, tags._core, threads)
        tags._rows = len(source)
        return tags

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("TagRegistry", "keep its rules")

    def __repr__(self) -> str:
        return f"<tierwise.tag.TagRegistry: {len(self.rules)} tags>"


class Tags:
    """Who has which tag: one bit a doctor and tag, and one for whether that is known."""

    def __init__(self, registry: TagRegistry, rows: int) -> None:
        self.registry = registry
        self._core = _core.TagBits()
        self._rows = rows
        self._place = {tag: place for place, tag in enumerate(registry.rules)}

    def __len__(self) -> int:
        """Doctors."""
        return self._rows

    def __getitem__(self, tag: str) -> npt.NDArray[np.bool_]:
        """Whether each doctor has a tag; false where that is unknown."""
        return self._core.yes(self._of(tag))

    def known(self, tag: str) -> npt.NDArray[np.bool_]:
        """Whether it is known that each doctor has a tag or has it not."""
        return self._core.known(self._of(tag))

    def counts(self) -> dict[str, int]:
        """Doctors with each tag."""
        return dict(zip(self._place, self._core.counts().tolist(), strict=True))

    def known_counts(self) -> dict[str, int]:
        """Doctors of whom it is known whether they have each tag."""
        return dict(zip(self._place, self._core.known_counts().tolist(), strict=True))

    def pair_counts(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.int64]:
        """How many doctors have both tags of each pair."""
        return self._core.pair_counts([(self._of(a), self._of(b)) for a, b in pairs])

    def query(self, question: str) -> npt.NDArray[np.bool_]:
        """Who fits a question such as `a & (b | ~c)`: `~` binds tightest, then `&`, then `|`. Who lacks c fits `~c` only where that is
        known."""
        yes, _ = self.registry._core.query(question, self._core)
        return yes

    def _of(self, tag: str) -> int:
        if tag not in self._place:
            near = difflib.get_close_matches(tag, self._place, 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ArgumentError("invalid_argument", f"there is no tag '{tag}'{hint}", Place(column="tag"))
        return self._place[tag]

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("Tags", "keep the arrays of the tags")

    def __repr__(self) -> str:
        return f"<tierwise.tag.Tags: {len(self._place)} tags of {self._rows} doctors>"


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
