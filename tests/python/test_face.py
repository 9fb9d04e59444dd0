"""The Python face itself: errors and their places, mapping, actions, models, explanations, the classify kernel, documents."""

from __future__ import annotations

import doctest
import importlib
import json
import pickle
import pkgutil
import re

import numpy as np
import pytest
import tierwise
from tables import as_objects, digest, rows_of


@pytest.fixture(scope="module")
def territory():
    return tierwise.simulate.territory(hcps=250, seed=4)


@pytest.fixture(scope="module")
def result(territory):
    return run(territory)


def run(territory, **options):
    given = {"consents": territory.consents, "history": territory.history, "as_of": territory.as_of, **options}
    return tierwise.run(territory.hcps, territory.interactions, **given)


MODULES = sorted(
    f"tierwise.{m.name}" for m in pkgutil.iter_modules(tierwise.__path__) if m.name not in ("_core", "cli", "__main__")
)


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_the_documentation(module):
    failed, _ = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert not failed


def test_everything_public_is_documented():
    for name in tierwise.__all__:
        thing = getattr(tierwise, name)
        assert name.startswith("__") or thing.__doc__, name


# ---- errors -----------------------------------------------------------------------------------------------------------


def test_a_missing_column_is_named_with_its_reader_and_the_cure(territory):
    hcps = {name: column for name, column in territory.hcps.items() if name != "trials"}
    with pytest.raises(LookupError) as caught:
        tierwise.run(hcps, as_of="2026-06-30")
    error = caught.value
    assert isinstance(error, tierwise.MissingColumnError) and error.code == "missing_column"
    assert error.where.column == "trials" and error.where.path.startswith("/")
    assert "/attributes/trials/column" in str(error) and "'trials'" in str(error)


def test_a_wrong_type_is_named(territory):
    hcps = {**territory.hcps, "trials": as_objects(["three"] * 250)}
    with pytest.raises(TypeError) as caught:
        tierwise.run(hcps, as_of="2026-06-30")
    assert caught.value.where.column == "trials" and "three" not in str(caught.value)


def test_errors_derive_from_the_built_in_ones():
    assert issubclass(tierwise.PolicyError, ValueError) and issubclass(tierwise.RuleError, tierwise.PolicyError)
    assert issubclass(tierwise.FileMissingError, FileNotFoundError) and issubclass(tierwise.WrongTypeError, TypeError)
    assert issubclass(tierwise.MissingColumnError, LookupError) and issubclass(tierwise.DataError, ValueError)
    error = pickle.loads(pickle.dumps(tierwise.DataError("not_utf8", "m", tierwise.Place("p", "c", 3))))
    assert str(error) == "not_utf8: m (at p, column 'c', row 3)" and error.where.row == 3


def test_no_personal_value_is_in_a_message(result):
    for ask in (result.explain, result.reason):
        with pytest.raises(LookupError) as caught:
            ask("Dr. Secret")
        assert "Secret" not in str(caught.value) and caught.value.code == "unknown_hcp"


def test_bad_arguments_are_refused(territory, result):
    for bad in (0, -1, 5000):
        with pytest.raises(ValueError, match="thread"):
            run(territory, threads=bad)
    with pytest.raises(ValueError, match="model"):
        run(territory, model=result.model, policy=tierwise.Policy.default())
    with pytest.raises(TypeError, match="policy"):
        run(territory, policy=42)
    with pytest.raises(ValueError, match="language"):
        result.explain(result.segments["hcp_id"][0], "fr")
    with pytest.raises(ValueError):
        tierwise.simulate.territory(hcps=-1)
    with pytest.raises(ValueError, match="action"):
        territory.response_probability(0, "dance", "visit")


def test_a_rule_error_shows_the_place():
    with pytest.raises(tierwise.RuleError, match=r"\^"):
        tierwise.tag.check_rule('specialtee == "x"')


# ---- bad rows ---------------------------------------------------------------------------------------------------------


