"""What a public header costs its user: at most 45,000 preprocessed lines, and no other library in sight."""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

MOST_LINES = 45_000
FORBIDDEN = re.compile(r"/(eigen3?|boost|fmt|nlohmann|sqlite3?|openssl)[/.]", re.IGNORECASE)
MARKER = re.compile(r'^# \d+ "([^"]+)"')


def measure(cxx, include, header, header_only):
    flags = ["-DTIERWISE_HEADER_ONLY=1"] if header_only else []
    run = subprocess.run(
        [cxx, "-std=c++20", "-O2", "-E", "-x", "c++", f"-I{include}", *flags, "-"],
        input=f"#include <{header}>\n", capture_output=True, text=True,
    )  # fmt: skip
    if run.returncode != 0:
        return header, header_only, 0, [run.stderr.strip()]
    lines = run.stdout.splitlines()
    files = {match.group(1) for line in lines if (match := MARKER.match(line))}
    # In the mode where bodies are elsewhere, none may be included.
    problems = [f"shows {file}" for file in sorted(files) if FORBIDDEN.search(file)]
    problems += [f"includes the body {file}" for file in sorted(files) if not header_only and file.endswith(".ipp")]
    if len(lines) > MOST_LINES and not header_only:
        problems.append(f"{len(lines)} preprocessed lines, at most {MOST_LINES} are allowed")
    return header, header_only, len(lines), problems


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cxx", required=True)
    options.add_argument("--include", type=pathlib.Path, required=True)
    args = options.parse_args()
    headers = [path.relative_to(args.include).as_posix() for path in sorted(args.include.glob("tierwise/**/*.hpp"))]
    headers = [header for header in headers if "/impl/" not in header]
    if "tierwise/tierwise.hpp" not in headers:
        sys.exit("FAIL no umbrella header found")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(measure, args.cxx, args.include, h, mode) for h in headers for mode in (False, True)]
        for job in jobs:
            header, header_only, lines, problems = job.result()
            failed += bool(problems)
            print(f"{'FAIL' if problems else 'ok  '} {lines:6d} {header}{' (header-only)' if header_only else ''}")
            for problem in problems:
                print("     ", problem)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
