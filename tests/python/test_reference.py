"""The same tiers as an independent NumPy and pandas implementation: both real sets and 100,000 simulated doctors."""

from __future__ import annotations

import numpy as np
import pytest
import tierwise
from tables import detailing, iowa

pd = pytest.importorskip("pandas")


def check(hcps: dict, interactions: dict, policy: tierwise.Policy, as_of: str) -> tierwise.Result:
    import reference

    document = policy.to_dict()
    doctors, rows = pd.DataFrame(hcps), pd.DataFrame(interactions)
    ids = doctors[document.get("input", {}).get("hcps", {}).get("hcp_id", "hcp_id")]
    contacts = reference.contacts_of(document, ids, rows, as_of)
    table = reference.profiles(document, doctors, contacts)
    expected = reference.tiers(document, table)
    result = tierwise.run(hcps, interactions, policy=policy, as_of=as_of)
    assert result.contacts_used == len(contacts)
    found = tierwise.as_written(result.segments)
    for name in ("hcp_id", "grade", "identity_level", "engagement_level", "profile_type"):
        assert found[name] == expected[name].tolist(), name
    assert found["tier"] == expected["tier"].astype(str).tolist()
    assert found["decile"] == ["unknown" if d < 0 else str(d) for d in expected["decile"]]
    for name in ("identity_score", "engagement_score"):
        np.testing.assert_allclose(result.segments[name], expected[name], rtol=0, atol=2e-6)
    return result


def test_iowa():
    result = check(*iowa(), as_of="2015-06-30")
    assert len(result) == 2048 and result.contacts_used > 99_000
    assert len(set(result.segments["tier"])) >= 6  # a comparison of constants would prove nothing


def test_iowa_on_an_earlier_day():
    result = check(*iowa(), as_of="2014-03-31")
    assert result.contacts_later > 50_000


def test_detailing():
    result = check(*detailing(), as_of="2001-06-30")
    assert len(result) == 1000 and set(result.segments["grade"]) == {"A", "B", "C", "D"}


def test_100_000_simulated_doctors():
    territory = tierwise.simulate.territory(hcps=100_000, seed=11)
    result = check(territory.hcps, territory.interactions, tierwise.Policy.default(), str(territory.as_of))
    assert set(result.segments["tier"]) == set(range(1, 10))
