"""Reads CSV (plain or gzipped) and Parquet so that nothing is lost without a word.

A cell that cannot be read is reported with its line; a file that is not what it should be is refused as a whole, with the
column, what was expected and the cure. No message holds an id or the content of a cell. Memory stays bounded whatever the
file holds: a line is at most 4 MiB, a header at most 10,000 columns.

    read = files.read("hcps.csv", "hcps", [files.Wanted("hcp_id", "text", required=True), files.Wanted("trials", "number")])
    read.table      # a pyarrow table with the columns that were wanted and are there
    read.rejected   # cells and rows that could not be read
"""

from __future__ import annotations

import codecs
import csv
import difflib
import gzip
import io
import os
import zlib
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from .cells import Read, Rejected, Wanted, arrow, convert
from .errors import (
    ArgumentError,
    DataError,
    FileMissingError,
    FileUnreadableError,
    MissingColumnError,
    Place,
)

__all__ = ["MAX_COLUMNS", "MAX_LINE_BYTES", "Read", "Rejected", "Wanted", "arrow", "cells_of", "read"]

MAX_LINE_BYTES = 4 << 20
MAX_COLUMNS = 10_000
_BLOCK_BYTES = 16 << 20  # a record (quoted cells may hold line breaks) must fit into one
_CHUNK_BYTES = 1 << 20


def read(path: str | os.PathLike[str], table: str, wanted: Sequence[Wanted], *, missing_cells: bool = False) -> Read:
    """Reads the columns `wanted` of a CSV or Parquet file; which it is, is told by its content.

    `table` names it in messages ("hcps"). With `missing_cells`, a record with the wrong number of cells is kept with what
    can be read of it and everything else missing (for consents); otherwise it is rejected. Raises FileMissingError, FileUnreadableError,
    MissingColumnError, WrongTypeError or DataError; ArgumentError if a column is there twice.
    """
    name = os.fspath(path)
    with _opened(name) as stream:
        start = stream.read(8)
        if start[:4] == b"PAR1" or name.lower().endswith((".parquet", ".pq")):
            found = _read_parquet(name, table, wanted, start)
        else:
            found = _read_csv(name, table, wanted, start, missing_cells)
    convert(found, table, wanted)
    return found


# ---- files -------------------------------------------------------------------------------------------------------------


def _unreadable(path: str, message: str) -> FileUnreadableError:
    return FileUnreadableError("file_unreadable", message, Place(path=path))


def _opened(path: str) -> BinaryIO:
    if os.path.isdir(path):
        raise _unreadable(path, "this is a folder; name a file in it")
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise _unreadable(path, "this is not an ordinary file")
        return open(path, "rb")
    except FileNotFoundError as cause:
        raise FileMissingError("file_not_found", "there is no such file", Place(path=path)) from cause
    except ValueError as cause:  # a NUL in the name
        raise _unreadable("", "the name of a file cannot hold a NUL") from cause
    except OSError as cause:
        raise _unreadable(path, f"cannot be opened: {cause.strerror}") from cause


class _Checked(io.RawIOBase):
    """The bytes of a CSV, refused at the first that cannot be text."""

    def __init__(self, path: str, source: BinaryIO) -> None:
        self.path = path
        self.line_breaks = 0
        self.quotes = 0
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._mid_character = False
        self._since_break = 0
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._ready or self._chunk()
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        self._ready = data[size:]
        return size

    def first_record(self) -> tuple[bytes, int]:
        """The header's bytes, and how many lines it takes; what follows stays to be read."""
        data, end = b"", -1
        while end < 0:
            more = self._chunk()
            data += more
            end = _record_end(data)
            if not more or len(data) > MAX_LINE_BYTES or data.count(b",") > MAX_COLUMNS:
                break
        header = data if end < 0 else data[:end]
        if header.count(b",") >= MAX_COLUMNS:
            raise _unreadable(
                self.path, f"line 1 has more than {MAX_COLUMNS:,} columns; tierwise takes files with fewer"
            )
        if end < 0 and len(data) > MAX_LINE_BYTES:
            raise _unreadable(
                self.path, f"line 1 is longer than {MAX_LINE_BYTES >> 20} MiB, or a quote in it is never closed"
            )
        rest = b"" if end < 0 else data[end:]
        self._ready = rest[2:] if rest[:2] == b"\r\n" else rest[1:]
        self._header_lines = header.count(b"\n") + 1
        self.line_breaks = self._ready.count(b"\n")
        self.quotes = self._ready.count(b'"')
        return header, self._header_lines

    _header_lines = 0

    def _chunk(self) -> bytes:
        try:
            data = self._source.read(_CHUNK_BYTES)
        except (EOFError, gzip.BadGzipFile, zlib.error) as cause:
            raise _unreadable(
                self.path, "the compressed file is cut off or damaged; fetch or write it again"
            ) from cause
        except OSError as cause:
            raise _unreadable(self.path, f"cannot be read: {cause.strerror}") from cause
        line = self._header_lines + self.line_breaks
        zero = data.find(b"\0")
        if zero >= 0:
            line += data.count(b"\n", 0, zero) + 1
            raise _unreadable(self.path, f"line {line} holds a NUL byte: this is not text, or it is damaged")
        # Text without an accent or a Chinese sign needs no decoding.
        if self._mid_character or not data or not data.isascii():
            try:
                self._decoder.decode(data, final=not data)
            except UnicodeDecodeError as cause:
                line += data.count(b"\n", 0, max(cause.start, 0)) + 1
                message = f"line {line} is not UTF-8 text; save the file as UTF-8 (in Excel: 'CSV UTF-8')"
                raise DataError("not_utf8", message, Place(path=self.path)) from None
            self._mid_character = bool(self._decoder.getstate()[0])
        first = data.find(b"\n")
        if (self._since_break + (len(data) if first < 0 else first)) > MAX_LINE_BYTES and self._header_lines:
            raise _unreadable(self.path, f"line {line + 1} is longer than {MAX_LINE_BYTES >> 20} MiB; is this a table?")
        self._since_break = self._since_break + len(data) if first < 0 else len(data) - data.rfind(b"\n") - 1
        self.line_breaks += data.count(b"\n")
        self.quotes += data.count(b'"')
        return data


