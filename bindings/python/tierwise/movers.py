"""Who is about to move: the trend of each score with its uncertainty, a label, and the level of next period.

>>> import tierwise.movers
>>> history = {
...     "hcp_id": ["H1"] * 4 + ["H2"] * 4,
...     "date": ["2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30"] * 2,
...     "engagement_score": [10.0, 25, 41, 60, 55, 30, 12, 2],
... }
>>> found = tierwise.movers.movers(history, as_of="2026-06-30")
>>> found["engagement_score_movement"].tolist()
['rising_star', 'switched_out']
>>> found["engagement_score_trend"].round(1).tolist()  # points a quarter
[16.7, -17.8]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._frames import Kind, Source
from .errors import ArgumentError, DataError, MissingColumnError, NotFittedError, Place, WrongTypeError, expect
from .policy import Policy
from .profile import AsOf, days_of

__all__ = ["ForecastModel", "MoverPolicy", "history_columns", "movers", "pooled_noise"]


@dataclass(frozen=True, kw_only=True)
class MoverPolicy:
    """How a trend is measured, and what it makes of a doctor. Scores are meant to be 0 to 100 by default.

    A doctor is, by the first that holds: *unknown* (fewer dates than `least_points`, or the latest older than `stale_days`),
    *switched_out* (had `once_had` or more in the window, has less than `nothing` now), *rising_star* (surely rising, and began
    below `low_below`), *grower* (surely rising), *fading* (surely falling), *steady*. Surely: by `least_slope` points a unit or
    more, with the whole interval on that side of 0.

    >>> MoverPolicy(confidence=0.95).least_points
    3
    """

    method: Literal["least_squares", "theil_sen"] = "least_squares"
    unit_days: float = 365.25 / 4
    """A trend is in points per so many days: per quarter."""
    window_days: int = 730
    """Scores in (as_of − window, as_of] are looked at."""
    half_life_days: float = float("inf")
    """A score so old weighs half; infinite: all weigh the same."""
    confidence: float = 0.9
    noise: float = 10.0
    """How far a score is thought to lie from its line before it is seen; `pooled_noise` measures it."""
    noise_strength: int = 2
    """That thought counts like so many degrees of freedom."""
    least_slope: float = 3.0
    least_points: int = 3
    stale_days: int = 184
    once_had: float = 30.0
    nothing: float = 5.0
    low_below: float = 30.0

    @classmethod
    def of(cls, policy: Policy) -> MoverPolicy:
        """What a policy says in its section `segment.movers`.

        >>> MoverPolicy.of(Policy.default()) == MoverPolicy()
        True
        """
        return cls(**policy._core.mover_policy)


def _mover_policy(given: MoverPolicy | Policy | None) -> MoverPolicy:
    if given is None:
        return MoverPolicy()
    if isinstance(given, Policy):
        return MoverPolicy.of(given)
    expect(MoverPolicy, given, "policy")
    return given


class _History:
    """Dated scores by doctor, ids in rising order."""

    def __init__(self, history: Any, scores: Iterable[str]) -> None:
        source = Source(history, "history")
        self.kind: Kind = source.kind
        ids, self.codes = _ids(source)
        self.ids = ids
        rows = np.argsort(self.codes, kind="stable")
        rows = rows[self.codes[rows] >= 0]
        self._rows = rows
        self.begin = np.searchsorted(self.codes[rows], np.arange(len(ids) + 1)).astype(np.int64)
        self.days = _days(source)[rows]
        self.scores = {name: np.ascontiguousarray(_numbers(source, name)[rows]) for name in scores}

    def of(self, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        return self.begin, self.days, self.scores[name]


def _ids(source: Source) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Different ids in rising order, and each row's place among them; −1 where a row has none."""
    column = source.column("hcp_id")
    if column.type == "category":
        place = {name: code for code, name in enumerate(sorted(column.names))}
        codes = np.array([place.get(text, -1) for text in column.written()], dtype=np.int64)
        used, places = np.unique(codes[codes >= 0], return_inverse=True)
        codes[codes >= 0] = places
        return np.array(sorted(column.names), dtype=object)[used], codes
    values = column.numbers_copy()
    known = ~np.isnan(values)
    whole, places = np.unique(values[known].astype(np.int64), return_inverse=True)
    if len(values[known]) and (
        np.any(values[known] != np.floor(values[known])) or np.abs(values[known]).max() >= 2**53
    ):
        raise WrongTypeError(
            "wrong_type", "table 'history': ids are text or whole numbers below 2^53", Place(column="hcp_id")
        )
    out = np.full(len(values), -1, dtype=np.int64)
    out[known] = places
    return whole, out


