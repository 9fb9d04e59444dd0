"""The parts of all doctors' scores at once: doctor by doctor those of `contributions`, and together the score, to the last bit."""

import numpy as np
import pytest
import tierwise
from tables import ROOT

POLICIES = ROOT / "examples" / "policies"


@pytest.mark.parametrize("policy", ["default", "sab"])
def test_parts_are_those_of_each_doctor(policy):
    policy = tierwise.Policy.from_file(POLICIES / f"{policy}.json")
    t = tierwise.simulate.territory(hcps=60, seed=3)
    profile = tierwise.profile.build(policy, t.hcps, t.interactions, as_of=t.as_of)
    model = tierwise.SegmentModel(policy).fit(profile)
    assigned = model.assign(profile)
    for score in ("potential", "identity", "engagement"):
        table = model.contribution_table(profile, score, threads=2)
        ids = table.pop("hcp_id")
        for row, hcp_id in enumerate(ids):
            parts = {part.column: part.value for part in model.contributions(profile, hcp_id, score)}
            told = {name: values[row] for name, values in table.items() if not np.isnan(values[row])}
            assert told == parts
            if score != "potential" and parts:
                assert sum(parts.values()) == assigned[f"{score}_score"][row]


def test_frames_and_a_score_that_is_none():
    pd = pytest.importorskip("pandas")
    t = tierwise.simulate.territory(hcps=60, seed=3, frames="pandas")
    profile = tierwise.profile.build(tierwise.Policy.default(), t.hcps, t.interactions, as_of=t.as_of)
    model = tierwise.SegmentModel().fit(profile)
    table = model.contribution_table(profile, "identity")
    assert isinstance(table, pd.DataFrame) and list(table["hcp_id"]) == list(t.hcps["hcp_id"])
    with pytest.raises(tierwise.ArgumentError, match="potential"):
        model.contribution_table(profile, "tier")