def test_bad_rows_are_collected_with_reasons(territory):
    contacts = {name: column.copy() for name, column in territory.interactions.items()}
    days = contacts["date"].astype(str).astype(object)
    days[0] = "2026-02-30"
    days[1] = None
    contacts["date"] = days
    contacts["channel"][2] = "fax"
    contacts["hcp_id"][3] = "nobody"
    contacts["event_id"][5] = contacts["event_id"][4]
    result = tierwise.run(territory.hcps, contacts, as_of=territory.as_of)
    rejected = result.rejected
    found = dict(zip(rejected["row"].tolist(), zip(rejected["column"], rejected["code"], strict=True), strict=True))
    assert found[0] == ("date", "invalid_date") and found[1] == ("date", "missing_value")
    assert found[2] == ("channel", "unknown_channel") and found[3] == ("hcp_id", "unknown_hcp")
    assert len(found) == 5 and ("event_id", "duplicate_event") in found.values()
    assert all(len(reason) > 20 for reason in rejected["reason"])
    assert "rejected rows: 5" in result.summary()


# ---- mapping ----------------------------------------------------------------------------------------------------------


def test_the_policy_maps_columns_channels_and_months(territory):
    document = tierwise.Policy.default().to_dict()
    document["attributes"]["trials"]["column"] = "Studies"
    document["input"] = {
        "as_of": "2026-06-30",
        "hcps": {"hcp_id": "Doctor"},
        "interactions": {
            "hcp_id": "Who",
            "date": "Month",
            "first_month": "2026-01",
            "channel": "How",
            "channel_values": {"Face to face": "visit"},
        },
    }
    hcps = {"trials": "Studies", "hcp_id": "Doctor"}
    hcps = {hcps.get(name, name): column for name, column in territory.hcps.items()}
    first = territory.hcps["hcp_id"][0]
    contacts = {
        "Who": as_objects([first] * 5),
        "Month": [1, 6, 7, 1.5, None],
        "How": as_objects(["Face to face", "email", "visit", "visit", "visit"]),
    }
    result = tierwise.run(hcps, contacts, policy=document)
    profile = result.profile_frame
    assert str(result.as_of) == "2026-06-30"
    assert profile["days_since_email"][0] == 29 and profile["days_since_visit"][0] == 180  # the first of the month
    assert result.contacts_used == 2 and result.contacts_later == 1
    assert result.rejected["code"].tolist() == ["invalid_date", "missing_value"]
    assert profile["trials"] is not None


# ---- models, actions --------------------------------------------------------------------------------------------------


def test_a_model_fitted_before_is_used(territory, result):
    half = rows_of(territory.hcps, slice(0, 100))
    again = tierwise.run(
        half,
        territory.interactions,
        consents=territory.consents,
        history=territory.history,
        as_of=territory.as_of,
        model=result.model,
    )
    assert again.segments["tier"].tolist() == result.segments["tier"][:100].tolist()
    with pytest.warns(UserWarning, match="If these are other doctors, whom this run is not about, all is well"):
        fitted_here = tierwise.run(half, territory.interactions, as_of=territory.as_of)
    assert fitted_here.model.segments.s0 != result.model.segments.s0


def test_the_steps_alone_give_what_the_whole_gives(territory, result):
    policy = tierwise.Policy.default()
    profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    model = tierwise.segment.fit(policy, profile)
    assert tierwise.as_written(model.assign(profile)) == tierwise.as_written(result.segments)
    assert tierwise.as_written(tierwise.tag.evaluate(profile, model)) == tierwise.as_written(result.tags)
    whole = tierwise.Model.fit(policy, profile, territory.history)
    decided = tierwise.recommend.decide(profile, whole, consents=territory.consents, history=territory.history)
    assert tierwise.as_written(decided.recommendations) == tierwise.as_written(result.recommendations)
    rates = tierwise.propensity.fit(policy, profile, territory.history)
    row = [
        i
        for i in range(len(rates.frame["action_id"]))
        if (rates.frame["action_id"][i], rates.frame["channel"][i]) == ("detail_visit", "visit")
    ]
    used = {
        p
        for a, c, p in zip(*(result.recommendations[n] for n in ("action_id", "channel", "propensity")), strict=True)
        if (a, c) == ("detail_visit", "visit")
    }
    assert used == {rates.frame["probability"][row[0]]}


