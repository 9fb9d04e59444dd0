"""Exploratory segments against scikit-learn: the same labels, and probabilities within 1e-9."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import tierwise
from tierwise.exploratory import assign, exploratory_from, responsibilities, with_exploratory

pytest.importorskip("sklearn")
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

COLUMNS = ["patients_per_week", "publications", "trials", "teaching"]


@pytest.fixture(scope="module")
def doctors():
    """Simulated doctors who miss nothing, as columns and as the matrix that scikit-learn wants."""
    territory = tierwise.simulate.territory(hcps=4000, seed=8)
    values = np.column_stack([np.asarray(territory.hcps[name], dtype=float) for name in COLUMNS])
    values = values[~np.isnan(values).any(axis=1)]
    assert len(values) > 1000 and (values.std(axis=0) > 0).all()
    return {name: values[:, i] for i, name in enumerate(COLUMNS)}, values


def with_segments(*given, **options):
    return with_exploratory(tierwise.Policy.default(), exploratory_from(*given, **options))


@pytest.mark.parametrize("estimator", [KMeans, MiniBatchKMeans])
@pytest.mark.parametrize("how", ["scaler", "pipeline", "raw"])
def test_k_means(doctors, estimator, how):
    columns, values = doctors
    scaler = StandardScaler().fit(values)
    if how == "raw":
        fitted = estimator(5, n_init=2, random_state=1).fit(values)
        policy, seen = with_segments(fitted, COLUMNS), values
    else:
        seen = scaler.transform(values)
        fitted = estimator(5, n_init=2, random_state=1).fit(seen)
        if how == "scaler":
            policy = with_segments(fitted, COLUMNS, scaler=scaler)
        else:
            pipeline = make_pipeline(StandardScaler(), estimator(5, n_init=2, random_state=1)).fit(values)
            fitted, policy = pipeline[-1], with_segments(pipeline, COLUMNS)
    found = assign(policy, columns)
    expected = [f"segment {label + 1}" for label in fitted.predict(seen)]
    assert len(set(expected)) == 5
    assert found["segment"].tolist() == expected
    np.testing.assert_allclose(found["distance"], fitted.transform(seen).min(axis=1), rtol=1e-9, atol=1e-7)
    assert np.isnan(found["probability"]).all()


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("scaled", [True, False])
def test_gaussian_mixtures(doctors, covariance, scaled):
    columns, values = doctors
    scaler = StandardScaler().fit(values) if scaled else None
    seen = scaler.transform(values) if scaled else values
    fitted = GaussianMixture(4, covariance_type=covariance, random_state=2, reg_covar=1e-4).fit(seen)
    policy = with_segments(fitted, COLUMNS, scaler=scaler, names=["a", "b", "c", "d"])
    expected = fitted.predict_proba(seen)
    found = responsibilities(policy, columns)
    assert list(found) == ["a", "b", "c", "d"]
    np.testing.assert_allclose(np.column_stack(list(found.values())), expected, rtol=0, atol=1e-9)
    chosen = assign(policy, columns, threads=2)
    assert chosen["segment"].tolist() == ["abcd"[label] for label in fitted.predict(seen)]
    np.testing.assert_allclose(chosen["probability"], expected.max(axis=1), rtol=0, atol=1e-9)


def test_one_feature_and_one_component(doctors):
    _, values = doctors
    for covariance in ("full", "tied", "diag", "spherical"):
        one = values[:, :1]
        fitted = GaussianMixture(2, covariance_type=covariance, random_state=0).fit(one)
        found = responsibilities(with_segments(fitted, COLUMNS[:1]), {COLUMNS[0]: one[:, 0]})
        np.testing.assert_allclose(np.column_stack(list(found.values())), fitted.predict_proba(one), rtol=0, atol=1e-9)
    alone = KMeans(1, n_init=1).fit(values)
    assert set(assign(with_segments(alone, COLUMNS), doctors[0])["segment"]) == {"segment 1"}


def test_a_scaler_that_scales_or_centres_only(doctors):
    columns, values = doctors
    for options in ({"with_mean": False}, {"with_std": False}, {"with_mean": False, "with_std": False}):
        scaler = StandardScaler(**options).fit(values)
        fitted = KMeans(3, n_init=1, random_state=0).fit(scaler.transform(values))
        found = assign(with_segments(fitted, COLUMNS, scaler=scaler), columns)["segment"].tolist()
        assert found == [f"segment {label + 1}" for label in fitted.predict(scaler.transform(values))]


def test_a_missing_feature_is_unknown_and_rejections_are_listed(doctors):
    _, values = doctors
    policy = with_segments(KMeans(2, n_init=1, random_state=0).fit(values[:, :2]), COLUMNS[:2])
    frame = {COLUMNS[0]: [1.0, None, float("inf")], COLUMNS[1]: [2, 3, 4]}
    found = assign(policy, frame)
    assert found["segment"].tolist()[1:] == [None, None] and found["segment"][0] is not None
    assert np.isnan(found["distance"][1:]).all()
    bad = tierwise.exploratory.rejected(policy, frame)
    assert [bad["row"].tolist(), bad["column"].tolist(), bad["code"].tolist()] == [[2], [COLUMNS[0]], ["not_finite"]]


def test_a_profile_keeps_its_ids_and_frames_their_kind(doctors):
    pd = pytest.importorskip("pandas")
    _, values = doctors
    policy = with_segments(KMeans(3, n_init=1, random_state=0).fit(values), COLUMNS)
    territory = tierwise.simulate.territory(hcps=200, seed=8)
    hcps = pd.DataFrame(territory.hcps)
    profile = tierwise.profile.build(policy, hcps, territory.interactions, as_of=territory.as_of)
    found = assign(policy, profile)
    assert isinstance(found, pd.DataFrame) and found["hcp_id"].tolist() == hcps["hcp_id"].tolist()
    plain = assign(policy, hcps)
    assert plain["segment"].tolist() == found["segment"].tolist()


def test_the_policy_alone_carries_the_segments(doctors):
    columns, values = doctors
    policy = with_segments(KMeans(3, n_init=1, random_state=0).fit(values), COLUMNS)
    again = tierwise.Policy.from_json(policy.to_json())
    assert again == policy
    assert assign(again, columns)["segment"].tolist() == assign(policy, columns)["segment"].tolist()
    source = sys.modules["tierwise.exploratory"].__dict__
    assert not any(getattr(value, "__name__", "").startswith("sklearn") for value in source.values())


def test_what_does_not_fit_is_refused(doctors):
    columns, values = doctors
    fitted = KMeans(2, n_init=1, random_state=0).fit(values)
    for given, options, argument in (
        ((KMeans(2), COLUMNS), {}, "estimator"),
        ((fitted, COLUMNS[:3]), {}, "columns"),
        ((fitted, "trials"), {}, "columns"),
        ((fitted, COLUMNS), {"names": ["one"]}, "names"),
        ((fitted, COLUMNS), {"scaler": StandardScaler()}, "scaler"),
        ((fitted, COLUMNS), {"scaler": StandardScaler().fit(values[:, :2])}, "scaler"),
        ((make_pipeline(StandardScaler(), StandardScaler(), fitted), COLUMNS), {}, "estimator"),
    ):
        with pytest.raises(tierwise.Error) as refused:
            exploratory_from(*given, **options)
        assert refused.value.where.column == argument
    with pytest.raises(tierwise.PolicyError) as unknown:
        with_segments(fitted, [*COLUMNS[:3], "shoe_size"])
    assert unknown.value.where.path == "/segment/exploratory/features/3/column"
    with pytest.raises(tierwise.ArgumentError, match="mixture"):
        responsibilities(with_segments(fitted, COLUMNS), columns)
    with pytest.raises(tierwise.ArgumentError, match=r"no section segment\.exploratory"):
        assign(tierwise.Policy.default(), columns)
    with pytest.raises(tierwise.MissingColumnError):
        assign(with_segments(fitted, COLUMNS), {"trials": [1]})
