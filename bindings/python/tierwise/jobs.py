"""What the commands of the command line do."""

from __future__ import annotations

import argparse
import datetime
import difflib
import hashlib
import json
import os
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from . import files, recommend, report
from . import simulate as simulator
from ._core import __version__
from .cli import DONE, POLICY, Steps, UsageError
from .errors import ArgumentError, DataError, FileMissingError, FileUnreadableError, Place, UnknownHcpError
from .files import Read, Wanted
from .model import _run as run_all
from .output import RUN_FILE, TERRITORY, Folder, write_csv, write_parquet
from .policy import Policy, shipped_texts
from .result import Result, as_written
from .rule_job import rule
from .terminal import said

__all__ = ["Rejects", "decide", "explain", "policy_check", "policy_show", "read_inputs", "rule", "run", "simulate"]

TABLES = ("hcps", "interactions", "consents", "history", "actions")
MAX_POLICY_BYTES = 16 << 20


# ---- policies ------------------------------------------------------------------------------------------------------------


def _policy_text(name: str) -> str:
    """The text of a policy file."""
    if os.path.isdir(name):
        raise FileUnreadableError("file_unreadable", "this is a folder; name a policy file", Place(path=name))
    try:
        if os.path.getsize(name) > MAX_POLICY_BYTES:
            raise FileUnreadableError("file_unreadable", "larger than 16 MiB: this is no policy", Place(path=name))
        with open(name, "rb") as file:
            return file.read().decode("utf-8-sig")
    except FileNotFoundError:
        raise FileMissingError("file_not_found", "there is no such policy file", Place(path=name)) from None
    except UnicodeDecodeError:
        raise DataError("not_utf8", "not UTF-8 text", Place(path=name)) from None
    except OSError as cause:
        raise FileUnreadableError("file_unreadable", f"cannot be read: {cause.strerror}", Place(path=name)) from None


def _named(name: str) -> tuple[str, str | None]:
    """The text of a policy by file or shipped name, and the file."""
    known = shipped_texts()
    if name in known and not os.path.exists(name):
        return known[name], None
    try:
        return _policy_text(name), name
    except FileMissingError as error:
        if name.lstrip().startswith("{"):
            message = "this is JSON text; write it into a file, and name that"
            raise FileMissingError("file_not_found", message, Place(column="policy")) from None
        near = difflib.get_close_matches(name.lower(), known, 1)
        message = f"{error.message}, and no shipped one of this name{f'; did you mean {near[0]!r}?' if near else ''} ({', '.join(known)})"
        raise FileMissingError("file_not_found", message, error.where) from None


def _faults(name: str, text: str) -> list[str]:
    """A line for each fault of a policy, with its place."""
    from .places import line_of

    said = []
    for fault in Policy.check(text):
        syntax = re.match(r"line (\d+), ", fault.message)
        line = int(syntax[1]) if syntax and fault.code == "policy_syntax" else line_of(text, fault.where.path)
        at = f"{name}:{line}" if line else name
        said.append(f"{at}: {fault.where.path or '/'}: {fault.code}: {fault.message}\n")
    if said:
        said.append(f"{len(said)} fault{'s' if len(said) > 1 else ''}\n")
    return said


def _policy(name: str | None) -> tuple[Policy, str | None]:
    """A policy by file or shipped name, and the file. All its faults are said, if there are any."""
    text, file = _named(name or "default")
    sys.stderr.writelines(_faults(file or "default", text))
    return Policy.from_json(text), file  # raises the first of them


def policy_check(given: argparse.Namespace) -> int:
    """Prints every fault of a policy."""
    text, _ = _named(given.file)
    if faults := _faults(given.file, text):
        sys.stdout.writelines(faults)
        return POLICY
    policy = Policy.from_json(text)
    sys.stdout.write(f"{given.file}: sound: {policy.name!r}, {policy.counts}\n")
    return DONE


def policy_show(given: argparse.Namespace) -> int:
    """Prints a shipped policy."""
    known = shipped_texts()
    if given.list:
        for name, text in known.items():
            first = json.loads(text).get("description", "").split(". ")[0].removesuffix(".")
            sys.stdout.write(f"{name}: {first}\n")
        return DONE
    if given.name not in known:
        raise UsageError(f"there is no shipped policy of this name; there are {', '.join(known)}")
    sys.stdout.write(known[given.name].rstrip("\n") + "\n")
    return DONE


