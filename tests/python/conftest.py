"""Fixtures that several files of tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def tier(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Calls the command line; gives exit code, stdout, stderr."""
    from command_line import SECRET
    from tierwise import cli

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err and SECRET not in said.err
        return code, said.out, said.err

    return call


@pytest.fixture(scope="session")
def territory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated territory of 300 doctors as CSV files. Read only."""
    from tierwise import cli

    folder = tmp_path_factory.mktemp("data") / "territory"
    assert cli.main(["simulate", "--hcps", "300", "--seed", "5", "--out", str(folder), "--no-progress"]) == 0
    return folder