def _days(source: Source) -> npt.NDArray[np.int32]:
    column = source.column("date", "date")
    if column.type == "date":
        days = column.numbers_copy()
        if np.isnan(days).any():
            raise DataError("missing_value", "table 'history' has a row without a date", Place(column="date"))
        return days.astype(np.int32)
    if column.type == "category":
        texts = column.written()
        known = {text: days_of(text) for text in dict.fromkeys(texts)}
        return np.array([known[text] for text in texts], dtype=np.int32)
    raise WrongTypeError("wrong_type", "table 'history': expected dates or text YYYY-MM-DD", Place(column="date"))


def _numbers(source: Source, name: str) -> npt.NDArray[np.float64]:
    column = source.column(name, "number")
    if not column.is_numeric:
        message = f"table '{source.table}': expected numbers, found text"
        raise WrongTypeError("wrong_type", message, Place(column=name))
    return column.numbers_copy()


def movers(
    history: Any,
    *,
    as_of: AsOf,
    scores: Sequence[str] = ("engagement_score",),
    policy: MoverPolicy | Policy | None = None,
    forecast: Any = None,
    columns: Any = None,
    threads: int = 1,
) -> Any:
    """One row a doctor, by rising id: for each score its last value, trend (points a quarter), standard error, interval and
    movement; and with `forecast` the probability of each level of next period.

    `policy` is a `MoverPolicy`, or a policy file's `tierwise.Policy`, whose section `segment.movers` then counts.

    `history` has hcp_id, date and the scores, one row a doctor and date, in any order and at any distance: the segments of
    several dates under each other. Nothing after `as_of` is looked at. A frame of the same kind comes back.

    `forecast` reads what `history_columns` makes of the first score, and columns of the frame `columns` (hcp_id and whatever
    else it was trained on, one row a doctor). It is a `ForecastModel`, or any fitted classifier of scikit-learn's manners with
    `feature_names_in_`, which then gets a frame of the kind of `history`.

    >>> history = {"hcp_id": [1, 1, 1], "date": ["2026-01-01", "2026-02-01", "2026-03-01"], "s": [50.0, 50, 50]}
    >>> movers(history, as_of="2026-03-01", scores=["s"])["s_movement"].tolist()
    ['steady']
    """
    what = _mover_policy(policy)
    held = _History(history, scores)
    out: dict[str, _frames.Out] = {"hcp_id": _out_ids(held.ids)}
    for name in scores:
        found = _core.movers(*held.of(name), days_of(as_of), **asdict(what), threads=threads)
        table = {part: _frames.out_of(column) for part, column in found.items()}
        for part in ("last", "best", "slope", "standard_error", "low", "high", "points", "movement"):
            out[f"{name}_{'trend' if part == 'slope' else part}"] = table[part]
    if forecast is not None:
        features = _history_columns(held, scores[0], as_of, what, threads)
        if columns is not None:
            features.update(_joined(columns, held.ids))
        missing = [name for name in forecast.feature_names_in_ if name not in features]
        if missing:
            raise MissingColumnError("missing_column", "the forecast model reads this column", Place(column=missing[0]))
        known = _frames.frame_of(held.kind, {name: features[name] for name in forecast.feature_names_in_})
        chance = forecast.predict_proba(known)
        for place, level in enumerate(forecast.classes_):
            out[f"probability_{level}"] = np.ascontiguousarray(chance[:, place])
    return _frames.frame_of(held.kind, out)


def history_columns(
    history: Any,
    *,
    as_of: AsOf,
    score: str = "engagement_score",
    policy: MoverPolicy | Policy | None = None,
    threads: int = 1,
) -> Any:
    """What a forecast can know of a score's history, one row a doctor by rising id: `score` now, `score_back1` to `_back3` (one to
    three units earlier, the latest within half a unit; missing where there is none), `score_best`, `score_trend` and
    `score_standard_error`.

    >>> history = {"hcp_id": ["H1"] * 2, "date": ["2026-03-31", "2026-06-30"], "engagement_score": [20.0, 30.0]}
    >>> history_columns(history, as_of="2026-06-30")["engagement_score_back1"].tolist()
    [20.0]
    """
    held = _History(history, [score])
    features = _history_columns(held, score, as_of, _mover_policy(policy), threads)
    return _frames.frame_of(held.kind, {"hcp_id": _out_ids(held.ids), **features})


