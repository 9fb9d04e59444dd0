"""The shipped schemes on simulated doctors: grades, levels and tiers as their policies say, computed a second time in pandas; and natural
breaks against a known package."""

from __future__ import annotations

import itertools
import pathlib

import numpy as np
import pytest
import tierwise

pd = pytest.importorskip("pandas")

POLICIES = pathlib.Path(__file__).resolve().parents[2] / "examples/policies"
SCHEMES = ("nine-grid-cn", "potential-adoption", "sab", "abczn", "pareto")


def policy_of(name: str) -> tierwise.Policy:
    return tierwise.Policy.from_file(POLICIES / f"{name}.json")


@pytest.fixture(scope="module")
def territory():
    """3,000 doctors, with what the schemes ask for and the simulator does not know."""
    made = tierwise.simulate.territory(hcps=3000, seed=21)
    hcps = dict(made.hcps)
    n = np.arange(3000)
    hcps["choice"] = np.array(["首选", "second", "competitor", None], dtype=object)[n * 7 % 4]
    hcps["adoption_stage"] = np.array(["advocate", "user", "trial", "aware", "unaware", None], dtype=object)[n * 5 % 6]
    hcps["prescriptions"] = (n % 50).astype(float)
    return made, hcps


def profile_of(policy: tierwise.Policy, territory) -> tierwise.profile.Profile:
    made, hcps = territory
    return tierwise.profile.build(policy, hcps, made.interactions, as_of=made.as_of)


def run(name: str, territory):
    policy = policy_of(name)
    made, hcps = territory
    result = tierwise.run(hcps, made.interactions, policy=policy, as_of=made.as_of, consents=made.consents)
    doctors = pd.DataFrame({key: hcps[key] for key in hcps})
    found = pd.DataFrame({key: result.segments[key] for key in ("grade", "decile", "potential", "identity_score", "identity_level", "engagement_score", "engagement_level", "tier", "profile_type")})  # fmt: skip
    assert len(found) == len(doctors) == 3000
    table = {(c["grade"], c["identity"], c["engagement"]): c for c in policy.tiers}
    as_ = policy.unknown_as
    cells = zip(found["grade"].fillna(as_["grade"]), found["identity_level"].fillna(as_["identity"]), found["engagement_level"].fillna(as_["engagement"]), strict=True)  # fmt: skip
    expected = [table[cell] for cell in cells]
    assert found["tier"].tolist() == [cell["tier"] for cell in expected]
    assert found["profile_type"].tolist() == [cell["profile_type"] for cell in expected]
    assert len(set(found["tier"])) >= 3
    for language in ("en", "zh"):
        assert result.explain(result.segments["hcp_id"][0], language).to_dict()["reason"]
    return result, doctors, found


def shares_before(values: pd.Series, of_volume: bool) -> pd.Series:
    """Share of heads, or of the sum, that those with more have."""
    known = values.dropna()
    weight = known if of_volume else pd.Series(1.0, known.index)
    by_value = weight.groupby(known).sum().sort_index(ascending=False)
    before = by_value.cumsum() - by_value
    return values.map(before / by_value.sum())


def steps(before: pd.Series, shares: list[float], names: list[str]) -> pd.Series:
    out = pd.Series(names[-1], before.index, dtype=object)
    for share, name in reversed(list(zip(shares, names, strict=False))):
        out[before < share - 1e-12] = name
    out[before.isna()] = None
    return out


@pytest.mark.parametrize("name", SCHEMES)
def test_schemes_are_sound_and_survive_being_written(name):
    policy = policy_of(name)
    assert tierwise.Policy.check((POLICIES / f"{name}.json").read_text(encoding="utf-8")) == []
    assert tierwise.Policy.from_json(policy.to_json()) == policy and policy.name == name


# ---- 九宫格 -------------------------------------------------------------------------------------------------------------

HOSPITALS = {"三级甲等": (9, 8, 5), "二级甲等": (7, 5, 3), "一级": (3, 2, 1)}
TITLES = {"主任医师、教授": 0, "副主任医师": 0, "主治医师": 1, "住院医师": 2}
CHOICES = {"首选": 1, "次选": 2, "竞品": 3, None: 0}


