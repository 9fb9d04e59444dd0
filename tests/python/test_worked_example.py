"""Doctor A, the field's own worked example: tierwise says what tests/cases/doctor_a.json says, a computation by hand says the same, and
the documents show it. C++ runs the same table."""

from __future__ import annotations

import datetime
import itertools
import json
import math
import shlex

import pytest
import tierwise

pd = pytest.importorskip("pandas")

from worked_example import CASE, DOCUMENTS, INTERACTIONS, POLICY, ROOT, block_of, blocks, found, frames, rows_of  # noqa: E402

STEP = 2.0**-20  # scores are multiples of this
CLOSE = 4 * STEP


@pytest.fixture(scope="module")
def case():
    return json.loads(CASE.read_text(encoding="utf-8"))


def test_tierwise_says_what_the_case_says(case):
    now = found()
    points, wanted = now["expect"].pop("points"), dict(case["expect"])
    assert points == pytest.approx(wanted.pop("points"), rel=1e-13)
    assert now["expect"] == wanted
    assert {key: now[key] for key in now if key != "expect"} == {key: case[key] for key in case if key != "expect"}


def test_the_doctor_is_the_one_of_the_issue(case):
    assert case["expect"]["contacts_365d"] == {"visit": 12, "meeting": 9, "video": 6, "article": 7}
    dates = [datetime.date.fromisoformat(row["date"]) for row in rows_of(INTERACTIONS)]
    assert {date.year for date in dates} == {2025} and len(set(dates)) == len(dates) == 34
    assert case["expect"]["tier"] > 1  # so there is a way up to show


def test_by_hand(case):
    """From the definition, in plain arithmetic; only the dates are read from the file."""
    expect = case["expect"]

    # Potential: tier-3 large hospital × associate chief physician = 9 points; the choice is unknown and adds none. 8 to 12 is A.
    assert expect["potential"] == 9 and expect["grade"] == "A"
    assert [part["value"] for part in expect["contributions"]["potential"]] == [9, 0]
    assert expect["potential_coverage"] == 9 / 12

    # Identity: title 25, hospital 20, offices 12 + 8, trials 15, publications 10; teaching (10) is unknown and left out.
    title = 25 * 0.75
    hospital = 20 * 1
    nation = 12 * 0.4
    city = 8 * 0.8
    trials = 15 * 1 / 5
    publications = 10 * math.log(1 + 14) / math.log(1 + 50)
    known = 25 + 20 + 12 + 8 + 15 + 10
    identity = [100 * part / known for part in (title, hospital, nation, city, trials, publications)]
    assert expect["identity_score"] == pytest.approx(sum(identity), abs=CLOSE)
    assert expect["identity_coverage"] == known / (known + 10)
    assert expect["identity_level"] == "high" and sum(identity) >= 60
    parts = expect["contributions"]["identity"]
    assert [part["value"] for part in parts] == pytest.approx([*identity, 0], abs=CLOSE)
    assert [part["known"] for part in parts] == [True] * 6 + [False]
    # Had missing counted as zero, A would be below the line; the documents say so.
    assert round(title + hospital + nation + city + trials + publications, 2) == 59.84

    # Engagement: each contact's weight halves every half-life until 31 December.
    weight = {"visit": 10, "meeting": 8, "video": 4, "article": 4}
    half_life = {"visit": 90, "meeting": 90, "video": 30, "article": 30}
    points = dict.fromkeys(weight, 0.0)
    for row in rows_of(INTERACTIONS):
        age = (datetime.date(2025, 12, 31) - datetime.date.fromisoformat(row["date"])).days
        points[row["channel"]] += weight[row["channel"]] * 0.5 ** (age / half_life[row["channel"]])
    assert expect["points"] == pytest.approx(points, rel=1e-12)
    everything = points["visit"] + points["meeting"] + points["video"] + points["article"]
    engagement = 100 * (1 - math.exp(-everything / 100))
    assert expect["engagement_score"] == pytest.approx(engagement, abs=CLOSE)
    assert expect["engagement_level"] == "medium" and 30 <= engagement < 60
    assert [part["value"] for part in expect["contributions"]["engagement"]] == pytest.approx(
        [engagement * points[channel] / everything for channel in weight], abs=CLOSE
    )

    # A, high, medium: traditional, tier 2. With engagement high as well: pioneer, tier 1.
    assert (expect["profile_type"], expect["tier"], expect["resources"]) == ("traditional", 2, "medium-high")

    # The way up, by trying all 5 · 2 · 3 · 3 ways: least hours, then fewest efforts, then more of the first.
    ways = []
    for visits, meetings, videos, articles in itertools.product(range(5), range(2), range(3), range(3)):
        then = 100 * (1 - math.exp(-(everything + 10 * visits + 8 * meetings + 4 * videos + 4 * articles) / 100))
        if then >= 60:
            hours = 2 * visits + 3 * meetings + videos + articles
            ways.append((hours, visits + meetings + videos + articles, -visits, -meetings, -videos, -articles, then))
    assert round(-100 * math.log(1 - 0.6) - everything, 1) == 21.1  # points that are needed; the documents say so
    hours, _, *negative, then = min(ways)
    way = expect["way_up"]
    assert way["cost"] == hours
    assert list(way["times"].values()) == [-times for times in negative]
    assert way["engagement_score"] == pytest.approx(then, abs=CLOSE)
    assert (way["engagement_level"], way["tier"]) == ("high", 1)


