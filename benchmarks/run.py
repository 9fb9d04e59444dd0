"""All benchmarks, side by side with what a user would pick instead; called by `./dev bench [KERNEL …] [--check] [--json FILE]`.

Ours and its peers take turns in one process, and the medians are compared, so that a busy machine slows all of them alike.
Times are processor time of one thread. Believe the ratios, not the milliseconds.
"""

import argparse
import importlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

KERNELS = sorted(path.stem for path in (HERE / "kernels").glob("*.py") if path.stem != "__init__")


def missed(record):
    return "goal" in record and record["ratio"] < record["goal"]


def line(record):
    goal = f", goal {record['goal']:g}{' MISSED' if missed(record) else ''}" if "goal" in record else ""
    return (
        f"{record['ratio']:8.2f} x {record['peer']:<8} {record['kernel']:<8} {record['size']:>11,} rows   "
        f"ours {record['ours_ms']:.2f} ms, {record['peer']} {record['peer_ms']:.2f} ms{goal}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "kernels", nargs="*", metavar="KERNEL", help=f"of {', '.join(KERNELS)}; all of them if left out"
    )
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write one record a comparison")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a ratio is below its goal")
    parser.add_argument(
        "--build", type=pathlib.Path, required=True, help="folder in which CMake built the target 'benchmarks'"
    )
    options = parser.parse_args()
    if unknown := set(options.kernels) - set(KERNELS):
        parser.error(f"no kernel named {', '.join(sorted(unknown))}; there are {', '.join(KERNELS)}")

    records = []
    for name in options.kernels or KERNELS:
        kernel = importlib.import_module(f"kernels.{name}")
        for record in kernel.compare(options.build / "benchmarks"):
            records.append(record)
            print(line(record), flush=True)
    if options.json:
        keys = ("kernel", "size", "peer", "ours_ms", "peer_ms", "ratio")
        plain = [{key: record[key] for key in keys} for record in records]
        options.json.write_text(json.dumps(plain, indent=1) + "\n")
    if not options.check:
        return 0
    goals, below = (sum(test(record) for record in records) for test in (lambda r: "goal" in r, missed))
    print(f"{below} of {goals} goals missed")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
