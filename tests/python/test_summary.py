"""Summaries: same bytes for any split, and answers against NumPy and exact fractions."""

from __future__ import annotations

import copy
import doctest
import pickle
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tierwise
import tierwise.summary
from hypothesis import given, settings
from hypothesis import strategies as st
from tierwise import Summary

NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64) | st.integers(-50, 50).map(float)
TENTHS = [k / 10 for k in range(1, 10)]


def known(values):
    return np.sort([value for value in values if np.isfinite(value)])


def nearest(fraction):
    """The double nearest to a fraction; infinite beyond their range."""
    try:
        return float(fraction)
    except OverflowError:
        return np.inf if fraction > 0 else -np.inf


@given(st.data(), st.lists(NUMBERS, max_size=60))
def test_any_split_gives_the_same_bytes(data, values):
    whole = Summary(np.array(values, dtype=float))
    shuffled = data.draw(st.permutations(values))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=5)))
    parts = [
        Summary(np.array(shuffled[a:b], dtype=float)) for a, b in zip([0, *cuts], [*cuts, len(values)], strict=True)
    ]
    while len(parts) > 1:
        at = data.draw(st.integers(0, len(parts) - 2))
        parts[at].merge(parts.pop(at + 1))
    assert parts[0].to_bytes() == whole.to_bytes()
    assert Summary.from_bytes(whole.to_bytes()) == whole


@given(st.lists(NUMBERS, min_size=1, max_size=60))
def test_sums_are_rounded_once(values):
    s = Summary(np.array(values, dtype=float))
    exact = [Fraction(value) for value in known(values)]
    assert s.known == len(exact) and s.missing == np.isnan(values).sum() and s.rejected == np.isinf(values).sum()
    assert s.sum == nearest(sum(exact))
    assert s.sum_of_squares == nearest(sum(x * x for x in exact))
    if not exact:
        assert np.isnan([s.min, s.max, s.mean, s.variance, s.quantile(0.5)]).all()
        return
    mean = sum(exact) / len(exact)
    assert s.mean == nearest(mean)
    assert s.variance == nearest(sum((x - mean) ** 2 for x in exact) / len(exact))
    assert (s.min, s.max) == (min(exact), max(exact))
    for at in (known(values)[0], 0.0, 1.5):
        assert s.sum_before(at) == nearest(sum(x for x in exact if x > at))
        assert s.heads_before(at) == sum(x > at for x in exact)


@given(st.lists(NUMBERS, min_size=1, max_size=80), st.sampled_from([TENTHS, [0.5, 0.8, 0.95], [0.01]]))
def test_volume_classes_are_those_of_exact_fractions(values, shares):
    exact = [Fraction(value) for value in known(values)[::-1] if value > 0]
    floors = [np.inf] * (len(shares) + 1)
    for value in exact:
        before = sum(x for x in exact if x > value)
        floors[sum(before >= Fraction(str(share)) * sum(exact) for share in shares)] = float(value)
    column = np.array(values, dtype=float)
    assert Summary(column).floors_by_volume(shares).tolist() == floors
    assert tierwise.summary.floors_by_volume(column, shares).tolist() == floors


@given(st.lists(st.floats(-1e9, 1e9) | st.integers(0, 9).map(float), min_size=1), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values, q):
    expected = np.quantile(values, q)
    slack = 1e-15 * np.abs(values).max()  # NumPy interpolates from the nearer side
    assert abs(Summary(values).quantile(q) - expected) <= slack
    assert abs(tierwise.summary.quantiles(values, [q])[0] - expected) <= slack


@pytest.mark.parametrize("seed", range(3))
def test_many_distinct_numbers_are_kept_in_buckets_within_the_stated_error(seed):
    random = np.random.default_rng(seed)
    values = np.exp(random.normal(3, 1 + seed, 50_000))
    at = np.linspace(0, 1, 501)
    whole = Summary(values)
    assert not whole.is_exact
    assert np.abs(whole.quantile(at) / np.quantile(values, at) - 1).max() <= Summary.relative_error * (1 + 1e-12)
    parts = [Summary(part) for part in np.array_split(random.permutation(values), 7)]
    assert parts[0].merge(*parts[1:]).to_bytes() == whole.to_bytes()
    assert tierwise.summary.quantiles(values, at) == pytest.approx(np.quantile(values, at), rel=1e-15)
    # deciles of volume, by pandas; float sums decide near a boundary, so all but a hair must agree
    frame = pd.Series(values).sort_values(ascending=False)
    share = (frame.cumsum() - frame) / frame.sum()
    expected = [frame[(share * 10).astype(int) == k].min() for k in range(10)]
    assert np.isclose(tierwise.summary.floors_by_volume(values, TENTHS), expected, rtol=1e-3).all()


def test_columns_of_any_kind():
    expected = Summary(np.array([1.0, 2.0, np.nan]))
    for same in (
        [1, 2, None],
        pd.Series([1, 2, None], dtype="Int64"),
        pd.Series([1.0, 2.0, np.nan]),
        pl.Series([1, 2, None]),
        pl.Series([1, 2, None], dtype=pl.UInt8),
        pa.array([1, 2, None]),
        pa.chunked_array([[1], [2, None]]),
        np.ma.MaskedArray([1, 2, 3], mask=[False, False, True]),
        np.array([1, 2, np.nan], dtype=np.float32),
    ):
        assert Summary(same) == expected
    for wrong in (["a"], np.zeros((2, 2)), 5):
        with pytest.raises(tierwise.WrongTypeError):
            Summary(wrong)


def test_copies_and_pickles_are_apart_and_equal():
    first = Summary([1, 2, np.inf])
    for other in (copy.copy(first), copy.deepcopy(first), first.copy(), pickle.loads(pickle.dumps(first))):
        assert other == first
        other.add([3])
        assert other != first
    assert first != "no summary"
    assert repr(first) == "<tierwise.Summary of 2 numbers (exact), 0 missing, 1 to 2, mean 1.5>"
    with pytest.raises(TypeError):
        hash(first)


@settings(max_examples=300)
@given(st.data())
def test_bytes_that_were_changed_are_refused_or_read(data):
    good = bytearray(Summary([1, 2, 3, np.nan, 0]).to_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(good[: data.draw(st.integers(0, len(good)))]) if data.draw(st.booleans()) else bytes(good)
    try:
        assert Summary.from_bytes(cut).to_bytes() == cut
    except tierwise.ArgumentError as refused:
        assert refused.where.column == "bytes"


def test_arguments_are_checked():
    s = Summary([1, 2])
    with pytest.raises(tierwise.ArgumentError):
        s.quantile(1.5)
    for shares in ([0.5, 0.2], [0], [1.0], [float("nan")], 0.5):
        with pytest.raises(tierwise.ArgumentError):
            s.floors_by_volume(shares)
    with pytest.raises(tierwise.WrongTypeError):
        s.merge([1])
    with pytest.raises(tierwise.WrongTypeError):
        Summary.from_bytes("text")
    assert s == Summary([1, 2])


def test_examples_run():
    found = doctest.testmod(tierwise.summary)
    assert found.attempted > 10 and found.failed == 0
