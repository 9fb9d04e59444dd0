"""Counts the tests that were left out for want of real data, from the logs of CTest and pytest, and says so in one line.

Where the data are expected (TIERWISE_REQUIRE_DATA=1), a test left out is a failure: a check that nobody misses checks nothing.
"""

import argparse
import os
import pathlib
import re
import sys

DATA = re.compile(r"real data|real records|shared/data", re.IGNORECASE)
PYTEST = re.compile(r"^SKIPPED \[(\d+)\] ")
CPP = re.compile(r"\bskipped: ")


def left_out(text):
    """How many: pytest says how many a line stands for, a C++ test says it once."""
    count = 0
    for line in text.splitlines():
        if not DATA.search(line):
            continue
        if found := PYTEST.match(line):
            count += int(found.group(1))
        elif CPP.search(line):
            count += 1
    return count


def main():
    options = argparse.ArgumentParser()
    options.add_argument("logs", nargs="+", type=pathlib.Path)
    args = options.parse_args()
    count = sum(left_out(path.read_text(encoding="utf-8", errors="replace")) for path in args.logs)
    if count == 0:
        print("real data: every test that needs them ran")
        return 0
    print(f"real data: {count} test{'s' if count > 1 else ''} left out, as ../shared/data is not here or not complete")
    return 1 if os.environ.get("TIERWISE_REQUIRE_DATA") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
