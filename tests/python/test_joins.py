"""Tables that do not fit each other never pass for a run that found nothing."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tierwise

TERRITORY = tierwise.simulate.territory(hcps=120, seed=3)
TABLES = ("hcps", "interactions", "consents", "history")


def tables() -> dict[str, dict[str, np.ndarray]]:
    return {
        name: {column: np.asarray(values) for column, values in getattr(TERRITORY, name).items()} for name in TABLES
    }


def run(given: dict, **how) -> tierwise.Result:
    return tierwise.run(
        given["hcps"],
        given["interactions"],
        consents=given["consents"],
        history=given["history"],
        as_of=TERRITORY.as_of,
        **how,
    )


def written_otherwise(table: dict[str, np.ndarray], share: float) -> dict[str, np.ndarray]:
    ids = table["hcp_id"].astype(object)
    ids[: round(share * len(ids))] = "0"
    return {**table, "hcp_id": ids}


@pytest.mark.parametrize("table", TABLES[1:])
def test_ids_written_in_another_way(table: str) -> None:
    given = tables()
    whole = given[table]
    given[table] = written_otherwise(whole, 1)
    with pytest.raises(tierwise.DataError, match=rf"of table '{table}' fit nothing .*leading zeros") as caught:
        run(given)
    assert caught.value.code == "unknown_hcp"
    assert caught.value.where.column == "hcp_id"
    given[table] = written_otherwise(whole, 0.95)
    with pytest.warns(UserWarning, match=rf"table '{table}' fit nothing"):
        result = run(given)
    assert any(f"table '{table}'" in note for note in result.notes)
    given[table] = written_otherwise(whole, 0.7)
    assert not [note for note in run(given).notes if "fit nothing" in note]


def test_channels_under_other_names() -> None:
    given = tables()
    channel = given["consents"]["channel"].astype(object)
    given["consents"]["channel"] = np.array([name.title() for name in channel], dtype=object)
    with pytest.raises(tierwise.DataError, match="the policy's channels are visit, ") as caught:
        run(given)
    assert caught.value.code == "unknown_channel"


def test_cells_that_cost_only_themselves_do_not_count() -> None:
    given = tables()
    given["interactions"]["quality"] = np.full(len(given["interactions"]["hcp_id"]), 7.0)
    assert not [note for note in run(given).notes if "fit nothing" in note]


def test_one_doctor_without_contacts_among_everybodys() -> None:
    given = tables()
    model = run(given).model
    given["hcps"] = {name: values[:1] for name, values in given["hcps"].items()}
    given["interactions"] = written_otherwise(given["interactions"], 1)
    result = run(given, model=model)
    assert len(result) == 1 and not result.notes


def test_the_repr_counts() -> None:
    given = tables()
    rejected = written_otherwise(given["history"], 0.1)
    assert repr(run(given)).endswith(f"120 doctors, {run(given).contacts_used} contacts, 0 rejected rows and cells>")
    given["history"] = rejected
    assert f"{round(0.1 * len(rejected['hcp_id']))} rejected rows and cells>" in repr(run(given))


def test_command_line(tmp_path: pathlib.Path) -> None:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "tierwise", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)

    assert call("simulate", "--hcps", "50", "--out", "data").returncode == 0
    contacts = tmp_path / "data/interactions.csv"
    contacts.write_text(contacts.read_text(encoding="utf-8").replace("S000", "S"), encoding="utf-8")
    arguments = ["--hcps", "data/hcps.csv", "--interactions", "data/interactions.csv", "--as-of", "2026-06-30"]
    done = call("run", *arguments, "--out", "result")
    assert done.returncode == 3
    assert "fit nothing (unknown_hcp" in done.stderr and "leading zeros" in done.stderr
    assert not (tmp_path / "result").exists()


def test_a_contact_without_a_readable_day_keeps_caps_and_gaps(tmp_path: pathlib.Path) -> None:
    """Through files, as a cell that cannot be read must get as far as the caps."""
    given = tables()
    given["interactions"] = {name: values[:0] for name, values in given["interactions"].items()}
    given["history"] = None
    free = run(given)
    gaps = {gap["of"].get("channel") for gap in free.policy.to_dict()["recommend"]["gaps"]}
    picks = zip(free.recommendations["hcp_id"], free.recommendations["channel"], strict=True)
    doctor = next(hcp for hcp, channel in picks if channel and channel in gaps)
    (tmp_path / "contacts.csv").write_text(f"hcp_id,date,channel\n{doctor},soon,\n{doctor},2020-01-01,visit\n")
    for name in ("hcps", "consents"):
        columns = [
            [str(value) if value == value and value is not None else "" for value in c] for c in given[name].values()
        ]
        rows = [",".join(cells) for cells in zip(*columns, strict=True)]
        (tmp_path / f"{name}.csv").write_text("\n".join([",".join(given[name]), *rows]) + "\n", encoding="utf-8")
    words = [
        "run",
        "--hcps",
        "hcps.csv",
        "--interactions",
        "contacts.csv",
        "--consents",
        "consents.csv",
        "--out",
        "out",
        "--as-of",
    ]
    command = [sys.executable, "-m", "tierwise", *words, str(TERRITORY.as_of)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "note: contacts whose day or channel cannot be read: 1;" in done.stdout
    assert "contacts.csv,2,date,invalid_date" in (tmp_path / "out/rejected.csv").read_text()
    lines = (tmp_path / "out/recommendations.csv").read_text(encoding="utf-8").splitlines()
    now = [
        dict(zip(lines[0].split(","), line.split(","), strict=False)) for line in lines if line.startswith(f"{doctor},")
    ]
    assert now and not gaps & {pick["channel"] for pick in now}
