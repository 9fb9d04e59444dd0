"""An attribute that is true, false or unknown, from the tables to the report: a rule over it gives each doctor's answer everywhere."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tierwise
from command_line import AS_OF, Run, table
from tables import as_kind, as_objects


def policy() -> dict:
    document = tierwise.Policy.default().to_dict()
    document["name"] = "kol"
    document["attributes"]["kol"] = {"type": "boolean"}
    document["tags"].append({"id": "leader", "name": {"en": "leader"}, "layer": "basic", "rule": "kol"})
    document["tags"].append({"id": "follower", "name": {"en": "follower"}, "layer": "basic", "rule": "not kol"})
    return document


def with_leaders(hcps: dict, known_only: bool = False) -> dict:
    """The doctors, every fourth a leader, every fifth unknown; the first doctor stands there twice, and so is rejected."""
    rows = len(hcps["hcp_id"])
    kol = np.arange(rows) % 4 == 0
    if not known_only:
        kol = as_objects([None if row % 5 == 3 else bool(yes) for row, yes in enumerate(kol)])
    hcps = {**hcps, "kol": kol}
    return {name: np.concatenate([column, column[:1]]) for name, column in hcps.items()}


def expected(hcps: dict) -> dict[str, set[str]]:
    ids, first = hcps["hcp_id"], hcps["hcp_id"][0]
    who = {"leader": True, "follower": False}
    return {
        tag: {
            str(i)
            for i, kol in zip(ids, hcps["kol"], strict=True)
            if kol is not None and bool(kol) == yes and i != first
        }
        for tag, yes in who.items()
    }


@pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("known_only", [True, False])
def test_a_rule_over_a_boolean_in_every_kind_of_frame(kind: str, known_only: bool) -> None:
    territory = tierwise.simulate.territory(hcps=40, seed=11)
    hcps = with_leaders(territory.hcps, known_only)
    result = tierwise.run(
        as_kind(hcps, kind),
        as_kind(territory.interactions, kind),
        policy=tierwise.Policy.from_dict(policy()),
        as_of=territory.as_of,
    )
    rejected = tierwise.as_written(result.rejected)
    assert len(result) == 39 and rejected["table"].count("hcps") == rejected["code"].count("duplicate_hcp") == 2
    tags = tierwise.as_written(result.tags)
    pairs = list(zip(tags["hcp_id"], tags["tag"], strict=True))
    for tag, doctors in expected(hcps).items():
        assert {hcp for hcp, has in pairs if has == tag} == doctors and doctors
    written = tierwise.as_written(result.profile_frame)
    assert set(written["kol"]) <= {"true", "false", "unknown"}
    # One doctor asked about alone has the tags of the batch.
    for hcp in written["hcp_id"][:8]:
        explained = {tag["tag"] for tag in result.explain(hcp).to_dict()["tags"]}
        assert explained == {tag for who, tag in pairs if who == hcp}


def test_a_rule_over_a_boolean_on_the_command_line(territory: Path, tmp_path: Path, tier: Run) -> None:
    rows = table(territory / "hcps.csv")[:40]
    hcps = with_leaders({name: as_objects([row[name] for row in rows]) for name in rows[0]})
    hcps["kol"] = as_objects(["" if cell is None else str(cell).lower() for cell in hcps["kol"]])
    with open(tmp_path / "hcps.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(hcps)
        writer.writerows(zip(*hcps.values(), strict=True))
    (tmp_path / "kol.json").write_text(json.dumps(policy()))
    code, _, complaint = tier(
        *("run", "--hcps", tmp_path / "hcps.csv", "--interactions", territory / "interactions.csv"),
        *("--policy", tmp_path / "kol.json", "--as-of", AS_OF, "--out", tmp_path / "out"),
    )
    assert code == 0, complaint
    leaders = {row["hcp_id"] for row in table(tmp_path / "out" / "tags.csv") if row["tag"] == "leader"}
    assert leaders == {i for i, kol in zip(hcps["hcp_id"][1:40], hcps["kol"][1:40], strict=True) if kol == "true"}
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    who = sorted(leaders)[0]
    code, said, complaint = tier("explain", "--id", who, "--run", tmp_path / "out", "--json")
    assert code == 0, complaint
    assert "leader" in {tag["tag"] for tag in json.loads(said)["tags"]}
