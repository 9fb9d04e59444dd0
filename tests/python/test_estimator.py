"""SegmentModel as an estimator of scikit-learn, whatever frame comes in, and fitted from summaries of parts."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
import warnings
from fractions import Fraction

import numpy as np
import pytest
import tierwise
from tables import ROOT, as_kind
from tierwise import SegmentModel, _core
from tierwise.segment import PopulationSummary, number_columns

sklearn = pytest.importorskip("sklearn")
from sklearn.base import clone  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks  # noqa: E402

KINDS = ["dict", "pandas", "polars", "pyarrow"]
POLICIES = sorted(path.stem for path in (ROOT / "examples/policies").glob("*.json"))
WITH_NUMBERS = [name for name in POLICIES if name != "nine-grid-cn"]  # which reads texts alone
EXPECTED_FAILED_CHECKS: dict[str, str] = {}
"""Of scikit-learn's own checks: name → reason. At most two may ever stand here; none is needed."""


def policy_of(name: str) -> tierwise.Policy:
    return tierwise.Policy.from_file(ROOT / f"examples/policies/{name}.json")


def by_strata() -> tierwise.Policy:
    """The default, cut by specialty and by natural breaks."""
    document = tierwise.Policy.default().to_dict()
    segment = document["segment"]
    segment["potential"]["cuts"].update(strata=[["specialty"]], min_stratum=5)
    segment["identity"]["cuts"] = {
        "how": "natural_breaks",
        "strata": [["specialty"]],
        "min_stratum": 5,
        "unknown_as": "low",
    }
    segment["engagement"]["cuts"] = {"how": "quantile", "floors": {"high": 0.8, "medium": 0.4}, "unknown_as": "low"}
    return tierwise.Policy.from_dict(document)


@pytest.fixture(scope="module")
def territory():
    return tierwise.simulate.territory(hcps=400, seed=11)


@pytest.fixture(scope="module")
def profile(territory):
    return tierwise.profile.build(
        tierwise.Policy.default(), territory.hcps, territory.interactions, as_of=territory.as_of, threads=1
    )


@pytest.fixture(scope="module")
def doctors(profile):
    """The profiles as a dict of arrays."""
    return profile.frame


def written(frame) -> dict[str, list[str]]:
    return tierwise.as_written(frame)


def values_of(frame) -> np.ndarray:
    """What `transform` gave, as one array."""
    if isinstance(frame, np.ndarray):
        return frame
    source = tierwise._frames.Source(frame, "t")
    return np.column_stack([source.column(name).numbers_copy() for name in source.names])


# ---- scikit-learn's own checks ----------------------------------------------------------------------------------------

with warnings.catch_warnings():
    # It keeps the contract without inheriting BaseEstimator, as scikit-learn is optional; that alone is warned of.
    warnings.filterwarnings("ignore", message=".*does not inherit from `sklearn.base.BaseEstimator`")
    with_checks = parametrize_with_checks(
        [SegmentModel(), SegmentModel(threads=2), SegmentModel(by_strata())],
        expected_failed_checks=lambda estimator: EXPECTED_FAILED_CHECKS,
    )


@with_checks
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:.*does not inherit from `sklearn.base.BaseEstimator`")
@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_every_shipped_policy_passes_them(name):
    results = check_estimator(SegmentModel(policy_of(name)), on_skip=None)
    assert len(results) > 40 and {result["status"] for result in results} <= {"passed", "skipped"}
    assert [r["check_name"] for r in results if r["status"] == "skipped"] in ([], ["check_array_api_input"])


# ---- the same answers as every other road -----------------------------------------------------------------------------


def test_the_same_tiers_as_the_whole_job(territory, doctors):
    result = tierwise.run(territory.hcps, territory.interactions, as_of=territory.as_of)
    model = SegmentModel().fit(doctors)
    assert model.predict(doctors).tolist() == result.segments["tier"].tolist()
    assert written(model.assign(doctors)) == written(result.segments)
    fitted_there = result.model.segments
    assert fitted_there.__sklearn_is_fitted__() and _core.segment_state(fitted_there._core) == _core.segment_state(
        model._core
    )


