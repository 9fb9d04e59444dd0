"""Options that let the compiler assume that there is no NaN are an error of their own, before any wrong result."""

import argparse
import pathlib
import subprocess
import sys

REFUSED = ("-ffast-math", "-ffinite-math-only", "-O2 -ffast-math", "-O3 -ffast-math -fno-signed-zeros")
TAKEN = ("", "-O3", "-ffast-math -fno-fast-math", "-O2 -ffp-contract=off")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cxx", required=True)
    options.add_argument("--include", type=pathlib.Path, required=True)
    args = options.parse_args()
    for mode in ((), ("-DTIERWISE_HEADER_ONLY=1",)):
        for flags in (*REFUSED, *TAKEN):
            command = [
                args.cxx,
                "-std=c++20",
                f"-I{args.include}",
                *mode,
                *flags.split(),
                "-fsyntax-only",
                "-xc++",
                "-",
            ]
            done = subprocess.run(command, input="#include <tierwise/core/error.hpp>\n", capture_output=True, text=True)
            if (done.returncode != 0) != (flags in REFUSED) or flags in REFUSED and "needs NaN" not in done.stderr:
                sys.exit(f"FAIL {' '.join(mode)} {flags}: exit {done.returncode}\n{done.stderr}")
    print("ok   fast math is refused in both modes, everything else is taken")


if __name__ == "__main__":
    main()
