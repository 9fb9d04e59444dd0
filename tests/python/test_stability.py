"""Settled steps, migration, drift, sensitivity and confidence, against pandas and NumPy."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest
import tierwise
from tables import ROOT, columns_of_csv, real_file
from tierwise.segment import Stability

pd = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def world():
    policy = tierwise.Policy.default()
    territory = tierwise.simulate.territory(hcps=3000, seed=5)
    dates = ["2025-09-30", territory.as_of]
    profiles = [tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=day) for day in dates]
    model = tierwise.segment.fit(policy, profiles[0])
    return policy, territory, model, profiles, [pd.DataFrame(model.assign(profile)) for profile in profiles]


def test_settled_the_first_time_is_plain(world):
    _, _, model, _, (first, _) = world
    settled = tierwise.segment.settle(model, first, as_of="2025-09-30")
    for column in ("grade", "identity_level", "engagement_level"):
        assert settled[column].equals(first[column].astype(settled[column].dtype))
    assert (settled.tier == first.tier).all()
    assert (settled.grade_since.dropna() == pd.Timestamp("2025-09-30")).all()
    assert (settled.grade_since.isna() == settled.grade.isna()).all()


def test_settled_frames_remember(world):
    _, _, model, _, (first, last) = world
    memory = Stability(score_band=5, minimum_stay_days=0)
    before = tierwise.segment.settle(model, first, as_of="2025-09-30", stability=memory)
    after = tierwise.segment.settle(
        model, last, before.sample(frac=1, random_state=1), as_of="2026-01-31", stability=memory
    )
    floors = np.array(model.engagement_floors)
    names = ["H", "M", "L"] if set(before.engagement_level.dropna()) <= set("HML") else model.policy.engagement_levels
    code = {name: at for at, name in enumerate(names)}
    kept = 0
    for row in range(len(last)):
        n, p = (frame.engagement_level[row] for frame in (last, before))
        got, score = after.engagement_level[row], last.engagement_score[row]
        if pd.isna(n) or pd.isna(p) or abs(code[n] - code[p]) != 1:
            assert got == n or (pd.isna(got) and pd.isna(n))
            continue
        floor = floors[min(code[n], code[p])]
        crossed = score >= floor + 5 if code[n] < code[p] else score < floor - 5
        assert got == (n if crossed else p)
        kept += not crossed
        assert after.engagement_since[row] == pd.Timestamp("2026-01-31" if crossed else "2025-09-30")
    assert kept > 20
    table = last.drop_duplicates(["grade", "identity_level", "engagement_level"]).set_index(
        ["grade", "identity_level", "engagement_level"]
    )["tier"]
    known = after.dropna(subset=["grade", "identity_level", "engagement_level"])
    keys = pd.MultiIndex.from_frame(known[["grade", "identity_level", "engagement_level"]])
    expected = table.reindex(keys).to_numpy()
    there = ~np.isnan(expected)
    assert there.mean() > 0.9
    assert (known.tier.to_numpy()[there] == expected[there]).all()
    again = tierwise.segment.settle(model, last, after, as_of="2026-01-31", stability=memory)
    pd.testing.assert_frame_equal(again, after)


def test_bad_stability_is_refused():
    with pytest.raises(tierwise.PolicyError, match="volume_band"):
        Stability(volume_band=1.5)
    with pytest.raises(tierwise.Error):
        tierwise.segment.settle_steps([1.0], [2.0], as_of="2025-01-01", before=[0], since=["2025-01-02"])
    with pytest.raises(tierwise.ArgumentError):
        tierwise.segment.settle_steps([1.0], [2.0], as_of="2025-01-01", scale="heads")


def test_migration_as_pandas(world):
    _, _, model, _, (first, last) = world
    before, after = first.iloc[:2800].sample(frac=1, random_state=2), last.iloc[200:].sample(frac=1, random_state=3)
    moved = tierwise.segment.migration(before, after, model=model)
    both = before.merge(after, on="hcp_id", suffixes=("_before", "_after"))
    expected = pd.crosstab(both.tier_before, both.tier_after).reindex(
        index=range(1, 10), columns=range(1, 10), fill_value=0
    )
    assert (moved.counts == expected.to_numpy()).all()
    assert moved.up == (both.tier_after < both.tier_before).sum()
    assert moved.down == (both.tier_after > both.tier_before).sum()
    assert moved.unchanged_share == (both.tier_after == both.tier_before).mean()
    tiers = range(1, 10)
    gone, new = before[~before.hcp_id.isin(after.hcp_id)], after[~after.hcp_id.isin(before.hcp_id)]
    assert moved.leavers.tolist() == gone.tier.value_counts().reindex(tiers, fill_value=0).tolist()
    assert moved.newcomers.tolist() == new.tier.value_counts().reindex(tiers, fill_value=0).tolist()
    assert moved.flows.doctors.sum() == moved.up + moved.down > 0
    stayed = expected.sum(axis=1)
    for _, flow in moved.flows.iterrows():
        assert flow.share == flow.doctors / stayed[flow["from"]]
    movers = both[both.tier_after != both.tier_before].set_index("hcp_id")
    assert set(moved.movers.hcp_id) == set(movers.index)
    by = moved.movers[["by_grade", "by_identity", "by_engagement"]]
    assert np.allclose(by.sum(axis=1), moved.movers.after - moved.movers.before, atol=1e-12)
    # Only contacts differ between the two dates here, and the axis that did not change moved nobody.
    same = (
        movers.identity_level_before.fillna("?").loc[moved.movers.hcp_id].to_numpy()
        == movers.identity_level_after.fillna("?").loc[moved.movers.hcp_id].to_numpy()
    )
    assert (by.by_identity.to_numpy()[same] == 0).all()


def test_why_moved_adds_up(world):
    _, _, model, profiles, (first, last) = world
    moved = tierwise.segment.migration(first, last, model=model).movers
    first, last = first.set_index("hcp_id"), last.set_index("hcp_id")
    for hcp_id in moved.hcp_id[:40]:
        changes = pd.DataFrame(tierwise.segment.why_moved((model, profiles[0]), (model, profiles[1]), hcp_id))
        part = changes[changes.score == "engagement"]
        assert part.change.sum() == last.engagement_score[hcp_id] - first.engagement_score[hcp_id]
        assert (part.change == part.after - part.before).all()
        assert part.change.abs().is_monotonic_decreasing


def test_drift_as_pandas():
    random = np.random.default_rng(3)
    old = pd.DataFrame({"score": random.normal(size=5000), "grade": random.choice(list("ABCD"), 5000)})
    new = pd.DataFrame(
        {"score": random.normal(0.3, 1.1, 4000), "grade": random.choice(list("ABCD"), 4000, p=[0.4, 0.3, 0.2, 0.1])}
    )
    old.loc[::50, "score"] = np.nan
    new.loc[::40, "score"] = np.nan
    got = tierwise.segment.drift(old, new)

    def psi(e, a):
        e, a = e / e.sum(), a / a.sum()
        return ((a - e) * np.log(a / e)).sum()

    shares = [frame.grade.value_counts().reindex(list("ABCD")) for frame in (old, new)]
    assert got["grade"] == pytest.approx(psi(*shares), rel=1e-12)
    known = np.sort(old.score.dropna())
    edges = [-np.inf, *known[np.arange(1, 10) * len(known) // 10], np.inf]
    counts = [pd.cut(frame.score, edges, right=False).value_counts(sort=False, dropna=False) for frame in (old, new)]
    assert got["score"] == pytest.approx(psi(*counts), rel=1e-12)
    assert tierwise.segment.drift(old, old) == {"score": 0, "grade": 0}
    new["grade"] = new.grade.replace("D", "E")
    smoothed = tierwise.segment.drift(old, new, columns=["grade"])["grade"]
    e, a = (frame.grade.value_counts().reindex(list("ABCDE"), fill_value=0) + 0.5 for frame in (old, new))
    assert smoothed == pytest.approx(psi(e, a), rel=1e-12)


def test_sensitivity_and_distance_as_assigning_again(world):
    _, _, model, _, (first, _) = world
    frame = tierwise.segment.sensitivity(model, first, score_moves=(-3, 1.5))
    floors = list(model.engagement_floors)
    table = {
        (g, i, e): t
        for g, i, e, t in first[["grade", "identity_level", "engagement_level", "tier"]]
        .dropna()
        .itertuples(index=False)
    }
    rows = first.dropna(subset=["grade", "identity_level", "engagement_score"])
    names = list(model.policy.engagement_levels)
    seen = 0
    for cut, move in ((0, -3), (0, 1.5), (1, -3), (1, 1.5)):
        moved = floors.copy()
        moved[cut] += move
        level = [(row >= np.array(moved)) for row in rows.engagement_score]
        new = [names[int(np.argmax([*reached, True]))] for reached in level]
        row = frame[(frame.scale == "engagement") & (frame.move == move)].iloc[cut]
        assert row.floor == floors[cut]
        everybody = first.dropna(subset=["engagement_score"])
        low, high = sorted((floors[cut], moved[cut]))
        assert row.crossed == ((everybody.engagement_score >= low) & (everybody.engagement_score < high)).sum()
        tiers = [table.get((g, i, e)) for g, i, e in zip(rows.grade, rows.identity_level, new, strict=True)]
        if len(rows) == len(everybody) and None not in tiers:
            assert row.better == (np.array(tiers) < rows.tier.to_numpy()).sum()
            assert row.worse == (np.array(tiers) > rows.tier.to_numpy()).sum()
            seen += 1
        assert row.better + row.worse <= row.crossed
    near = tierwise.segment.nearest_cuts(model, first)
    score = first.engagement_score.to_numpy()
    distance = np.min(np.abs(score[:, None] - np.array(floors)), axis=1)
    assert np.array_equal(np.abs(near.engagement_distance.to_numpy(dtype=float)), distance, equal_nan=True)
    assert (near.engagement_cut.isna() == first.engagement_score.isna()).all()


def test_confidence_is_direct_resampling(world):
    policy, territory, model, profiles, (_, last) = world
    profile = profiles[1]
    replicates = 400
    sure = pd.DataFrame(
        tierwise.segment.confidence(model, profile, territory.interactions, replicates=replicates, seed=3)
    )
    assert (sure.tier == last.tier).all()
    # The earnings of single contacts, told anew from the policy.
    contacts = pd.DataFrame(territory.interactions)
    contacts = contacts.drop_duplicates("event_id") if "event_id" in contacts else contacts
    as_of = np.datetime64(profile.as_of)
    contacts["date"] = pd.to_datetime(contacts["date"]).to_numpy().astype("datetime64[D]")
    contacts = contacts[contacts.date <= pd.Timestamp(as_of)]
    channels = policy_channels(policy)
    random = np.random.default_rng(0)
    floors = np.array(model.engagement_floors)
    by_hcp = dict(iter(contacts.groupby("hcp_id")))
    table = {}
    for row in last.itertuples():
        table[row.grade, row.identity_level, row.engagement_level] = row.tier
    names = list(policy.engagement_levels)
    z = []
    for row in last.iloc[:400].itertuples():
        if pd.isna(row.engagement_score):
            assert np.isnan(sure.confidence[row.Index])
            continue
        points = earned(by_hcp.get(row.hcp_id), channels, as_of)
        drawn = random.poisson(1, (4000, len(points))) @ points if len(points) else np.zeros(4000)
        score = 100 * (1 - np.exp(-np.maximum(drawn, 0) / model.s0))
        level = (score[:, None] < floors).sum(axis=1)
        tiers = [table.get((row.grade, row.identity_level, name)) for name in names]
        if None in tiers:
            continue
        share = (np.array(tiers)[level] == row.tier).mean()
        error = np.sqrt(max(share * (1 - share), 1e-3) * (1 / replicates + 1 / 4000))
        z.append((sure.confidence[row.Index] - share) / error)
    z = np.array(z)
    assert len(z) > 200
    assert np.abs(z).max() < 4.5
    assert abs(z[z != 0].mean()) < 4 / np.sqrt((z != 0).sum())
    assert (sure.confidence < 1).mean() > 0.2


def policy_channels(policy):
    return json.loads(policy.to_json())["channels"]


def earned(rows, channels, as_of):
    if rows is None:
        return np.empty(0)
    out = []
    for (name, day), group in rows.groupby(["channel", "date"]):
        channel = channels[name]
        weights = {
            depth: given["weight"] if isinstance(given, dict) else given for depth, given in channel["depths"].items()
        }
        depth = group.depth if "depth" in group else pd.Series([None] * len(group))
        worth = np.array([weights[d] if isinstance(d, str) else next(iter(weights.values())) for d in depth], float)
        if "quality" in group:
            worth = worth * group.quality.fillna(1).to_numpy()
        positive = np.sort(worth[worth > 0])[::-1]
        limit = channel.get("daily_limit") or len(positive)
        age = (as_of - np.datetime64(day, "D")).astype(int)
        out += list(np.append(positive[:limit], worth[worth < 0]) * 2 ** (-age / channel["half_life_days"]))
    return np.array(out)


def test_confidence_same_bytes(world):
    policy, territory, model, profiles, _ = world
    contacts = pd.DataFrame(territory.interactions)
    alone = tierwise.segment.confidence(model, profiles[1], contacts, replicates=40)
    shuffled = tierwise.segment.confidence(
        model, profiles[1], contacts.sample(frac=1, random_state=4), replicates=40, threads=4
    )
    pd.testing.assert_frame_equal(pd.DataFrame(alone), pd.DataFrame(shuffled))
    few = pd.DataFrame(territory.hcps).iloc[[7, 3]]
    part = tierwise.profile.build(policy, few, contacts, as_of=territory.as_of)
    two = pd.DataFrame(tierwise.segment.confidence(model, part, contacts, replicates=40))
    same = pd.DataFrame(alone).iloc[[7, 3]].reset_index(drop=True)
    pd.testing.assert_frame_equal(two, same, check_dtype=False)


def test_same_kind_out(world):
    _, _, model, _, (first, _) = world
    for kind in ("polars", "pyarrow"):
        library = importlib.import_module(kind)
        frame = library.from_pandas(first) if kind == "polars" else library.Table.from_pandas(first)
        expected = type(frame)
        settled = tierwise.segment.settle(model, frame, as_of="2025-09-30")
        assert isinstance(settled, expected)
        assert isinstance(tierwise.segment.settle(model, frame, settled, as_of="2025-10-31"), expected)
        assert isinstance(tierwise.segment.sensitivity(model, frame), expected)
        assert isinstance(tierwise.segment.nearest_cuts(model, frame), expected)
        assert isinstance(tierwise.segment.migration(frame, frame, model=model).flows, expected)


def test_strata_have_their_own_floors(world):
    base, territory, _, _, _ = world
    text = json.loads(base.to_json())
    by = {"strata": [["specialty"]], "min_stratum": 20}
    text["segment"]["potential"]["cuts"] = {"how": "head_share", "floors": {"A": 0.1, "B": 0.3, "C": 0.6}, **by}
    text["segment"]["engagement"]["cuts"] = {
        "how": "quantile",
        "floors": {"high": 0.8, "medium": 0.4},
        "unknown_as": "low",
        **by,
    }
    policy = tierwise.Policy.from_json(json.dumps(text))
    profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    model = tierwise.segment.fit(policy, profile)
    segments = pd.DataFrame(model.assign(profile)).sample(frac=1, random_state=6).reset_index(drop=True)
    with pytest.raises(tierwise.ArgumentError, match="profile"):
        tierwise.segment.nearest_cuts(model, segments)
    with pytest.raises(tierwise.UnknownHcpError):
        stranger = pd.concat([segments, segments.iloc[[0]].assign(hcp_id="nobody")])
        tierwise.segment.nearest_cuts(model, stranger, profile=profile)

    specialty = pd.DataFrame(territory.hcps).set_index("hcp_id").specialty.loc[segments.hcp_id].to_numpy()
    score = segments.engagement_score
    # Of a doctor without a specialty, and of specialties that are too small, the floors are those among all doctors.
    floors = np.tile(np.quantile(score.dropna(), [0.8, 0.4]), (len(segments), 1))
    for name, group in score.dropna().groupby(specialty[score.notna()]):
        if len(group) >= 20:
            floors[specialty == name] = np.quantile(group, [0.8, 0.4])
    own = score.notna().to_numpy()
    assert own.sum() > 2000
    assert len(np.unique(floors[own], axis=0)) > 3
    near = tierwise.segment.nearest_cuts(model, segments, profile=profile)
    distance = np.abs(floors - score.to_numpy()[:, None]).min(axis=1)
    assert np.allclose(near.engagement_distance.abs().to_numpy(dtype=float)[own], distance[own], atol=1e-12)
    effect = tierwise.segment.sensitivity(model, segments, profile=profile, score_moves=(2.5,))
    effect = effect[effect.scale == "engagement"]
    upper = np.minimum(floors[:, 1] + 2.5, floors[:, 0])
    values = score.to_numpy()
    assert effect.crossed.tolist() == [
        ((values >= floors[:, 0]) & (values < floors[:, 0] + 2.5)).sum(),
        ((values >= floors[:, 1]) & (values < upper)).sum(),
    ]
    first = tierwise.segment.settle(model, segments, profile=profile, as_of="2026-01-31")
    again = tierwise.segment.settle(model, segments, first, profile=profile, as_of="2026-06-30")
    pd.testing.assert_frame_equal(first, again)
    sure = tierwise.segment.confidence(model, profile, territory.interactions, replicates=20)
    assert np.nanmin(sure["confidence"]) < 0.9 < np.nanmean(sure["confidence"]) <= 1


# ---- the table of docs/stability.md ------------------------------------------------------------------------------------

SHARES = (0.1, 0.3, 0.6)
YEARS = range(2014, 2022)


@pytest.fixture(scope="module")
def part_b():
    """Payments, plain grades (0 is A) and floors by year; doctors in rows."""
    raw = columns_of_csv(real_file("medicare-part-b-years/provider_years.csv.gz"))
    rows = pd.DataFrame(
        {"hcp_id": raw["hcp_id"], "year": raw["year"].astype(int), "usd": raw["payments_usd"].astype(float)}
    )
    before = (rows.groupby("year").usd.rank(method="min", ascending=False) - 1) / rows.groupby("year").usd.transform(
        "size"
    )
    rows["grade"] = sum((before >= share).astype(int) for share in SHARES)
    floors = {year: [rows[(rows.year == year) & (rows.grade <= k)].usd.min() for k in range(3)] for year in YEARS}
    wide = rows.pivot(index="hcp_id", columns="year")
    return wide.usd, wide.grade, floors


def settled_years(part_b, stability):
    """Grades settled year after year, each year-end, as a caller would; a doctor who is absent keeps his last."""
    usd, grade, floors = part_b
    had = since = had_plain = None
    out = {}
    for year in YEARS:
        step, new = tierwise.segment.settle_steps(
            usd[year],
            floors[year],
            as_of=f"{year}-12-31",
            before=had,
            since=since,
            before_plain=had_plain,
            stability=stability,
        )
        here = grade[year].notna().to_numpy()
        plain = np.where(here, grade[year].fillna(0), 255).astype(np.uint8)
        if had is None:
            had, since, had_plain = step, new, plain
        else:
            had, since, had_plain = (
                np.where(here, step, had),
                np.where(here, new, since),
                np.where(here, plain, had_plain),
            )
        out[year] = pd.Series(np.where(here, step, np.nan), index=grade.index)
    return pd.DataFrame(out)


def reversals(settled, years):
    """Moves into a year, and those of them that are undone the year after, among doctors of the three years."""
    moves = undone = 0
    for year in years:
        three = settled[[year - 1, year, year + 1]].dropna()
        moved = three[year] != three[year - 1]
        moves += int(moved.sum())
        undone += int((moved & (three[year + 1] == three[year - 1])).sum())
    return moves, undone


def lasting(grade, settled, years):
    """Plain moves that hold the year after: how many, and how many settled grades followed at once and a year later."""
    total = at_once = later = 0
    for year in years:
        three = grade[[year - 1, year, year + 1]].dropna()
        who = three.index[(three[year] != three[year - 1]) & (three[year + 1] == three[year])]
        now = (settled.loc[who, year] == three.loc[who, year]).to_numpy()
        then = (settled.loc[who, year + 1] == three.loc[who, year + 1]).to_numpy()
        total, at_once, later = total + len(who), at_once + int(now.sum()), later + int((now | then).sum())
    return total, at_once, later


def large_moves(grade, settled, years):
    """Plain moves of two grades or more, and how many of them the settled grade made in the same year."""
    total = kept = 0
    for year in years:
        two = grade[[year - 1, year]].dropna()
        who = two.index[(two[year] - two[year - 1]).abs() >= 2]
        total, kept = total + len(who), kept + int((settled.loc[who, year] == two.loc[who, year]).sum())
    return total, kept


def unchanged(frame, year):
    both = frame[[year - 1, year]].dropna()
    return int((both[year - 1] == both[year]).sum()), len(both)


def test_unchanged_share_is_that_of_pandas(part_b):
    _, grade, _ = part_b
    without = Stability(volume_band=0, score_band=0, minimum_stay_days=0)
    plain = settled_years(part_b, without)
    pd.testing.assert_frame_equal(plain, grade, check_dtype=False, check_names=False)
    same, both = unchanged(plain, 2021)
    ids = grade.index[grade[2020].notna() & grade[2021].notna()]
    frames = [
        {"hcp_id": ids.to_numpy(dtype=object), "tier": grade.loc[ids, year].to_numpy() + 1} for year in (2020, 2021)
    ]
    moved = tierwise.segment.migration(*frames)
    assert moved.unchanged_share == (grade.loc[ids, 2020] == grade.loc[ids, 2021]).mean() == same / both
    assert (moved.counts == pd.crosstab(grade.loc[ids, 2020], grade.loc[ids, 2021]).to_numpy()).all()


def test_shipped_memory_on_years_it_was_not_chosen_on(part_b):
    _, grade, _ = part_b
    settled = settled_years(part_b, Stability())
    _, plain_undone = reversals(grade, (2019, 2020))
    _, undone = reversals(settled, (2019, 2020))
    assert undone <= plain_undone * 2 / 3
    total, kept = large_moves(grade, settled, (2019, 2020, 2021))
    assert total == kept > 0


def test_shipped_band_is_the_choice_on_the_early_years(part_b):
    _, grade, _ = part_b
    _, plain_undone = reversals(grade, (2015, 2016, 2017))
    for band in (0.01, 0.02, 0.03, 0.05):
        settled = settled_years(part_b, Stability(volume_band=band, minimum_stay_days=0))
        _, undone = reversals(settled, (2015, 2016, 2017))
        if undone <= plain_undone / 2:
            break
    assert band == Stability().volume_band


def table_of_the_docs(part_b) -> str:
    _, grade, _ = part_b
    settled = settled_years(part_b, Stability())
    lines = ["| years | | without memory | shipped |", "|---|---|---|---|"]
    for label, years in (("2014–2018 (chosen on)", (2015, 2016, 2017)), ("2019–2021 (not seen)", (2019, 2020))):
        last = years[-1] + 1

        def share(part, all_):
            return f"{part:,} of {all_:,} ({100 * part / all_:.1f} %)"

        (moves, undone), (kept_moves, kept_undone) = reversals(grade, years), reversals(settled, years)
        lines.append(
            f"| {label} | same grade, {last - 1} to {last} | {share(*unchanged(grade, last))} | {share(*unchanged(settled, last))} |"
        )
        lines.append(f"| | moves | {moves:,} | {kept_moves:,} |")
        gone = 100 * (1 - kept_undone / undone)
        lines.append(f"| | of them undone the year after | {undone:,} | {kept_undone:,} ({gone:.1f} % fewer) |")
        total, at_once, later = lasting(grade, settled, years)
        lines.append(f"| | moves that last, followed in the same year | {total:,} | {share(at_once, total)} |")
        lines.append(f"| | … or the year after | {total:,} | {share(later, total)} |")
        total, kept = large_moves(grade, settled, (*years, last))
        lines.append(f"| | moves of two grades or more, followed in the same year | {total:,} | {share(kept, total)} |")
    return "\n".join(lines)


def test_the_table_in_the_docs(part_b):
    text = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
    assert table_of_the_docs(part_b) in text