@pytest.mark.parametrize("policy", [tierwise.Policy.default(), by_strata()], ids=["default", "strata"])
@pytest.mark.parametrize("kind", KINDS)
def test_any_frame_in_and_the_same_kind_out(profile, doctors, policy, kind):
    frame = as_kind(doctors, kind)
    model = SegmentModel(policy).fit(frame)
    expected = tierwise.segment.fit(policy, profile)
    assert model.predict(frame).tolist() == expected.predict(profile).tolist()
    assert written(model.assign(frame)) == written(expected.assign(profile))
    out = model.transform(frame)
    assert type(out) is type(frame)
    assert np.array_equal(values_of(out), values_of(expected.transform(profile)), equal_nan=True)
    assert type(model.ways_up(frame)) is type(frame)
    assert written(model.grade_table(frame)) == written(expected.grade_table(profile))
    assert model.contributions(frame, doctors["hcp_id"][7], "identity") == expected.contributions(
        profile, doctors["hcp_id"][7], "identity"
    )
    assert model.feature_names_in_.tolist() == profile.columns and model.n_features_in_ == len(profile.columns)


def test_transform_is_assign_in_numbers(doctors):
    policy = by_strata()
    model = SegmentModel(policy).fit(doctors)
    numbers = model.transform(doctors)
    assert list(numbers) == model.get_feature_names_out().tolist()
    assigned = model.assign(doctors)
    steps = {
        "grade": policy.grades,
        "identity_level": policy.identity_levels,
        "engagement_level": policy.engagement_levels,
    }
    for name, column in numbers.items():
        expected = assigned[name]
        if name in steps:
            expected = [np.nan if step is None else steps[name].index(step) + 1 for step in expected]
        assert column.dtype == np.float64 and np.array_equal(
            column, np.asarray(expected, dtype=float), equal_nan=True
        ), name


def test_columns_are_read_by_name_in_any_order_among_others(doctors):
    model = SegmentModel().fit(doctors)
    turned = {name: doctors[name] for name in reversed(list(doctors))} | {"notes": np.array([b"?"] * 400)}
    assert written(model.assign(turned)) == written(model.assign(doctors))
    assert written(SegmentModel().fit(turned).assign(turned)) == written(model.assign(doctors))
    nameless = {name: column for name, column in doctors.items() if name != "hcp_id"}
    assert "hcp_id" not in model.assign(nameless) and len(model.assign(nameless)["tier"]) == 400
    assert model.contributions(nameless, 7, "identity") == model.contributions(
        doctors, doctors["hcp_id"][7], "identity"
    )


def test_profiles_computed_elsewhere_keep_the_order_of_their_columns(profile, doctors):
    policy = tierwise.Policy.default()
    again = tierwise.profile.from_frame(policy, doctors, as_of=profile.as_of)
    assert again.columns == profile.columns
    # Where points are negative two channels may each have more than half, and the first is the one that is named.
    expected = written(tierwise.segment.fit(policy, profile).assign(profile))
    assert written(tierwise.segment.fit(policy, again).assign(again)) == expected


def test_the_input_section_of_the_policy_names_columns_too(doctors):
    document = tierwise.Policy.default().to_dict()
    document["attributes"]["publications"]["column"] = "papers"
    renamed = {"papers" if name == "publications" else name: column for name, column in doctors.items()}
    expected = SegmentModel().fit(doctors).predict(doctors)
    assert SegmentModel(document).fit(renamed).predict(renamed).tolist() == expected.tolist()


# ---- plain arrays -----------------------------------------------------------------------------------------------------


def test_a_single_column_is_the_volume_and_its_deciles_are_those_of_the_definition():
    volumes = np.random.default_rng(5).integers(0, 40, 300)
    found = SegmentModel().fit_transform(volumes.reshape(-1, 1).astype(float))
    total = int(volumes.sum())
    for volume, decile, grade in zip(volumes.tolist(), found[:, 1], found[:, 2], strict=True):
        before = Fraction(int(volumes[volumes > volume].sum()), total)
        expected = 0 if volume == 0 else max(1, min(10, 10 - int(10 * before)))
        assert decile == expected
        assert grade == (1 if expected >= 8 else 2 if expected >= 5 else 3 if expected >= 2 else 4)


