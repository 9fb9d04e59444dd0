"""Tables that the tests share: the real sets, simulated territories, and comparison of results across kinds of frames."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import tierwise

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
DATA = Path(os.environ.get("TIERWISE_DATA", ROOT.parent / "shared" / "data"))
FRAMES = ["segments", "tags", "recommendations", "dropped", "dropped_candidates", "rejected"]


def real_file(name: str) -> Path:
    """A file of the real data; the test is skipped where it is absent."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"skipped: no real data at {name}")
    return path


def columns_of_csv(path: Path) -> dict[str, np.ndarray]:
    """A CSV as a dict of text columns, by the standard library alone; an empty cell is None."""
    import csv

    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        columns = list(zip(*rows, strict=True))
    return {name: as_objects([cell or None for cell in column]) for name, column in zip(names, columns, strict=True)}


def as_objects(values) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out


def as_numbers(column: np.ndarray) -> np.ndarray:
    return np.array([np.nan if cell is None else float(cell) for cell in column])


def iowa() -> tuple[dict, dict, tierwise.Policy]:
    """Doctors, contacts and policy of Open Payments, Iowa."""
    hcps = columns_of_csv(real_file("open-payments-iowa/hcps.csv"))
    contacts = columns_of_csv(real_file("open-payments-iowa/interactions.csv.gz"))
    hcps["medicare_part_b_usd_2014"] = as_numbers(hcps["medicare_part_b_usd_2014"])
    contacts["amount_usd"] = as_numbers(contacts["amount_usd"])
    contacts["event_id"] = contacts["event_id"].astype(np.int64)
    return hcps, contacts, tierwise.Policy.from_file(ROOT / "examples" / "policies" / "open-payments-iowa.json")


def detailing() -> tuple[dict, dict, tierwise.Policy]:
    """Doctors, months and policy of the detailing panel."""
    hcps = columns_of_csv(real_file("physician-detailing/hcps.csv"))
    months = columns_of_csv(real_file("physician-detailing/months.csv.gz"))
    hcps = {name: column if name == "hcp_id" else as_numbers(column) for name, column in hcps.items()}
    months = {name: column if name == "hcp_id" else as_numbers(column) for name, column in months.items()}
    months["month"] = months["month"].astype(np.int64)
    return hcps, months, tierwise.Policy.from_file(ROOT / "examples" / "policies" / "physician-detailing.json")


def as_kind(table: dict | None, kind: str):
    """A dict of NumPy arrays as a frame of another kind."""
    if table is None or kind == "dict":
        return table
    if kind == "pandas":
        pd = pytest.importorskip("pandas")
        return pd.DataFrame(
            {name: c.astype("datetime64[s]") if c.dtype.kind == "M" else c for name, c in table.items()}
        )
    if kind == "polars":
        pl = pytest.importorskip("polars")
        return pl.DataFrame(
            {name: pl.Series(c.tolist() if c.dtype == object else c, nan_to_null=True) for name, c in table.items()}
        )
    if kind == "pyarrow":
        pa = pytest.importorskip("pyarrow")
        return pa.table({name: pa.array(c, from_pandas=True) for name, c in table.items()})
    raise AssertionError(kind)


def digest(result: tierwise.Result, sort: bool = False) -> str:
    """SHA-256 of everything that came out, as files would hold it. With `sort`, whatever the order of rows."""
    total = hashlib.sha256()
    for name in FRAMES:
        written = tierwise.as_written(getattr(result, name))
        if name == "rejected" and sort:
            written.pop("row")
        rows = list(zip(*written.values(), strict=True))
        for row in sorted(rows) if sort else rows:
            total.update(("\x1f".join(row) + "\n").encode())
    return total.hexdigest()


def shuffled(table: dict, seed: int) -> dict:
    order = np.random.default_rng(seed).permutation(len(next(iter(table.values()))))
    return {name: column[order] for name, column in table.items()}


def rows_of(table: dict, rows) -> dict:
    return {name: column[rows] for name, column in table.items()}
