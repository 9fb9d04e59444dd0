"""What tests of the command line share."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECRET = "S3CR3T-Wang"
AS_OF = "2026-06-30"
Run = Callable[..., tuple[int, str, str]]


"""What the fixture `tier` is."""


def inputs(folder: Path, *tables: str, ending: str = "csv") -> list[object]:
    return [
        part
        for name in tables or ("hcps", "interactions", "consents", "history")
        for part in (f"--{name}", folder / f"{name}.{ending}")
    ]


def table(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def leftovers(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".")]


def program(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-m", "tierwise", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
