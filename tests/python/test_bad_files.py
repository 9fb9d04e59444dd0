"""Whatever a file holds, reading it gives a table, rejected rows, or one clear error; never a crash, a traceback or a cell's content."""

from __future__ import annotations

import datetime
import gzip
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq  # noqa: E402
from tierwise import files  # noqa: E402
from tierwise.errors import (  # noqa: E402
    ArgumentError,
    DataError,
    Error,
    FileMissingError,
    FileUnreadableError,
    MissingColumnError,
    WrongTypeError,
)
from tierwise.files import Read, Wanted  # noqa: E402

WANTED = [
    Wanted("hcp_id", "text", required=True),
    Wanted("n", "number"),
    Wanted("day", "date"),
    Wanted("yes", "boolean"),
]
SECRET = "S3CR3T-Wang"


def read(folder: Path, content: bytes | str, name: str = "t.csv", wanted: list[Wanted] = WANTED, **how: Any) -> Read:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return files.read(path, "hcps", wanted, **how)


def refused(folder: Path, content: bytes | str, kind: type[Error], *words: str, name: str = "t.csv") -> Error:
    with pytest.raises(kind) as caught:
        read(folder, content, name)
    for word in words:
        assert word in str(caught.value)
    assert SECRET not in str(caught.value)
    return caught.value


def told(found: Read) -> list[tuple[str, str, list[int]]]:
    return [(bad.column, bad.code, found.lines(bad.records).tolist()) for bad in found.rejected]


def test_a_sound_file(tmp_path: Path) -> None:
    found = read(tmp_path, 'hcp_id,n,day,yes,more\n007,1.5,2026-06-30,yes,x\n"a,b",,2026/1/2 10:30,0,x\n王,1e3,,是,\n')
    assert found.table.to_pydict() == {
        "hcp_id": ["007", "a,b", "王"],
        "n": [1.5, None, 1000.0],
        "day": [datetime.date(2026, 6, 30), datetime.date(2026, 1, 2), None],
        "yes": [True, False, True],
    }
    assert found.rejected == [] and found.total == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_line_ends_byte_order_mark_and_gzip(tmp_path: Path, end: str, mark: bytes, compress: Any) -> None:
    content = mark + end.join(["hcp_id,n", "1,2", "3,x", "4,5", ""]).encode()
    found = read(tmp_path, compress(content))
    assert found.table.to_pydict() == {"hcp_id": ["1", "3", "4"], "n": [2.0, None, 5.0]}
    assert told(found) == [("n", "wrong_type", [3])]


def test_unknown_is_missing_and_text_is_trimmed(tmp_path: Path) -> None:
    found = read(tmp_path, "hcp_id,n\n unknown ,unknown\n NA ,NA\n x , 7 \n")
    assert found.table.to_pydict() == {"hcp_id": [None, "NA", "x"], "n": [None, None, 7.0]}
    assert found.rejected == []


@pytest.mark.parametrize(
    "cell", ["twelve", "1,5x", "0x10", "inf", "-inf", "1e999", "1.2.3", "12%", "--1", "1 000", "٣"]
)
def test_what_is_no_number_costs_the_cell(tmp_path: Path, cell: str) -> None:
    found = read(tmp_path, f'hcp_id,n\n1,1\n2,"{cell}"\n3,3\n')
    assert found.table.to_pydict() == {"hcp_id": ["1", "2", "3"], "n": [1.0, None, 3.0]}
    assert told(found) == [("n", "wrong_type", [3])]


@pytest.mark.parametrize(
    "cell",
    [
        "03/04/2015",
        "2015-02-30",
        "2015-13-01",
        "2015-00-10",
        "30.06.2015",
        "20150630",
        "2015-06-30T10:00Z",
        "June",
        "2015-6",
        "0000-01-01",
    ],
)
def test_what_is_no_date_costs_itself(tmp_path: Path, cell: str) -> None:
    found = read(tmp_path, f"hcp_id,day\n1,2015-02-28\n2,{cell}\n3,2016-02-29\n")
    assert found.table.column("hcp_id").to_pylist() == ["1", "2", "3"]
    assert found.table.column("day").is_null().to_pylist() == [False, True, False]
    assert told(found) == [("day", "invalid_date", [3])]
    why = (
        "zone"
        if cell.endswith("Z")
        else "no such day"
        if cell[:5] in ("2015-", "0000-") and len(cell) == 10
        else "expected"
    )
    assert why in found.rejected[0].reason


