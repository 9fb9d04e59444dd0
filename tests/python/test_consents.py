"""Nobody is contacted because of a typing error, nor after turning away: consents and contacts as people write them."""

from __future__ import annotations

import numpy as np
import pytest
import tierwise
from tables import as_objects

AS_OF = "2026-06-30"


def table(**columns: list) -> dict:
    return {name: as_objects(cells) for name, cells in columns.items()}


HCPS = table(hcp_id=["x", "y"])
for _name, _attribute in tierwise.Policy.default().attributes.items():
    HCPS[_name] = np.full(2, np.nan) if _attribute["type"] == "number" else as_objects(["unknown"] * 2)
GRANTED = [("x", "email", "promotion", True, "2026-01-01"), ("x", "wechat", "promotion", True, "2026-01-01"), ("y", "email", "promotion", True, "2026-01-01")]  # fmt: skip


def decide(further: list[tuple] = (), contacts: list[tuple] = (), **options) -> tierwise.Result:  # type: ignore[assignment]
    rows = list(zip(*[*GRANTED, *further], strict=True))
    consents = table(**dict(zip(("hcp_id", "channel", "purpose", "granted", "from"), rows, strict=True)))
    consents["granted"] = np.array([float("nan") if cell is None else float(cell) for cell in rows[3]])
    interactions = None
    if contacts:
        cells = list(zip(*contacts, strict=True))
        interactions = table(**dict(zip(("hcp_id", "channel", "depth", "date"), cells, strict=True)))
    return tierwise.run(HCPS, interactions, consents=consents, as_of=AS_OF, trace=True, **options)


def stops(result: tierwise.Result, doctor: str) -> dict[str, str]:
    """For each channel that consent is in the way of, the rule."""
    dropped = result.dropped_candidates
    return {
        channel: rule
        for hcp, channel, stage, rule in zip(
            dropped["hcp_id"], dropped["channel"], dropped["stage"], dropped["rule"], strict=True
        )
        if hcp == doctor and stage == "consent" and channel in ("email", "wechat")
    }


@pytest.mark.parametrize(
    ("row", "refused", "rejected"),
    [
        (("x", "email", "Promotion", False, "2026-02-01"), {"email"}, [("purpose", "unknown_purpose")]),
        (("x", "email", "", False, "2026-02-01"), {"email"}, []),
        (("x", "email", None, False, "2026-02-01"), {"email"}, []),
        (("x", "Email", "promotion", False, "2026-02-01"), {"email", "wechat"}, [("channel", "unknown_channel")]),
        (("x", None, "promotion", False, "2026-02-01"), {"email", "wechat"}, [("channel", "missing_value")]),
        (("x", "", "promotion", False, "2026-02-01"), {"email", "wechat"}, [("channel", "missing_value")]),
        (("x", "Email", "promotion", None, "2026-02-01"), {"email", "wechat"}, [("channel", "unknown_channel")]),
        (("x", "email", "Promotion", True, "2026-02-01"), set(), [("purpose", "unknown_purpose")]),
        (("x", "Email", "promotion", True, "2026-02-01"), set(), [("channel", "unknown_channel")]),
        (("x", "Email", "promotion", False, "2025-12-31"), set(), [("channel", "unknown_channel")]),
    ],
)
def test_a_refusal_is_never_lost_through_a_typing_error(row, refused, rejected):
    result = decide([row])
    assert stops(result, "x") == {channel: f"consent/{channel}" for channel in refused}
    assert "email" not in stops(result, "y")
    found = zip(result.rejected["column"], result.rejected["code"], strict=True)
    assert list(found) == rejected
    if refused:
        channels = result.recommendations["channel"][result.recommendations["hcp_id"] == "x"]
        assert not refused & set(channels)


def test_statements_on_another_purpose_are_passed_over_where_the_policy_lists_it():
    document = tierwise.Policy.default().to_dict()
    document["recommend"]["consent"]["other_purposes"] = ["research"]
    row = ("x", "email", "research", False, "2026-02-01")
    listed = decide([row], policy=document)
    assert stops(listed, "x") == {} and len(listed.rejected["code"]) == 0
    assert stops(decide([row]), "x") == {"email": "consent/email"}


def test_who_unsubscribes_gets_no_more_until_a_later_consent():
    left = [("x", "email", "unsubscribed", "2026-03-01")]
    result = decide(contacts=left)
    assert stops(result, "x") == {"email": "consent/withdrawn/email"}
    assert stops(result, "y") == {"wechat": "consent/wechat"}
    assert "email" not in set(result.recommendations["channel"][result.recommendations["hcp_id"] == "x"])
    explained = result.explain("x").to_dict()
    assert "consent/withdrawn/email" in {dropped["rule"] for dropped in explained["dropped"]}
    assert stops(decide([("x", "email", "promotion", True, "2026-03-02")], left), "x") == {}
    assert stops(decide([("x", "email", "promotion", True, "2026-03-01")], left), "x") != {}
    assert stops(decide(contacts=[("x", "email", "unsubscribed", "2026-07-01")]), "x") == {}


def test_a_profile_of_another_policy_is_refused():
    policy = tierwise.Policy.default()
    document = policy.to_dict()
    document["channels"] = dict(reversed(document["channels"].items()))
    contacts = table(hcp_id=["x"], channel=["email"], date=["2026-06-01"])
    own = tierwise.profile.build(policy, HCPS, contacts, as_of=AS_OF)
    other = tierwise.profile.build(tierwise.Policy.from_dict(document), HCPS, contacts, as_of=AS_OF)
    model = tierwise.Model.fit(policy, own)
    assert len(model.decide(own)) == 2
    with pytest.raises(tierwise.ArgumentError, match="other channels"):
        model.decide(other)


def test_doctors_may_share_event_ids():
    contacts = table(
        hcp_id=["x", "y", "y", "x"], channel=["email"] * 4, date=["2026-06-01"] * 4, event_id=["1", "1", "", ""]
    )
    profile = tierwise.profile.build(tierwise.Policy.default(), HCPS, contacts, as_of=AS_OF)
    assert profile.contacts_used == 4
    alone = {name: cells[1:3] for name, cells in contacts.items()}
    y = tierwise.profile.build(tierwise.Policy.default(), {n: c[1:] for n, c in HCPS.items()}, alone, as_of=AS_OF)
    assert y.frame["contacts_365d"][0] == profile.frame["contacts_365d"][1] == 2


def test_stock_is_a_switch():
    document = tierwise.Policy.default().to_dict()
    assert not any("stock" in key for action in document["recommend"]["actions"] for key in action)
    for action in document["recommend"]["actions"]:
        action["in_stock"] = action["id"] == "send_video"
    result = decide(policy=document)
    assert set(result.recommendations["action_id"]) <= {"send_video", "do_nothing"}
    actions = table(action_id=["a", "b"], issue=["i"] * 2, group=["g"] * 2, channels=["visit"] * 2)
    actions["value"], actions["in_stock"] = np.array([1.0, 2.0]), np.array([True, False])
    assert set(tierwise.run(HCPS, None, actions=actions, as_of=AS_OF).recommendations["action_id"]) == {"a"}
    document["recommend"]["actions"][0] |= {"stock": 40}
    with pytest.raises(tierwise.PolicyError, match="policy_unknown_key"):
        tierwise.Policy.from_dict(document)