# ---- inputs --------------------------------------------------------------------------------------------------------------


def wanted_columns(policy: Policy) -> dict[str, list[Wanted]]:
    """Which columns of which table a policy needs, by their names in the files."""
    mapping = policy.mapping
    hcps = [Wanted(mapping["hcps"]["hcp_id"] or "hcp_id", "text", required=True)]
    for name, attribute in policy.attributes.items():
        column = attribute["column"] or name
        if all(column != other.name for other in hcps):
            hcps.append(Wanted(column, attribute["type"]))  # type: ignore[arg-type]

    of = mapping["interactions"]
    contacts = [Wanted(of["hcp_id"] or "hcp_id", "text", required=True)]
    contacts.append(Wanted(of["date"] or "date", "number" if of["first_month"] else "date", required=True))
    if not of["constant_channel"]:
        contacts.append(Wanted(of["channel"] or "channel", "text", required=True))
    contacts.append(Wanted(of["event_id"] or "event_id", "text", required=bool(of["event_id"])))
    contacts.append(Wanted(of["depth"] or "depth", "text", required=bool(of["depth"])))
    contacts.append(Wanted(of["count"] or "count", "number", required=bool(of["count"]), bad="infinite"))
    contacts.append(Wanted(of["quality"] or "quality", "number", required=bool(of["quality"]), bad="infinite"))
    contacts.extend(Wanted(name, "number") for name in policy._core.measures if all(name != c.name for c in contacts))
    topics = [name for name in policy._core.topic_columns if all(name != c.name for c in contacts)]
    contacts.extend(Wanted(name, "text") for name in topics)

    consents = [Wanted("hcp_id", "text", required=True), Wanted("channel", "text", required=True)]
    consents.append(Wanted("granted", "boolean", required=True))  # a missing one is a refusal
    consents += [Wanted("purpose", "text"), Wanted("from", "date", bad="keep"), Wanted("until", "date", bad="keep")]
    history = [Wanted(name, "text", required=True) for name in ("hcp_id", "action_id", "channel", "outcome")]
    history += [Wanted("date", "date", required=True), Wanted("decision_id", "text")]
    actions = [
        Wanted(name, "text", required=name in ("action_id", "issue", "group", "channels"))
        for name in sorted(recommend._KNOWN)
    ]
    kinds = {"value": "number", "in_stock": "boolean", "available_from": "date", "available_until": "date"}
    actions = [Wanted(a.name, kinds.get(a.name, "text"), a.required or a.name == "value") for a in actions]  # type: ignore[arg-type]
    return {"hcps": hcps, "interactions": contacts, "consents": consents, "history": history, "actions": actions}


@dataclass
class Rejects:
    """Everything that could not be used, by place in the files."""

    files: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, name: str, rows: Any, column: str, code: str, reason: str) -> None:
        """Several rows of one file for one reason."""
        self.files += [name] * len(rows)
        self.rows += [int(row) for row in rows]
        self.columns += [column or "(row)"] * len(rows)
        self.codes += [code] * len(rows)
        self.reasons += [reason] * len(rows)

    def sorted(self) -> Rejects:
        """By file in the order of the tables, then row."""
        first = {name: position for position, name in reversed(list(enumerate(self.files)))}
        order = sorted(range(len(self)), key=lambda i: (first[self.files[i]], self.rows[i], self.columns[i]))
        parts = (self.files, self.rows, self.columns, self.codes, self.reasons)
        return Rejects(*([part[i] for i in order] for part in parts))  # type: ignore[arg-type]

    def columns_as_text(self) -> dict[str, list[str]]:
        """As rejected.csv has it."""
        rows = [str(row) for row in self.rows]
        return {"file": self.files, "row": rows, "column": self.columns, "code": self.codes, "reason": self.reasons}

    def counts(self) -> dict[tuple[str, str, str], int]:
        """Rejected rows and cells by file, column and code."""
        counted: dict[tuple[str, str, str], int] = {}
        for key in zip(self.files, self.columns, self.codes, strict=True):
            counted[key] = counted.get(key, 0) + 1
        return counted