def test_columns_for_the_library_to_judge_stay_text(tmp_path: Path) -> None:
    wanted = [Wanted("hcp_id", "text"), Wanted("until", "date", bad="keep"), Wanted("granted", "boolean", bad="keep")]
    found = read(tmp_path, "hcp_id,until,granted\n1,2026-01-01,maybe\n2,31/12/2026,1\n3,2026-01-01,1\n", wanted=wanted)
    assert found.table.column("until").to_pylist() == ["2026-01-01", "31/12/2026", "2026-01-01"]
    assert found.table.column("granted").to_pylist() == ["maybe", "1", "1"]
    assert found.rejected == []


def test_rows_with_too_few_or_many_cells(tmp_path: Path) -> None:
    found = read(tmp_path, 'hcp_id,n\n1,1\n2\n"3\n3",3\n\n4,4,4\n5,x\n6,6\n')
    assert found.table.column("hcp_id").to_pylist() == ["1", "3\n3", "5", "6"]
    # Lines are those of the file, though a cell holds a line break and a line is blank.
    assert told(found) == [("", "wrong_cell_count", [3, 7]), ("n", "wrong_type", [8])]
    assert found.total == 6


def test_a_short_consent_keeps_whom_it_names(tmp_path: Path) -> None:
    wanted = [Wanted("hcp_id", "text"), Wanted("channel", "text"), Wanted("granted", "boolean", bad="keep")]
    found = read(
        tmp_path,
        "hcp_id,channel,granted\n1,email,1\n2,email\n3,email,1\n4,visit,1,1\n",
        wanted=wanted,
        missing_cells=True,
    )
    assert found.table.to_pydict() == {
        "hcp_id": ["1", "3", "2", "4"],
        "channel": ["email", "email", "email", "visit"],
        "granted": [True, True, None, None],
    }
    assert told(found) == [("", "wrong_cell_count", [3, 5])]
    assert found.lines(found.records).tolist() == [2, 4, 3, 5]


def test_most_of_a_column_unreadable_refuses_the_file(tmp_path: Path) -> None:
    error = refused(
        tmp_path,
        f"hcp_id,n\n1,1\n2,{SECRET}\n3,{SECRET}\n",
        WrongTypeError,
        "2 of 3 cells",
        "line 3",
        "a number such as",
    )
    assert error.where.column == "n"
    error = refused(
        tmp_path, "hcp_id,day\n1,03/04/2015\n2,13/04/2015\n", WrongTypeError, "2 of 2 cells", "year first", "two dates"
    )
    assert error.where.column == "day"
    # Half is not most.
    assert told(read(tmp_path, "hcp_id,n\n1,1\n2,x\n")) == [("n", "wrong_type", [3])]


def test_missing_column(tmp_path: Path) -> None:
    error = refused(tmp_path, f"id,n\n{SECRET},1\n", MissingColumnError, "hcps")
    assert error.where.column == "hcp_id"
    refused(tmp_path, "HCP_ID,n\n1,2\n", MissingColumnError, "'HCP_ID' is there")
    refused(tmp_path, f"hcp_id;n\n{SECRET};2\n", MissingColumnError, "separator")
    refused(tmp_path, f"{SECRET},12\nx,13\n", MissingColumnError, "header")  # no header: its first doctor is not told


def test_a_column_twice(tmp_path: Path) -> None:
    error = refused(tmp_path, "hcp_id,n,n\n1,2,3\n", ArgumentError, "2 columns")
    assert error.where.column == "n"
    assert read(tmp_path, "hcp_id,x,x\n1,2,3\n").table.num_rows == 1  # one that nobody needs


