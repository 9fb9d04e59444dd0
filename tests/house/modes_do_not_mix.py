"""One program must not use tierwise in both modes: passing a type from one to the other has to fail at the link."""

import argparse
import pathlib
import subprocess
import sys
import tempfile

ASKS = """#include <tierwise/core/date.hpp>
bool answered(const tierwise::Error& error);
int main() {
  const auto day = tierwise::parse_date("2024-02-30");
  return !day && answered(day.error()) ? 0 : 1;
}
"""
ANSWERS = """#include <tierwise/core/date.hpp>
bool answered(const tierwise::Error& error);
bool answered(const tierwise::Error& error) { return error.code() == tierwise::errc::invalid_date; }
"""


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cxx", required=True)
    options.add_argument("--include", type=pathlib.Path, required=True)
    options.add_argument("--library", type=pathlib.Path, required=True)
    args = options.parse_args()
    header_only = ["-DTIERWISE_HEADER_ONLY=1"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def compile_as(file, text, flags):
            source, target = folder / f"{file}.cpp", folder / f"{file}{len(flags)}.o"
            source.write_text(text)
            subprocess.run(
                [args.cxx, "-std=c++20", f"-I{args.include}", *flags, "-c", source, "-o", target], check=True
            )
            return target

        def links(*parts):
            program = folder / "program"
            run = subprocess.run(
                [args.cxx, *parts, args.library, f"-Wl,-rpath,{args.library.parent}", "-o", program],
                capture_output=True,
                text=True,
            )
            if run.returncode == 0:
                subprocess.run([program], check=True)
            return run.returncode == 0, run.stderr

        asks, asks_header_only = compile_as("asks", ASKS, []), compile_as("asks", ASKS, header_only)
        answers, answers_header_only = compile_as("answers", ANSWERS, []), compile_as("answers", ANSWERS, header_only)
        for parts in ((asks, answers), (asks_header_only, answers_header_only)):
            good, message = links(*parts)
            if not good:
                sys.exit(f"FAIL one mode alone does not link:\n{message}")
        for parts in ((asks, answers_header_only), (asks_header_only, answers)):
            good, message = links(*parts)
            if good or "undefined reference" not in message and "undefined symbol" not in message:
                sys.exit(f"FAIL the modes mix:\n{message}")
    print("ok   each mode links alone, and no mixture does")


if __name__ == "__main__":
    main()