def read_inputs(paths: Mapping[str, str], policy: Policy, steps: Steps) -> dict[str, Read]:
    """Reads the files of a run."""
    wanted = wanted_columns(policy)
    read = {}
    for table, path in paths.items():
        steps.begin(f"reading {table}")
        read[table] = files.read(path, table, wanted[table], missing_cells=table == "consents")
        if table in ("hcps", "actions") and not read[table].table.num_rows:
            raise DataError(
                "missing_value", f"the table of {table} has a header and no row that could be read", Place(path=path)
            )
    if "actions" in read:
        _check_actions(read["actions"])
    return read


def _check_actions(read: Read) -> None:
    """A catalogue is policy: nothing in it is left out silently."""
    for name in read.names:
        if name not in recommend._KNOWN:
            message = f"a catalogue of actions has no such column; it may have {', '.join(sorted(recommend._KNOWN))}"
            raise ArgumentError("invalid_argument", message, Place(path=read.path, column=name))
    for bad in read.rejected:
        line = int(read.lines(bad.records[:1])[0])
        raise DataError(bad.code, f"{bad.reason} (line {line})", Place(path=read.path, column=bad.column))


def rejects_of(read: Mapping[str, Read], result: Result) -> Rejects:
    """What the reader and the library rejected, by line of the files."""
    found = Rejects()
    frame = result.rejected
    tables, at, columns, codes, reasons = (
        np.array(frame[name].to_pylist(), dtype=object) for name in ("table", "row", "column", "code", "reason")
    )
    for table, part in read.items():
        name = os.path.basename(part.path)
        own: set[tuple[int, str]] = set()
        for bad in part.rejected:
            found.add(name, part.lines(bad.records), bad.column, bad.code, bad.reason)
            own.update((record, bad.column) for record in bad.records.tolist())
        rows = np.flatnonzero(tables == table)
        if not len(rows):
            continue
        records = part.records[at[rows].astype(np.int64)]
        lines = part.lines(records)
        in_file = result.policy.mapping["interactions"] if table == "interactions" else {}
        for row, record, line in zip(rows, records, lines, strict=True):
            names = {"", columns[row], in_file.get(columns[row]) or columns[row]}
            if not {(int(record), name) for name in names} & own:  # what is left of these is told already
                found.add(name, [line], columns[row], codes[row], reasons[row])
    return found.sorted()


Answer = TypeVar("Answer")


