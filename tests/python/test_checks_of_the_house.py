"""What ./dev says at its end: tests that were left out, and goals that were missed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CTEST = """3/9 Testing: tierwise_tests
tests/cpp/segment_dictionaries_know_real_spellings_test.cpp:178: MESSAGE: skipped: ../shared/data/hospitals-beijing is not here
[doctest] test cases: 200 | 200 passed | 0 failed | 0 skipped
"""
PYTEST = """........s [100%]
SKIPPED [2] tests/python/test_cli.py:373: no real data beside this project
SKIPPED [1] tests/python/tables.py:24: skipped: no real data at open-payments-iowa/hcps.csv
SKIPPED [4] tests/python/test_readme.py:26: could not import 'polars'
9 passed, 7 skipped in 1.00s
"""


def left_out(folder: Path, *logs: str, required: str = "") -> subprocess.CompletedProcess[str]:
    for number, text in enumerate(logs):
        (folder / f"{number}.log").write_text(text, encoding="utf-8")
    command = [sys.executable, ROOT / "tests/house/left_out.py", *(folder / f"{n}.log" for n in range(len(logs)))]
    environment = {**os.environ, "TIERWISE_REQUIRE_DATA": required}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_left_out_tests_are_counted_in_one_line(tmp_path: Path) -> None:
    said = left_out(tmp_path, CTEST, PYTEST)
    assert (said.returncode, said.stdout.count("\n")) == (0, 1)
    assert said.stdout.startswith("real data: 4 tests left out")
    assert left_out(tmp_path, "9 passed, 4 skipped\n").stdout == "real data: every test that needs them ran\n"


def test_where_data_are_required_a_test_left_out_is_a_failure(tmp_path: Path) -> None:
    assert left_out(tmp_path, CTEST, PYTEST, required="1").returncode == 1
    assert left_out(tmp_path, "9 passed\n", required="1").returncode == 0


@pytest.mark.parametrize(("ratios", "missed"), [((7.0, 0.7), 0), ((6.9, 0.7), 1), ((1.0, 0.1), 2)])
def test_a_missed_goal_fails_the_check_and_nothing_else(
    tmp_path: Path, ratios: tuple[float, float], missed: int
) -> None:
    shutil.copy(ROOT / "benchmarks" / "run.py", tmp_path)
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "__init__.py").touch()
    fields = "kernel='fake', size=9, ours_ms=1.0"
    (tmp_path / "kernels" / "fake.py").write_text(
        "def compare(programs):\n"
        f"    yield dict({fields}, peer='pandas', peer_ms=7.0, ratio={ratios[0]}, goal=7)\n"
        f"    yield dict({fields}, peer='roof', peer_ms=0.7, ratio={ratios[1]}, goal=0.7)\n"
        f"    yield dict({fields}, peer='numpy', peer_ms=0.1, ratio=0.1)\n"
    )
    for check in ([], ["--check"]):
        command = [sys.executable, tmp_path / "run.py", "--build", tmp_path, *check]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == (1 if check and missed else 0), done.stderr
        assert done.stdout.count("MISSED") == missed
        assert f"{missed} of 2 goals missed" in done.stdout or not check
