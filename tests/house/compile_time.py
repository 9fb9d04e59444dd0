"""What `#include <tierwise/tierwise.hpp>` costs in a user's file, in seconds of processor time (GCC, median of five)."""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

SKIPPED = 77
BUDGETS = {"compiled": ([], 0.8), "header-only": (["-DTIERWISE_HEADER_ONLY=1"], 6.0)}


def seconds(command):
    # Processor time, not the clock's: other work on the machine must not make this test fail.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"FAIL does not compile\n{run.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cxx", required=True)
    options.add_argument("--id", required=True)
    options.add_argument("--include", type=pathlib.Path, required=True)
    args = options.parse_args()
    if args.id != "GNU":
        print("skipped: the budget is written for GCC")
        return SKIPPED
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "user.cpp")
        source.write_text("#include <tierwise/tierwise.hpp>\n")
        for name, (flags, budget) in BUDGETS.items():
            command = [args.cxx, "-std=c++20", "-O2", "-c", source, "-o", os.devnull, f"-I{args.include}", *flags]
            # Even processor time grows when a neighbour fills the caches: a bad median gets a second and a third try.
            for _ in range(3):
                taken = statistics.median(seconds(command) for _ in range(5))
                if taken <= budget:
                    break
            failed += taken > budget
            print(f"{'FAIL' if taken > budget else 'ok  '} {name}: {taken:.2f} s of at most {budget} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