def interruptible(work: Callable[[], Answer]) -> Answer:
    """Does long work of the library in a thread, so that Ctrl-C is heard at once. Who is interrupted leaves with the process."""
    answers: list[Answer] = []
    errors: list[BaseException] = []

    def carry_out() -> None:
        try:
            answers.append(work())
        except BaseException as error:
            errors.append(error)

    worker = threading.Thread(target=carry_out, name="tierwise-work", daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(0.1)
    if errors:
        raise errors[0]
    return answers[0]


# ---- the job -------------------------------------------------------------------------------------------------------------


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _last_date(read: Read, policy: Policy) -> datetime.date | None:
    """The last date of the interactions."""
    of = policy.mapping["interactions"]
    dates = read.table.column(of["date"] or "date")
    return None if of["first_month"] else files.arrow().compute.max(dates).as_py()


def decide(
    paths: Mapping[str, str],
    policy: Policy,
    as_of: datetime.date | None,
    steps: Steps,
    *,
    trace: bool = False,
    threads: int = 1,
    last_date: bool = False,
) -> tuple[Result, dict[str, Read]]:
    """Reads files and runs the whole job. With `last_date`, a date that nobody names is the last one in the data."""
    read = read_inputs(paths, policy, steps)
    if as_of is None and not policy.mapping["as_of"]:
        as_of = _last_date(read["interactions"], policy) if last_date else None
        if as_of is None:
            raise UsageError("give the date to decide for: --as-of 2026-06-30 (the policy names none)")
    tables = {name: part.table for name, part in read.items()}
    result = interruptible(
        lambda: run_all(
            tables.pop("hcps"),
            tables.pop("interactions"),
            policy=policy,
            as_of=as_of,
            trace=trace,
            threads=threads,
            progress=lambda name, done, total: steps.begin(name) if done < total else None,
            **tables,
        )
    )
    return result, read


def run(given: argparse.Namespace) -> int:
    """`tierwise run`."""
    policy, policy_file = _policy(given.policy)
    paths = {name: getattr(given, name) for name in TABLES if getattr(given, name)}
    inputs = [*paths.values(), *([policy_file] if policy_file else [])]
    with Folder(given.out, overwrite=given.overwrite, inputs=inputs) as folder:
        return _run_into(folder, given, paths, paths, policy, policy_file, given.as_of)


def _run_into(
    folder: Folder,
    given: argparse.Namespace,
    paths: Mapping[str, str],
    recorded: Mapping[str, str],
    policy: Policy,
    policy_file: str | None,
    as_of: datetime.date | None,
    *,
    also: tuple[str, ...] = (),
    last_date: bool = False,
) -> int:
    """Runs, writes, and says what came out. `recorded` are the paths for run.json."""
    steps = Steps(len(paths) + 4, not given.no_progress)
    try:
        result, read = decide(
            paths,
            policy,
            as_of,
            steps,
            trace=getattr(given, "trace", False),
            threads=given.threads,
            last_date=last_date,
        )
        steps.begin("writing")
        rejects = rejects_of(read, result)
        written = write_result(folder, result, rejects, given.format, getattr(given, "trace", False))
        facts = report.gather(result, rejects=rejects.counts(), rows={name: part.total for name, part in read.items()})
        folder.write_text("report.html", report.build(facts))
        document = {
            "tool": "tierwise",
            "version": __version__,
            "command": given.command,
            "as_of": result.as_of.isoformat(),
            "format": given.format,
            "trace": getattr(given, "trace", False),
            "policy": {
                "name": policy.name,
                "shipped": None if policy_file else policy.name,
                "file": os.path.abspath(policy_file) if policy_file else None,
                "sha256": hashlib.sha256(policy.to_json().encode()).hexdigest(),
            },
            "inputs": {
                name: {
                    "path": os.path.abspath(recorded[name]),
                    "sha256": _sha256(paths[name]),
                    "rows": read[name].total,
                }
                for name in paths
            },
            "counts": {
                "doctors": len(result),
                "tiers": {str(tier): count for tier, count in result.tier_counts.items()},
                "contacts_used": result.contacts_used,
                "contacts_later": result.contacts_later,
                "rejected": len(rejects),
            },
            "notes": list(result.notes),
            "files": sorted([*written, *also, "report.html"]),
        }
        folder.write_text(RUN_FILE, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    finally:
        steps.close()
    sys.stdout.write(said(facts, folder.shown, sorted([*written, *also, "report.html", RUN_FILE])))
    return DONE


def write_result(folder: Folder, result: Result, rejects: Rejects, kind: str, trace: bool) -> list[str]:
    """Writes the tables of a result; gives their names."""
    frames = {
        "segments": result.segments,
        "tags": result.tags,
        "recommendations": result.recommendations,
        "dropped": result.dropped,
    }
    if trace:
        frames["dropped_candidates"] = result.dropped_candidates
    names = []
    for name, frame in frames.items():
        file = f"{name}.{kind}"
        if kind == "parquet":
            write_parquet(folder.path(file), frame)
        else:
            write_csv(folder.path(file), as_written(frame))
        names.append(file)
    write_csv(folder.path("rejected.csv"), rejects.columns_as_text())
    return [*names, "rejected.csv"]


def explain(given: argparse.Namespace) -> int:
    """`tierwise explain`: the run is repeated from the files that it read."""
    folder = (
        Path(given.run)
        if given.run
        else next((p for p in (Path("."), Path("tierwise-demo")) if (p / RUN_FILE).is_file()), Path("."))
    )
    try:
        document = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        inputs = {name: document["inputs"][name]["path"] for name in TABLES if name in document["inputs"]}
        hashes = {name: document["inputs"][name]["sha256"] for name in inputs}
        policy_of, as_of = document["policy"], datetime.date.fromisoformat(document["as_of"])
    except (OSError, KeyError, TypeError, ValueError):
        message = f"{folder}: there is no run here (no run.json of a run); name its folder with --run"
        raise UsageError(message) from None
    for name, path in inputs.items():
        if not os.path.isfile(path):
            raise FileMissingError(
                "file_not_found", "the file that the run read is no longer there; run again", Place(path=path)
            )
        if _sha256(path) != hashes[name]:
            raise DataError("file_changed", "this file has changed since the run; run again", Place(path=path))
    policy, _ = _policy(policy_of["file"] or policy_of["shipped"])
    if hashlib.sha256(policy.to_json().encode()).hexdigest() != policy_of["sha256"]:
        raise DataError(
            "file_changed", "the policy has changed since the run; run again", Place(path=policy_of["file"] or "")
        )
    result, read = decide(inputs, policy, as_of, Steps(0, wanted=False))
    try:
        explanation = result.explain(given.id, given.language)
    except UnknownHcpError as error:
        raise _unread(read["hcps"], given.id) or error from None
    if given.json:
        sys.stdout.write(json.dumps(explanation.to_dict(), ensure_ascii=False, indent=2, default=str) + "\n")
    else:
        sys.stdout.write(str(explanation).rstrip("\n") + "\n")
    if document.get("version") != __version__:
        sys.stderr.write(f"tierwise: the run was made by version {document.get('version')}, this is {__version__}\n")
    return DONE


def _unread(read: Read, hcp_id: str) -> UnknownHcpError | None:
    """That a doctor is not in the result because the row could not be read, if that is so."""
    for bad in read.rejected:
        if not bad.column:  # the whole row
            lines = read.lines(bad.records)
            for line, cells in zip(lines, files.cells_of(read.path, lines), strict=True):
                if hcp_id in cells:
                    message = f"this doctor's row was rejected, {bad.code}: {bad.reason} (line {line})"
                    return UnknownHcpError("unknown_hcp", message, Place(path=read.path))
    return None


# ---- simulated territories -----------------------------------------------------------------------------------------------

SIMULATED = ("hcps", "interactions", "consents", "history")


def write_territory(
    folder: Path, given: argparse.Namespace, as_of: datetime.date | None
) -> tuple[datetime.date, dict[str, int]]:
    """Writes a simulated territory into a folder; its last day, and rows by file."""
    if not 0 <= given.seed < 2**64:
        raise UsageError("--seed is a whole number from 0 to 2^64 − 1")
    start = None if as_of is None else as_of - datetime.timedelta(days=545)
    territory = interruptible(
        lambda: simulator.territory(
            hcps=given.hcps, seed=given.seed, start=start, end=as_of, frames="pyarrow", threads=given.threads
        )
    )
    pa = files.arrow()
    rows = {}
    for name in SIMULATED:
        table = getattr(territory, name)
        path = folder / f"{name}.{given.format}"
        if given.format == "parquet":
            write_parquet(path, table, unknown=None)
        else:
            # As in the files of companies, what is not known is an empty cell.
            write_csv(
                path, {column: table.column(column).cast(pa.string()).fill_null("") for column in table.column_names}
            )
        rows[path.name] = table.num_rows
    return territory.as_of, rows


def simulate(given: argparse.Namespace) -> int:
    """`tierwise simulate`."""
    with Folder(given.out, overwrite=given.overwrite, replaces=["simulate"]) as folder:
        last, rows = write_territory(folder.path(""), given, given.as_of)
        document = {
            "tool": "tierwise",
            "version": __version__,
            "command": "simulate",
            "seed": given.seed,
            "as_of": last.isoformat(),
            "files": list(rows),
        }
        folder.write_text(RUN_FILE, json.dumps(document, indent=2) + "\n")
    for name, count in rows.items():
        sys.stdout.write(f"{folder.target / name}: {count:,} rows\n")
    sys.stdout.write(
        f"A territory that never lived, seed {given.seed}, up to {last}. Next: tierwise run --hcps … --as-of {last} --out …\n"
    )
    return DONE


def demo(given: argparse.Namespace) -> int:
    """`tierwise demo`."""
    from .demo import find

    if given.data is not None:
        policy, paths = find(given.data)
        with Folder(given.out, overwrite=given.overwrite, inputs=paths.values()) as folder:
            return _run_into(folder, given, paths, paths, policy, None, None, last_date=True)
    with Folder(given.out, overwrite=given.overwrite) as folder:
        territory = folder.path(TERRITORY)
        territory.mkdir()
        last, _ = write_territory(territory, given, None)
        paths = {name: str(territory / f"{name}.{given.format}") for name in SIMULATED}
        recorded = {name: str(folder.target / TERRITORY / f"{name}.{given.format}") for name in SIMULATED}
        return _run_into(folder, given, paths, recorded, Policy.default(), None, last, also=(TERRITORY,))
