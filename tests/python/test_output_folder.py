"""A run appears as a whole or not at all, and replaces nothing but an earlier run."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import time
from pathlib import Path

import pytest
from command_line import AS_OF, Run, inputs, leftovers, program, table
from tierwise.output import Folder, OutputError

pytest.importorskip("pyarrow")


def test_a_simulation_does_not_replace_a_run(territory: Path, tmp_path: Path, tier: Run) -> None:
    out = tmp_path / "out"
    run = ("run", *inputs(territory), "--as-of", AS_OF, "--out", out)
    simulate = ("simulate", "--hcps", 20, "--out", out)
    assert tier(*run)[0] == 0
    code, _, complaint = tier(*simulate)
    assert code == 5 and "`tierwise run` wrote" in complaint and (out / "segments.csv").exists()
    assert tier(*simulate, "--overwrite")[0] == 0 and tier(*simulate)[0] == 0
    assert (out / "hcps.csv").exists() and not (out / "segments.csv").exists()
    code, _, complaint = tier(*run)
    assert code == 5 and "`tierwise simulate` wrote" in complaint and (out / "hcps.csv").exists()


def test_an_earlier_run_is_replaced_and_other_files_are_not(territory: Path, tmp_path: Path, tier: Run) -> None:
    out = tmp_path / "out"
    run = ("run", *inputs(territory), "--as-of", AS_OF, "--out", out)
    assert tier(*run, "--trace")[0] == 0 and (out / "dropped_candidates.csv").exists()
    assert tier(*run)[0] == 0 and not (out / "dropped_candidates.csv").exists()
    (out / "mine.txt").write_text("mine")
    code, _, complaint = tier(*run)
    assert code == 5 and "--overwrite" in complaint
    (out / "segments.csv").write_text("old")
    assert tier(*run, "--overwrite")[0] == 0
    assert (out / "mine.txt").read_text() == "mine" and len(table(out / "segments.csv")) == 300
    assert leftovers(tmp_path) == []


def test_a_folder_of_others_is_refused(territory: Path, tmp_path: Path, tier: Run) -> None:
    for foreign in ("segments.csv", "run.json"):  # the names alone do not make it a run
        out = tmp_path / foreign
        out.mkdir()
        (out / foreign).write_text("{}")
        assert tier("run", *inputs(territory), "--as-of", AS_OF, "--out", out)[0] == 5
        assert os.listdir(out) == [foreign] and (out / foreign).read_text() == "{}"
    (tmp_path / "file").write_text("x")
    code, _, complaint = tier("run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / "file")
    assert code == 5 and "this is a file" in complaint
    assert tier("run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / "file" / "below")[0] == 5
    (tmp_path / "empty").mkdir()
    assert tier("run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / "empty")[0] == 0


def test_an_input_is_never_replaced(territory: Path, tmp_path: Path, tier: Run) -> None:
    shutil.copytree(territory, tmp_path / "data")
    (tmp_path / "data" / "hcps.csv").rename(tmp_path / "data" / "tags.csv")
    rest = inputs(tmp_path / "data", "interactions", "consents", "history")
    code, _, complaint = tier(
        "run",
        "--hcps",
        tmp_path / "data" / "tags.csv",
        *rest,
        "--as-of",
        AS_OF,
        "--out",
        tmp_path / "data",
        "--overwrite",
    )
    assert code == 5 and "input" in complaint
    assert (tmp_path / "data" / "tags.csv").read_bytes() == (territory / "hcps.csv").read_bytes()
    # Nor an earlier run that a file of its own is read from.
    assert tier("simulate", "--hcps", 20, "--out", tmp_path / "t")[0] == 0
    code, _, _ = tier("run", *inputs(tmp_path / "t"), "--as-of", AS_OF, "--out", tmp_path / "t")
    assert code == 5 and (tmp_path / "t" / "hcps.csv").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_right_to_write(territory: Path, tmp_path: Path, tier: Run) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    code, _, complaint = tier("run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / "closed" / "out")
    assert code == 5 and "no right" in complaint


def test_a_full_disk_leaves_nothing(territory: Path, tmp_path: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    for kind in ("csv", "parquet"):
        run = program(
            "run", *inputs(territory), "--as-of", AS_OF, "--out", tmp_path / "out", "--format", kind, preexec_fn=small
        )
        _, complaint = run.communicate(timeout=120)
        assert run.returncode == 5, complaint
        assert "disk is full" in complaint and "Traceback" not in complaint
        assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_leaves_nothing(tmp_path: Path, sign: signal.Signals, code: int) -> None:
    run = program("simulate", "--hcps", 300_000, "--out", tmp_path / "out")
    for _ in range(1200):
        if os.listdir(tmp_path):
            break
        time.sleep(0.05)
    assert leftovers(tmp_path)  # it is at work, in a hidden folder
    run.send_signal(sign)
    _, complaint = run.communicate(timeout=120)
    assert run.returncode == code, complaint
    assert "nothing was left behind" in complaint and "Traceback" not in complaint
    assert os.listdir(tmp_path) == []


def test_a_reader_that_leaves(tmp_path: Path) -> None:
    run = program("policy", "show")
    assert run.stdout is not None
    run.stdout.close()
    assert run.stderr is not None
    complaint = run.stderr.read()
    run.stderr.close()
    assert run.wait(timeout=60) == 0 and complaint == ""


def test_folder_appears_only_when_all_is_written(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with pytest.raises(RuntimeError), Folder(target) as folder:
        folder.write_text("a", "1")
        assert not target.exists()
        raise RuntimeError
    assert os.listdir(tmp_path) == []
    with Folder(target) as folder:
        folder.write_text("run.json", run_json("tags.csv"))
        folder.write_text("tags.csv", "1")
    with pytest.raises(KeyboardInterrupt), Folder(target) as folder:
        folder.write_text("tags.csv", "2")
        raise KeyboardInterrupt
    assert (target / "tags.csv").read_text() == "1" and leftovers(target.parent) == []
    (tmp_path / "link").symlink_to(target)
    with Folder(tmp_path / "link") as folder:
        folder.write_text("run.json", run_json("dropped.csv"))
        folder.write_text("dropped.csv", "2")
    assert (tmp_path / "link").is_symlink() and sorted(os.listdir(target)) == ["dropped.csv", "run.json"]
    with pytest.raises(OutputError, match="file"):
        Folder(target / "dropped.csv")


def run_json(*files: object) -> str:
    return json.dumps({"tool": "tierwise", "files": files})


def everything(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if ".out." not in str(path)
    }


def write_run(target: Path, **how: bool) -> None:
    with Folder(target, **how) as folder:
        folder.write_text("run.json", run_json("segments.csv"))
        folder.write_text("segments.csv", "new")


@pytest.mark.parametrize("names", [["..", ".", "", "../mine", "/"], ["mine.txt", "mine"], [["tags.csv"]], [{}], "mine"])
@pytest.mark.parametrize("way", ["plain", "overwrite", "link"])
def test_a_run_json_of_others_removes_nothing(tmp_path: Path, names: object, way: str) -> None:
    out = tmp_path / "out"
    (out / "mine").mkdir(parents=True)
    for path in (tmp_path / "beside.txt", out / "mine.txt", out / "mine" / "deep.txt"):
        path.write_text("mine")
    (out / "run.json").write_text(json.dumps({"tool": "tierwise", "files": names}))
    before = everything(tmp_path)
    if way == "link":
        (tmp_path / "link").symlink_to(out)
        with pytest.raises(OutputError, match="not of a tierwise run"):
            write_run(tmp_path / "link")
        (tmp_path / "link").unlink()
    elif way == "plain":
        with pytest.raises(OutputError, match="not of a tierwise run"):
            write_run(out)
    else:
        write_run(out, overwrite=True)
        assert (out / "segments.csv").read_text() == "new"
        (out / "segments.csv").unlink()
        (out / "run.json").write_text(json.dumps({"tool": "tierwise", "files": names}))
    assert everything(tmp_path) == before


@pytest.mark.parametrize("name", ["segments.csv", "territory", "tags.csv"])
def test_a_folder_that_stands_under_a_name_of_a_run_stays(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    (out / name).mkdir(parents=True)
    (out / name / "mine.txt").write_text("mine")
    (out / "run.json").write_text(run_json(name))
    with pytest.raises(OutputError, match="not of a tierwise run"):
        write_run(out)
    if name == "segments.csv":  # where the output itself belongs
        with pytest.raises(OutputError, match="move it away"):
            write_run(out, overwrite=True)
        assert (out / "run.json").read_text() == run_json(name)
    else:
        write_run(out, overwrite=True)
    assert (out / name / "mine.txt").read_text() == "mine"


def test_a_link_to_a_folder_is_replaced_and_its_folder_stays(tmp_path: Path) -> None:
    out, theirs = tmp_path / "out", tmp_path / "theirs"
    out.mkdir(), theirs.mkdir()
    (theirs / "mine.txt").write_text("mine")
    for name in ("segments.csv", "territory"):
        (out / name).symlink_to(theirs)
    (out / "note.txt").write_text("mine")
    (out / "run.json").write_text(run_json("segments.csv", "territory"))
    write_run(out, overwrite=True)
    assert sorted(os.listdir(out)) == ["note.txt", "run.json", "segments.csv"]
    assert (out / "segments.csv").read_text() == "new" and (theirs / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_each_command_writes_is_known_as_its_own(territory: Path, tmp_path: Path, tier: Run, kind: str) -> None:
    out = tmp_path / "out"
    commands = [
        ("run", *inputs(territory), "--as-of", AS_OF, "--trace"),
        ("simulate", "--hcps", 20),
        ("demo", "--hcps", 20),
        ("run", *inputs(territory), "--as-of", AS_OF),
    ]
    for command in commands:
        shutil.rmtree(out, ignore_errors=True)
        assert tier(*command, "--out", out, "--format", kind)[0] == 0, command  # and then again, in its own place
        assert tier(*command, "--out", out, "--format", kind)[0] == 0, command
        listed = json.loads((out / "run.json").read_text())["files"]
        assert sorted([*listed, "run.json"]) == sorted(os.listdir(out))
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to(out)
        assert tier(*command, "--out", tmp_path / "link", "--format", kind)[0] == 0, command