def _record_end(data: bytes) -> int:
    """Where the first record ends: at the first line break outside quotes; −1 if it does not."""
    at = 0
    for index, part in enumerate(data.split(b'"')):
        if index % 2 == 0:
            breaks = [found for found in (part.find(b"\n"), part.find(b"\r")) if found >= 0]
            if breaks:
                return at + min(breaks)
        at += len(part) + 1
    return -1


def _text_stream(path: str) -> BinaryIO:
    raw = _opened(path)
    if raw.read(2) == b"\x1f\x8b":
        raw.close()
        return gzip.open(path, "rb")  # type: ignore[return-value]
    raw.seek(0)
    return raw


_SIGNS = {
    b"\xff\xfe": "this is UTF-16 text; save the file as UTF-8 (in Excel: 'CSV UTF-8')",
    b"\xfe\xff": "this is UTF-16 text; save the file as UTF-8 (in Excel: 'CSV UTF-8')",
    b"PK\x03\x04": "this is an Excel workbook or a zip file; save the table as CSV or Parquet",
    b"\xd0\xcf\x11\xe0": "this is an Excel workbook; save the table as CSV or Parquet",
    b"ARROW1": "this is a Feather or Arrow file; save the table as CSV or Parquet",
}


def _read_csv(path: str, table: str, wanted: Sequence[Wanted], start: bytes, missing_cells: bool) -> Read:
    pa = arrow()
    if not start:
        raise _unreadable(path, "the file is empty: not even a header")
    for sign, message in _SIGNS.items():
        if start.startswith(sign):
            raise _unreadable(path, message)
    stream = _text_stream(path)
    try:
        checked = _Checked(path, stream)
        header, header_lines = checked.first_record()
        if not header.strip(b"\xef\xbb\xbf \t"):
            raise _unreadable(path, "line 1 is empty: it must name the columns")
        text = header.decode("utf-8-sig")
        names = [name.strip() for name in next(csv.reader(io.StringIO(text)))]
        columns = _choose(path, table, wanted, names, text)
        types = {
            f"c{names.index(column.name)}": pa.string()
            if column.kind == "number"
            else pa.dictionary(pa.int32(), pa.string())
            for column in columns
        }
        odd: list[tuple[int, str]] = []

        def wrong_count(row: Any) -> str:
            odd.append((row.number - 1, row.text if missing_cells else ""))
            return "skip"

        try:
            read = pa.csv.read_csv(
                pa.PythonFile(io.BufferedReader(checked, _CHUNK_BYTES), mode="r"),
                read_options=pa.csv.ReadOptions(
                    column_names=[f"c{i}" for i in range(len(names))], use_threads=False, block_size=_BLOCK_BYTES
                ),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=wrong_count),
                convert_options=pa.csv.ConvertOptions(
                    column_types=types,
                    include_columns=list(types),
                    null_values=[""],
                    strings_can_be_null=True,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid as cause:
            if "Empty CSV" not in str(cause):  # its own message may quote cells
                message = "cannot be read as CSV: perhaps a quoted cell is never closed, or one is longer than 16 MiB"
                raise _unreadable(path, message) from None
            read = pa.table({name: pa.array([], kind) for name, kind in types.items()})
    finally:
        stream.close()
    total = read.num_rows + len(odd)
    _refuse_open_quote(path, checked.quotes, header_lines)
    if len(odd) * 2 > total:
        line = _csv_lines(path, header_lines, np.array([odd[0][0]]))[0]
        message = f"{len(odd):,} of {total:,} rows do not have the {len(names)} cells of the header (the first in line {line})"
        raise _unreadable(path, f"{message}; is the separator a comma, and are cells with commas in quotes?")
    plain = checked.line_breaks in (total, total - 1)

    def lines(records: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return records + header_lines + 1 if plain else _csv_lines(path, header_lines, records)

    read = read.unify_dictionaries().combine_chunks().rename_columns([column.name for column in columns])
    records = np.delete(np.arange(total), [record for record, _ in odd])
    found = Read(path, read, records, total, [], names, lines)
    if odd:
        bad = np.array([record for record, _ in odd], np.int64)
        reason = f"expected {len(names)} cells, as in the header"
        found.rejected.append(Rejected("", "wrong_cell_count", reason, bad))
        if missing_cells:
            _append_remains(found, names, [text for _, text in odd], bad)
    return found


def _append_remains(found: Read, names: list[str], texts: list[str], records: npt.NDArray[np.int64]) -> None:
    """Of records with the wrong number of cells, the id and channel that they seem to name."""
    pa = arrow()
    cells = [next(csv.reader([text]), []) for text in texts]
    columns = {}
    for name in found.table.column_names:
        at = names.index(name)
        there = [row[at] if name in ("hcp_id", "channel") and at < len(row) and row[at] else None for row in cells]
        columns[name] = pa.array(there, pa.string()).cast(found.table.schema.field(name).type)
    added = pa.concat_tables([found.table, pa.table(columns)]).unify_dictionaries().combine_chunks()
    found.table = added
    found.records = np.concatenate([found.records, records])


def _refuse_open_quote(path: str, quotes: int, header_lines: int) -> None:
    """A quote that is never closed would swallow the rest of the file. Only an odd number of quotes can hide one."""
    if quotes % 2 == 0:
        return
    with _text_stream(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        limit = csv.field_size_limit(1 << 40)
        try:
            reader = csv.reader(text, strict=True)
            began = 1
            try:
                for _ in reader:
                    began = reader.line_num + 1
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise _unreadable(path, f"a quote opened in line {began} is never closed") from None
        finally:
            csv.field_size_limit(limit)


def _csv_lines(path: str, header_lines: int, records: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The lines on which records begin, where cells hold line breaks or lines are blank: the file is read again."""
    wanted = {int(record): [] for record in records}  # type: ignore[var-annotated]
    for position, record in enumerate(records):
        wanted[int(record)].append(position)
    found = np.zeros(len(records), np.int64)
    last = max(wanted, default=-1)
    with _text_stream(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        limit = csv.field_size_limit(1 << 40)
        try:
            reader = csv.reader(text)
            record, end = -2, 0
            for row in reader:
                begin, end = end + 1, reader.line_num
                if not row:
                    continue
                record += 1
                for position in wanted.get(record, ()):
                    found[position] = begin
                if record >= last:
                    break
        finally:
            csv.field_size_limit(limit)
    return found


def cells_of(path: str, lines: Sequence[int] | npt.NDArray[np.int64]) -> list[list[str]]:
    """The cells of the records of a CSV that begin on these lines, without the spaces around them. O(file)."""
    found: dict[int, list[str]] = {int(line): [] for line in lines}
    with _text_stream(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        limit = csv.field_size_limit(1 << 40)
        try:
            reader, begin = csv.reader(text), 1
            for row in reader:
                if begin in found:
                    found[begin] = [cell.strip() for cell in row]
                begin = reader.line_num + 1
        finally:
            csv.field_size_limit(limit)
    return [found[int(line)] for line in lines]


def _read_parquet(path: str, table: str, wanted: Sequence[Wanted], start: bytes) -> Read:
    pa = arrow()
    if start[:4] != b"PAR1":
        raise _unreadable(path, "this is not a Parquet file, whatever its name says" if start else "the file is empty")
    try:
        file = pa.parquet.ParquetFile(path)
        names = file.schema_arrow.names
        columns = _choose(path, table, wanted, names, "")
        read = file.read(columns=[column.name for column in columns]).combine_chunks()
    except (pa.ArrowException, OSError) as cause:
        if isinstance(cause, FileUnreadableError):
            raise
        raise _unreadable(path, "the Parquet file is cut off or damaged; fetch or write it again") from None
    read = read.select([column.name for column in columns])
    return Read(path, read, np.arange(read.num_rows), read.num_rows, [], list(names))


def _choose(path: str, table: str, wanted: Sequence[Wanted], names: Sequence[str], header: str) -> list[Wanted]:
    """The wanted columns that are there."""
    chosen = []
    for column in wanted:
        count = list(names).count(column.name)
        if count > 1:
            message = f"{count} columns have this name; rename all but the one that is meant"
            raise ArgumentError("invalid_argument", message, Place(path=path, column=column.name))
        if count == 1:
            chosen.append(column)
        elif column.required:
            # Names of other columns are not told: a file without a header has people in its first line.
            near = difflib.get_close_matches(column.name.lower(), {name.lower() for name in names}, 1, 0.75)
            hint = ""
            if len(names) == 1 and any(mark in header for mark in ";\t|"):
                hint = "; the separator must be a comma, and this file seems to use another"
            elif near:
                hint = f"; '{next(name for name in names if name.lower() == near[0])}' is there: rename it, or map it in the policy's input"
            else:
                hint = "; is there a header line, and does the policy's input name the right column?"
            message = f"the table of {table} needs this column, and the file has none of that name{hint}"
            raise MissingColumnError("missing_column", message, Place(path=path, column=column.name))
    return chosen