def test_a_table_of_actions_replaces_the_catalogue(territory):
    actions = {
        "action_id": ["call", "send"],
        "issue": ["promotion", "education"],
        "group": ["detailing", "digital"],
        "channels": ["visit|remote_call", "email"],
        "contents": [None, "review_article"],
        "value": [2.0, 1.0],
        "available_from": [None, "2026-01-01"],
        "eligible": ["tier <= 8", None],
    }
    result = run(territory, actions=actions)
    assert set(result.recommendations["action_id"]) <= {"call", "send", "do_nothing"}
    assert [action["id"] for action in result.policy.actions] == ["call", "send"]
    assert any("survey_quarter" in note for note in result.notes) and "survey_quarter" in result.summary()
    with pytest.raises(tierwise.PolicyError) as caught:
        run(territory, actions={**actions, "channels": ["visit", "fax"]})
    assert caught.value.where.path == "/recommend/actions/1/channels/0"
    with pytest.raises(ValueError, match="colour"):
        run(territory, actions={**actions, "colour": ["red", "blue"]})


def test_nobody_has_consented_without_consents(territory):
    result = run(territory, consents=None)
    assert set(result.recommendations["channel"]) <= {"visit", "meeting", "none"}
    nothing = result.recommendations["action_id"] == "do_nothing"
    assert np.isnan(result.recommendations["priority"][nothing]).all()


# ---- explanations -----------------------------------------------------------------------------------------------------


def test_an_explanation_says_what_the_frames_say(territory, result):
    traced = run(territory, trace=True)
    for row in range(0, 250, 25):
        id_ = traced.segments["hcp_id"][row]
        data = result.explain(id_).to_dict()
        assert data["tier"] == traced.segments["tier"][row] and data["reason"] == traced.segments["reason"][row]
        picks = traced.recommendations["hcp_id"] == id_
        assert [p["reason"] for p in data["recommendations"]] == traced.recommendations["reason"][picks].tolist()
        drops = traced.dropped_candidates["hcp_id"] == id_
        assert [d["rule"] for d in data["dropped"]] == traced.dropped_candidates["rule"][drops].tolist()
        tags = traced.tags["hcp_id"] == id_
        assert [t["tag"] for t in data["tags"]] == traced.tags["tag"][tags].tolist()
        for score in ("identity", "engagement"):
            part = data["scores"][score]
            if part["value"] is not None:
                assert sum(c["value"] for c in part["contributions"]) == part["value"]
        assert json.loads(json.dumps(data)) == data


def test_explanations_in_both_languages(result):
    id_ = result.segments["hcp_id"][3]
    english, chinese = str(result.explain(id_)), str(result.explain(id_, "zh"))
    assert english.startswith("Tier ") and result.reason(id_) in english
    assert chinese.startswith("第") and result.reason(id_, "zh") in chinese
    assert len(english.splitlines()) > 10


def test_a_trace_lists_each_dropped_candidate(territory):
    traced = run(territory, trace=True)
    assert len(traced.dropped_candidates["rule"]) == traced.dropped["candidates"].sum()
    assert len(run(territory).dropped_candidates["rule"]) == 0


def test_progress_is_told(territory):
    told = []
    run(territory, progress=lambda step, done, total: told.append((step, done, total)))
    assert [done for _, done, _ in told] == [0, 1, 2, 3] and told[-1][0] == "done"


# ---- the rest ---------------------------------------------------------------------------------------------------------


def test_classify_agrees_with_the_whole_segmentation(result):
    segments, model = result.segments, result.model.segments
    volume = np.array(
        [v if b == "volume" else np.nan for v, b in zip(segments["potential"], bases(result), strict=True)],
        dtype=np.float32,
    )
    floors = model.volume_floors
    assert floors == [model.decile_volumes[d] for d in (8, 5, 2)]
    scores = [segments[name].astype(np.float32) for name in ("identity_score", "engagement_score")]
    out = np.zeros(len(volume), dtype=np.uint8)
    tiers, counts = tierwise.segment.classify(result.policy, volume, *scores, potential_floors=floors, out=out)
    assert tiers is out and counts.sum() == len(volume)
    by_volume = ~np.isnan(volume)
    assert tiers[by_volume].tolist() == segments["tier"][by_volume].tolist()
    with pytest.raises(TypeError):
        tierwise.segment.classify(result.policy, volume.astype(float), *scores, potential_floors=floors)
    with pytest.raises(TypeError, match="contiguous"):
        tierwise.segment.classify(
            result.policy, np.zeros(2 * len(volume), dtype=np.float32)[::2], *scores, potential_floors=floors
        )
    with pytest.raises(ValueError, match="length_mismatch"):
        tierwise.segment.classify(result.policy, volume[:-1], *scores, potential_floors=floors)
    frozen = np.zeros(len(volume), dtype=np.uint8)
    frozen.flags.writeable = False
    with pytest.raises(TypeError, match="written"):
        tierwise.segment.classify(result.policy, volume, *scores, potential_floors=floors, out=frozen)


