"""Is a tag worth having? Completeness, use, what it tells of an outcome, stability, redundancy, and one figure for the registry.

>>> import numpy as np
>>> import tierwise
>>> schema = tierwise.tag.Schema({"visits": "number"})
>>> registry = tierwise.tag.TagRegistry({"seen": "visits > 0", "often": "visits >= 4", "rare": 'not has_tag("often")'}, schema)
>>> tags = registry.evaluate({"visits": np.array([0.0, 2.0, 9.0, np.nan])})
>>> found = tags.quality(wanted=2)
>>> found.sufficiency
Sufficiency(count=0.625, completeness=0.75, use=0.3333333333333333, figure=0.15625)
>>> [str(repair) for repair in found.repairs[:2]]
['use seen: 0.156 to 0.312', 'use rare: 0.156 to 0.312']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core, _frames
from ._frames import Kind
from .errors import ArgumentError, Place, expect
from .profile import AsOf, days_of

if TYPE_CHECKING:
    from .registry import Tags

__all__ = ["Quality", "Repair", "Sufficiency", "quality"]


@dataclass(frozen=True)
class Sufficiency:
    """One figure for a registry, 0 to 1, and its three parts, whose product it is: how many of the tags wanted a doctor has, how many
    doctors a tag is known of, how many tags anything uses."""

    count: float
    completeness: float
    use: float
    figure: float


@dataclass(frozen=True)
class Repair:
    """What to do with one tag (learn it of everybody: complete; or use it: use), and the registry's figure before and after."""

    what: str
    tag: str
    before: float
    after: float

    def __str__(self) -> str:
        return f"{self.what} {self.tag}: {self.before:.3f} to {self.after:.3f}"


@dataclass(frozen=True)
class Quality:
    """What is said of the tags of a base. `frame` has a row a tag; `sufficiency` is of the registry; `repairs` are what would raise it, most
    first."""

    frame: Any = field(repr=False)
    sufficiency: Sufficiency
    repairs: list[Repair] = field(repr=False)
    _tags: Tags = field(repr=False)

    def pairs(self, most: int = 20) -> Any:
        """The pairs of tags that say most of the same: mutual information (nats) of yes, no and unknown, the same normalised (0 to 1), and φ
        where both are known. A frame of the caller's kind."""
        found = _core.tag_pairs(self._tags._core)
        order = np.argsort(-found["normalised"], kind="stable")[:most]
        names = list(self._tags.registry.rules)
        columns: dict[str, _frames.Out] = {
            "tag": _frames.Text(found["first"][order], names),
            "other": _frames.Text(found["second"][order], names),
        }
        columns.update({name: found[name][order] for name in ("mutual_information", "normalised", "phi")})
        return _frames.frame_of(self._tags._kind, columns)


def quality(
    tags: Tags,
    outcome: Any = None,
    *,
    used: Mapping[str, int] | None = None,
    wanted: int = 10,
    before: Tags | None = None,
    evidence: Mapping[str, Any] | None = None,
    as_of: AsOf | None = None,
) -> Quality:
    """See `Tags.quality`."""
    names, kind = list(tags.registry.rules), tags._kind
    counts = dict(tags.registry.decision_uses)
    for tag, n in (used or {}).items():
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 0 <= n < 2**31:
            raise ArgumentError(
                "invalid_argument", f"expected how many uses '{tag}' has, a whole number", Place(column="used")
            )
        counts[names[tags._of(tag, "used")]] = counts.get(tag, 0) + n
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
        raise ArgumentError("invalid_argument", "expected a whole number of at least 1", Place(column="wanted"))
    found = _core.tag_quality(tags.registry._core, tags._core, [counts.get(name, 0) for name in names], wanted)
    every = np.arange(len(names), dtype=np.int32)
    columns: dict[str, _frames.Out] = {"tag": _frames.Text(every, names)}
    columns.update(found["tags"])
    columns["alike"] = _frames.Text(np.asarray(found["tags"]["alike"], dtype=np.int32), names)
    if outcome is not None:
        given = (
            tags._source.column(outcome, "boolean")
            if isinstance(outcome, str)
            else _frames.from_array(outcome, "boolean")
        )
        columns.update(_core.tag_outcome(tags._core, given))
    if before is not None:
        expect(type(tags), before, "before")
        _expect_like(tags, before)
        columns.update(_core.tag_drift(before._core, tags._core))
    if evidence is not None:
        columns["stale"] = _stale(tags, evidence, as_of, kind)
    figure = found["figure"]
    repairs = [
        Repair("use" if use else "complete", names[tag], figure, after)
        for use, tag, after in zip(*(found["repairs"][key] for key in ("use", "tag", "figure")), strict=True)
    ]
    whole = Sufficiency(found["count"], found["completeness"], found["use"], figure)
    return Quality(_frames.frame_of(kind, columns), whole, [_plain(one) for one in repairs], tags)


def _expect_like(tags: Tags, before: Tags) -> None:
    """The same tags of the same doctors."""
    if list(before.registry.rules) != list(tags.registry.rules):
        message = "these are other tags: evaluate both dates by one registry"
        raise ArgumentError("invalid_argument", message, Place(column="before"))
    if all("hcp_id" in each._source for each in (tags, before)):
        ids = [each._source.ids("hcp_id").written() for each in (tags, before)]
        if ids[0] != ids[1]:
            message = (
                "these tags are of other doctors, or in another order: evaluate both on the same doctors, row by row"
            )
            raise ArgumentError("invalid_argument", message, Place(column="before"))


def _plain(one: Repair) -> Repair:
    return Repair(one.what, one.tag, float(one.before), float(one.after))


def _stale(tags: Tags, evidence: Mapping[str, Any], as_of: AsOf | None, kind: Kind) -> _frames.Out:
    """Share of the doctors with each tag whose newest evidence is older than the tag lives."""
    if as_of is None:
        if tags._profile is None:
            raise ArgumentError(
                "invalid_argument", "how old evidence is depends on the day: name it", Place(column="as_of")
            )
        as_of = tags._profile.as_of
    out = np.full(len(tags.registry.rules), np.nan)
    for tag, dates in evidence.items():
        place = tags._of(tag)
        lives = tags.registry.definitions[place]["lives_days"]
        out[place] = _core.tag_stale(tags._core, place, _frames.from_array(dates, "date"), days_of(as_of), lives)
    return out
