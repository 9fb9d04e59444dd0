"""Tags: what a company knows about a doctor in words, by rules over profiles and segments.

>>> import tierwise
>>> tierwise.tag.check_rule('specialty in {"Oncology"} and count(channel == "visit", 90d) >= 3').format()
'specialty in {"Oncology"} and count(channel == "visit", 90d) >= 3'
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from .analysis import Finding, Part, analyse
from .errors import expect
from .policy import Policy
from .profile import Profile
from .registry import TagRegistry, Tags, Trace, Updated
from .rules import Rule, Schema, check_rule
from .segment import SegmentModel

__all__ = [
    "Finding",
    "Part",
    "Rule",
    "Schema",
    "TagRegistry",
    "Tags",
    "Trace",
    "Updated",
    "analyse",
    "check_rule",
    "evaluate",
]


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
