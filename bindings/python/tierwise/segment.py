"""Profiles in; grades, levels, profile types and tiers out, each with what it is made of.

>>> import tierwise
>>> policy = tierwise.Policy.default()
>>> territory = tierwise.simulate.territory(hcps=200, seed=1)
>>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
>>> model = tierwise.segment.fit(policy, profile)
>>> segments = model.assign(profile)
>>> sorted(segments)[:3]
['decile', 'engagement_coverage', 'engagement_level']
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._estimator import Estimator, not_fitted
from ._features import Features, features_of, number_columns, with_cure
from .errors import ArgumentError, MissingColumnError, Place, UnknownHcpError, WrongTypeError, expect
from .migration import Migration, drift, migration, why_moved
from .policy import Policy, policy_of
from .population import PopulationSummary
from .profile import rejected_frame
from .stability import Stability, confidence, nearest_cuts, sensitivity, settle, settle_steps

__all__ = [
    "Contribution",
    "Language",
    "Migration",
    "PopulationSummary",
    "SegmentModel",
    "Stability",
    "classify",
    "confidence",
    "drift",
    "fit",
    "migration",
    "nearest_cuts",
    "number_columns",
    "sensitivity",
    "settle",
    "settle_steps",
    "why_moved",
]

Language = Literal["en", "zh"]
Score = Literal["potential", "identity", "engagement"]

FEATURES = (
    "potential",
    "decile",
    "grade",
    "identity_score",
    "identity_coverage",
    "identity_level",
    "engagement_score",
    "engagement_coverage",
    "engagement_level",
    "tier",
)
"""What `SegmentModel.transform` gives."""

Assigned = _core.Assignment
_DEFAULTS = {"policy": None, "columns": None, "threads": 1}


@dataclass(frozen=True)
class Contribution:
    """One part of a score. The values of a score's parts add up to it exactly."""

    column: str
    value: float
    """Points of the score."""
    weight_share: float
    """Share of all weight; 0 where the part is not a weighted term."""
    known: bool
    """False: the column was missing, so its weight went to the others."""


