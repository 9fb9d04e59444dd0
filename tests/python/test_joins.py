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
    given[table] = written_otherwise(whole, 0.51)
    with pytest.warns(UserWarning, match=rf"table '{table}' fit nothing \(unknown_hcp: .* other doctors, whom"):
        result = run(given)
    assert any(f"table '{table}'" in note for note in result.notes)
    given[table] = written_otherwise(whole, 0.49)
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


def test_most_rows_rejected_for_several_reasons_are_no_misfit() -> None:
    given = tables()
    given["history"] = written_otherwise(given["history"], 0.4)
    action = given["history"]["action_id"].astype(object)
    action[-round(0.4 * len(action)) :] = "another"
    given["history"]["action_id"] = action
    result = run(given)
    assert not result.misfits
    used, lost = result.rows["history"]
    assert lost > used > 0


def test_rows_are_counted_by_table() -> None:
    given = tables()
    sizes = {name: len(table["hcp_id"]) for name, table in given.items()}
    assert run(given).rows == {name: (size, 0) for name, size in sizes.items()}
    assert repr(run(given)).endswith(
        f"120 doctors; rows used/rejected: {', '.join(f'{n} {s}/0' for n, s in sizes.items())}>"
    )
    given["history"] = written_otherwise(given["history"], 0.1)
    lost = round(0.1 * sizes["history"])
    contacts = given["interactions"]
    contacts["depth"] = contacts["depth"].astype(object)
    contacts["depth"][:3] = "another"
    contacts["date"] = contacts["date"].astype("datetime64[D]")
    contacts["date"][3:7] = np.datetime64("NaT")
    contacts["date"][7:12] = np.datetime64(TERRITORY.as_of) + 1
    given["hcps"]["trials"] = given["hcps"]["trials"].astype(float)
    given["hcps"]["trials"][0] = np.inf  # a cell, which costs itself
    result = run(given)
    assert result.rows == {
        **{n: (s, 0) for n, s in sizes.items()},
        "interactions": (sizes["interactions"] - 7, 7),
        "history": (sizes["history"] - lost, lost),
    }
    assert result.contacts_used + result.contacts_later == result.rows["interactions"][0]
    assert f"history {sizes['history'] - lost}/{lost}" in repr(result)
    assert tierwise.run(given["hcps"], as_of=TERRITORY.as_of).rows == {"hcps": (120, 0)}


@pytest.mark.parametrize("table", TABLES)
def test_ids_of_another_type(table: str) -> None:
    given = tables()
    numbers = np.array([int(text[1:]) for text in given[table]["hcp_id"]])
    cure = r"read ids as text in every table \(dtype={'hcp_id': str}\)"
    given[table] = {**given[table], "hcp_id": numbers.astype(float)}
    with pytest.raises(tierwise.WrongTypeError, match=rf"table '{table}': .* with decimals, .*{cure}"):
        run(given)
    given[table] = {**given[table], "hcp_id": numbers}
    of = "interactions" if table == "hcps" else table
    kinds = (
        "text, and those of the doctors whole numbers"
        if table == "hcps"
        else "whole numbers, and those of the doctors text"
    )
    with pytest.raises(tierwise.WrongTypeError, match=rf"table '{of}': its ids are {kinds}; {cure}"):
        run(given)


def test_a_doctor_who_was_rejected_hears_why() -> None:
    given = tables()
    given["hcps"] = {name: np.concatenate([values, values[5:6]]) for name, values in given["hcps"].items()}
    one, gone = given["hcps"]["hcp_id"][5], given["hcps"]["hcp_id"][7]
    given["hcps"] = {name: np.delete(values, 7) for name, values in given["hcps"].items()}
    result = run(given)
    contacts = int((given["interactions"]["hcp_id"] == gone).sum())
    for ask in (result.explain, result.reason):
        with pytest.raises(
            tierwise.UnknownHcpError, match=r"2 rows of this doctor were rejected, duplicate_hcp \(row 5 "
        ) as caught:
            ask(one)
        assert str(one) not in str(caught.value)
        with pytest.raises(tierwise.UnknownHcpError, match=rf"no row of table 'hcps' has this id; {contacts} rows of"):
            ask(gone)
        with pytest.raises(tierwise.UnknownHcpError, match="no doctor here has this id"):
            ask("nobody")


def test_a_column_under_another_name() -> None:
    given = tables()
    for table, name, other, cure in (
        ("hcps", "hcp_id", "HCP_ID", r"/input/hcps/hcp_id"),
        ("hcps", "patient_volume", "patient_volumes", r"/attributes/patient_volume/column"),
        ("interactions", "date", "dates", r"/input/interactions/date"),
        ("consents", "granted", "grant", "Rename the column"),
        ("history", "outcome", "outcomes", "Rename the column"),
    ):
        renamed = {other if n == name else n: values for n, values in given[table].items()}
        with pytest.raises(tierwise.MissingColumnError, match=rf"did you mean '{other}'\? It has .*{cure}") as caught:
            run({**given, table: renamed})
        assert caught.value.where.column == name
        del renamed[other]
        with pytest.raises(tierwise.MissingColumnError, match=rf"it has .*{cure}"):
            run({**given, table: renamed})


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
    assert "table 'interactions'" in done.stderr and "column 'hcp_id'" in done.stderr and "S0" not in done.stderr
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
