"""Arrays are shared, not copied. Who writes to them after a run is told so, and never hears reasons for other numbers."""

from __future__ import annotations

import numpy as np
import pytest
import tierwise

ROWS = 2600  # more than two blocks of fingerprints
LATE = 2500


def tables() -> tuple[dict, dict]:
    territory = tierwise.simulate.territory(hcps=ROWS, seed=6)
    hcps = {name: column.copy() for name, column in territory.hcps.items()}
    hcps["kol"] = np.arange(ROWS) % 3 == 0
    hcps["licensed"] = np.full(ROWS, np.datetime64("2001-02-03"), dtype="datetime64[D]")
    hcps["beds"] = np.arange(ROWS, dtype=np.int64)
    hcps["unread"] = np.zeros(ROWS)
    return hcps, {name: column.copy() for name, column in territory.consents.items()}


@pytest.fixture(scope="module")
def policy() -> tierwise.Policy:
    document = tierwise.Policy.default().to_dict()
    document["attributes"] |= {"kol": {"type": "boolean"}, "licensed": {"type": "date"}, "beds": {"type": "number"}}
    document["tags"].append(
        {
            "id": "odd",
            "name": {"en": "odd"},
            "layer": "basic",
            "rule": 'kol and licensed < date("2002-01-01") and beds > 9',
        }
    )
    return tierwise.Policy.from_dict(document)


def run(policy: tierwise.Policy, hcps: dict, consents: dict) -> tierwise.Result:
    return tierwise.run(hcps, consents=consents, policy=policy, as_of="2026-06-30")


def refused(result: tierwise.Result, column: str, ask) -> None:
    with pytest.raises(tierwise.ArgumentError, match="has changed since") as caught:
        ask(result)
    assert caught.value.where.column == column


def test_an_explanation_never_contradicts_its_result(policy: tierwise.Policy) -> None:
    hcps, consents = tables()
    result = run(policy, hcps, consents)
    who = hcps["hcp_id"][7]
    before = str(result.explain(who))
    was = hcps["patient_volume"].copy()
    hcps["patient_volume"][:] = 1e9
    for ask in (lambda r: r.explain(who), lambda r: r.profile_frame, lambda r: r.tags, lambda r: r.recommendations):
        refused(result, "patient_volume", ask)
    # What was computed is still there, and so is everything once the numbers are.
    assert f"ier {result.segments['tier'][7]}" in before and result.reason(who) in before
    hcps["patient_volume"][:] = was
    assert str(result.explain(who)) == before and len(result.tags["tag"])


@pytest.mark.parametrize(
    ("column", "cell"),
    [("patient_volume", 3.5), ("patient_volume", np.nan), ("kol", "not"), ("beds", -1), ("granted", "not")],
)
@pytest.mark.parametrize("row", [0, 1023, 1024, LATE, ROWS - 1])
def test_one_cell_is_noticed(policy: tierwise.Policy, column: str, cell, row: int) -> None:
    hcps, consents = tables()
    hcps["patient_volume"][row] = 70.0  # else it might be unknown to begin with
    result = run(policy, hcps, consents)
    array = (consents if column == "granted" else hcps)[column]
    array[row] = ~array[row] if cell == "not" else cell
    refused(result, column, lambda r: r.explain(hcps["hcp_id"][row]))
    if column != "granted":
        far = LATE if row < 1025 else 3
        assert result.explain(hcps["hcp_id"][far]).to_dict()["tier"] == result.segments["tier"][far]


def test_ids_that_change_name_nobody_else(policy: tierwise.Policy) -> None:
    hcps, consents = tables()
    hcps["hcp_id"] = np.arange(ROWS, dtype=np.int64)
    result = run(policy, hcps, {**consents, "hcp_id": np.zeros(len(consents["hcp_id"]), dtype=np.int64)})
    hcps["hcp_id"][:] = hcps["hcp_id"][::-1].copy()
    refused(result, "hcp_id", lambda r: r.segments)
    refused(result, "hcp_id", lambda r: r.explain(3))


def test_what_the_policy_does_not_read_may_change(policy: tierwise.Policy) -> None:
    hcps, consents = tables()
    result = run(policy, hcps, consents)
    before = str(result.explain(hcps["hcp_id"][0]))
    hcps["unread"][:] = 5
    assert str(result.explain(hcps["hcp_id"][0])) == before


def test_rows_that_had_to_be_copied_do_not_change(policy: tierwise.Policy) -> None:
    hcps, consents = tables()
    hcps = {name: np.concatenate([column, column[:1]]) for name, column in hcps.items()}  # one doctor twice: rejected
    result = run(policy, hcps, consents)
    before = str(result.explain(hcps["hcp_id"][5]))
    hcps["patient_volume"][:] = 1e9
    assert str(result.explain(hcps["hcp_id"][5])) == before


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_frames_explain_after_a_run(policy: tierwise.Policy, kind: str) -> None:
    from tables import as_kind

    hcps, consents = tables()
    plain = run(policy, hcps, consents)
    result = run(policy, as_kind(hcps, kind), as_kind(consents, kind))
    for row in (0, 1500, ROWS - 1):
        who = hcps["hcp_id"][row]
        assert str(result.explain(who)) == str(plain.explain(who))
