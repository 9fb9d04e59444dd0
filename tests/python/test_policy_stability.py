"""What a policy says of stability and movers is what counts, unless the caller says otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import tierwise
from tierwise.movers import MoverPolicy, history_columns, movers
from tierwise.segment import Stability, settle

FIRST, LATER = "2026-01-31", "2026-06-30"


def policy_with(**sections) -> tierwise.Policy:
    return tierwise.Policy.from_dict({"policy": "tierwise/1", "name": "ours", "segment": sections})


def test_the_default_policy_ships_the_shipped_numbers():
    document = tierwise.Policy.default().to_dict()["segment"]
    shipped = Stability()
    assert document["stability"] == {
        name: getattr(shipped, name) for name in ("volume_band", "score_band", "minimum_stay_days", "large_move")
    }
    assert MoverPolicy.of(tierwise.Policy.default()) == MoverPolicy()
    assert MoverPolicy.of(policy_with(movers={"least_slope": 7, "half_life_days": 90})) == MoverPolicy(
        least_slope=7, half_life_days=90
    )


@pytest.fixture(scope="module")
def two_dates():
    return tierwise.simulate.territory(hcps=400, seed=3)


def settled(territory, policy: tierwise.Policy, given: Stability | None = None):
    """Tiers of the later date, settled after those of the first."""
    previous = None
    for on in (FIRST, LATER):
        profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=on)
        model = tierwise.segment.fit(policy, profile)
        previous = settle(model, model.assign(profile), previous, as_of=on, stability=given)
    return np.array(previous["engagement_level"]), np.array(previous["engagement_plain"])


def test_settle_takes_the_stability_of_the_policy(two_dates):
    keep = {"volume_band": 0.05, "score_band": 40, "minimum_stay_days": 0, "large_move": 9}
    ours = policy_with(stability=keep)
    by_policy, plain = settled(two_dates, ours)
    by_hand, _ = settled(two_dates, tierwise.Policy.default(), Stability(**keep))
    assert by_policy.tolist() == by_hand.tolist()
    shipped, _ = settled(two_dates, tierwise.Policy.default())
    assert by_policy.tolist() != shipped.tolist() != plain.tolist()
    # Given to the call, it counts more than the policy's.
    assert settled(two_dates, ours, Stability())[0].tolist() == shipped.tolist()
    none = policy_with(stability={"volume_band": 0, "score_band": 0, "minimum_stay_days": 0})
    assert settled(two_dates, none)[0].tolist() == plain.tolist()


def test_movers_take_a_whole_policy():
    history = {
        "hcp_id": ["H1"] * 3,
        "date": ["2026-01-31", "2026-03-31", "2026-05-31"],
        "engagement_score": [40.0, 44, 48],
    }
    strict = policy_with(movers={"least_slope": 20})
    assert movers(history, as_of=LATER, policy=MoverPolicy(noise=0.1))["engagement_score_movement"].tolist() == [
        "grower"
    ]
    gentle = policy_with(movers={"noise": 0.1})
    assert movers(history, as_of=LATER, policy=gentle)["engagement_score_movement"].tolist() == ["grower"]
    assert movers(history, as_of=LATER, policy=strict)["engagement_score_movement"].tolist() == ["steady"]
    back = [
        history_columns(history, as_of=LATER, policy=p)["engagement_score_back1"].tolist()
        for p in (gentle, MoverPolicy.of(gentle))
    ]
    assert back[0] == back[1]