def test_an_array_is_a_frame_without_names(doctors):
    policy = tierwise.Policy.default()
    names = number_columns(policy)
    assert names == ["patient_volume", "patients_per_week", "society_offices", "trials", "publications", "teaching", "points", "contact_coverage"]  # fmt: skip
    array = np.column_stack([np.asarray(doctors[name], dtype=float) for name in names])
    found = SegmentModel().fit_transform(array)
    nothing = np.full(400, None, dtype=object)
    frame = {name: array[:, at] for at, name in enumerate(names)} | {"title": nothing, "hospital_level": nothing}
    assert np.array_equal(found, values_of(SegmentModel().fit_transform(frame)), equal_nan=True)
    # More columns than the policy reads have no part, fewer leave the rest unknown, and names can be given.
    more = np.column_stack([array, array[:, 0]])
    assert np.array_equal(SegmentModel().fit_transform(more), found, equal_nan=True)
    assert np.isnan(SegmentModel().fit_transform(array[:, :1])[:, 3:9:3]).all()
    order = [7, 2, 0, 1, 3, 4, 5, 6]
    mixed = np.column_stack([array[:, order].astype(object), doctors["title"], doctors["hospital_level"]])
    named = SegmentModel(columns=[names[at] for at in order] + ["title", "hospital_level"])
    full = {name: array[:, at] for at, name in enumerate(names)} | {k: doctors[k] for k in ("title", "hospital_level")}
    assert named.fit(mixed).predict(mixed).tolist() == SegmentModel().fit(full).predict(full).tolist()


def test_a_policy_of_texts_takes_an_array_of_texts_when_they_are_named():
    policy = policy_of("nine-grid-cn")
    assert number_columns(policy) == []
    with pytest.raises(tierwise.ArgumentError, match="reads no numbers"):
        SegmentModel(policy).fit([[1.0]])
    array = [["三级甲等", "主任医师", "first"], ["二级甲等", "住院医师", "competitor"], [None, "主治医师", None]]
    names = ["hospital_level", "title", "choice"]
    frame = {name: [row[at] for row in array] for at, name in enumerate(names)}
    expected = SegmentModel(policy).fit(frame).assign(frame)
    found = SegmentModel(policy, columns=names).fit(array).assign(array)
    assert written(found) == written(expected)
    assert expected["potential"][:2].tolist() == [10, 6] and expected["grade"].tolist() == ["A", "B", None]


def test_a_pandas_frame_without_names_is_an_array():
    pd = pytest.importorskip("pandas")
    array = np.arange(40.0).reshape(-1, 2)
    model = SegmentModel().fit(pd.DataFrame(array))
    assert not hasattr(model, "feature_names_in_")
    out = model.transform(pd.DataFrame(array))
    assert isinstance(out, pd.DataFrame) and np.array_equal(out, SegmentModel().fit_transform(array), equal_nan=True)


def test_an_array_after_a_frame_is_taken_in_its_order_and_that_is_warned_of(doctors):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({name: doctors[name] for name in doctors if np.asarray(doctors[name]).dtype.kind != "M"})
    model = SegmentModel().fit(frame)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        assert model.predict(frame.to_numpy()).tolist() == model.predict(frame).tolist()


def test_infinite_cells_and_negative_volumes_are_said():
    model = SegmentModel().fit([[5.0], [3.0], [2.0]])
    rejected = model.rejected([[1.0], [np.inf], [-4.0]])
    assert rejected["row"].tolist() == [1, 2] and set(rejected["column"]) == {"patient_volume"}
    assert np.isnan(model.transform([[np.inf]])[0, 0])


# ---- pickles, copies, pipelines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policy", [None, by_strata(), *map(policy_of, WITH_NUMBERS)], ids=["none", "strata", *WITH_NUMBERS]
)
def test_a_pickle_comes_back_as_the_same_bytes(doctors, policy):
    given = doctors if policy is None or policy.name == "default" else np.random.default_rng(1).uniform(0, 90, (60, 9))
    model = SegmentModel(policy).fit(given)
    text = pickle.dumps(model)
    back = pickle.loads(text)
    assert pickle.dumps(back) == text
    assert _core.segment_state(back._core) == _core.segment_state(model._core)
    assert written(back.assign(given)) == written(model.assign(given))
    assert back.get_params().keys() == model.get_params().keys() and back.policy_ == model.policy_