def test_nine_grid_has_all_its_sums():
    policy = policy_of("nine-grid-cn")
    rows = list(itertools.product(HOSPITALS, TITLES, CHOICES))
    assert len(rows) == 48  # nine cells by four choices, the first of each row twice: for both chiefs
    frame = {"hcp_id": np.arange(len(rows))}
    for column, at in (("hospital_level", 0), ("title", 1), ("choice", 2)):
        frame[column] = np.array([row[at] for row in rows], dtype=object)
    profile = tierwise.profile.from_frame(policy, frame, as_of="2026-06-30")
    segments = tierwise.segment.fit(policy, profile).assign(profile)
    points = [HOSPITALS[h][TITLES[t]] + CHOICES[c] for h, t, c in rows]
    assert segments["potential"].tolist() == points  # exactly: no rounding is left
    assert segments["grade"].tolist() == ["A" if p >= 8 else "B" if p >= 4 else "C" for p in points]
    assert segments["tier"].tolist() == [1 if p >= 8 else 2 if p >= 4 else 3 for p in points]
    assert set(points) == set(range(1, 13))
    first = segments["reason"][0]
    assert first == "Tier 1 (target): grade A (scorecard 10.0)"


def test_nine_grid_may_not_read_prescriptions(territory):
    result, doctors, found = run("nine-grid-cn", territory)
    assert found["grade"].notna().mean() > 0.8 and set(found["grade"].dropna()) == {"A", "B", "C"}
    without = doctors["title"].isna() | doctors["hospital_level"].isna()
    assert found["grade"].isna().tolist() == without.tolist()
    document = policy_of("nine-grid-cn").to_dict()
    document["segment"]["potential"]["card"]["terms"][1] = {"column": "prescriptions", "weight": 3, "capped": 50}
    with pytest.raises(tierwise.PolicyError) as refused:
        tierwise.Policy.from_dict(document)
    assert refused.value.code == "policy_forbidden_purpose"
    assert refused.value.where.path == "/segment/potential/card/terms/1/column"
    assert "prescriptions" not in result.segments


# ---- the others --------------------------------------------------------------------------------------------------------


def test_abczn_tells_zero_from_unknown(territory):
    _, doctors, found = run("abczn", territory)
    volume = doctors["patient_volume"]
    assert found["grade"].isna().tolist() == volume.isna().tolist()  # N, by unknown_as
    assert (found["tier"][volume.isna()] == 5).all() and volume.isna().any()
    before = shares_before(volume, of_volume=True)
    expected = steps(before, [0.3, 0.7, 1.0], ["A", "B", "C", "Z"])
    assert found["grade"].fillna("?").tolist() == expected.fillna("?").tolist()


def test_pareto_within_specialty_and_territory(territory):
    result, doctors, found = run("pareto", territory)
    expected = pd.Series(None, doctors.index, dtype=object)
    volume, left = doctors["patient_volume"], doctors["patient_volume"].notna()
    used = []
    for keys in (["specialty", "territory"], ["specialty"], []):
        groups = doctors.groupby(keys).indices.values() if keys else [np.arange(len(doctors))]
        used.append(int(left.sum()))
        for rows in groups:
            mine = volume.iloc[rows]
            if keys and mine.notna().sum() < 30:
                continue
            grade = steps(shares_before(mine, of_volume=True), [0.5, 0.8, 0.95], ["A", "B", "C", "D"])
            expected.iloc[rows] = np.where(left.iloc[rows], grade, expected.iloc[rows])
            left.iloc[rows] = False
    expected[volume.isna()] = None
    by_volume = found["decile"].notna()
    assert found["grade"][by_volume].tolist() == expected[by_volume].tolist()
    assert used[1] > 0  # some did fall back
    reasons = result.segments["reason"]
    assert any("among specialty" in text for text in reasons) and any("too few" in text for text in reasons)


def test_sab_by_heads_breaks_and_quantiles(territory):
    _, doctors, found = run("sab", territory)
    expected = steps(shares_before(doctors["patient_volume"], of_volume=False), [0.1, 0.4], ["S", "A", "B"])
    assert found["grade"].fillna("?").tolist() == expected.fillna("?").tolist()
    identity = found["identity_score"]
    known = np.sort(identity.dropna().to_numpy())
    at = min(range(1, len(known)), key=lambda i: known[:i].var() * i + known[i:].var() * (len(known) - i))
    leader = identity >= known[at]
    assert found["identity_level"].dropna().tolist() == np.where(leader, "leader", "peer")[identity.notna()].tolist()
    engagement = found["engagement_score"]
    large = engagement.groupby(doctors["specialty"]).transform("count") >= 50
    median = np.where(large, engagement.groupby(doctors["specialty"]).transform("median"), engagement.median())
    active = np.where(engagement >= median, "active", "quiet")
    assert found["engagement_level"].dropna().tolist() == active[engagement.notna()].tolist()