def _history_columns(
    held: _History, score: str, as_of: AsOf, policy: MoverPolicy, threads: int
) -> dict[str, npt.NDArray[np.float64]]:
    at = days_of(as_of)
    trend = _core.movers(*held.of(score), at, **asdict(policy), threads=threads)
    out = {score: trend["last"]}
    for steps in (1, 2, 3):
        before = round(at - (steps - 0.25) * policy.unit_days)
        out[f"{score}_back{steps}"] = _core.latest_scores(*held.of(score), before, max(1, round(policy.unit_days / 2)))
    return out | {
        f"{score}_best": trend["best"],
        f"{score}_trend": trend["slope"],
        f"{score}_standard_error": trend["standard_error"],
    }


def pooled_noise(
    history: Any, *, as_of: AsOf, score: str = "engagement_score", window_days: int = 730, unit_days: float = 365.25 / 4
) -> float:
    """How far a population's scores lie from their doctors' lines (root mean square); for `MoverPolicy.noise`.

    >>> history = {"hcp_id": [1, 1, 1], "date": ["2026-01-01", "2026-02-01", "2026-03-04"], "s": [0.0, 3.0, 0.0]}
    >>> round(pooled_noise(history, as_of="2026-06-30", score="s"), 3)
    2.449
    """
    held = _History(history, [score])
    return float(_core.pooled_noise(*held.of(score), days_of(as_of), window_days, unit_days))


def _out_ids(ids: npt.NDArray[Any]) -> _frames.Out:
    return [str(each) for each in ids] if ids.dtype == object else ids


def _joined(frame: Any, ids: npt.NDArray[Any]) -> dict[str, npt.NDArray[np.float64]]:
    """The numbers of a frame in the order of `ids`; missing for doctors that it lacks."""
    source = Source(frame, "columns")
    theirs, codes = _ids(source)
    if len(np.unique(codes[codes >= 0])) != int((codes >= 0).sum()):
        raise DataError("duplicate_hcp", "table 'columns' has a doctor twice", Place(column="hcp_id"))
    row_of = np.full(len(theirs) + 1, -1, dtype=np.int64)
    row_of[codes[codes >= 0]] = np.flatnonzero(codes >= 0)
    place = {each: code for code, each in enumerate(theirs.tolist())}
    rows = row_of[np.array([place.get(each, len(theirs)) for each in ids.tolist()], dtype=np.int64)]
    out = {}
    for name in source.names:
        if name == "hcp_id":
            continue
        column = source.column(name, "number")
        if column.is_numeric:
            out[name] = np.append(column.numbers_copy(), np.nan)[rows]
    return out