def test_strata_are_in_the_pickle(doctors):
    model = SegmentModel(by_strata()).fit(doctors)
    state = _core.segment_state(model._core)
    assert all(len(cuts[2]) > 1 for cuts in (state[3][0], state[3][2]))
    plain = model._core.assign(model._read(doctors).profile._core, 1)
    again = pickle.loads(pickle.dumps(model))
    assert pickle.dumps(plain.reasons("zh", 1)) == pickle.dumps(
        again._core.assign(again._read(doctors).profile._core, 1).reasons("zh", 1)
    )


def test_a_state_of_another_policy_is_refused(doctors):
    state = _core.segment_state(SegmentModel(by_strata()).fit(doctors)._core)
    with pytest.raises(tierwise.ArgumentError, match="of this policy"):
        _core.segment_model_of(tierwise.Policy.default()._core, state)


def test_clone_copies_parameters_and_output_but_no_fit(doctors):
    model = SegmentModel(by_strata(), threads=2).set_output(transform="polars").fit(doctors)
    copy = clone(model)
    assert copy.get_params() == model.get_params() and not copy.__sklearn_is_fitted__()
    with pytest.raises(tierwise.NotFittedError):
        copy.predict(doctors)
    assert type(copy.fit_transform(doctors)).__module__.startswith("polars")


def test_a_grid_search_chooses_a_policy(territory, doctors):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(doctors)
    # What is to be found out: who is among the better half by volume. A policy that knows no volume is worse at it.
    target = np.nan_to_num(frame["patient_volume"]) >= np.nanmedian(frame["patient_volume"])
    blind = tierwise.Policy.default().to_dict()
    for key in ("volume", "cuts"):
        del blind["segment"]["potential"][key]
    names = ["potential", "grade"]
    keep = ColumnTransformer([("keep", SimpleImputer(keep_empty_features=True), names)])
    pipeline = make_pipeline(SegmentModel(), keep, LogisticRegression(max_iter=1000))
    search = GridSearchCV(
        pipeline, {"segmentmodel__policy": [tierwise.Policy.from_dict(blind), tierwise.Policy.default()]}, cv=3
    ).fit(frame, target)
    assert search.best_params_["segmentmodel__policy"] == tierwise.Policy.default()
    assert search.best_score_ > search.cv_results_["mean_test_score"][0] + 0.1
    # The pipeline does what its steps do by hand.
    by_hand = search.best_estimator_[-1].predict(
        search.best_estimator_[1].transform(tierwise.segment.fit(tierwise.Policy.default(), frame).transform(frame))
    )
    assert search.predict(frame).tolist() == by_hand.tolist()
    assert pickle.loads(pickle.dumps(search)).predict(frame).tolist() == by_hand.tolist()


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_a_pipeline_takes_frames_of_any_kind(doctors, kind):
    frame = as_kind(doctors, kind)
    target = np.nan_to_num(np.asarray(doctors["points"], dtype=float)) > 10
    pipeline = make_pipeline(SegmentModel(), HistGradientBoostingClassifier(max_iter=20))
    assert pipeline.fit(frame, target).score(frame, target) > 0.9
    expected = make_pipeline(SegmentModel().set_output(transform="pandas"), HistGradientBoostingClassifier(max_iter=20))
    assert pipeline.predict(frame).tolist() == expected.fit(doctors, target).predict(doctors).tolist()


def test_set_output_and_the_index_of_pandas(doctors):
    pd, pl, pa = (pytest.importorskip(name) for name in ("pandas", "polars", "pyarrow"))
    frame = pd.DataFrame(doctors, index=np.arange(400) * 3 + 1)
    model = SegmentModel().fit(frame)
    assert model.transform(frame).index.equals(frame.index)
    array = model.transform(frame).to_numpy()
    for name, kind in (
        ("pandas", pd.DataFrame),
        ("polars", pl.DataFrame),
        ("pyarrow", pa.Table),
        ("default", pd.DataFrame),
    ):
        out = model.set_output(transform=name).transform(frame)
        assert isinstance(out, kind) and np.array_equal(values_of(out), array, equal_nan=True)
        assert model.set_output().transform(frame).__class__ is out.__class__  # None changes nothing
    with sklearn.config_context(transform_output="polars"):
        assert isinstance(SegmentModel().fit_transform([[1.0], [2.0]]), pl.DataFrame)
        assert isinstance(model.transform(frame), pd.DataFrame)  # what was set here counts more
    both = ColumnTransformer([("segment", SegmentModel(), list(frame))], verbose_feature_names_out=False)
    assert list(both.set_output(transform="pandas").fit_transform(frame)) == list(
        SegmentModel().fit(frame).get_feature_names_out()
    )


