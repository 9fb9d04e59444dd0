"""A library inside somebody's program neither prints nor ends it: our objects refer to nothing that does."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# `__assert_fail`: assert() ends the host program. `_ZSt4cout` and so on: the standard streams.
FORBIDDEN = re.compile(
    r"^(_?_?(puts|putchar|printf|vprintf|fprintf|vfprintf|fputs|fputc|fwrite|perror|write)(_chk)?|abort|exit|_exit|quick_exit|raise"
    r"|__assert_fail|stdout|stderr|_ZSt4(cout|cerr|clog)|_ZSt5w(cout|cerr|clog)|_ZNSt8ios_base4InitC1Ev)(@.*)?$"
)
# These two say what the standard library's checks call in a build for tests, not what our code calls.
CHECKS_OF_THE_STANDARD_LIBRARY = re.compile(r"^_ZSt21__glibcxx_assert_failPKciS0_S0_$")


def undefined(nm, file):
    run = subprocess.run([nm, "--undefined-only", "--format=posix", file], capture_output=True, text=True, check=True)
    symbols = {line.split()[0] for line in run.stdout.splitlines() if " U" in line}
    return {symbol for symbol in symbols if not CHECKS_OF_THE_STANDARD_LIBRARY.match(symbol)}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--nm", required=True)
    options.add_argument("--cxx", required=True)
    options.add_argument("libraries", nargs="+")
    args = options.parse_args()

    # The test must be able to fail: it has to see these.
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "loud.cpp"), pathlib.Path(folder, "loud.o")
        source.write_text(
            "#include <cstdio>\n#include <cstdlib>\n#include <iostream>\n"
            'void loud(int n) { std::printf("%d", n); std::cout << n; std::abort(); }\n'
        )
        subprocess.run([args.cxx, "-O1", "-c", source, "-o", target], check=True)
        seen = {symbol for symbol in undefined(args.nm, target) if FORBIDDEN.match(symbol)}
        if not {"printf", "abort", "_ZSt4cout"} <= {re.sub("^__|_chk$", "", symbol) for symbol in seen}:
            sys.exit(f"FAIL this test is blind: it saw only {sorted(seen)}")

    failed = 0
    for library in args.libraries:
        symbols = undefined(args.nm, library)
        if not symbols:
            sys.exit(f"FAIL nm reads no symbols from {library}")
        found = sorted(symbol for symbol in symbols if FORBIDDEN.match(symbol))
        failed += bool(found)
        print(
            f"{'FAIL' if found else 'ok  '} {pathlib.Path(library).name}: {' '.join(found) or 'silent'} ({len(symbols)} symbols)"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