class ForecastModel:
    """The level of next period with its probability: splines of the columns, of the expected next score, of its spread and of its
    distance to each cut, in a multinomial logistic regression with a ridge. scikit-learn's manners, without scikit-learn.

    `levels` fixes the order of the classes (default: sorted). With `next_score` and `cuts` (the floors of next period's levels on
    the score's scale) the fit also learns where the score goes and how sure that is. Missing numbers are allowed everywhere.

    >>> import numpy as np
    >>> now = np.arange(60.0)
    >>> model = ForecastModel(levels=["low", "high"], knots=1).fit({"score": now}, np.where(now % 40 > 25, "high", "low"))
    >>> model.predict_proba({"score": [0.0, float("nan")]}).round(2).sum(axis=1).tolist()
    [1.0, 1.0]
    """

    def __init__(
        self,
        *,
        levels: Sequence[Any] | None = None,
        cuts: Sequence[float] = (),
        knots: int = 3,
        score_knots: int = 7,
        tail: float = 0.005,
        score_penalty: float = 10.0,
        penalty: float = 10.0,
        most_steps: int = 50,
        threads: int = 1,
    ) -> None:
        self.levels = levels
        self.cuts = cuts
        self.knots = knots
        self.score_knots = score_knots
        self.tail = tail
        self.score_penalty = score_penalty
        self.penalty = penalty
        self.most_steps = most_steps
        self.threads = threads

    _parameters = (
        "levels",
        "cuts",
        "knots",
        "score_knots",
        "tail",
        "score_penalty",
        "penalty",
        "most_steps",
        "threads",
    )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name."""
        return {name: getattr(self, name) for name in self._parameters}

    def set_params(self, **values: Any) -> ForecastModel:
        """Changes settings; gives itself."""
        for name, value in values.items():
            if name not in self._parameters:
                raise ArgumentError("invalid_argument", "there is no such setting", Place(column=name))
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any, *, next_score: Any = None) -> ForecastModel:
        """Learns from rows of doctors at dates: X is what was known then (a frame of numbers or an array), y the level that came
        next, `next_score` the score that came next. The order of rows does not matter. Gives itself."""
        names, columns = _features(X, None)
        y = np.asarray(y)
        levels = np.unique(y) if self.levels is None else np.asarray(self.levels)
        codes = _codes(y, levels)
        score = np.empty(0) if next_score is None else np.ascontiguousarray(next_score, dtype=np.float64)
        self._core = _core.fit_forecast(
            names, columns, codes, [str(level) for level in levels.tolist()], score, [float(cut) for cut in self.cuts],
            self.knots, self.score_knots, self.tail, self.score_penalty, self.penalty, self.most_steps, self.threads,
        )  # fmt: skip
        self.classes_ = levels
        self.n_features_in_ = len(names)
        self.feature_names_in_ = np.array(names, dtype=object)
        return self

    def calibrate(self, X: Any, y: Any, *, penalty: float = 1.0) -> ForecastModel:
        """A copy whose probabilities are sharpened or softened, and shifted, to fit later rows that it was not trained on."""
        core = self._fitted()
        _, columns = _features(X, core.columns)
        out = ForecastModel(**self.get_params())
        out.classes_, out.n_features_in_ = self.classes_, self.n_features_in_
        out.feature_names_in_ = self.feature_names_in_
        out._core = core.calibrated(columns, _codes(np.asarray(y), self.classes_), float(penalty))
        return out

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Probability of each level, [row, class]; each row adds up to 1."""
        core = self._fitted()
        return core.forecast(_features(X, core.columns)[1], self.threads)[0]

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The likeliest level, the first of equals."""
        core = self._fitted()
        return self.classes_[core.forecast(_features(X, core.columns)[1], self.threads)[3]]

    def predict_score(self, X: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Expected score of next period and its spread (typical size of the error); NaN if fitted without scores."""
        core = self._fitted()
        _, expected, spread, _ = core.forecast(_features(X, core.columns)[1], self.threads)
        return expected, spread

    def _fitted(self) -> _core.ForecastModel:
        core: _core.ForecastModel | None = getattr(self, "_core", None)
        if core is None:
            raise NotFittedError("not_fitted", "call fit before predict")
        return core

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_core")

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if "_core" in state:
            state["_core"] = state["_core"].state()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_core" in state:
            self._core = _core.ForecastModel.of_state(state["_core"])

    def __repr__(self) -> str:
        changed = {
            n: v for n, v in self.get_params().items() if v is not (ForecastModel.__init__.__kwdefaults__ or {})[n]
        }
        return f"ForecastModel({', '.join(f'{name}={value!r}' for name, value in changed.items())})"


def _codes(y: npt.NDArray[Any], levels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    place = {level: code for code, level in enumerate(levels.tolist())}
    if len(place) > 255:
        raise ArgumentError("invalid_argument", "expected at most 255 levels", Place(column="y"))
    codes = np.array([place.get(level, 255) for level in y.tolist()], dtype=np.uint8)
    if (codes == 255).any():
        where = Place(column="y", row=int(np.argmax(codes == 255)))
        raise DataError("out_of_range", "expected one of the levels", where)
    return codes


def _features(X: Any, wanted: list[str] | None) -> tuple[list[str], list[_core.Column]]:
    """Names and columns; those `wanted`, in that order, if given. An array's columns are x0, x1, …"""
    if isinstance(X, np.ndarray) and X.dtype.names is None:
        if X.ndim != 2:
            raise WrongTypeError("wrong_type", f"expected two dimensions, not {X.ndim}", Place(column="X"))
        if wanted is not None and X.shape[1] != len(wanted):
            message = f"expected {len(wanted)} columns, found {X.shape[1]}"
            raise DataError("length_mismatch", message, Place(column="X"))
        names = [f"x{place}" for place in range(X.shape[1])] if wanted is None else wanted
        return names, [_frames.from_array(np.ascontiguousarray(X[:, c], dtype=np.float64)) for c in range(X.shape[1])]
    source = Source(X, "X")
    names = source.names if wanted is None else wanted
    return names, [source.column(name, "number") for name in names]
