"""The example registry on real contacts, as of two dates, against pandas."""

import numpy as np
import pytest
import tierwise
from tables import ROOT, real_file
from tierwise.tag import TagRegistry

POLICY = ROOT / "examples" / "policies" / "open-payments-iowa-tags.json"
pd = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def tables():
    hcps, contacts = (real_file(f"open-payments-iowa/{name}") for name in ("hcps.csv", "interactions.csv.gz"))
    return pd.read_csv(hcps, dtype={"zip3": str}), pd.read_csv(contacts, parse_dates=["date"])


@pytest.fixture(scope="module", params=["2014-12-31", "2015-06-30"])
def evaluated(request, tables):
    hcps, contacts = tables
    profile = tierwise.profile.build(tierwise.Policy.from_file(POLICY), hcps, contacts, as_of=request.param)
    as_of = pd.Timestamp(request.param)
    seen = contacts[contacts.date <= as_of].assign(age=lambda c: (as_of - c.date).dt.days)
    return hcps, seen, TagRegistry.from_file(POLICY).evaluate(profile)


def by_doctor(hcps, rows):
    return rows.groupby("hcp_id").size().reindex(hcps.hcp_id, fill_value=0).to_numpy()


def test_the_registry_is_large_and_named_in_two_languages():
    registry = TagRegistry.from_file(POLICY)
    assert len(registry.definitions) >= 60
    assert len({one["layer"] for one in registry.definitions}) == 3
    assert all(one["name_en"] and one["name_zh"] and one["owner"] for one in registry.definitions)
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in one["name_zh"]) for one in registry.definitions)


def test_every_tag_is_of_somebody_and_not_of_all(evaluated):
    hcps, _, tags = evaluated
    learnt = {one["id"] for one in tags.registry.definitions if one["source"] == "model"}
    for tag, count in tags.counts().items():
        assert count == 0 if tag in learnt else 0 < count < len(hcps), tag


def test_fields_companies_products_and_money(evaluated):
    hcps, seen, tags = evaluated
    year = seen[seen.age < 365]
    primary = hcps.specialty.isin(["Family Medicine", "General Practice"]) | (
        (hcps.specialty == "Internal Medicine") & hcps.subspecialty.isna()
    )
    assert np.array_equal(tags["primary_care"], primary)
    lilly = by_doctor(hcps, year[year.company.isin(["LILLY USA, LLC", "Lilly USA, LLC"])])
    assert np.array_equal(tags["sees_lilly"], lilly >= 3)
    listed = year.products.fillna("").str.split("|")
    sglt2 = {"INVOKANA", "INVOKAMET", "FARXIGA", "XIGDUO XR", "JARDIANCE", "GLYXAMBI"}
    about = by_doctor(hcps, year[listed.map(lambda names: bool(sglt2 & set(names)))])
    assert np.array_equal(tags["hears_of_sglt2"], about >= 2)
    spent = year.groupby("hcp_id").amount_usd.sum().reindex(hcps.hcp_id, fill_value=0).to_numpy()
    assert np.array_equal(tags["paid_5000"], spent > 5000)
    meals, all_contacts = by_doctor(hcps, year[year.nature == "meal"]), by_doctor(hcps, year)
    with np.errstate(invalid="ignore"):
        assert np.array_equal(tags["meals_only"], (meals >= 5) & (meals / all_contacts >= 0.95))


def test_recency_is_one_of_five(evaluated):
    hcps, seen, tags = evaluated
    last = seen.groupby("hcp_id").age.min().reindex(hcps.hcp_id).to_numpy()
    with np.errstate(invalid="ignore"):
        expected = [last < 30, (last >= 30) & (last < 90), (last >= 90) & (last < 365), last >= 365, np.isnan(last)]
    names = [one["id"] for one in tags.registry.definitions if one["group"] == "recency"]
    assert len(names) == 5
    for name, who in zip(names, expected, strict=True):
        assert np.array_equal(tags[name], who), name
    assert np.array_equal(sum(tags[name].astype(int) for name in names), np.ones(len(hcps)))


def test_trends_are_laplace_tests(evaluated):
    hcps, seen, tags = evaluated
    window = seen[seen.age < 180]
    days = np.arange(180)
    middle, spread = days.mean(), days.std()
    ages = window.groupby("hcp_id").age
    score = ((middle - ages.mean()) * np.sqrt(ages.size()) / spread).reindex(hcps.hcp_id).to_numpy()
    assert np.array_equal(tags.known("rising"), ~np.isnan(score))
    clear = np.abs(np.abs(score) - 1.64) > 1e-9  # the same numbers, added in another order
    with np.errstate(invalid="ignore"):
        assert np.array_equal(tags["rising"][clear], (score > 1.64)[clear])
        assert np.array_equal(tags["falling"][clear], (score < -1.64)[clear])
    assert clear.sum() > 0.99 * np.isfinite(score).sum()


def test_who_is_new_was_never_seen_before(evaluated):
    hcps, seen, tags = evaluated
    first = seen.groupby("hcp_id").age.max().reindex(hcps.hcp_id).to_numpy()
    recent = by_doctor(hcps, seen[seen.age < 90])
    assert np.array_equal(tags["new_face"], (first < 90) & (recent <= 3))
    sglt2 = {"INVOKANA", "INVOKAMET", "FARXIGA", "XIGDUO XR", "JARDIANCE", "GLYXAMBI"}
    about = seen[seen.products.fillna("").str.split("|").map(lambda names: bool(sglt2 & set(names)))]
    first = about.groupby("hcp_id").age.max().reindex(hcps.hcp_id).to_numpy()
    assert np.array_equal(tags["new_to_sglt2"], first < 90)


def test_learnt_preferences_come_in_by_statements(tables):
    hcps, contacts = tables
    profile = tierwise.profile.build(tierwise.Policy.from_file(POLICY), hcps, contacts, as_of="2014-12-31")
    registry = TagRegistry.from_file(POLICY)
    met = contacts.rename(columns={"nature": "channel"})
    met = met[met.date <= "2014-12-31"].drop_duplicates(["hcp_id", "date", "channel"])[["hcp_id", "date", "channel"]]
    learnt = tierwise.preferences.Affinity.fit_shares(
        met, key="channel", as_of="2014-12-31", hcps=hcps, half_life_days=730
    )
    said = tierwise.provenance.Statements(learnt.statements("affinity-1"), registry, profile)
    tags = said.evaluate(profile, as_of="2014-12-31")
    wanted = learnt.tags["tag"].value_counts()
    assert tags.counts()["prefers_speaker"] == wanted["prefers_speaker"] > 0
    assert set(said.rejected["code"]) == {"unknown_tag"}  # of channels that the registry has no tag for
