"""The command line as a user meets it: files in, files out, exit codes, nothing left behind."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tierwise
from command_line import AS_OF, SECRET, Run, inputs, leftovers, table

pq = pytest.importorskip("pyarrow.parquet")

DATA = Path(os.environ.get("TIERWISE_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
COLUMNS = {
    "segments": "hcp_id,potential,decile,grade,identity_score,identity_coverage,identity_level,engagement_score,engagement_coverage,"
    "engagement_level,profile_type,tier,resources,reason",
    "tags": "hcp_id,tag,layer,since,source",
    "recommendations": "hcp_id,rank,action_id,channel,content_id,priority,propensity,context,value,lever,reason,expires",
    "dropped": "stage,rule,candidates,hcps",
    "rejected": "file,row,column,code,reason",
}

# ---- the main job --------------------------------------------------------------------------------------------------------


def test_run_writes_everything(territory: Path, tmp_path: Path, tier: Run) -> None:
    out = tmp_path / "out"
    code, said, complaints = tier("run", *inputs(territory), "--as-of", AS_OF, "--out", out)
    assert code == 0 and complaints == ""
    assert sorted(os.listdir(out)) == sorted([f"{name}.csv" for name in COLUMNS] + ["report.html", "run.json"])
    for name, columns in COLUMNS.items():
        rows = (out / f"{name}.csv").read_text(encoding="utf-8").split("\n", 1)
        assert rows[0] == columns
    segments = table(out / "segments.csv")
    assert len(segments) == 300
    assert all(
        cell for name in COLUMNS for row in table(out / f"{name}.csv") for cell in row.values()
    )  # never an empty cell
    assert {row["grade"] for row in segments} <= {"A", "B", "C", "D", "unknown"}
    picks = table(out / "recommendations.csv")
    assert {row["hcp_id"] for row in picks} == {row["hcp_id"] for row in segments}
    document = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert document["tool"] == "tierwise" and document["as_of"] == AS_OF and document["version"] == tierwise.__version__
    assert sum(document["counts"]["tiers"].values()) == document["counts"]["doctors"] == 300
    assert set(document["files"]) == set(os.listdir(out)) - {"run.json"}
    assert said.splitlines()[-1] == "rejected: 0"
    for word in ("300 doctors", "identity high", "grades:", "next action for", "tier 1", str(out)):
        assert word in said
    assert leftovers(tmp_path) == []


def test_what_is_written_is_what_the_library_says(territory: Path, tmp_path: Path, tier: Run) -> None:
    assert tier("run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / "out")[0] == 0
    same = tierwise.simulate.territory(hcps=300, seed=5)
    result = tierwise.run(same.hcps, same.interactions, consents=same.consents, history=same.history, as_of=AS_OF)
    for name in ("segments", "recommendations", "dropped", "tags"):
        expected = tierwise.as_written(getattr(result, name))
        found = table(tmp_path / "out" / f"{name}.csv")
        assert {column: [row[column] for row in found] for column in expected} == expected


def test_parquet_in_and_out_gives_the_same(territory: Path, tmp_path: Path, tier: Run) -> None:
    assert tier("simulate", "--hcps", 300, "--seed", 5, "--out", tmp_path / "data", "--format", "parquet")[0] == 0
    assert tier("run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / "a")[0] == 0
    assert (
        tier(
            "run",
            *inputs(tmp_path / "data", ending="parquet"),
            "--as-of",
            AS_OF,
            "--out",
            tmp_path / "b",
            "--format",
            "parquet",
        )[0]
        == 0
    )
    for name in ("segments", "recommendations", "dropped", "tags"):
        frame = pq.read_table(tmp_path / "b" / f"{name}.parquet")
        found = table(tmp_path / "a" / f"{name}.csv")
        assert tierwise.as_written(frame) == {column: [row[column] for row in found] for column in frame.column_names}


def test_trace_lists_every_dropped_candidate(territory: Path, tmp_path: Path, tier: Run) -> None:
    assert tier("run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / "out", "--trace")[0] == 0
    listed = table(tmp_path / "out" / "dropped_candidates.csv")
    for line in table(tmp_path / "out" / "dropped.csv"):
        mine = [row for row in listed if (row["stage"], row["rule"]) == (line["stage"], line["rule"])]
        assert len(mine) == int(line["candidates"]) and len({row["hcp_id"] for row in mine}) == int(line["hcps"])


def test_same_bytes_for_any_number_of_threads(territory: Path, tmp_path: Path, tier: Run) -> None:
    for threads in (1, 8):
        assert (
            tier("run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / str(threads), "--threads", threads)[0]
            == 0
        )
    for name in os.listdir(tmp_path / "1"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "8" / name).read_bytes(), name


def test_bad_rows_are_rejected_by_line_and_the_rest_goes_on(territory: Path, tmp_path: Path, tier: Run) -> None:
    shutil.copytree(territory, tmp_path / "data")
    path = tmp_path / "data" / "interactions.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    names = lines[0].split(",")
    before = table(path)

    def changed(line: int, column: str, value: str) -> None:
        cells = lines[line - 1].split(",")
        cells[names.index(column)] = value
        lines[line - 1] = ",".join(cells)

    changed(3, "date", "30/06/2026")
    changed(5, "date", "2026-02-30")
    changed(8, "hcp_id", SECRET)
    changed(11, "channel", "telegram")
    lines[13] = "only,three,cells"
    changed(17, "event_id", before[14]["event_id"])  # as line 16 has it
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    hcps = (tmp_path / "data" / "hcps.csv").read_text(encoding="utf-8").splitlines()
    at = hcps[0].split(",").index("trials")
    cells = hcps[6].split(",")
    cells[at] = "many"
    hcps[6] = ",".join(cells)
    (tmp_path / "data" / "hcps.csv").write_text("\n".join(hcps) + "\n", encoding="utf-8")

    code, said, _ = tier("run", *inputs(tmp_path / "data"), "--as-of", AS_OF, "--out", tmp_path / "out")
    assert code == 0
    found = [(row["file"], row["row"], row["column"], row["code"]) for row in table(tmp_path / "out" / "rejected.csv")]
    duplicate = [row for row in found if row[3] == "duplicate_event"]
    assert len(duplicate) == 1 and duplicate[0][1] in ("16", "17")
    assert [row for row in found if row[3] != "duplicate_event"] == [
        ("hcps.csv", "7", "trials", "wrong_type"),
        ("interactions.csv", "3", "date", "invalid_date"),
        ("interactions.csv", "5", "date", "invalid_date"),
        ("interactions.csv", "8", "hcp_id", "unknown_hcp"),
        ("interactions.csv", "11", "channel", "unknown_channel"),
        ("interactions.csv", "14", "(row)", "wrong_cell_count"),
    ]
    last = said.splitlines()[-1]
    assert last.startswith("rejected: 7 (") and "invalid_date 2" in last
    assert len(table(tmp_path / "out" / "segments.csv")) == 300
    assert (
        SECRET not in (tmp_path / "out" / "rejected.csv").read_text() + (tmp_path / "out" / "report.html").read_text()
    )


@pytest.mark.parametrize("column", ["count", "quality"])
def test_a_contact_with_a_cell_that_cannot_be_read_still_counts_for_caps(
    tmp_path: Path, tier: Run, column: str
) -> None:
    policy = tierwise.Policy.default().to_dict() | {"input": {"interactions": {"count": "QTY", "quality": "Q"}}}
    (tmp_path / "p.json").write_text(json.dumps(policy))
    names = list(tierwise.Policy.default().attributes)
    people = "".join(f"d{i}" + "," * len(names) + "\n" for i in range(4))
    (tmp_path / "hcps.csv").write_text(",".join(["hcp_id", *names]) + "\n" + people)
    consents = "hcp_id,channel,granted\n" + "".join(f"d{i},email,true\n" for i in range(4))
    (tmp_path / "consents.csv").write_text(consents)
    name = {"count": "QTY", "quality": "Q"}[column]
    cells = {"QTY": "1", "Q": "1"}
    contacts = [f"d{i},2026-06-29,email,{cells['QTY']},{cells['Q']}" for i in (0, 1)]
    cells[name] = "many"
    contacts.append(f"d2,2026-06-29,email,{cells['QTY']},{cells['Q']}")
    (tmp_path / "contacts.csv").write_text("hcp_id,date,channel,QTY,Q\n" + "\n".join(contacts) + "\n")
    files = [f"--{kind}={tmp_path / kind}.csv" for kind in ("hcps", "consents")]
    files += [f"--interactions={tmp_path / 'contacts.csv'}", f"--policy={tmp_path / 'p.json'}"]
    assert tier("run", *files, "--as-of", "2026-06-30", "--out", tmp_path / "out")[0] == 0
    by_email = {row["hcp_id"] for row in table(tmp_path / "out" / "recommendations.csv") if row["channel"] == "email"}
    assert by_email == {"d3"}  # the others had an email yesterday, and there are to be three days between two
    rejected = table(tmp_path / "out" / "rejected.csv")
    assert [(row["row"], row["column"], row["code"]) for row in rejected] == [("4", name, "wrong_type")]


def test_a_consent_that_cannot_be_read_is_a_refusal(territory: Path, tmp_path: Path, tier: Run) -> None:
    shutil.copytree(territory, tmp_path / "data")
    path = tmp_path / "data" / "consents.csv"
    rows = table(path)
    granted = [i for i, row in enumerate(rows) if row["channel"] == "email" and row["granted"] == "true"][:3]
    people = {rows[i]["hcp_id"] for i in granted}
    lines = path.read_text(encoding="utf-8").splitlines()
    names = lines[0].split(",")
    for i, (column, value) in zip(granted, (("granted", "perhaps"), ("until", "31/12/2030"), (None, "")), strict=True):
        cells = lines[i + 1].split(",")
        if column is None:
            cells = [*cells, "one", "too", "many"]
        else:
            cells[names.index(column)] = value
        lines[i + 1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert tier("run", *inputs(tmp_path / "data"), "--as-of", AS_OF, "--out", tmp_path / "out")[0] == 0
    picks = table(tmp_path / "out" / "recommendations.csv")
    assert any(row["channel"] == "email" for row in picks)
    assert not [row for row in picks if row["hcp_id"] in people and row["channel"] == "email"]
    assert {int(row["row"]) for row in table(tmp_path / "out" / "rejected.csv") if row["file"] == "consents.csv"} == {
        i + 2 for i in granted
    }


def test_actions_take_the_place_of_the_catalogue(territory: Path, tmp_path: Path, tier: Run) -> None:
    catalogue = tmp_path / "actions.csv"
    catalogue.write_text(
        "action_id,issue,group,channels,value,in_stock,eligible\ncall,promotion,detailing,visit|remote_call,2,yes,tier <= 8\n"
    )
    assert tier("run", *inputs(territory), "--actions", catalogue, "--as-of", AS_OF, "--out", tmp_path / "out")[0] == 0
    assert {row["action_id"] for row in table(tmp_path / "out" / "recommendations.csv")} == {"call", "do_nothing"}
    catalogue.write_text("action_id,issue,group,channels,value,eligable\ncall,promotion,detailing,visit,2,tier <= 8\n")
    code, _, complaint = tier(
        "run", *inputs(territory), "--actions", catalogue, "--as-of", AS_OF, "--out", tmp_path / "b"
    )
    assert code == 3 and "eligable" in complaint
    catalogue.write_text("action_id,issue,group,channels,value\ncall,promotion,detailing,telegram,2\n")
    code, _, complaint = tier(
        "run", *inputs(territory), "--actions", catalogue, "--as-of", AS_OF, "--out", tmp_path / "b"
    )
    assert code == 4 and "/recommend/actions/0" in complaint
    assert not (tmp_path / "b").exists()


# ---- refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("hcp_id,channel\nH1,visit\n", "date"),
        ("event_id,hcp_id,date,channel\n1,H1,04/03/2026,visit\n2,H1,05/03/2026,visit\n", "year first"),
        ("", "empty"),
        ("hcp_id,date,channel\nH1,2026-01-01,visit\0\n", "NUL"),
        (b"hcp_id,date,channel\nH1,2026-01-01,\xff\n", "UTF-8"),
        (",".join(f"c{i}" for i in range(1_000_000)), "columns"),
        ("hcp_id,date,channel\n" + "x" * 6_000_000, "4 MiB"),
        (gzip.compress(b"hcp_id,date,channel\n" * 9999)[:-30], "cut off"),
    ],
)
def test_refused_input_leaves_nothing(
    territory: Path, tmp_path: Path, tier: Run, content: str | bytes, word: str
) -> None:
    bad = tmp_path / "interactions.csv"
    bad.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, said, complaint = tier(
        "run",
        "--hcps",
        territory / "hcps.csv",
        "--interactions",
        bad,
        "--as-of",
        AS_OF,
        "--out",
        tmp_path / "a" / "b" / "out",
    )
    assert code == 3 and word in complaint and said == ""
    assert len(complaint) < 500 and complaint.count("\n") == 1
    assert os.listdir(tmp_path) == ["interactions.csv"]


def test_refused_doctors(territory: Path, tmp_path: Path, tier: Run) -> None:
    bad = tmp_path / "hcps.csv"
    common = ("--interactions", territory / "interactions.csv", "--as-of", AS_OF, "--out", tmp_path / "out")
    bad.write_text("hcp_id,trials\n")
    code, _, complaint = tier("run", "--hcps", bad, *common)
    assert code == 3 and "no row" in complaint
    code, _, complaint = tier("run", "--hcps", tmp_path, *common)
    assert code == 3 and "folder" in complaint
    code, _, complaint = tier("run", "--hcps", tmp_path / "none.csv", *common)
    assert code == 3 and "no such file" in complaint
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["run", "--hcps", "x"],
        ["fly"],
        ["run", "--as-of", "30.06.2026"],
        ["simulate", "--hcps", "0", "--out", "x"],
        ["simulate", "--hcps", "many", "--out", "x"],
    ],
)
def test_wrong_usage(arguments: list[str], tier: Run) -> None:
    code, _, complaint = tier(*arguments)
    assert code == 2 and "usage:" in complaint


def test_a_date_is_needed(territory: Path, tmp_path: Path, tier: Run) -> None:
    code, _, complaint = tier("run", *inputs(territory), "--out", tmp_path / "out")
    assert code == 2 and "--as-of" in complaint and not (tmp_path / "out").exists()


def test_policy_refused(territory: Path, tmp_path: Path, tier: Run) -> None:
    bad = tmp_path / "bad.json"
    document = json.loads(tier("policy", "show")[1])
    document["recommend"]["actions"][2]["eligible"] = "tier <<= 3"
    document["segmnt"] = {}
    bad.write_text(json.dumps(document, indent=1))
    code, said, _ = tier("policy", "check", bad)
    assert (
        code == 4
        and "/segmnt" in said
        and "/recommend/actions/2/eligible" in said
        and said.rstrip().endswith("2 faults")
    )
    lines = bad.read_text().splitlines()
    at = {int(part.split(":")[1]) for part in said.splitlines() if part.startswith(str(bad))}
    assert any("tier <<= 3" in lines[line - 1] for line in at)
    code, _, complaint = tier("run", *inputs(territory), "--policy", bad, "--as-of", AS_OF, "--out", tmp_path / "out")
    assert code == 4 and "policy refused" in complaint and not (tmp_path / "out").exists()
    bad.write_text("{")
    assert tier("policy", "check", bad)[0] == 4
    bad.write_bytes(b"\xff\xfe")
    assert tier("policy", "check", bad)[0] == 3
    assert tier("policy", "check", tmp_path)[0] == 3
    assert tier("policy", "check", tmp_path / "none.json")[0] == 3


def test_policies_that_are_shipped_are_sound(tmp_path: Path, tier: Run) -> None:
    code, said, _ = tier("policy", "show", "--list")
    names = [line.split(":")[0] for line in said.splitlines()]
    assert code == 0 and {"default", "open-payments-iowa", "physician-detailing"} <= set(names)
    for name in names:
        (tmp_path / "p.json").write_text(tier("policy", "show", name)[1])
        code, said, _ = tier("policy", "check", tmp_path / "p.json")
        assert code == 0 and "sound" in said
    assert all(len(line) < 200 for line in said.splitlines())
    code, _, complaint = tier("policy", "check", "defualt")
    assert code == 3 and "did you mean 'default'?" in complaint
    code, _, complaint = tier("policy", "check", '{"policy": "tierwise/1"}')
    assert code == 3 and "this is JSON text" in complaint
    code, _, complaint = tier("policy", "show", "none")
    assert code == 2 and "default" in complaint


# ---- the other commands --------------------------------------------------------------------------------------------------


def test_explain_repeats_the_run(territory: Path, tmp_path: Path, tier: Run) -> None:
    shutil.copytree(territory, tmp_path / "data")
    out = tmp_path / "out"
    assert tier("run", *inputs(tmp_path / "data"), "--as-of", AS_OF, "--out", out)[0] == 0
    one = table(out / "segments.csv")[7]
    code, said, _ = tier("explain", "--id", one["hcp_id"], "--run", out)
    assert code == 0 and one["reason"] in said
    for row in table(out / "recommendations.csv"):
        if row["hcp_id"] == one["hcp_id"]:
            assert row["reason"] in said
    code, chinese, _ = tier("explain", "--id", one["hcp_id"], "--run", out, "--language", "zh")
    assert code == 0 and chinese != said and "层" in chinese
    code, told, _ = tier("explain", "--id", one["hcp_id"], "--run", out, "--json")
    assert code == 0 and json.loads(told)["tier"] == int(one["tier"])
    code, _, complaint = tier("explain", "--id", SECRET, "--run", out)
    assert code == 3 and "no doctor" in complaint
    code, _, complaint = tier("explain", "--id", "x", "--run", tmp_path)
    assert code == 2 and "no run here" in complaint
    with open(tmp_path / "data" / "interactions.csv", "a") as file:
        file.write("\n")
    code, _, complaint = tier("explain", "--id", one["hcp_id"], "--run", out)
    assert code == 3 and "changed" in complaint and "interactions.csv" in complaint
    (tmp_path / "data" / "interactions.csv").unlink()
    code, _, complaint = tier("explain", "--id", one["hcp_id"], "--run", out)
    assert code == 3 and "no longer there" in complaint


def test_explain_says_of_a_doctor_why_the_row_was_rejected(territory: Path, tmp_path: Path, tier: Run) -> None:
    shutil.copytree(territory, tmp_path / "data")
    hcps = tmp_path / "data" / "hcps.csv"
    lines = hcps.read_text(encoding="utf-8").splitlines()
    short, twice = lines[4].split(",")[0], lines[9].split(",")[0]
    lines[4] = short + ",Oncology"
    lines.append(lines[9])
    hcps.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert tier("run", *inputs(tmp_path / "data"), "--as-of", AS_OF, "--out", tmp_path / "out")[0] == 0
    for who, words in (
        (short, "this doctor's row was rejected, wrong_cell_count: expected"),
        (twice, "2 rows of this doctor were rejected, duplicate_hcp"),
        (SECRET, "no doctor here has this id"),
    ):
        code, said, complaint = tier("explain", "--id", who, "--run", tmp_path / "out")
        assert code == 3 and not said and words in complaint and who not in complaint
        assert ("(line 5)" in complaint) == (who == short)


def test_simulate_is_reproducible(tmp_path: Path, tier: Run) -> None:
    for name in ("a", "b"):
        assert tier("simulate", "--hcps", 50, "--seed", 9, "--as-of", "2025-12-31", "--out", tmp_path / name)[0] == 0
    assert tier("simulate", "--hcps", 50, "--seed", 10, "--as-of", "2025-12-31", "--out", tmp_path / "c")[0] == 0
    for name in ("hcps", "interactions", "consents", "history"):
        one, same, other = ((tmp_path / folder / f"{name}.csv").read_bytes() for folder in "abc")
        assert one == same != other
    assert max(row["date"] for row in table(tmp_path / "a" / "interactions.csv")) <= "2025-12-31"


def test_demo_of_a_simulated_territory(tmp_path: Path, tier: Run) -> None:
    code, said, _ = tier("demo", "--hcps", 400, "--out", tmp_path / "out")
    assert code == 0 and "400 doctors" in said and said.splitlines()[-1].startswith("rejected: ")
    assert (tmp_path / "out" / "territory" / "hcps.csv").is_file() and (tmp_path / "out" / "report.html").is_file()
    one = table(tmp_path / "out" / "segments.csv")[0]["hcp_id"]
    assert tier("explain", "--id", one, "--run", tmp_path / "out")[0] == 0
    assert tier("demo", "--hcps", 300, "--out", tmp_path / "out")[0] == 0  # again, in its place
    assert len(table(tmp_path / "out" / "segments.csv")) == 300


def test_demo_says_what_it_looks_for(tmp_path: Path, tier: Run) -> None:
    code, _, complaint = tier("demo", "--data", tmp_path, "--out", tmp_path / "out")
    assert code == 3 and "hcps.csv" in complaint
    assert tier("demo", "--data", tmp_path / "none", "--out", tmp_path / "out")[0] == 3


def test_demo_of_plain_files_takes_the_last_date(territory: Path, tmp_path: Path, tier: Run) -> None:
    assert tier("demo", "--data", territory, "--out", tmp_path / "out")[0] == 0
    last = max(row["date"] for row in table(territory / "interactions.csv"))
    assert json.loads((tmp_path / "out" / "run.json").read_text())["as_of"] == last


@pytest.mark.skipif(not DATA.is_dir(), reason="no real data beside this project")
@pytest.mark.parametrize(("name", "doctors"), [("open-payments-iowa", 2048), ("physician-detailing", 1000)])
def test_demo_of_real_records(tmp_path: Path, tier: Run, name: str, doctors: int) -> None:
    code, said, _ = tier("demo", "--data", DATA / name, "--out", tmp_path / "out")
    assert code == 0 and f"{name}, as of" in said and f"{doctors:,} doctors" in said
    segments = table(tmp_path / "out" / "segments.csv")
    assert len(segments) == doctors and len({row["tier"] for row in segments}) >= 5
    if name == "open-payments-iowa":
        by_volume = [row for row in segments if row["decile"] != "unknown"]
        assert 40 <= len(by_volume) <= 50  # the others' potential is a scorecard or unknown, and said so
        assert "from a scorecard" in said
        assert all(row["grade"] != "D" or row["potential"] != "unknown" for row in segments)


@pytest.mark.skipif(not DATA.is_dir(), reason="no real data beside this project")
def test_real_contacts_take_under_two_seconds(tmp_path: Path, tier: Run) -> None:
    folder = DATA / "open-payments-iowa"
    arguments = (
        "run",
        "--hcps",
        folder / "hcps.csv",
        "--interactions",
        folder / "interactions.csv.gz",
        "--policy",
        "open-payments-iowa",
    )
    times = []
    for attempt in range(3):
        begin = time.process_time()
        assert tier(*arguments, "--as-of", "2015-06-30", "--out", tmp_path / str(attempt))[0] == 0
        times.append(time.process_time() - begin)
    assert min(times) < 2, times


def test_a_progress_bar_only_on_a_terminal(territory: Path, tmp_path: Path) -> None:
    pytest.importorskip("tqdm")
    run = ("run", *inputs(territory), "--as-of", AS_OF)
    for number, (more, shown) in enumerate((((), True), (("--no-progress",), False))):
        ours, theirs = os.openpty()
        command = [sys.executable, "-m", "tierwise", *map(str, run), "--out", str(tmp_path / str(number)), *more]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as process:
            assert process.stdout is not None
            said = process.stdout.read()
            assert process.wait(timeout=60) == 0
        os.set_blocking(ours, False)
        try:
            bar = os.read(ours, 1 << 16)
        except BlockingIOError:
            bar = b""
        os.close(ours)
        os.close(theirs)
        assert (b"reading interactions" in bar) == shown
        assert b"reading" not in said  # what a program reads has no bar in it
