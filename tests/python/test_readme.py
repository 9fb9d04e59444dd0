"""The README's Python and its command lines do what they show, as they stand there."""

import contextlib
import io
import pathlib
import re
import shlex
import subprocess
import sys

import pytest
import tierwise

README = (pathlib.Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def block(language: str, start: str) -> str:
    found = [text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if text.startswith(start)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_python_snippet(kind: str) -> None:
    module = pytest.importorskip(kind)
    territory = tierwise.simulate.territory(hcps=300, seed=7)
    make = module.table if kind == "pyarrow" else module.DataFrame
    given = {name: make(getattr(territory, name)) for name in ("hcps", "interactions", "consents", "history")}
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(block("python", "import tierwise"), given)
    assert type(given["result"].segments) is type(given["hcps"])
    assert shown.getvalue().startswith("Tier ")


def test_python_snippet_without_data(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("pandas")
    given = {"tierwise": tierwise}
    exec(block("python", "t = tierwise.simulate"), given)
    assert repr(given["result"]).startswith(
        "<tierwise.Result as of 2026-06-30: 1000 doctors; rows used/rejected: hcps 1000/0, "
    )
    given["result"].segments.to_parquet(tmp_path / "segments.parquet")


def test_demo(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "tierwise", "demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    shown = block("text", "default, as of")
    assert done.stdout[-len(shown) :] == shown


def test_command_lines(tmp_path: pathlib.Path) -> None:
    script = block("console", "$ tierwise simulate").replace("\\\n", " ")
    commands = [shlex.split(line[1:]) for line in script.splitlines() if line.startswith("$")]
    assert [words[1] for words in commands] == ["simulate", "run", "explain", "policy"]
    (tmp_path / "my-policy.json").write_text(tierwise.Policy.default().to_json(), encoding="utf-8")
    for words in commands:
        assert words[0] == "tierwise"
        command = [sys.executable, "-W", "error", "-m", "tierwise", *words[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
