"""Turns the cells of a file, which are text, into numbers, dates and booleans, and says of each that cannot be read why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import days
from .errors import Place, WrongTypeError

__all__ = ["Read", "Rejected", "Wanted", "arrow", "convert"]

Kind = Literal["text", "number", "date", "boolean"]

_NOT_THERE = ("", "unknown")
"""Cells that say that there is no value, in any column; in columns that are not text also the following."""
_NOT_A_VALUE = (*_NOT_THERE, "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "none")

_EXPECTED: dict[str, str] = {
    "number": "a number such as 12 or 3.5 (a point before decimals, no thousands separators, no units)",
    "date": days.EXPECTED.removeprefix("expected "),
    "boolean": "true or false (or 1 or 0, yes or no)",
}
_CODE: dict[str, str] = {"number": "wrong_type", "date": "invalid_date", "boolean": "wrong_type"}


@dataclass(frozen=True)
class Wanted:
    """A column to read, if it is there."""

    name: str
    kind: Kind
    required: bool = False
    bad: Literal["cell", "keep", "infinite"] = "cell"
    """What a cell that cannot be read costs: itself, or nothing: the column is then handed on as text,
    for the library to judge (a consent that cannot be read must count as a refusal, not vanish). "infinite", for numbers:
    the cell is handed on as a number that the library refuses (a contact whose count cannot be read has still happened)."""


@dataclass(frozen=True)
class Rejected:
    """Rows that could not be read for one reason."""

    column: str
    code: str
    reason: str
    records: npt.NDArray[np.int64]
    """Records of the file, counted from 0 without the header."""


@dataclass
class Read:
    """A table as it was read."""

    path: str
    table: Any
    """pyarrow.Table."""
    records: npt.NDArray[np.int64]
    """For each row of the table, its record in the file, from 0."""
    total: int
    """Records in the file, readable or not."""
    rejected: list[Rejected] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """All columns of the file."""
    _lines: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]] = lambda records: records + 1

    def lines(self, records: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Where records stand in the file: the line of a CSV on which they begin, counted from 1 with the header; the row
        of a Parquet file, counted from 1. O(file) if cells hold line breaks, else O(records)."""
        return self._lines(np.asarray(records, np.int64))


def arrow() -> Any:
    """pyarrow, or an ImportError that says how to get it."""
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError as cause:
        raise ImportError("reading and writing files needs pyarrow: pip install 'tierwise[cli]'") from cause
    return pyarrow


def convert(found: Read, table: str, wanted: Sequence[Wanted]) -> None:
    """Turns each column into its kind and takes out what cannot be read."""
    by_name = {column.name: column for column in wanted}
    for position, name in enumerate(found.table.column_names):
        column = by_name[name]
        cells, bad = _cells(found, table, column, found.table.column(name))
        rows = np.flatnonzero(bad) if bad is not None else np.zeros(0, np.int64)
        if len(rows):
            if column.bad == "keep":
                continue  # as text: the library sees what it cannot read, and reports it
            for reason, of in _reasons(column.kind, found.table.column(name), rows):
                found.rejected.append(Rejected(name, _CODE[column.kind], reason, found.records[of]))
            if column.bad == "infinite":
                cells = arrow().compute.if_else(arrow().array(bad), np.inf, cells)
        found.table = found.table.set_column(position, name, cells)


def _cells(found: Read, table: str, column: Wanted, cells: Any) -> tuple[Any, npt.NDArray[np.bool_] | None]:
    """A column as its kind, and which cells could not be read (None: all could)."""
    pa = arrow()
    kind = cells.type
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if pa.types.is_dictionary(kind):
        texts, codes = cells.dictionary, cells.indices
        if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
            return _cells(found, table, column, cells.dictionary_decode())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        if column.kind != "number":
            return _cells(found, table, column, cells.cast(pa.string()).dictionary_encode())
        texts, codes = cells, None
    else:
        return _typed(found, table, column, cells), None

    trimmed = pa.compute.utf8_trim_whitespace(texts)
    if column.kind == "text":
        gone = pa.compute.is_in(trimmed, pa.array(_NOT_THERE, trimmed.type))
        if trimmed.equals(texts) and not pa.compute.any(gone).as_py():
            return cells, None
        clean = pa.compute.if_else(gone, pa.scalar(None, trimmed.type), trimmed)
        return clean.take(codes).cast(pa.string()).dictionary_encode(), None
    gone = pa.compute.is_in(trimmed, pa.array(_NOT_A_VALUE, trimmed.type))
    trimmed = pa.compute.if_else(gone, pa.scalar(None, trimmed.type), trimmed)
    values = {"number": _numbers, "date": _dates, "boolean": _booleans}[column.kind](trimmed)
    bad = pa.compute.and_(pa.compute.is_valid(trimmed), pa.compute.is_null(values))
    if codes is not None:
        values, bad, filled = values.take(codes), bad.take(codes), pa.compute.is_valid(trimmed).take(codes)
        bad, filled = bad.fill_null(False), filled.fill_null(False)
    else:
        filled = pa.compute.is_valid(trimmed)
    unread = pa.compute.sum(bad).as_py() or 0
    if not unread:
        return values, None
    mask = bad.to_numpy(zero_copy_only=False)
    if unread * 2 > (pa.compute.sum(filled).as_py() or 0):
        line = found.lines(found.records[np.flatnonzero(mask)[:1]])[0]
        where = "row" if found.path.lower().endswith((".parquet", ".pq")) else "line"
        message = f"{unread:,} of {pa.compute.sum(filled).as_py():,} cells cannot be read (the first in {where} {line}): expected {_EXPECTED[column.kind]}"
        if column.kind == "date":
            message += f". {_cure_of_dates(texts)}"
        raise WrongTypeError("wrong_type", message, Place(path=found.path, column=column.name))
    return values, mask