def test_empty_files(tmp_path: Path) -> None:
    refused(tmp_path, "", FileUnreadableError, "empty")
    refused(tmp_path, "\n1,2\n", FileUnreadableError, "line 1 is empty")
    refused(tmp_path, gzip.compress(b""), FileUnreadableError, "line 1 is empty", name="t.csv.gz")
    assert read(tmp_path, "hcp_id,n\n").table.num_rows == 0
    assert read(tmp_path, "hcp_id,n").table.num_rows == 0


def test_a_million_columns(tmp_path: Path) -> None:
    header = ",".join(f"column_{i}" for i in range(1_000_000))
    refused(tmp_path, header + "\n", FileUnreadableError, "more than 10,000 columns")
    refused(tmp_path, "hcp_id" + ",x" * 10_000 + "\n", FileUnreadableError, "more than 10,000 columns")
    assert read(tmp_path, "hcp_id" + ",x" * 9_999 + "\n1" + ",2" * 9_999).table.num_rows == 1


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    refused(tmp_path, b"hcp_id,n\n1,2\n3,\0\n", FileUnreadableError, "line 3", "NUL")
    refused(tmp_path, b"hcp_id\0,n\n1,2\n", FileUnreadableError, "line 1", "NUL")
    error = refused(tmp_path, b"hcp_id,n\n1,2\n" + SECRET.encode() + b"\xff,3\n", DataError, "line 3", "UTF-8")
    assert error.code == "not_utf8"
    refused(tmp_path, b"hcp_id,n\n1,\xe7\x8e", DataError, "UTF-8")  # the last character is cut off
    refused(tmp_path, "hcp_id,n\n王,2\n".encode("gb18030"), DataError, "line 2", "UTF-8")
    refused(tmp_path, "hcp_id,n\n1,2\n".encode("utf-16"), FileUnreadableError, "UTF-16")
    refused(tmp_path, "\ufeffhcp_id,n\n1,2\n".encode("utf-16-be"), FileUnreadableError, "UTF-16")


def test_a_bad_byte_far_into_a_large_file(tmp_path: Path) -> None:
    rows = b"".join(b"%07d,2\n" % i for i in range(300_000))
    refused(tmp_path, b"hcp_id,n\n" + rows + b"\xff,3\n", DataError, "line 300002", "UTF-8")
    refused(tmp_path, gzip.compress(b"hcp_id,n\n" + rows + b"\0,3\n", 1), FileUnreadableError, "line 300002", "NUL")


@pytest.mark.parametrize("start", [b"hcp_id,n\n1,", b"", b'hcp_id,n\n1,"', b'"'])
def test_a_line_of_200_megabytes_takes_little_memory(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "t.csv"
    with open(path, "wb") as file:
        file.write(start)
        for _ in range(200):
            file.write(b"x" * 1_000_000)
    tracemalloc.start()
    before = pa.default_memory_pool().max_memory()
    try:
        with pytest.raises(FileUnreadableError, match="longer than 4 MiB"):
            files.read(path, "hcps", WANTED)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
        assert pa.default_memory_pool().max_memory() - before < 64 << 20
    finally:
        tracemalloc.stop()


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    refused(tmp_path, 'hcp_id,n\n1,2\n"3,4\n5,6\n', FileUnreadableError, "line 3", "never closed")
    assert read(tmp_path, 'hcp_id,n\n5" pipe,2\n').table.column("hcp_id").to_pylist() == ['5" pipe']


def test_wrong_separator_gives_a_hint_not_a_million_rejects(tmp_path: Path) -> None:
    refused(tmp_path, "hcp_id,n\n1;2\n3;4\n", FileUnreadableError, "2 of 2 rows", "line 2", "comma")


def test_things_that_are_no_csv(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="folder"):
        files.read(tmp_path, "hcps", WANTED)
    with pytest.raises(FileMissingError):
        files.read(tmp_path / "nowhere.csv", "hcps", WANTED)
    with pytest.raises(FileUnreadableError, match="NUL"):
        files.read("a\0b", "hcps", WANTED)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileUnreadableError, match="ordinary"):  # and does not wait for a writer
        files.read(tmp_path / "pipe", "hcps", WANTED)
    refused(tmp_path, b"PK\x03\x04abc", FileUnreadableError, "Excel", name="t.xlsx")