class SegmentModel(Estimator):
    """Segments doctors by a policy; with a fit, immutable: share it between threads freely. It keeps scikit-learn's contract.

    What is fitted on and asked about is `X`: a `Profile`, or one row a doctor in any frame (pandas, Polars, pyarrow, others by Arrow,
    a dict) with the columns that the policy reads, by their names, in any order, among others. A plain array has no names: its
    columns are `columns`, or, if that is left out, `tierwise.segment.number_columns(policy)` as far as they go; what an array then lacks is
    unknown, and what it has beyond them is not looked at. Missing numbers (NaN, null) are unknown, never zero.

    Args:
        policy: A Policy, a dictionary, the path of a policy file, or the name of a shipped one; None is the default policy.
        columns: Names of the columns of a plain array, in order; a column that the policy reads and is not among them is an error.
        threads: How many threads may work; the answers are the same bytes for any number.

    After a fit there are `policy_` (the Policy), `n_features_in_`, and of a frame `feature_names_in_`. scikit-learn is not needed, and
    not imported.

    >>> import tierwise
    >>> territory = tierwise.simulate.territory(hcps=200, seed=1)
    >>> policy = tierwise.Policy.default()
    >>> doctors = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of).frame
    >>> model = SegmentModel(policy).fit(doctors)
    >>> model.predict(doctors)[:5].tolist()
    [9, 1, 9, 9, 7]
    >>> SegmentModel().fit([[900.0], [120.0], [30.0], [0.0]]).transform([[900.0]])[0, :3].tolist()  # potential, decile, grade
    [900.0, 10.0, 1.0]
    """

    policy_: Policy

    def __init__(
        self,
        policy: Policy | dict[str, Any] | str | os.PathLike[str] | None = None,
        *,
        columns: Sequence[str] | None = None,
        threads: int = 1,
    ) -> None:
        self.policy = policy
        self.columns = columns
        self.threads = threads

    @classmethod
    def _of(cls, core: _core.SegmentModel, policy: Policy) -> SegmentModel:
        """A model that the extension has fitted."""
        model = cls(policy)
        model.policy_ = policy
        model._fitted_core = core
        return model

    @property
    def _core(self) -> _core.SegmentModel:
        core: _core.SegmentModel | None = vars(self).get("_fitted_core")
        if core is None:
            raise not_fitted(self)
        return core

    def __sklearn_is_fitted__(self) -> bool:
        return "_fitted_core" in vars(self)

    # ---- scikit-learn's verbs ----

    def fit(self, X: Any, y: Any = None) -> SegmentModel:
        """Learns volume deciles, the engagement scale and the cuts from a population, and gives the model back. O(n log n).

        Args:
            X: A Profile, a frame or an array; or a `PopulationSummary`, which stands for the doctors that it sums up.
            y: Not looked at.

        Raises MissingColumnError, WrongTypeError, ArgumentError, PolicyError; the model is then as it was.
        """
        if not isinstance(self, SegmentModel):
            message = "fit is a method of a model: SegmentModel(policy).fit(X), or tierwise.segment.fit(policy, X)"
            raise WrongTypeError("wrong_type", message)
        policy = policy_of(self.policy)
        if not isinstance(self.threads, (int, np.integer)) or self.threads < 1:
            message = f"expected at least 1 thread, not {self.threads!r}"
            raise ArgumentError("invalid_argument", message, Place(column="threads"))
        if isinstance(X, PopulationSummary):
            features, core = None, _core.fit_population(policy._core, X._core)
        else:
            features = features_of(X, policy, self.columns, ids=False)
            if features.kind is None and not len(features.profile):
                message = f"found 0 sample(s) (shape=(0, {features.width})) while a minimum of 1 is required"
                raise ArgumentError("invalid_argument", message, Place(column="X"))
            with _named(features):
                core = _core.fit_segments(policy._core, features.profile._core)
        self.policy_ = policy
        self._fitted_core = core
        for name in ("n_features_in_", "feature_names_in_"):
            vars(self).pop(name, None)
        if features is not None:
            self.n_features_in_ = features.width
            if features.names is not None:
                self.feature_names_in_ = np.array(features.names, dtype=object)
        return self

    def predict(self, X: Any) -> npt.NDArray[np.uint16]:
        """The tier of each doctor, from 1, the best. O(n)."""
        return np.asarray(self._assigned(self._read(X, ids=False)).columns()["tier"])

    def transform(self, X: Any) -> Any:
        """Scores and steps as numbers, one row a doctor, for the next step of a pipeline: see `get_feature_names_out`.

        Grades and levels count from 1, the best, as tiers do. Unknown is NaN (null where the frame has nulls). A frame gives a frame of its kind, a
        pandas frame with its index, and an array an array of float64; `set_output` changes that. O(n).
        """
        features = self._read(X, ids=False)
        assigned = self._assigned(features).columns()
        numbers = {name: _number(_frames.out_of(assigned[name])) for name in FEATURES}
        container = self._container()
        kind = features.kind if container == "default" else cast(_frames.Kind, container)
        if kind is None:
            return np.column_stack(list(numbers.values()))
        frame = _frames.frame_of(kind, numbers)
        if kind == "pandas" and features.index is not None:
            frame.index = features.index
        return frame

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """`fit(X).transform(X)`."""
        return self.fit(X, y).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns that `transform` gives, whatever came in.

        >>> SegmentModel().fit([[900.0], [120.0]]).get_feature_names_out().tolist()[-3:]
        ['engagement_coverage', 'engagement_level', 'tier']
        """
        _ = self._core
        if input_features is not None:
            given, seen = list(input_features), getattr(self, "feature_names_in_", None)
            if seen is not None and given != list(seen):
                message = "input_features is not equal to feature_names_in_"
                raise ArgumentError("invalid_argument", message, Place(column="input_features"))
            if len(given) != getattr(self, "n_features_in_", len(given)):
                message = f"input_features should have length equal to number of features ({self.n_features_in_}), got {len(given)}"
                raise ArgumentError("invalid_argument", message, Place(column="input_features"))
        return np.array(FEATURES, dtype=object)

    # ---- the domain's own ----

    def assign(self, X: Any, *, threads: int | None = None) -> Any:
        """A frame with hcp_id (if there was one), potential, decile, grade, identity_score, …, tier, resources, reason.

        Of the kind that came in; a dict of arrays for an array. A doctor's row depends on the model and that doctor's row of X alone.
        """
        features = self._read(X)
        threads = self.threads if threads is None else threads
        assigned = self._assigned(features, threads)
        columns = {name: _frames.out_of(raw) for name, raw in assigned.columns().items()}
        return _framed(features, {**columns, "reason": assigned.reasons("en", threads)})

    def rejected(self, X: Any) -> Any:
        """Cells that counted as missing (infinite, a negative volume, a coverage outside 0 to 1): table, row (from 0), column, code, reason."""
        features = self._read(X, ids=False)
        return rejected_frame(features.kind or "dict", self._assigned(features).rejected())

    def contributions(self, X: Any, hcp_id: str | int, score: Score) -> list[Contribution]:
        """The parts of one doctor's score; empty where it is unknown or a plain volume. Without ids, `hcp_id` is the row, from 0."""
        profile = self._read(X).profile
        row = row_of(_frames.out_of(profile._core.column("hcp_id")), hcp_id)
        return [Contribution(*part) for part in self._core.contributions(profile._core, row, score)]

    def contribution_table(self, X: Any, score: Score, *, threads: int | None = None) -> Any:
        """The parts of every doctor's score, which add up to it exactly: a frame with hcp_id (if there was one) and a column for each term of
        the score's card, or for each channel of points. Missing where the score is unknown, or where potential is a plain volume.

        >>> import numpy as np
        >>> import tierwise
        >>> t = tierwise.simulate.territory(hcps=200, seed=1)
        >>> profile = tierwise.profile.build(tierwise.Policy.default(), t.hcps, t.interactions, as_of=t.as_of)
        >>> model = tierwise.SegmentModel().fit(profile)
        >>> parts = model.contribution_table(profile, "identity")
        >>> whole = sum(values for name, values in parts.items() if name != "hcp_id")
        >>> bool(np.array_equal(whole, model.assign(profile)["identity_score"], equal_nan=True))
        True
        """
        features = self._read(X)
        threads = self.threads if threads is None else threads
        return _framed(features, self._core.contribution_columns(features.profile._core, score, threads))

    def grade_table(self, X: Any, *, threads: int | None = None) -> Any:
        """How many doctors and how much volume each grade holds: a frame with grade, doctors, doctors_share, volume, volume_share.

        One row a grade, best first, and a last one without a grade for those whose potential is unknown. `volume` counts the
        doctors who were graded by volume.

        >>> import tierwise
        >>> territory = tierwise.simulate.territory(hcps=500, seed=1)
        >>> policy = tierwise.Policy.default()
        >>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
        >>> table = tierwise.segment.fit(policy, profile).grade_table(profile)
        >>> table["grade"].tolist(), int(table["doctors"].sum())
        (['A', 'B', 'C', 'D', None], 500)
        """
        features = self._read(X, ids=False)
        columns = self._core.grade_table(features.profile._core, self.threads if threads is None else threads)
        return _frames.frame_of(features.kind or "dict", {name: _frames.out_of(raw) for name, raw in columns.items()})

    def ways_up(self, X: Any, *, language: Language = "en", threads: int | None = None) -> Any:
        """The cheapest way to a better tier for each doctor, by the efforts that the policy lists: found exactly.

        A frame with hcp_id, tier, outcome ("found", "best tier" or "out of reach"), tier_then, cost (missing unless found),
        a column times_<id> for each effort, the scores and levels that they lead to
        (potential_then, grade_then, identity_score_then, …), and words. Made so often, the efforts change the columns of the policy
        by `step` each, and `assign` gives such a doctor the tier that is said here.

        >>> import tierwise
        >>> policy = tierwise.Policy.default()
        >>> territory = tierwise.simulate.territory(hcps=100, seed=1)
        >>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
        >>> ways = tierwise.segment.fit(policy, profile).ways_up(profile)
        >>> sorted(set(ways["outcome"].tolist()))
        ['best tier', 'found', 'out of reach']
        """
        features, threads = self._read(X), self.threads if threads is None else threads
        with _named(features):
            raw = _core.ways_up(self._core, features.profile._core, language, threads)
        return _framed(features, {name: _frames.out_of(column) for name, column in raw.items()})

    @property
    def s0(self) -> float:
        """Engagement points that score 63 of 100."""
        return self._core.s0

    @property
    def decile_volumes(self) -> dict[int, float]:
        """Smallest volume of each decile from 1 to 10, infinite for an empty one; no entry where no volume was known."""
        return self._core.decile_volumes

    @property
    def volume_floors(self) -> list[float]:
        """Lowest volume of each grade but the last, best first, among all doctors; empty where the policy reads no volume."""
        return self._core.volume_floors

    @property
    def card_floors(self) -> list[float]:
        """Lowest score of the potential card for each grade but the last, best first; empty where the policy has no card."""
        return self._core.card_floors

    @property
    def identity_floors(self) -> list[float]:
        """Lowest identity score of each level but the last, best first."""
        return self._core.identity_floors

    @property
    def engagement_floors(self) -> list[float]:
        """Lowest engagement score of each level but the last, best first."""
        return self._core.engagement_floors

    # ---- within ----

    def _read(self, X: Any, *, ids: bool = True) -> Features:
        """What was given, as the fit saw it. Raises NotFittedError, and what `fit` raises."""
        _ = self._core
        seen = getattr(self, "feature_names_in_", None)
        columns = self.columns
        if columns is None and seen is not None:
            columns = list(seen)
        features = features_of(X, self.policy_, columns, getattr(self, "n_features_in_", None), ids)
        if seen is not None and features.names is None and self.columns is None:
            message = "X does not have valid feature names, but SegmentModel was fitted with feature names: taken in their order"
            warnings.warn(message, UserWarning, stacklevel=3)
        return features

    def _assigned(self, features: Features, threads: int | None = None) -> Assigned:
        with _named(features):
            return self._core.assign(features.profile._core, self.threads if threads is None else threads)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        if "_fitted_core" in state:
            state["_fitted_core"] = _core.segment_state(state["_fitted_core"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        if "_fitted_core" in state:
            state["_fitted_core"] = _core.segment_model_of(state["policy_"]._core, state["_fitted_core"])
        vars(self).update(state)

    def __repr__(self) -> str:
        if not self.__sklearn_is_fitted__():
            given = (f"{name}={value!r}" for name, value in self.get_params().items() if value != _DEFAULTS.get(name))
            return f"SegmentModel({', '.join(given)})"
        return f"<tierwise.SegmentModel of policy {self.policy_.name!r}: s0 {self.s0:.4g}, volumes {'known' if self.decile_volumes else 'unknown'}>"


def fit(policy: Policy, X: Any) -> SegmentModel:
    """`SegmentModel(policy).fit(X)`: learns volume deciles, the engagement scale and the cuts from a population.

    Args:
        policy: The policy.
        X: A Profile, a frame, an array or a PopulationSummary, as for `SegmentModel.fit`.
    """
    return SegmentModel(policy).fit(X)


@contextlib.contextmanager
def _named(features: Features) -> Iterator[None]:
    """Errors on columns in terms of what was given."""
    try:
        yield
    except MissingColumnError as error:
        raise with_cure(error, features) from None


def _framed(features: Features, columns: dict[str, _frames.Out]) -> Any:
    """With the ids that were given, as a frame of the kind that was given."""
    ids = {"hcp_id": _frames.out_of(features.profile._core.column("hcp_id"))} if features.has_ids else {}
    return _frames.frame_of(features.kind or "dict", {**ids, **columns})


def _number(out: _frames.Out) -> npt.NDArray[np.float64]:
    """A column as numbers: steps from 1, NaN where it is unknown."""
    if isinstance(out, _frames.Text):
        return np.where(out.codes < 0, np.nan, out.codes + 1.0)
    if isinstance(out, _frames.Ints):
        return np.where(out.valid, out.values, np.nan)
    return np.asarray(out, dtype=np.float64)


def row_of(ids: _frames.Out, hcp_id: str | int) -> int:
    """The row of a doctor; UnknownHcpError without repeating the id."""
    rows: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
    if isinstance(ids, _frames.Text):
        if isinstance(hcp_id, str):
            codes = [code for code, name in enumerate(ids.names) if name == hcp_id]
            rows = np.flatnonzero(np.isin(ids.codes, codes))
    else:
        values = ids.values if isinstance(ids, _frames.Ints) else np.asarray(ids)
        with contextlib.suppress(ValueError, OverflowError):  # text that is no number is no id here
            rows = np.flatnonzero(values == int(hcp_id))
    if not len(rows):
        raise UnknownHcpError("unknown_hcp", "no doctor here has this id", Place(column="hcp_id"))
    return int(rows[0])


def classify(
    policy: Policy,
    potential: npt.NDArray[np.float32],
    identity: npt.NDArray[np.float32],
    engagement: npt.NDArray[np.float32],
    *,
    potential_floors: Sequence[float],
    identity_floors: Sequence[float] | None = None,
    engagement_floors: Sequence[float] | None = None,
    out: npt.NDArray[np.uint8] | None = None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The inner loop alone: three finished scores to tiers, and counts by grade, identity and engagement, in one pass.

    The scores are contiguous float32 arrays, which are not copied; NaN is an unknown and counts as the policy says. Floors
    are the lowest value of each grade or level but the last, best first, and are compared in float32. Those of identity and
    engagement are the policy's if it has fixed cuts. `out` (uint8) is filled and given back, if there is one.

    >>> import numpy as np, tierwise
    >>> scores = [np.array(s, dtype=np.float32) for s in ([900, 10], [80, 20], [75, np.nan])]
    >>> tiers, counts = classify(tierwise.Policy.default(), *scores, potential_floors=[500, 100, 20])
    >>> tiers.tolist(), counts.shape, int(counts.sum())
    ([1, 9], (4, 3, 3), 2)
    """
    expect(Policy, policy, "policy")
    fixed = policy._core.fixed_floors
    floors = []
    for name, given in (("identity", identity_floors), ("engagement", engagement_floors)):
        if given is None and fixed[name] is None:
            message = "the policy cuts this score by quantiles, so its floors must be given"
            raise ArgumentError("invalid_argument", message, Place(column=f"{name}_floors"))
        floors.append(list(fixed[name] if given is None else given))
    if out is None:
        out = np.empty(len(potential), dtype=np.uint8)
    counts = _core.classify(
        policy._core, list(potential_floors), floors[0], floors[1], potential, identity, engagement, out
    )
    return out, counts.reshape(len(policy.grades), len(policy.identity_levels), len(policy.engagement_levels))