def _typed(found: Read, table: str, column: Wanted, cells: Any) -> Any:
    """A column of Parquet that is not text."""
    pa = arrow()
    kind, types = cells.type, pa.types
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    if types.is_null(kind):
        return cells
    if column.kind == "number" and (number or types.is_boolean(kind)):
        return cells.cast(pa.float64()) if not types.is_integer(kind) else cells
    if column.kind == "boolean" and (number or types.is_boolean(kind)):
        return cells
    if column.kind == "date" and (types.is_date(kind) or (types.is_timestamp(kind) and kind.tz is None)):
        return cells.cast(pa.date32(), safe=False)
    if column.kind == "text" and (types.is_integer(kind) or types.is_boolean(kind) or types.is_date(kind)):
        return cells.cast(pa.string()).dictionary_encode()
    expected = _EXPECTED.get(column.kind, "text")
    cure = f" {days.ZONE[0].upper()}{days.ZONE[1:]}." if types.is_timestamp(kind) else ""
    message = f"the column is of the Parquet type {kind}: expected {expected}.{cure}"
    raise WrongTypeError("wrong_type", message, Place(path=found.path, column=column.name))


def _numbers(texts: Any) -> Any:
    pa = arrow()
    try:
        values = texts.cast(pa.float64())
        if pa.compute.all(pa.compute.is_finite(values)).as_py() is not False:
            return values
    except pa.ArrowInvalid:
        pass
    well_formed = pa.compute.match_substring_regex(texts, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$")
    plain = pa.compute.utf8_ltrim(pa.compute.if_else(well_formed, texts, pa.scalar(None, texts.type)), "+")
    values = plain.cast(pa.float64())
    return pa.compute.if_else(pa.compute.is_finite(values), values, pa.scalar(None, pa.float64()))


def _reasons(kind: Kind, cells: Any, rows: npt.NDArray[np.int64]) -> list[tuple[str, npt.NDArray[np.int64]]]:
    """Why the cells of these rows could not be read."""
    expected = f"expected {_EXPECTED[kind]}"
    if kind != "date":
        return [(expected, rows)]
    pc = arrow().compute
    texts = pc.utf8_trim_whitespace(cells.cast(arrow().string()).take(rows))
    zoned, formed = (
        pc.match_substring_regex(texts, pattern).fill_null(False).to_numpy(zero_copy_only=False)
        for pattern in (days.ZONED, days.DAY)
    )
    parts = [(days.ZONE, zoned), (days.NO_SUCH_DAY, formed), (expected, ~zoned & ~formed)]
    return [(reason, rows[chosen]) for reason, chosen in parts if chosen.any()]


def _cure_of_dates(texts: Any) -> str:
    pc = arrow().compute
    if pc.any(pc.match_substring_regex(texts, days.ZONED)).as_py():
        return days.ZONE[0].upper() + days.ZONE[1:]
    return "Write the year first: a date like 03/04/2015 is two dates, depending on who reads it"


def _dates(texts: Any) -> Any:
    """Year, month, day with - or / between them; a time of day is dropped."""
    pa = arrow()
    parts = pa.compute.extract_regex(texts, days.DAY)
    matched = parts.is_valid().to_numpy(zero_copy_only=False)
    year, month, day = (
        pa.compute.struct_field(parts, name).fill_null("1").cast(pa.int64()).to_numpy(zero_copy_only=False)
        if len(parts)
        else np.zeros(0, np.int64)
        for name in "ymd"
    )
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    on = months.astype("datetime64[D]") + (day - 1)
    possible = matched & (month >= 1) & (month <= 12) & (day >= 1) & (on.astype("datetime64[M]") == months) & (year > 0)
    return pa.array(on.astype(np.int32), pa.int32(), mask=~possible).cast(pa.date32())


_TRUE = ("true", "t", "yes", "y", "1", "1.0", "是")
_FALSE = ("false", "f", "no", "n", "0", "0.0", "否")


def _booleans(texts: Any) -> Any:
    pa = arrow()
    lower = pa.compute.utf8_lower(texts)
    known = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
    return pa.array([known.get(text) for text in lower.to_pylist()], pa.bool_())
