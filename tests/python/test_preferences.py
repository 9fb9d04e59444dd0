"""Affinities against SciPy's optimisation and beta distribution, over kinds of frames, and on real contacts."""

from __future__ import annotations

import importlib.util
import math

import numpy as np
import pytest
import tierwise
from tables import DATA, ROOT
from tierwise.errors import ArgumentError, DataError, MissingColumnError, UnknownHcpError, WrongTypeError
from tierwise.preferences import Affinity

IOWA = DATA / "open-payments-iowa"


def events(doctors: int = 400, seed: int = 1) -> tuple[dict, dict]:
    """Doctors of two segments, whose rates lie around their segment's."""
    random = np.random.default_rng(seed)
    segment = np.where(np.arange(doctors) % 2 == 0, "GP", "cardiology")
    mean = np.where(segment[:, None] == "GP", [0.1, 0.5], [0.4, 0.2])
    rate = random.beta(6 * mean, 6 * (1 - mean))
    rows = random.integers(0, doctors * 2, 4000)
    n = random.integers(1, 6, len(rows))
    table = {
        "hcp_id": np.array([f"H{row // 2:04}" for row in rows], dtype=object),
        "channel": np.array(["email", "video"], dtype=object)[rows % 2],
        "date": np.datetime64("2025-07-01") + random.integers(0, 364, len(rows)),
        "exposures": n,
        "responses": random.binomial(n, rate.reshape(-1)[rows]),
    }
    return {"hcp_id": np.array([f"H{i:04}" for i in range(doctors)], dtype=object), "specialty": segment}, table


def fit(doctors: dict, table: object, **options: object) -> Affinity:
    return Affinity.fit(table, key="channel", as_of="2026-06-30", hcps=doctors, by=["specialty"], **options)


def test_strengths_are_those_that_scipy_finds():
    optimize, special = pytest.importorskip("scipy.optimize"), pytest.importorskip("scipy.special")
    doctors, table = events()
    learnt = fit(doctors, table)
    core = learnt._core
    n, r = np.asarray(core.exposures), np.asarray(core.responses)
    group, mean = np.asarray(core.group_of), np.asarray(core.mean).reshape(-1, 2)
    age = (np.datetime64("2026-06-30") - table["date"]).astype(int)
    weight = np.round(2.0 ** (-age / 365 + 30)) / 2**30
    by_hand = np.zeros_like(n)
    who = np.array([int(each[1:]) for each in table["hcp_id"]])
    np.add.at(by_hand, (who, (table["channel"] == "video").astype(int)), weight * table["exposures"])
    assert np.allclose(n, by_hand, rtol=1e-14)
    squares = np.zeros_like(n)
    np.add.at(squares, (who, (table["channel"] == "video").astype(int)), 4.0 ** (-age / 365) * table["exposures"])
    v = np.divide(n**2, squares, out=np.zeros_like(n), where=n > 0)  # effective counts
    y = np.divide(v * r, n, out=np.zeros_like(n), where=n > 0)
    for k in range(2):
        m = mean[group, k]

        def less_likely(log_s: float, k: int = k, m: np.ndarray = m) -> float:
            s = math.exp(log_s)
            a, b = s * m, s * (1 - m)
            return -(special.betaln(a + y[:, k], b + v[:, k] - y[:, k]) - special.betaln(a, b)).sum()

        found = optimize.minimize_scalar(less_likely, bounds=(-4, 11), method="bounded", options={"xatol": 1e-9})
        assert learnt.strength[k] == pytest.approx(math.exp(found.x), rel=1e-5)
        assert 4 < learnt.strength[k] < 10

    # The population's mean and the segments', from the definition.
    k, s, t = 1, learnt.strength[1], np.asarray(core.group_strength)[1]
    factor = (s + 1) / (s + v[:, k])
    for g, name in ((1, "GP"), (2, "cardiology")):
        assert np.asarray(core.parent)[g] == 0
        rows = np.flatnonzero(doctors["specialty"] == name)
        assert set(group[rows]) == {g}, name
        of_n, of_r = (factor * n[:, k])[rows].sum(), (factor * r[:, k])[rows].sum()
        size = of_n**2 / (factor * squares[:, k])[rows].sum()
        wanted = (size * of_r / of_n + t * mean[0, k]) / (size + t)
        # factor is of the strength before the last round, which differs little
        assert mean[g, k] == pytest.approx(wanted, rel=2e-3)


