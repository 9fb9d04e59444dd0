"""Resources by tier: the summary against pandas, frames of every kind, errors, and the table that is printed."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import tierwise
from policy_edits import ROOT

POLICY = tierwise.Policy.from_file(ROOT / "examples/policies/resources.json")
PLAN = POLICY.to_dict()["segment"]["allocation"]
TIERS = np.random.default_rng(3).integers(1, 10, 3000)


def test_agrees_with_pandas():
    pd = pytest.importorskip("pandas")
    summary = tierwise.allocation.summarise(POLICY, pd.DataFrame({"tier": TIERS}))
    counts = pd.Series(TIERS).value_counts().reindex(range(1, 10), fill_value=0)
    plan = pd.DataFrame(
        [
            {channel: tier["contacts"] * share for channel, share in tier.get("mix", {}).items()}
            for tier in PLAN["tiers"]
        ],
        index=range(1, 10),
        columns=list(PLAN["channels"]),
    ).fillna(0)
    planned = plan.mul(counts, axis=0)
    costs = pd.Series({channel: of["cost"] for channel, of in PLAN["channels"].items()})
    cost = (planned * costs).sum(axis=1)
    budget = pd.Series([tier.get("budget", math.inf) for tier in PLAN["tiers"]], index=range(1, 10)) * counts
    frame = summary.tiers
    assert isinstance(frame, pd.DataFrame)
    assert frame["doctors"].tolist() == counts.tolist()
    for channel in PLAN["channels"]:
        np.testing.assert_allclose(frame[f"contacts_{channel}"], planned[channel], rtol=1e-12)
    np.testing.assert_allclose(frame["contacts"], planned.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(frame["cost"], cost, rtol=1e-12)
    np.testing.assert_allclose(frame["budget"], budget, rtol=1e-12)
    np.testing.assert_allclose(frame["over_budget"], (cost - budget).clip(lower=0), rtol=1e-9, atol=1e-9)
    channels = summary.channels.set_index("channel")
    capacity = pd.Series({channel: of.get("capacity", math.inf) for channel, of in PLAN["channels"].items()})
    np.testing.assert_allclose(channels["load"], planned.sum() / capacity, rtol=1e-12)
    np.testing.assert_allclose(channels["short_by"], (planned.sum() - capacity).clip(lower=0), rtol=1e-12)
    assert channels["short_by"].max() > 0  # else the comparison would prove little
    assert summary.cost == pytest.approx(cost.sum()) and summary.doctors == 3000


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_frames_of_the_same_kind_come_out(kind):
    library = pytest.importorskip(kind)
    tiers = {"t": TIERS.astype(np.uint16)}
    frame = library.table(tiers) if kind == "pyarrow" else library.DataFrame(tiers)
    summary = tierwise.allocation.summarise(POLICY, frame, tier="t")
    assert type(summary.tiers) is type(frame) and type(summary.channels) is type(frame)


def test_arrays_lists_and_series_are_tiers():
    pd = pytest.importorskip("pandas")
    texts = {
        str(tierwise.allocation.summarise(POLICY, tiers))
        for tiers in (TIERS, TIERS.tolist(), pd.Series(TIERS), {"tier": TIERS}, TIERS.astype(float))
    }
    assert len(texts) == 1


def test_what_segmentation_gives_is_taken():
    territory = tierwise.simulate.territory(hcps=300, seed=2)
    result = tierwise.run(territory.hcps, territory.interactions, as_of=territory.as_of, policy=POLICY)
    summary = tierwise.allocation.summarise(POLICY, result.segments)
    assert summary.doctors == 300
    counts = [np.count_nonzero(result.segments["tier"] == tier) for tier in range(1, 10)]
    assert summary.tiers["doctors"].tolist() == counts


def test_another_plan_can_be_tried_and_is_checked():
    plan = json.loads(json.dumps(PLAN))
    plan["channels"]["visit"]["capacity"] = 1
    tried = tierwise.allocation.summarise(POLICY, TIERS, allocation=plan)
    assert tried.short_by > tierwise.allocation.summarise(POLICY, TIERS).short_by
    assert plan["channels"]["visit"]["capacity"] == 1
    plan["tiers"][0]["mix"]["visit"] = 0.9
    with pytest.raises(tierwise.PolicyError) as refused:
        tierwise.allocation.summarise(POLICY, TIERS, allocation=plan)
    assert refused.value.where.path == "/segment/allocation/tiers/0/mix"


@pytest.mark.parametrize(
    ("tiers", "row"), [([1, 0], 1), ([1, 2, 10], 2), ([1.5], 0), ([1, None], 1), ([-1], 0), ([2**40], 0)]
)
def test_tiers_that_are_none_are_refused(tiers, row):
    with pytest.raises(tierwise.DataError) as refused:
        tierwise.allocation.summarise(POLICY, tiers)
    assert (refused.value.code, refused.value.where.row) == ("out_of_range", row)


def test_policies_without_a_plan_and_wrong_tables_are_refused():
    with pytest.raises(tierwise.ArgumentError, match=r"no section segment\.allocation"):
        tierwise.allocation.summarise(tierwise.Policy.default(), TIERS)
    with pytest.raises(tierwise.MissingColumnError):
        tierwise.allocation.summarise(POLICY, {"tiers": TIERS})
    with pytest.raises(tierwise.WrongTypeError):
        tierwise.allocation.summarise(POLICY, {"tier": ["one"]})


def test_the_printed_table_says_it_all():
    plan = json.loads(json.dumps(PLAN))
    plan["tiers"][0]["budget"] = 100
    text = str(tierwise.allocation.summarise(POLICY, TIERS, allocation=plan))
    lines = text.splitlines()
    assert lines[0].startswith("90 days: 3,000 doctors, ")
    assert all(len(line) <= 120 for line in lines)
    assert "short by" in text and "no limit" in text and "over by" in text
    assert str(tierwise.allocation.summarise(POLICY, [])).startswith("90 days: 0 doctors, 0 contacts, cost 0")
