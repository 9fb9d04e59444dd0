"""Trends beside NumPy, forecasts beside scikit-learn, frames of any kind, and the tables of docs/movers.md."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path

import numpy as np
import pytest
from tierwise import DataError, MissingColumnError, NotFittedError, WrongTypeError, _core
from tierwise.movers import ForecastModel, MoverPolicy, history_columns, movers, pooled_noise

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared/data"
DAYS = np.datetime64("2025-01-01") + np.arange(0, 600, 75)


def history(doctors=30, seed=0):
    """Doctors with irregular dates and a few missing scores."""
    draw = np.random.default_rng(seed)
    ids = np.repeat([f"H{i:03d}" for i in range(doctors)], len(DAYS))
    dates = np.tile(DAYS, doctors) + draw.integers(0, 40, len(ids))
    scores = np.where(draw.random(len(ids)) < 0.1, np.nan, draw.uniform(0, 100, len(ids)))
    return {"hcp_id": ids, "date": dates, "engagement_score": scores}


def test_a_trend_is_numpys():
    table = history()
    policy = MoverPolicy(noise_strength=0, window_days=5000)
    found = movers(table, as_of="2027-01-01", policy=policy)
    for row, doctor in enumerate(found["hcp_id"]):
        own = (table["hcp_id"] == doctor) & ~np.isnan(table["engagement_score"])
        days = table["date"][own].astype(int)
        quarters = (days - days.mean()) / (365.25 / 4)
        line, covariance = np.polyfit(quarters, table["engagement_score"][own], 1, cov=True)
        assert found["engagement_score_trend"][row] == pytest.approx(line[0], abs=1e-9)
        assert found["engagement_score_standard_error"][row] == pytest.approx(covariance[0, 0] ** 0.5, rel=1e-9)


def test_theil_and_sens_line_is_scipys():
    stats = pytest.importorskip("scipy.stats")
    table = history(seed=3)
    found = movers(table, as_of="2027-01-01", policy=MoverPolicy(method="theil_sen", window_days=5000, unit_days=1))
    close = 0
    for row, doctor in enumerate(found["hcp_id"]):
        own = (table["hcp_id"] == doctor) & ~np.isnan(table["engagement_score"])
        slopes = stats.theilslopes(table["engagement_score"][own], table["date"][own].astype(int))
        # Ours weighs slopes by the distance of their dates, so they are near, not equal: within the interval of the other.
        close += slopes.low_slope <= found["engagement_score_trend"][row] <= slopes.high_slope
    assert close == len(found["hcp_id"])


def test_students_quantiles_are_scipys():
    stats = pytest.importorskip("scipy.stats")
    for freedom in (1, 2, 3, 8, 31, 500):
        for probability in (0.01, 0.5, 0.9, 0.975, 0.9995):
            ours = _core.student_quantile(probability, freedom)
            assert ours == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-10, abs=1e-12)


def test_row_order_and_kind_do_not_matter():
    pd, pl, pa = pytest.importorskip("pandas"), pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    table = history()
    wanted = movers(table, as_of="2026-06-30")
    order = np.random.default_rng(1).permutation(len(table["hcp_id"]))
    shuffled = {name: values[order] for name, values in table.items()}
    dates = [str(day) for day in shuffled["date"]]
    for frame in (pd.DataFrame(shuffled), pl.DataFrame(shuffled), pa.table({**shuffled, "date": dates})):
        found = movers(frame, as_of="2026-06-30", threads=2)
        assert type(found) is type(frame)
        assert list(found["hcp_id"].to_pylist() if hasattr(found["hcp_id"], "to_pylist") else found["hcp_id"]) == list(
            wanted["hcp_id"]
        )
        slopes = found["engagement_score_trend"].to_numpy()
        assert np.array_equal(np.asarray(slopes, dtype=float), wanted["engagement_score_trend"], equal_nan=True)


def test_softmax_is_scikit_learns():
    linear_model = pytest.importorskip("sklearn.linear_model")
    draw = np.random.default_rng(2)
    x = draw.normal(size=(800, 5))
    y = (x @ draw.normal(size=(5, 4)) + draw.gumbel(size=(800, 4))).argmax(axis=1)
    theirs = linear_model.LogisticRegression(C=1 / 3.0, tol=1e-12, max_iter=10000).fit(x, y)
    ours = _core.fit_softmax(x, y.astype(np.uint8), 4, 3.0, 50, 1)
    assert np.abs(ours[:, 1:] - theirs.coef_).max() < 1e-6
    assert np.abs(ours[:, 0] - (theirs.intercept_ - theirs.intercept_.mean())).max() < 1e-6
    # The same through a model of straight lines: standardised, nothing clamped.
    model = ForecastModel(knots=0, tail=0, penalty=3.0).fit(x, y)
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    theirs = linear_model.LogisticRegression(C=1 / 3.0, tol=1e-12, max_iter=10000).fit(standard, y)
    assert np.abs(model.predict_proba(x) - theirs.predict_proba(standard)).max() < 1e-6


def forecasted():
    draw = np.random.default_rng(4)
    now = draw.uniform(0, 100, 1500)
    then = now + draw.normal(0, 15, 1500)
    level = np.select([then >= 60, then >= 30], ["high", "medium"], "low")
    return {"score": now, "noise": draw.normal(size=1500)}, level, then


def test_a_forecast_has_scikit_learns_manners():
    base = pytest.importorskip("sklearn.base")
    known, level, then = forecasted()
    model = ForecastModel(levels=["high", "medium", "low"], cuts=[60, 30])
    with pytest.raises(NotFittedError):
        model.predict(known)
    model.fit(known, level, next_score=then)
    assert model.classes_.tolist() == ["high", "medium", "low"]
    chance = model.predict_proba(known)
    assert np.allclose(chance.sum(axis=1), 1, atol=1e-15)
    assert (model.predict(known) == level).mean() > 0.7
    expected, spread = model.predict_score(known)
    assert abs(np.corrcoef(expected, then)[0, 1]) > 0.85 and (spread > 0).all()
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict_proba(known), chance)
    copy = base.clone(model)
    assert copy.get_params() == model.get_params()
    assert np.array_equal(copy.fit(known, level, next_score=then).predict_proba(known), chance)
    mended = model.calibrate(known, level)
    assert np.abs(mended.predict_proba(known) - chance).max() < 0.1
    assert model.set_params(knots=1).knots == 1


def test_movers_give_the_forecast_too():
    table = history(doctors=200, seed=6)
    known = history_columns(table, as_of="2026-01-01")
    level = np.where(known["engagement_score"] > 50, "high", "low")
    extra = {"hcp_id": known["hcp_id"][::-1], "visits": np.arange(200.0)[::-1]}
    model = ForecastModel().fit(
        {**{k: v for k, v in known.items() if k != "hcp_id"}, "visits": np.arange(200.0)}, level
    )
    found = movers(table, as_of="2026-01-01", forecast=model, columns=extra)
    assert np.allclose(found["probability_high"] + found["probability_low"], 1)
    assert ((found["probability_high"] > 0.5) == (level == "high")).mean() > 0.95
    with pytest.raises(MissingColumnError):
        movers(table, as_of="2026-01-01", forecast=model)


def test_what_is_wrong_is_said():
    table = history()
    with pytest.raises(MissingColumnError):
        movers({"hcp_id": [1], "engagement_score": [1.0]}, as_of="2026-01-01")
    with pytest.raises(WrongTypeError):
        movers({**table, "engagement_score": ["much"] * len(table["hcp_id"])}, as_of="2026-01-01")
    with pytest.raises(DataError):
        movers(table, as_of="2026-01-01", policy=MoverPolicy(confidence=1.5))
    with pytest.raises(DataError):
        ForecastModel(levels=["a", "b"]).fit({"x": [1.0, 2.0, 3.0]}, ["a", "b", "c"])
    assert np.isnan(
        pooled_noise({"hcp_id": [1], "date": ["2026-01-01"], "engagement_score": [1.0]}, as_of="2026-01-01")
    )


@pytest.mark.skipif(not (DATA / "open-payments-iowa").exists(), reason="skipped: the real records are not here")
def test_the_documented_tables_are_what_comes_out():
    pytest.importorskip("sklearn")
    spec = importlib.util.spec_from_file_location("benchmark_movers", ROOT / "benchmarks/movers.py")
    benchmark = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["benchmark_movers"] = benchmark  # dataclasses look their module up
    spec.loader.exec_module(benchmark)
    documented = benchmark.documented()
    wanted = benchmark.tables(DATA, others=False)  # scikit-learn's rows take a minute: benchmarks/movers.py --check
    assert documented.keys() == wanted.keys()
    for name, table in wanted.items():
        ours = [line for line in documented[name].splitlines() if not line.startswith("| scikit-learn")]
        assert ours == table.splitlines(), name


def test_a_classifier_of_scikit_learn_can_take_the_forecasts_place():
    pd, linear_model = pytest.importorskip("pandas"), pytest.importorskip("sklearn.linear_model")
    table = pd.DataFrame(history(doctors=100, seed=6)).dropna()
    known = history_columns(table, as_of="2026-01-01")[["hcp_id", "engagement_score"]].dropna()
    table = table[table.hcp_id.isin(known.hcp_id)]
    level = np.where(known["engagement_score"] > 50, "high", "low")
    theirs = linear_model.LogisticRegression().fit(known[["engagement_score"]], level)
    found = movers(table, as_of="2026-01-01", forecast=theirs)
    assert np.allclose(found["probability_high"], theirs.predict_proba(known[["engagement_score"]])[:, 0])