def test_potential_by_adoption(territory):
    policy = policy_of("potential-adoption")
    _, doctors, found = run("potential-adoption", territory)
    profile = profile_of(policy, territory)
    stage = doctors["adoption_stage"].map({"advocate": 1, "user": 0.7, "trial": 0.4, "aware": 0.1, "unaware": 0})
    contacts = np.clip(np.asarray(profile.frame["contacts_365d"], float) / 24, 0, 1)
    points = np.interp(np.asarray(profile.frame["points"], float), [0, 20, 60, 150], [0, 0.5, 0.8, 1])
    parts = pd.DataFrame({"stage": stage * 60, "contacts": contacts * 20, "points": points * 20})
    weight = parts.notna() @ np.array([60, 20, 20])
    score = (100 * parts.sum(axis=1) / weight).where(weight >= 40)
    np.testing.assert_allclose(found["engagement_score"], score, atol=2e-6)
    assert set(found["engagement_level"].dropna()) == {"adopter", "trialist", "non-user"}
    assert found["identity_level"].isna().all()  # not scored, and everybody is in the only level there is


def test_the_table_of_grades_is_a_group_by(territory):
    policy = policy_of("pareto")
    profile = profile_of(policy, territory)
    model = tierwise.segment.fit(policy, profile)
    segments, table = pd.DataFrame(model.assign(profile)), pd.DataFrame(model.grade_table(profile))
    volume = territory[1]["patient_volume"]
    for _, row in table.iterrows():
        mine = segments["grade"].isna() if row["grade"] is None or row["grade"] != row["grade"] else segments["grade"] == row["grade"]  # fmt: skip
        assert row["doctors"] == mine.sum() and row["doctors_share"] == mine.mean()
        assert row["volume"] == pytest.approx(np.nansum(volume[mine]), rel=1e-12)
    assert table["volume_share"].sum() == pytest.approx(1) and len(table) == 5


# ---- natural breaks ----------------------------------------------------------------------------------------------------


def break_floors(values: np.ndarray, classes: int) -> list[float]:
    """Floors of the classes, best first, by a policy that cuts this column by natural breaks."""
    grades = [chr(ord("A") + i) for i in range(classes)]
    document = policy_of("abczn").to_dict()
    tiers = {"grades": grades, "levels": ["any"], "profile_types": ["any"], "resources": grades, "waive": [],
             "table": [{"grade": [g], "profile_type": "any", "tier": i + 1} for i, g in enumerate(grades)]}  # fmt: skip
    potential = {"volume": "patient_volume", "cuts": {"how": "natural_breaks"}, "unknown_as": grades[-1]}
    document["segment"] = {"potential": potential, "tiers": tiers}
    policy = tierwise.Policy.from_dict(document)
    frame = {"hcp_id": np.arange(len(values)), "patient_volume": values}
    return tierwise.segment.fit(policy, tierwise.profile.from_frame(policy, frame, as_of="2026-06-30")).volume_floors


def within(values: np.ndarray, floors: list[float]) -> float:
    """Sum of squares within the classes."""
    place = np.searchsorted(np.sort(floors), values, side="right")
    return sum(float(((values[place == p] - values[place == p].mean()) ** 2).sum()) for p in np.unique(place))


@pytest.mark.parametrize("classes", [2, 3, 5, 8])
@pytest.mark.parametrize("kind", ["lognormal", "uniform", "ties"])
def test_natural_breaks_are_those_of_jenkspy(kind, classes):
    jenkspy = pytest.importorskip("jenkspy")
    random = np.random.default_rng(classes)
    values = {
        "lognormal": random.lognormal(3, 1.2, 2000),
        "uniform": random.uniform(0, 100, 2000),
        "ties": random.poisson(30, 2000).astype(float),
    }[kind]
    theirs = jenkspy.jenks_breaks(values, n_classes=classes)  # the last value of each class
    ours = break_floors(values, classes)
    expected = [float(values[values > edge].min()) for edge in theirs[1:-1]][::-1]
    assert within(values, ours) == pytest.approx(within(values, expected), rel=1e-12)
    if kind != "ties":  # where several optima may be as good
        assert ours == expected


def test_k_means_is_never_better_than_natural_breaks():
    cluster = pytest.importorskip("sklearn.cluster")
    for seed in range(3):
        values = np.random.default_rng(seed).lognormal(4, 1, 20_000)
        best = within(values, break_floors(values, 4))
        theirs = cluster.KMeans(4, n_init=3, random_state=seed).fit(values[:, None])
        assert best <= theirs.inertia_ * (1 + 1e-12)