def test_shares_have_the_strength_that_scipy_finds():
    optimize, special = pytest.importorskip("scipy.optimize"), pytest.importorskip("scipy.special")
    doctors, table = events()
    learnt = Affinity.fit_shares(
        table, key="channel", count="responses", as_of="2026-06-30", hcps=doctors, by=["specialty"]
    )
    x = np.asarray(learnt._core.exposures)
    x = x * (x.sum(axis=1) / np.maximum(1e-12, np.asarray(learnt._core.squares).sum(axis=1)))[:, None]  # effective
    m = np.asarray(learnt._core.mean).reshape(-1, 2)[np.asarray(learnt._core.group_of)]

    def less_likely(log_s: float) -> float:
        s, n = math.exp(log_s), x.sum(axis=1)
        parts = special.gammaln(s * m + x) - special.gammaln(s * m)
        return -(parts.sum() + (special.gammaln(s) - special.gammaln(s + n)).sum())

    found = optimize.minimize_scalar(less_likely, bounds=(-4, 11), method="bounded", options={"xatol": 1e-9})
    assert learnt.strength.tolist() == pytest.approx([math.exp(found.x)], rel=1e-4)
    assert 1 < learnt.strength[0] < 100
    assert np.allclose(np.asarray(learnt.table["mean"]).reshape(-1, 2).sum(axis=1), 1)


def test_means_intervals_and_probabilities_are_scipys():
    stats = pytest.importorskip("scipy.stats")
    doctors, table = events(seed=2)
    learnt = fit(doctors, table, coverage=0.8, margin=0.1)
    out = learnt.table
    m, s = out["group_mean"], np.tile(learnt.strength, 400)
    n, r = np.asarray(learnt._core.exposures).reshape(-1), np.asarray(learnt._core.responses).reshape(-1)
    posterior = stats.beta(s * m + r, s * (1 - m) + n - r)
    assert np.allclose(out["mean"], posterior.mean(), rtol=1e-12)
    assert np.allclose(out["sd"], posterior.std(), rtol=1e-10)
    assert np.allclose(out["low"], posterior.ppf(0.1), rtol=1e-8)
    assert np.allclose(out["high"], posterior.ppf(0.9), rtol=1e-8)
    assert np.allclose(out["probability"], posterior.sf(m + 0.1), atol=1e-9)
    assert np.array_equal(out["prefers"], (out["probability"] >= 0.9) & (n >= 3))
    assert out["prefers"].any()


def test_tags_are_the_preferences_with_their_confidence():
    doctors, table = events()
    learnt = fit(doctors, table)
    out, tags = learnt.table, learnt.tags
    rows = np.flatnonzero(out["prefers"])
    assert len(rows) > 10
    assert tags["hcp_id"].tolist() == out["hcp_id"][rows].tolist()
    assert tags["tag"].tolist() == [f"prefers_{key}" for key in out["key"][rows]]
    assert np.array_equal(tags["confidence"], out["probability"][rows])
    assert tags["confidence"].min() >= 0.9
    assert tags["evidence"].min() >= 3
    of = learnt.of("H0003")
    assert of["mean"].tolist() == out["mean"][6:8].tolist()
    assert of["key"].tolist() == ["email", "video"]


def test_neither_order_nor_threads_nor_what_comes_later_changes_a_byte():
    doctors, table = events()
    once = fit(doctors, table).table
    order = np.random.default_rng(5).permutation(4000)
    later = {name: np.append(column[order], column[:1]) for name, column in table.items()}
    later["date"][-1] = np.datetime64("2026-07-01")
    later["channel"][-1] = "fax"
    turned = {name: column[::-1] for name, column in doctors.items()}
    again = fit(turned, later, threads=3).table
    assert all(once[name].tolist() == again[name].tolist() for name in once)
    alone = Affinity.fit(table, key="channel", as_of="2026-06-30").table
    later["hcp_id"][-1] = "H9999"
    assert Affinity.fit(later, key="channel", as_of="2026-06-30").table["mean"].tolist() == alone["mean"].tolist()


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_any_frame_gives_the_same(kind: str):
    library = pytest.importorskip(kind)
    doctors, table = events()
    make = {"pandas": "DataFrame", "polars": "DataFrame", "pyarrow": "table"}[kind]
    given = dict(table)
    if kind == "pyarrow":
        given["hcp_id"], given["channel"] = given["hcp_id"].tolist(), given["channel"].tolist()
    learnt = fit(doctors, getattr(library, make)(given))
    out = learnt.table
    assert type(out).__module__.startswith(kind)
    wanted = fit(doctors, table)
    assert np.array_equal(np.asarray(out["mean"]), wanted.table["mean"])
    assert [str(each) for each in np.asarray(learnt.tags["tag"])] == wanted.tags["tag"].tolist()


def test_weekdays_come_from_dates_and_hours_from_a_column():
    table = {"hcp_id": [7, 7, 8], "date": ["2026-06-29", "2026-06-28", "2026-06-29"], "hour": [9, 9, 14]}
    table |= {"exposures": [5, 5, 5], "responses": [5, 0, 1]}
    days = Affinity.fit(table, key="weekday", as_of="2026-06-30", strength=1)
    assert days.keys[0] == "monday"
    of = days.of(7)
    assert of["evidence"].round().tolist() == [5, 0, 0, 0, 0, 0, 5]
    assert of["mean"][0] > of["group_mean"][0]
    assert of["mean"][6] < of["group_mean"][6]
    hours = Affinity.fit(table, key="hour", as_of="2026-06-30", strength=1)
    assert hours.keys == ["9", "14"]
    assert hours.table["hcp_id"].tolist() == [7, 7, 8, 8]


