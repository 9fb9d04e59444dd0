"""Writes the files of a run so that a reader sees all of a run or none of it.

Everything is written into a hidden folder beside the target, which takes the target's place at the end. Whatever goes wrong
on the way (a full disk, Ctrl-C), the hidden folder goes and the target stays as it was.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from .files import arrow

__all__ = ["Folder", "OutputError", "write_csv", "write_parquet"]

RUN_FILE = "run.json"
TERRITORY = "territory"  # the one folder that a run writes

_KINDS = ("csv", "parquet")
_SIMULATED = frozenset(
    f"{table}.{kind}" for table in ("hcps", "interactions", "consents", "history") for kind in _KINDS
)
_RESULTS = ("segments", "tags", "recommendations", "dropped", "dropped_candidates")
# Every name that tierwise itself writes. What is not one of these is never replaced and never removed, whatever a run.json says:
# that file may come from anywhere.
_WRITTEN = _SIMULATED | {f"{table}.{kind}" for table in _RESULTS for kind in _KINDS}
_WRITTEN |= {RUN_FILE, "report.html", "rejected.csv", TERRITORY}


class OutputError(OSError):
    """The output cannot be written. The message says why and what to do."""


def _said(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full (or a quota or size limit is reached); nothing was left behind"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "there is no right to write here"
    return error.strerror or str(error)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turns what the system says into an OutputError."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: {_said(error)}") from error


class Folder:
    """A folder that appears when all its files are written.

        with Folder("out", inputs=["hcps.csv"]) as folder:
            write_csv(folder.path("segments.csv"), …)

    Refused: a target that is a file; one that another command than `replaces` has written, unless `overwrite`; one with files that are not of a run, unless `overwrite`, which replaces files of the same
    names and leaves the others; one in which an input lies that would be replaced. Only names that tierwise itself writes count
    as files of a run, and no folder is ever removed but a `territory` with nothing else in it. Raises OutputError.
    """

    def __init__(
        self,
        target: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        inputs: Iterable[str] = (),
        replaces: Iterable[str] = ("run", "demo"),
    ) -> None:
        self.target = Path(os.path.abspath(target))
        self.shown = os.fspath(target)  # as the user wrote it
        self._inputs = {os.path.realpath(path) for path in inputs}
        self._temporary: Path | None = None
        self._made: list[Path] = []
        self._merge = False
        if self.target.exists() and not self.target.is_dir():
            raise OutputError(f"{self.target}: this is a file; name a folder for the output")
        with _told(self.target):
            there = set(os.listdir(self.target)) if self.target.exists() else set()
        if there and there != {".gitkeep"} and there - _files_of_run(self.target):
            if not overwrite:
                message = "holds files that are not of a tierwise run; name another folder, or add --overwrite to replace only files of the same names"
                raise OutputError(f"{self.target}: {message}")
            self._merge = True
        command = _command_of(self.target)
        if command is not None and command not in replaces and not overwrite:
            message = f"holds what `tierwise {command}` wrote; name another folder, or add --overwrite to replace it"
            raise OutputError(f"{self.target}: {message}")
        here = os.path.realpath(self.target)
        for path in self._inputs:
            if os.path.commonpath([here, path]) == here and os.path.relpath(path, here).split(os.sep)[
                0
            ] in _files_of_run(self.target):
                raise OutputError(f"{self.target}: an input of this run lies in it and would go; name another folder")

    def __enter__(self) -> Folder:
        with _told(self.target):
            # Folders made on the way go again if this fails.
            self._made = [parent for parent in self.target.parents if not parent.exists()]
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._temporary = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.", dir=self.target.parent))
            os.chmod(self._temporary, 0o777 & ~_umask())
            if self.target.exists() and not os.access(self.target, os.W_OK):
                raise PermissionError(errno.EACCES, "")
        return self

    def path(self, name: str) -> Path:
        """Where to write a file now."""
        assert self._temporary is not None
        if os.path.realpath(self.target / name) in self._inputs:
            raise OutputError(f"{self.target / name}: this input would be replaced by the output; name another folder")
        return self._temporary / name

    def write_text(self, name: str, text: str) -> None:
        """Writes a text file as UTF-8."""
        path = self.path(name)
        with _told(self.target), open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        assert self._temporary is not None
        try:
            if error is None:
                with _told(self.target):
                    self._publish(self._temporary)
        finally:
            shutil.rmtree(self._temporary, ignore_errors=True)
            if not self.target.exists():
                for parent in self._made:
                    with contextlib.suppress(OSError):
                        parent.rmdir()
        ours = isinstance(error, OSError) and str(error.filename or "").startswith(str(self._temporary))
        if ours and isinstance(error, OSError) and not isinstance(error, OutputError):
            raise OutputError(f"{self.target}: {_said(error)}") from error

    def _publish(self, temporary: Path) -> None:
        if self._merge or os.path.islink(self.target) or os.path.ismount(self.target):
            # A folder that must stay itself: file by file, each replaced in one step, run.json last.
            names = sorted(os.listdir(temporary), key=lambda name: (name == RUN_FILE, name))
            earlier = _files_of_run(self.target)
            for name in names:
                if _is_folder(self.target / name) and name not in earlier:
                    message = "this folder is not of a tierwise run and stands where an output belongs; move it away"
                    raise OutputError(f"{self.target / name}: {message}")
            for name in names:
                _clear(self.target, name)
                os.replace(temporary / name, self.target / name)
            for name in earlier - set(names):
                _clear(self.target, name)
                (self.target / name).unlink(missing_ok=True)
            return
        if not self.target.exists():
            os.rename(temporary, self.target)
            return
        old = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.", dir=self.target.parent))
        os.rename(self.target, old)
        try:
            os.rename(temporary, self.target)
        except BaseException:
            os.rename(old, self.target)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now


def _is_folder(path: Path) -> bool:
    """A folder of its own, not a link to one."""
    return path.is_dir() and not path.is_symlink()


def _clear(target: Path, name: str) -> None:
    """Removes the folder of an earlier run, the only one that a run writes; leaves everything else."""
    if name == TERRITORY and _is_folder(target / TERRITORY):
        shutil.rmtree(target / TERRITORY)


def _is_of_run(path: Path) -> bool:
    """Whether what lies here can be what tierwise wrote under this name."""
    if path.name != TERRITORY:
        return path.name in _WRITTEN and not _is_folder(path)
    return not _is_folder(path) or all(entry.name in _SIMULATED and not _is_folder(entry) for entry in path.iterdir())


def _files_of_run(folder: Path) -> set[str]:
    """What an earlier run says it wrote, of what tierwise writes at all; nothing if there was none."""
    try:
        document = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        if document["tool"] != "tierwise":
            return set()
        named = {RUN_FILE, *(name for name in document["files"] if name in _WRITTEN)}
        return {name for name in named if _is_of_run(folder / name)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def _command_of(folder: Path) -> str | None:
    """Which command has written the run in a folder."""
    if not _files_of_run(folder):
        return None
    command = json.loads((folder / RUN_FILE).read_text(encoding="utf-8")).get("command")
    return command if command in ("run", "demo", "simulate") else "run"


def write_parquet(path: Path, table: Any, unknown: str | None = "unknown") -> None:
    """Writes a pyarrow table as Parquet. Numbers and dates stay such, null where unknown; in text an unknown is that word."""
    pa = arrow()
    for position, name in enumerate(table.column_names):
        column = table.column(name)
        if unknown is not None and pa.types.is_string(column.type):
            table = table.set_column(position, name, column.fill_null(unknown))
    with _told(path):
        pa.parquet.write_table(table, path, compression="zstd")


def write_csv(path: Path, columns: Mapping[str, list[str]]) -> None:
    """Writes columns of text as CSV: UTF-8, line feeds, quotes only where a cell needs them."""
    pa = arrow()
    pc = pa.compute
    cells = []
    for texts in columns.values():
        column = texts if isinstance(texts, (pa.Array, pa.ChunkedArray)) else pa.array(texts, pa.large_string())
        column = column.cast(pa.large_string())
        hard = pc.match_substring_regex(column, '[",\r\n]')
        if pc.any(hard).as_py():
            mark, none = pa.scalar('"', pa.large_string()), pa.scalar("", pa.large_string())
            quoted = pc.binary_join_element_wise(mark, pc.replace_substring(column, '"', '""'), mark, none)
            column = pc.if_else(hard, quoted, column)
        cells.append(column)
    with _told(path), open(path, "wb") as file:
        file.write((",".join(columns) + "\n").encode())
        rows = len(cells[0]) if cells else 0
        for begin in range(0, rows, 100_000):
            comma = pa.scalar(",", pa.large_string())
            lines = pc.binary_join_element_wise(*(column.slice(begin, 100_000) for column in cells), comma)
            file.write(("\n".join(lines.to_pylist()) + "\n").encode())
