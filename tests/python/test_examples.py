"""The examples run, and the C++ one gives the answers that Python gives."""

import csv
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PYTHON_EXAMPLES = ROOT / "examples" / "python"


def run(*command: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [("segment", "Tier 1 (pioneer)"), ("next_best_action", "have a next action"), ("one_doctor", "Next actions")],
)
def test_python_example(name: str, says: str) -> None:
    assert says in run(sys.executable, "-W", "error", PYTHON_EXAMPLES / f"{name}.py")


def test_notebook_shows_what_it_computes() -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(PYTHON_EXAMPLES / "first_look.ipynb", as_version=4)

    def texts() -> list[str]:  # a kernel may send one cell's output in several pieces
        return [
            "".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
            for cell in notebook.cells
            if cell.cell_type == "code"
        ]

    committed = texts()
    assert len(committed) > 8
    nbclient.NotebookClient(notebook, timeout=120).execute()
    assert texts() == committed


def test_cpp_example_decides_as_python_does(tmp_path: pathlib.Path) -> None:
    program = (
        pathlib.Path(os.environ.get("TIERWISE_BUILD", ROOT / "build" / "test"))
        / "examples/cpp/example_next_best_action"
    )
    if not program.exists():
        pytest.skip("skipped: the C++ examples are not built")
    data = tmp_path / "data"
    run(
        sys.executable, "-m", "tierwise", "simulate", "--hcps", 300, "--seed", 5, "--as-of", "2026-06-30", "--out", data
    )
    shown = run(program, data, "2026-06-30")
    out = tmp_path / "out"
    arguments = [f"--{table}={data / table}.csv" for table in ("hcps", "interactions", "consents", "history")]
    run(sys.executable, "-m", "tierwise", "run", *arguments, "--as-of", "2026-06-30", "--out", out)
    with (out / "recommendations.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))[:12]
    lines = shown.splitlines()
    for line, row in zip(lines, expected, strict=False):
        assert line.startswith(row["hcp_id"])
        assert line.endswith(row["reason"])
    with (out / "dropped.csv").open(encoding="utf-8", newline="") as file:
        dropped = {(r["stage"], r["rule"]): (int(r["candidates"]), int(r["hcps"])) for r in csv.DictReader(file)}
    printed = {}
    for line in lines[lines.index("Why candidates were dropped:") + 1 :]:
        words = line.split()
        if words[3:5] == ["candidates", "of"]:
            printed[words[0], words[1]] = (int(words[2]), int(words[5]))
    assert printed == dropped