def test_rows_that_cannot_be_used_are_said():
    doctors, table = events()
    bad = {name: list(column[:6]) for name, column in table.items()}
    bad["hcp_id"][0] = "nobody"
    bad["channel"][1] = None
    bad["date"] = ["2026-02-30" if i == 2 else "2026-02-01" for i in range(6)]
    bad["responses"][3] = 99
    bad["exposures"] = [None if i == 4 else 3 for i in range(6)]
    bad["responses"][5] = 2
    rejected = fit(doctors, bad).rejected
    assert rejected["row"].tolist() == [0, 1, 2, 3, 4]
    assert rejected["code"].tolist() == ["unknown_hcp", "missing_value", "invalid_date", "out_of_range", "out_of_range"]
    assert set(rejected["table"].tolist()) == {"events"}


def test_wrong_arguments_are_named():
    doctors, table = events()
    with pytest.raises(MissingColumnError):
        Affinity.fit(table, key="topic", as_of="2026-06-30")
    with pytest.raises(ArgumentError):
        Affinity.fit(table, key="channel", as_of="2026-06-30", by=["specialty"])
    with pytest.raises(ArgumentError, match="half_life"):
        fit(doctors, table, half_life_days=0)
    with pytest.raises(UnknownHcpError):
        fit(doctors, table).of("H9999")
    with pytest.raises(UnknownHcpError):
        fit(doctors, table).of(3)
    with pytest.raises(WrongTypeError):
        fit(doctors, {**table, "responses": ["many"] * 4000})
    with pytest.raises(ArgumentError, match="up to as_of"):
        Affinity.fit(table, key="channel", as_of="1999-06-30")
    with pytest.raises(ArgumentError, match="each name once"):
        Affinity.fit(table, key="channel", as_of="2026-06-30", keys=["email", "email"])
    with pytest.raises(ArgumentError, match="expected a list"):
        Affinity.fit(table, key="channel", as_of="2026-06-30", hcps=doctors, by="specialty")
    with pytest.raises(WrongTypeError, match="half_life_days"):
        fit(doctors, table, half_life_days="long")
    many = {"hcp_id": ["A"] * 16384, "channel": ["x"] * 16384, "date": ["2026-06-30"] * 16384}
    many |= {"exposures": [1 << 20] * 16384, "responses": [0] * 16384}
    with pytest.raises(ValueError, match="added up exactly"):
        Affinity.fit(many, key="channel", as_of="2026-06-30", strength=4)
    twice = {name: np.append(column, column[:1]) for name, column in doctors.items()}
    with pytest.raises((ArgumentError, DataError)):
        fit(twice, table)


@pytest.mark.skipif(not IOWA.exists(), reason="skipped: the real records are not here")
def test_learnt_shares_predict_the_next_contact_of_2015():
    spec = importlib.util.spec_from_file_location("example_preferences", ROOT / "examples/python/preferences.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    found = example.compare(IOWA, half_lives=(365.0, 730.0), groups=((), ("specialty",)))  # the choice among all: docs
    assert found["chosen"] == (730.0, ("specialty",))
    loss = {name: values.mean() for name, values in found["loss"].items()}
    assert found["doctors"] == 1661
    for name in ("most frequent channel, smoothed", "population share"):
        more = found["loss"][name] - found["loss"]["learnt affinity"]
        assert example.interval(found["draws"], more)[0] > 0, name
        assert loss[name] > loss["learnt affinity"] + 0.02, name
    assert example.table(found) in (ROOT / "docs/preferences.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "pyarrow"])
def test_preferences_become_tags_by_statements(kind):
    doctors, table = events()
    make = (
        dict if kind == "dict" else (lambda m: m.table if kind == "pyarrow" else m.DataFrame)(pytest.importorskip(kind))
    )
    learnt = fit(make(doctors), make(table))
    registry = tierwise.tag.TagRegistry(
        {f"prefers_{key}": {"layer": "preference", "source": "model", "lives_days": 90} for key in learnt.keys},
        tierwise.tag.Schema({}),
    )
    said = tierwise.provenance.Statements(learnt.statements("run-7"), registry, make(doctors))
    assert len(said.rejected["row"]) == 0
    tags = said.evaluate(make(doctors), as_of="2026-06-30")
    plain = learnt.tags
    for key in learnt.keys:
        column = plain["tag"].to_pylist() if kind == "pyarrow" else list(plain["tag"])
        assert tags.counts()[f"prefers_{key}"] == column.count(f"prefers_{key}")
    assert sum(tags.counts().values()) == len(said) > 0
    assert sum(said.evaluate(make(doctors), as_of="2026-10-30").counts().values()) == 0  # they live 90 days
