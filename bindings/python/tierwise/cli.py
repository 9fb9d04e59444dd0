"""The command line: `tierwise run`, `explain`, `policy`, `rule`, `simulate`, `demo`. See docs/guides/command-line.md.

Exit codes: 0 done; 2 wrong usage; 3 an input was refused; 4 a policy was refused; 5 the output could not be written;
130 interrupted (143: told to stop); 1 an error in tierwise itself.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

from ._core import __version__
from .errors import Error, PolicyError
from .output import OutputError

__all__ = ["main"]

DONE, INTERNAL, USAGE, INPUT, POLICY, OUTPUT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


class UsageError(Exception):
    """Arguments that do not go together."""


def _date(text: str) -> datetime.date:
    try:
        if len(text) != 10:
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a date as year-month-day, such as 2026-06-30") from None


def _at_least_one(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError("expected a whole number of at least 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tierwise",
        description="Nine tiers and the next best action for every doctor, each with its reason.",
        epilog="Exit codes: 0 done, 2 wrong usage, 3 input refused, 4 policy refused, 5 output could not be written, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"tierwise {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="place doctors in tiers and say what to do next")
    run.add_argument("--hcps", required=True, metavar="FILE", help="one row a doctor (CSV, CSV.GZ or Parquet)")
    run.add_argument("--interactions", required=True, metavar="FILE", help="one row a contact")
    run.add_argument("--actions", metavar="FILE", help="a catalogue that takes the place of the policy's")
    run.add_argument("--consents", metavar="FILE", help="who agreed to which channel; without it nobody did")
    run.add_argument("--history", metavar="FILE", help="past suggestions and what became of them")
    run.add_argument("--policy", metavar="FILE", help="a policy file, or the name of a shipped one (default: default)")
    run.add_argument("--as-of", type=_date, metavar="DATE", help="the date to decide for; the policy may name one")
    run.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    run.add_argument("--trace", action="store_true", help="also write every dropped candidate (dropped_candidates)")
    _writing(run)
    run.set_defaults(carry_out="run")

    explain = commands.add_parser("explain", help="everything about one doctor of a run")
    explain.add_argument("--id", required=True, metavar="ID", help="the doctor's id")
    explain.add_argument("--run", metavar="DIR", help="folder of the run (default: this folder, or tierwise-demo)")
    explain.add_argument("--language", choices=("en", "zh"), default="en")
    explain.add_argument("--json", action="store_true", help="as JSON")
    explain.set_defaults(carry_out="explain")

    policy = commands.add_parser("policy", help="check or show policies").add_subparsers(
        dest="what", required=True, metavar="WHAT"
    )
    check = policy.add_parser("check", help="every fault of a policy, with its place")
    check.add_argument("file", metavar="FILE", help="a policy file, or the name of a shipped one")
    check.set_defaults(carry_out="policy_check")
    show = policy.add_parser("show", help="print a shipped policy, to start your own from")
    show.add_argument("name", nargs="?", default="default", metavar="NAME", help="which one (default: default)")
    show.add_argument("--list", action="store_true", help="say what each shipped policy is instead")
    show.set_defaults(carry_out="policy_show")

    rule = commands.add_parser("rule", help="read a rule, say what it needs, and try it on values")
    rule.add_argument(
        "rule", metavar="RULE", help="as in a policy, such as 'count(90d) >= 3'; after -- if it begins with -"
    )
    rule.add_argument("--policy", metavar="FILE", help="what rules may speak of (default: the default policy)")
    rule.add_argument("--schema", metavar="JSON", help="the same as an object, or a file: columns, channels, tags, …")
    rule.add_argument(
        "--values", metavar="JSON", help='column to value, or a file; {"contacts_90d": 4}; null is missing'
    )
    rule.add_argument("--tags", metavar="JSON", help="tag to yes, no or unknown")
    rule.add_argument("--json", action="store_true", help="as JSON")
    rule.set_defaults(carry_out="rule")

    simulate = commands.add_parser("simulate", help="write a territory of doctors that never lived")
    simulate.add_argument("--hcps", type=_at_least_one, required=True, metavar="N", help="how many doctors")
    simulate.add_argument("--out", required=True, metavar="DIR")
    simulate.add_argument("--seed", type=int, default=1, metavar="S")
    simulate.add_argument("--as-of", type=_date, metavar="DATE", help="last day of contacts (default: 2026-06-30)")
    _writing(simulate)
    simulate.set_defaults(carry_out="simulate")

    demo = commands.add_parser("demo", help="the main job end to end, on a simulated territory or on real files")
    demo.add_argument("--data", metavar="DIR", help="a folder of data that a shipped policy fits")
    demo.add_argument(
        "--out", default="tierwise-demo", metavar="DIR", help="folder for the results (default: tierwise-demo)"
    )
    demo.add_argument(
        "--hcps", type=_at_least_one, default=5_000, metavar="N", help="doctors to simulate (default: 5000)"
    )
    demo.add_argument("--seed", type=int, default=1, metavar="S")
    _writing(demo)
    demo.set_defaults(carry_out="demo")
    return parser


def _writing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("csv", "parquet"), default="csv", help="of the tables written (default: csv)"
    )
    parser.add_argument(
        "--threads", type=_at_least_one, default=1, metavar="N", help="results are the same for any number"
    )
    parser.add_argument("--overwrite", action="store_true", help="write into a folder that holds other files")
    parser.add_argument("--no-progress", action="store_true", help="no progress bar")


class Steps:
    """A progress bar on stderr, if that is a terminal."""

    def __init__(self, total: int, wanted: bool) -> None:
        self._bar: Any = None
        if wanted and sys.stderr.isatty():
            with contextlib.suppress(ImportError):
                from tqdm import tqdm

                self._bar = tqdm(
                    total=total,
                    file=sys.stderr,
                    leave=False,
                    ncols=78,
                    nrows=20,  # a terminal that tells no size still has a line
                    bar_format="{desc:<32} {bar:30} {n_fmt}/{total_fmt} {elapsed}",
                )
        self._done = 0

    def begin(self, name: str) -> None:
        """Says what is under way; the step before is done."""
        if self._bar is not None:
            self._bar.n = self._done
            self._bar.set_description(name)
        self._done += 1

    def close(self) -> None:
        """Takes the bar off the screen."""
        if self._bar is not None:
            self._bar.close()


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # unwinds, so that nothing half-written stays


@contextlib.contextmanager
def _told_to_stop() -> Iterator[None]:
    """SIGTERM unwinds like Ctrl-C does."""
    try:
        before = signal.signal(signal.SIGTERM, _stop)
    except ValueError:  # not in the main thread: the host's business
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and gives its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        with _told_to_stop():
            from . import jobs

            code: int = getattr(jobs, given.carry_out)(given)
            sys.stdout.flush()
            return code
    except KeyboardInterrupt:
        return _left(_failed("interrupted; nothing was left behind", INTERRUPTED))
    except SystemExit as end:
        return _left(_failed("told to stop; nothing was left behind", int(end.code or 0)))
    except UsageError as error:
        return _failed(str(error), USAGE)
    except PolicyError as error:
        return _failed(f"policy refused: {error}", POLICY)
    except OutputError as error:
        return _failed(f"output: {error}", OUTPUT)
    except Error as error:
        return _failed(f"input refused: {error}", INPUT)
    except BrokenPipeError:  # `tierwise … | head`
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except MemoryError:
        return _failed("there is not enough memory for these files", INPUT)
    except ImportError as error:
        return _failed(str(error), USAGE)
    except Exception as error:
        if os.environ.get("TIERWISE_DEBUG"):
            raise
        # Only the type: the text of a foreign error may hold a cell.
        return _failed(
            f"an error in tierwise itself ({type(error).__name__}); TIERWISE_DEBUG=1 shows where. Please report it",
            INTERNAL,
        )


def _failed(message: str, code: int) -> int:
    with contextlib.suppress(OSError):
        print(f"tierwise: {message}", file=sys.stderr)
    return code


def _left(code: int) -> int:
    """Ends the process at once if work that cannot be stopped is still under way in a thread."""
    if any(thread.name == "tierwise-work" for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code