def test_gzip_that_is_cut_off_or_damaged(tmp_path: Path) -> None:
    whole = gzip.compress(b"hcp_id,n\n" + b"".join(b"%d,%d\n" % (i, i * 7919 % 1000) for i in range(200_000)))
    refused(tmp_path, whole[: len(whole) // 2], FileUnreadableError, "cut off or damaged", name="t.csv.gz")
    refused(tmp_path, whole[:-4], FileUnreadableError, "cut off or damaged", name="t.csv.gz")
    damaged = bytearray(whole)
    damaged[len(whole) // 2 :] = b"\xff" * (len(whole) - len(whole) // 2)
    refused(tmp_path, bytes(damaged), FileUnreadableError, "cut off or damaged", name="t.csv.gz")
    refused(tmp_path, b"\x1f\x8b", FileUnreadableError, "cut off or damaged", name="t.csv.gz")


def parquet(folder: Path, table: Any) -> bytes:
    pq.write_table(table, folder / "made.parquet")
    return (folder / "made.parquet").read_bytes()


def test_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {
            "hcp_id": pa.array([7, 8, 9], pa.int64()),
            "n": pa.array(["1", "x", None]),
            "day": pa.array(
                [datetime.datetime(2026, 1, 2, 10), None, datetime.datetime(2026, 1, 3)], pa.timestamp("us")
            ),
            "yes": pa.array([True, None, False]),
        }
    )
    found = read(tmp_path, parquet(tmp_path, table), "t.parquet")
    assert found.table.to_pydict() == {
        "hcp_id": ["7", "8", "9"],
        "n": [1.0, None, None],
        "day": [datetime.date(2026, 1, 2), None, datetime.date(2026, 1, 3)],
        "yes": [True, None, False],
    }
    assert told(found) == [("n", "wrong_type", [2])]  # rows of Parquet count from 1


def test_parquet_that_is_none_or_holds_other_types(tmp_path: Path) -> None:
    refused(tmp_path, "hcp_id,n\n1,2\n", FileUnreadableError, "not a Parquet file", name="t.parquet")
    refused(tmp_path, "", FileUnreadableError, "empty", name="t.parquet")
    whole = parquet(tmp_path, pa.table({"hcp_id": [str(i) for i in range(5000)]}))
    refused(tmp_path, whole[:-20], FileUnreadableError, "cut off or damaged", name="t.parquet")
    refused(tmp_path, b"PAR1" + b"\0" * 100, FileUnreadableError, "cut off or damaged", name="t.parquet")
    error = refused(
        tmp_path,
        parquet(tmp_path, pa.table({"hcp_id": ["1"], "n": [[1, 2]]})),
        WrongTypeError,
        "list",
        name="t.parquet",
    )
    assert error.where.column == "n"
    moment = pa.array([datetime.datetime(2026, 1, 1)], pa.timestamp("s", "UTC"))
    refused(
        tmp_path,
        parquet(tmp_path, pa.table({"hcp_id": ["1"], "day": moment})),
        WrongTypeError,
        "time zone",
        name="t.parquet",
    )
    refused(tmp_path, parquet(tmp_path, pa.table({"id": ["1"]})), MissingColumnError, name="t.parquet")


def test_no_message_holds_a_cell(tmp_path: Path) -> None:
    """Every kind of refusal, with a name in every cell around it."""
    contents: list[bytes] = [
        f"hcp_id,n\n{SECRET},{SECRET}\n".encode(),
        f"hcp_id,n\n{SECRET}\n{SECRET}\n".encode(),
        f'hcp_id,n\n"{SECRET},1\n'.encode(),
        f"{SECRET},{SECRET}\n".encode(),
        f"hcp_id,n\n{SECRET},\0\n".encode(),
        f"hcp_id,n\n{SECRET},".encode() + b"\xff\n",
        f"hcp_id,day\n{SECRET},{SECRET}\n".encode(),
        f"hcp_id,yes\n{SECRET},{SECRET}\n".encode(),
        f"hcp_id,n\n{SECRET},{'x' * (5 << 20)}\n".encode(),
    ]
    for content in contents:
        refused(tmp_path, content, Error)