def test_the_guide_does_what_it_shows():
    pytest.importorskip("pandas")
    page = (ROOT / "docs/guides/scikit-learn.md").read_text(encoding="utf-8")
    names: dict = {}
    for block in re.findall(r"```python\n(.+?)```", page, re.DOTALL):
        exec(block, names)
    assert names["search"].best_score_ > 0.5 and len(names["features"]) == 500
    assert names["features"].index.equals(names["doctors"].index)
    assert list(names["segments"])[-1] == "reason"


# ---- what is wrong is said --------------------------------------------------------------------------------------------


def test_a_model_without_a_fit_says_so_in_both_tongues(doctors):
    from sklearn.exceptions import NotFittedError as Theirs

    for call in ("predict", "transform", "assign", "rejected", "grade_table", "ways_up"):
        with pytest.raises(tierwise.NotFittedError) as caught:
            getattr(SegmentModel(), call)(doctors)
        assert isinstance(caught.value, Theirs) and caught.value.code == "not_fitted"
        assert isinstance(pickle.loads(pickle.dumps(caught.value)), tierwise.NotFittedError)
    assert repr(SegmentModel(threads=3)) == "SegmentModel(threads=3)"
    assert repr(SegmentModel().fit([[1.0]])) == "<tierwise.SegmentModel of policy 'default': s0 1, volumes known>"


def test_mistakes_are_named(doctors):
    lacking = {name: column for name, column in doctors.items() if name != "trials"}
    with pytest.raises(tierwise.MissingColumnError, match="X lacks") as caught:
        SegmentModel().fit(lacking)
    assert caught.value.where.column == "trials" and "profile.build" in str(caught.value)
    model = SegmentModel().fit(doctors)
    with pytest.raises(tierwise.MissingColumnError, match="trials"):
        model.predict(lacking)
    with pytest.raises(tierwise.WrongTypeError, match="trials"):
        model.predict({**doctors, "trials": np.array(["many"] * 400)})
    array = SegmentModel().fit([[1.0, 2.0]])
    for wrong, said in (
        ([[1.0]], "X has 1 features, but SegmentModel is expecting 2"),
        ([1.0, 2.0], "Reshape your data"),
        ([[1j, 2.0]], "Complex data"),
        (np.zeros((2, 2, 2)), "3 dimension"),
    ):
        with pytest.raises(tierwise.ArgumentError, match=said) as caught:
            array.predict(wrong)
        assert caught.value.where.column == "X"
    for columns, said in ((["trials"], "each of 2"), (["trials", "trials"], "twice")):
        with pytest.raises(tierwise.ArgumentError, match=said):
            SegmentModel(columns=columns).fit([[1.0, 2.0]])
    with pytest.raises(tierwise.MissingColumnError, match=r"SegmentModel\(columns=…\)"):
        SegmentModel(columns=["trials", "teaching"]).fit([[1.0, 2.0]])
    with pytest.raises(ValueError, match="invalid parameter 'policies'"):
        SegmentModel().set_params(threads=2, policies=1)
    with pytest.raises(ValueError, match="default, pandas, polars"):
        SegmentModel().set_output(transform="excel")
    with pytest.raises(ValueError, match="not equal to feature_names_in_"):
        model.get_feature_names_out(list(doctors)[::-1])
    with pytest.raises(ValueError, match="length equal"):
        array.get_feature_names_out(["a"])
    with pytest.raises(tierwise.PolicyError):
        SegmentModel({"policy": "tierwise/1", "nmae": "x"}).fit(doctors)
    with pytest.raises(ValueError, match="thread"):
        SegmentModel(threads=0).fit(doctors)