def bases(result):
    _, codes, names = result._core.bases()
    return [names[code] for code in codes]


def test_as_written_has_the_shortest_numbers():
    written = tierwise.as_written(
        {"x": np.array([0.1, 1e22, 100.0, np.nan, 1 / 3]), "y": np.array([0.1, 1, 2, 3, 4], dtype=np.float32)}
    )
    assert written["x"] == ["0.1", "1e+22", "100", "unknown", "0.3333333333333333"]
    assert [float(x) for x in written["x"] if x != "unknown"] == [0.1, 1e22, 100.0, 1 / 3]
    assert written["y"][0] == "0.1"


def test_simulated_truth_is_there_to_ask(territory):
    chances = territory.response_probabilities("detail_visit", "visit")
    assert len(chances) == 250 and chances[7] == territory.response_probability(7, "detail_visit", "visit")
    assert territory.response_probability(0, "detail_visit", "email") == 0
    assert territory.expected_outcome(0, 4.0) >= territory.expected_outcome(0, 0.0) >= 0
    assert set(territory.tables) == {"hcps", "interactions", "consents", "history", "representatives", "content"}
    other = tierwise.simulate.territory(hcps=20, seed=4, start="2025-06-01", end="2025-12-31")
    assert str(other.as_of) == "2025-12-31" and other.interactions["date"].max() <= np.datetime64("2025-12-31")


def test_policies_are_values():
    policy = tierwise.Policy.default()
    assert pickle.loads(pickle.dumps(policy)) == policy and hash(policy) == hash(tierwise.Policy.default())
    changed = policy.to_dict()
    changed["recommend"]["max_actions"] = 1
    assert tierwise.Policy.from_dict(changed) != policy
    assert policy.tiers[0] == {
        "grade": "A",
        "identity": "high",
        "engagement": "high",
        "profile_type": "pioneer",
        "tier": 1,
        "resources": "high",
    }
    assert len(policy.tiers) == 36


def test_empty_tables_have_empty_answers(territory):
    none = {name: column[:0] for name, column in territory.hcps.items()}
    result = tierwise.run(
        none, {name: column[:0] for name, column in territory.interactions.items()}, as_of="2026-06-30", trace=True
    )
    assert len(result) == 0 and sum(result.tier_counts.values()) == 0
    assert all(len(column) == 0 for column in result.segments.values())
    assert result.summary() and digest(result)


def test_whole_number_ids(territory):
    numbers = {id_: i + 10 for i, id_ in enumerate(territory.hcps["hcp_id"])}

    def renamed(table):
        return {**table, "hcp_id": np.array([numbers[i] for i in table["hcp_id"]])}

    result = tierwise.run(
        renamed(territory.hcps),
        renamed(territory.interactions),
        consents=renamed(territory.consents),
        history=renamed(territory.history),
        as_of=territory.as_of,
    )
    assert result.segments["hcp_id"].dtype == np.int64
    assert result.segments["tier"].tolist() == run(territory).segments["tier"].tolist()
    assert result.explain(10).to_dict()["tier"] == result.segments["tier"][0]


def test_a_chinese_explanation_says_what_a_limit_is(territory, result):
    picks = result.recommendations
    doctors = picks["hcp_id"][picks["action_id"] == "do_nothing"]
    said = "\n".join(str(result.explain(hcp_id, "zh")) for hcp_id in doctors)
    nothing = [line for line in said.splitlines() if "无建议" in line]
    assert nothing and not [line for line in nothing if re.search(r"(gap|cap|consent|eligible)/", line)]
    assert "微信至少间隔 1 天：" in said and "任意接触 14 天内最多 6 次" in said
    document = result.policy.to_dict()["recommend"]
    for gap in document["gaps"]:
        for line in said.splitlines():
            if f"（gap/{gap['id']}）" in line:
                assert f"至少间隔 {gap['days']} 天" in line


def test_a_chinese_reason_keeps_ids_that_have_no_name():
    from tierwise.report.texts import in_chinese, names_of

    names = names_of(tierwise.Policy.default().to_dict())
    assert in_chinese("（gap/another 7，consent/email 2）", names) == "（gap/another 7，邮件：2）"