def test_contributions_add_up(case):
    expect = case["expect"]
    for score, name in (("potential", "potential"), ("identity", "identity_score"), ("engagement", "engagement_score")):
        assert sum(part["value"] for part in expect["contributions"][score]) == expect[name]
        assert all(part["value"] % STEP == 0 for part in expect["contributions"][score])


def test_s0_is_where_the_policy_says_it_comes_from():
    policy = tierwise.Policy.from_file(ROOT / POLICY)
    assert policy.to_dict()["segment"]["engagement"]["s0"] == 100
    # Points that visits every so many days keep up for good: 10 points an event, a mean life of 90 / ln 2 days.
    visits_every = lambda days: 10 * 90 / (days * math.log(2))  # noqa: E731
    points_for = lambda score: -100 * math.log(1 - score / 100)  # noqa: E731
    assert (round(points_for(60), 1), round(visits_every(14), 1)) == (91.6, 92.7)
    assert (round(points_for(30), 1), round(visits_every(36), 1)) == (35.7, 36.1)
    for number in ("91.6", "92.7", "35.7", "36.1"):
        assert number in policy.description
        for file in DOCUMENTS.values():
            assert number in file.read_text(encoding="utf-8")


def test_grade_identity_and_table_are_the_shipped_ones():
    document = json.loads((ROOT / POLICY).read_text(encoding="utf-8"))
    nine = json.loads((ROOT / "examples/policies/nine-grid-cn.json").read_text(encoding="utf-8"))
    default = tierwise.Policy.default()
    assert document["segment"]["potential"]["card"] == nine["segment"]["potential"]["card"]
    ours = tierwise.Policy.from_file(ROOT / POLICY)
    assert ours.tiers == default.tiers
    weights = [term["weight"] for term in document["segment"]["identity"]["terms"]]
    theirs = [term["weight"] for term in default.to_dict()["segment"]["identity"]["terms"]]
    assert weights == [25, 20, 12, 8, 15, 10, 10] and theirs == [25, 20, 20, 15, 10, 10]
    for channel in ("visit", "meeting", "video"):
        assert (
            document["channels"][channel]["half_life_days"] == default.to_dict()["channels"][channel]["half_life_days"]
        )


def segments_of(case, more=(), **known):
    policy = tierwise.Policy.from_file(ROOT / POLICY)
    hcps, contacts = frames(policy)
    for name, value in known.items():
        hcps[name] = [value]
    contacts = pd.concat([contacts, pd.DataFrame(list(more), columns=contacts.columns)], ignore_index=True)
    return tierwise.run(hcps, contacts, policy=policy, as_of=case["as_of"]).segments


def tier_of(case, **known):
    segments = segments_of(case, **known)
    return int(segments["tier"][0]), segments["identity_level"][0]


def test_missing_as_zero_would_be_tier_4(case):
    """What the documents say of it: the same contacts, but teaching known to be none."""
    assert tier_of(case, teaching=0.0) == (case["expect"]["tier"] + 2, "medium")
    assert tier_of(case, choice="首选") == tier_of(case, choice="竞品") == (case["expect"]["tier"], "high")


@pytest.mark.parametrize("language", DOCUMENTS)
def test_the_command_lines_of_the_document(language, tier, tmp_path, case, monkeypatch):
    text = DOCUMENTS[language].read_text(encoding="utf-8")
    script = text.split("```console\n")[1].split("```")[0].replace("\\\n", " ")
    commands = [shlex.split(line[1:]) for line in script.splitlines()]
    assert [words[:2] for words in commands] == [["tierwise", "run"], ["tierwise", "explain"]]
    monkeypatch.chdir(ROOT)
    said = ""
    for words in commands:
        code, said, errors = tier(*[str(tmp_path / "out") if word == "doctor-a" else word for word in words[1:]])
        assert code == 0, errors
    assert case["expect"]["reason"][language] in said
    assert {"en": "scorecard 9 of 12,", "zh": "评分卡 9 分（满分 12）"}[language] in said


@pytest.mark.parametrize("language", DOCUMENTS)
def test_the_document_shows_these_numbers(case, language):
    text = DOCUMENTS[language].read_text(encoding="utf-8")
    for name, block in blocks(case, language).items():
        assert block_of(text, name) == block, name
    assert text.count("<!-- end -->") == len(blocks(case, language))


def test_the_way_up_leads_up(case):
    """The contacts of the way up, made on the date itself, put A where it says."""
    depths = {"visit": "done", "meeting": "attended", "video": "watched", "article": "read"}
    more = []
    for channel, times in case["expect"]["way_up"]["times"].items():
        more += [{"hcp_id": "A", "date": case["as_of"], "channel": channel, "depth": depths[channel]}] * times
    then = segments_of(case, more)
    assert then["tier"][0] == case["expect"]["way_up"]["tier"]
    assert then["engagement_score"][0] == pytest.approx(case["expect"]["way_up"]["engagement_score"], abs=CLOSE)
