"""tierwise: nine tiers and the next best action for every doctor a life-science company talks to.

The whole job is one call; `result.segments`, `result.tags`, `result.recommendations`, `result.dropped` and
`result.rejected` are frames of the kind that was given (pandas, Polars, pyarrow, or a dict of NumPy arrays):

    result = tierwise.run(hcps, interactions, consents=consents, as_of="2026-06-30")
    print(result.summary())
    print(result.explain("H0001"))

Each step alone: `tierwise.profile`, `tierwise.segment`, `tierwise.tag`, `tierwise.propensity`, `tierwise.recommend`;
`tierwise.simulate` makes territories whose hidden truth is known.
"""

from __future__ import annotations

from . import (
    allocation,
    exploratory,
    matcher,
    movers,
    preferences,
    privacy,
    profile,
    propensity,
    provenance,
    quality,
    recommend,
    segment,
    simulate,
    summary,
    tag,
)
from ._core import __version__
from .errors import (
    ArgumentError,
    DataError,
    Error,
    FileMissingError,
    FileUnreadableError,
    MissingColumnError,
    NotFittedError,
    Place,
    PolicyError,
    RuleError,
    UnknownHcpError,
    WrongTypeError,
)
from .model import Model, run
from .policy import Policy
from .profile import Profile
from .result import Explanation, Result, as_written
from .segment import SegmentModel
from .summary import Summary

__all__ = [
    "ArgumentError",
    "DataError",
    "Error",
    "Explanation",
    "FileMissingError",
    "FileUnreadableError",
    "MissingColumnError",
    "Model",
    "NotFittedError",
    "Place",
    "Policy",
    "PolicyError",
    "Profile",
    "Result",
    "RuleError",
    "SegmentModel",
    "Summary",
    "UnknownHcpError",
    "WrongTypeError",
    "__version__",
    "allocation",
    "as_written",
    "exploratory",
    "matcher",
    "movers",
    "preferences",
    "privacy",
    "profile",
    "propensity",
    "provenance",
    "quality",
    "recommend",
    "run",
    "segment",
    "simulate",
    "summary",
    "tag",
]