def test_a_fit_that_fails_leaves_the_model_as_it_was(doctors):
    model = SegmentModel().fit(doctors)
    before = pickle.dumps(model)
    with pytest.raises(tierwise.MissingColumnError):
        model.fit({"trials": [1.0]})
    assert pickle.dumps(model) == before
    assert not hasattr(model.fit([[1.0], [2.0]]), "feature_names_in_") and model.n_features_in_ == 1


def test_scikit_learn_is_neither_needed_nor_imported():
    code = """
import sys
sys.modules["sklearn"] = None  # an import of it fails
import pickle, tierwise
model = tierwise.SegmentModel().fit([[9.0], [1.0]])
assert pickle.loads(pickle.dumps(model)).predict([[9.0]]).tolist() == model.predict([[9.0]]).tolist()
assert model.transform([[9.0]]).shape == (1, 10) and model.set_params(threads=2).get_params()["threads"] == 2
try:
    tierwise.SegmentModel().predict([[9.0]])
except tierwise.NotFittedError as error:
    assert type(error) is tierwise.NotFittedError
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    code = "import sys, tierwise; tierwise.SegmentModel().fit([[1.0]]).transform([[1.0]]); assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


# ---- a population whose parts never meet ------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [tierwise.Policy.default(), by_strata()], ids=["default", "strata"])
def test_any_split_gives_the_same_bytes_and_the_same_model(doctors, policy):
    whole = PopulationSummary(policy, doctors)
    draw = np.random.default_rng(3)
    for parts in (1, 2, 7, 64):
        where = draw.integers(0, parts, 400)
        summaries = [
            PopulationSummary(policy, {name: column[where == part] for name, column in doctors.items()})
            for part in draw.permutation(parts)
        ]
        merged = summaries[0].copy().merge(*summaries[1:])
        assert merged.to_bytes() == whole.to_bytes() and merged == whole
    model = SegmentModel(policy).fit(pickle.loads(pickle.dumps(whole)))
    assert _core.segment_state(model._core) == _core.segment_state(SegmentModel(policy).fit(doctors)._core)
    assert tierwise.segment.fit(policy, whole).predict(doctors).tolist() == model.predict(doctors).tolist()
    assert not hasattr(model, "n_features_in_")


def test_a_summary_says_what_it_holds(doctors):
    summary = PopulationSummary(by_strata(), doctors)
    volume = np.asarray(doctors["patient_volume"], dtype=float)
    assert summary.summaries["volume"] == tierwise.Summary(volume)
    assert summary.summaries["points"].known == np.sum(~np.isnan(np.asarray(doctors["points"], dtype=float)))
    specialty = np.array(doctors["specialty"])
    strata = summary.strata["volume"]
    assert [key for _, key, _ in strata] == sorted((name,) for name in set(specialty[~np.isnan(volume)]) if name)
    for at, key, numbers in strata:
        assert at == 0 and numbers == tierwise.Summary(
            volume[specialty == key[0]][~np.isnan(volume[specialty == key[0]])]
        )
    assert summary.channels == [name.removeprefix("points_") for name in doctors if name.startswith("points_")]
    assert repr(summary).startswith("<tierwise.PopulationSummary: ")


def test_wrong_summaries_are_refused(doctors):
    policy = tierwise.Policy.default()
    whole = PopulationSummary(policy, doctors)
    text = whole.to_bytes()
    for wrong in (b"", text[:-1], text[: len(text) // 2], text + b"\0", b"\0" * 100):
        with pytest.raises(tierwise.ArgumentError):
            PopulationSummary.from_bytes(wrong)
    with pytest.raises(tierwise.WrongTypeError):
        PopulationSummary.from_bytes("text")
    with pytest.raises(tierwise.WrongTypeError):
        whole.merge(policy)
    with pytest.raises(tierwise.ArgumentError, match="channels"):
        whole.merge(PopulationSummary(policy, [[1.0]]))
    assert whole.to_bytes() == text
    with pytest.raises(tierwise.ArgumentError, match="strata"):
        SegmentModel(policy).fit(PopulationSummary(by_strata(), doctors))
    with pytest.raises(tierwise.MissingColumnError, match="X lacks"):
        PopulationSummary(policy, {"trials": [1.0]})
