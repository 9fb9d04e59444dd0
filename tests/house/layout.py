"""The house's rules that a script can see: the umbrella is complete, files are short, macros are few and prefixed."""

import argparse
import pathlib
import re
import subprocess
import sys

MOST_LINES = 600
MOST_MACROS = 10
CODE = {".hpp", ".ipp", ".cpp", ".h", ".py", ".pyi", ".cmake", ".txt", ".sh", ".toml"}
UMBRELLA = """\
// What a program calls that places doctors and decides. Included by their own headers: what touches files, the simulator, and
// what studies or trains on a population; their first lines say so. `./dev lint --fix` writes this list.
#ifndef TIERWISE_TIERWISE_HPP
#define TIERWISE_TIERWISE_HPP

{}

#endif
"""


def our_files(root):
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True
    )
    if listed.returncode == 0:
        return [root / line for line in listed.stdout.splitlines() if (root / line).is_file()]
    tops = ("include", "src", "bindings", "tests", "examples", "benchmarks", "cmake")
    return [path for top in tops for path in (root / top).rglob("*") if path.is_file()]


def umbrella(root):
    """The umbrella's path and what it should say: the headers of the rooms that touch no files, in the rooms' order, but those
    that say they are not in it: an include must stay cheap for who needs none of them."""
    include = root / "include"
    calls = re.findall(r"^tierwise_module\((\w+)( RUNTIME)?", (root / "CMakeLists.txt").read_text(), re.MULTILINE)
    rooms = [room for room, runtime in calls if not runtime]
    headers = [path for room in rooms for path in sorted((include / "tierwise" / room).glob("*.hpp"))]
    headers = [path for path in headers if "\n// Not in tierwise.hpp" not in path.read_text(encoding="utf-8")]
    lines = [f"#include <{path.relative_to(include).as_posix()}>" for path in headers]
    return include / "tierwise/tierwise.hpp", UMBRELLA.format("\n".join(lines))


def umbrella_lists_all(root):
    path, wanted = umbrella(root)
    listed, wanted = path.read_text().splitlines(), wanted.splitlines()
    for line in sorted(set(wanted) - set(listed)):
        yield f"include/tierwise/tierwise.hpp lacks {line}"
    for line in sorted(set(listed) - set(wanted)):
        yield f"include/tierwise/tierwise.hpp should not have {line}"


def lengths(root, files):
    for path in files:
        if path.suffix in CODE or path.name in ("dev", "CMakeLists.txt"):
            count = len(path.read_text(encoding="utf-8").splitlines())
            generated = path.suffix == ".pyi" or "requirements" in path.parts
            if count > MOST_LINES and not generated:
                yield f"{path.relative_to(root)} has {count} lines, at most {MOST_LINES} are allowed"


def macros(root):
    """Macros that a user of the headers sees (guards apart)."""
    seen = set()
    for path in sorted((root / "include").rglob("*.?pp")) + sorted((root / "include").rglob("*.h")):
        text = path.read_text(encoding="utf-8")
        undone = set(re.findall(r"^\s*#\s*undef\s+(\w+)", text, re.MULTILINE))
        guard = re.search(r"#ifndef (\w+)\s*\n#define \1\s*\n", text)
        for name in re.findall(r"^\s*#\s*define\s+(\w+)", text, re.MULTILINE):
            if guard and name == guard.group(1) or name in undone and not name.startswith("TIERWISE_"):
                continue
            if name not in undone:  # what is undefined again nobody sees
                seen.add(name)
            if not name.startswith("TIERWISE_"):
                yield f"{path.relative_to(root)} defines {name}: macros are prefixed with TIERWISE_"
        if path.suffix == ".hpp" and not guard:
            yield f"{path.relative_to(root)} has no include guard"
    if len(seen) > MOST_MACROS:
        yield f"{len(seen)} macros, at most {MOST_MACROS} are allowed: {' '.join(sorted(seen))}"


def forbidden_in_headers(root):
    rules = {
        r"^\s*#\s*include\s*<iostream>": "includes <iostream>",
        r"^namespace\s*\{|^\s*namespace\s*\{": "has an unnamed namespace",
        r"^static\s+(?!_assert)": "has a static function or variable at namespace scope",
        r"^\s*using\s+namespace\s": "has a using-directive",
        r"\bpybind11\b": "knows Python",
    }
    for path in sorted((root / "include").rglob("*.?pp")):
        text = path.read_text(encoding="utf-8")
        for pattern, message in rules.items():
            if re.search(pattern, text, re.MULTILINE):
                yield f"{path.relative_to(root)} {message}"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--root", type=pathlib.Path, required=True)
    options.add_argument("--fix", action="store_true", help="write the umbrella header")
    args = options.parse_args()
    root = args.root.resolve()
    if args.fix:
        path, text = umbrella(root)
        if path.read_text() != text:
            path.write_text(text)
    files = our_files(root)
    problems = [*umbrella_lists_all(root), *lengths(root, files), *macros(root), *forbidden_in_headers(root)]
    for problem in problems:
        print("FAIL", problem)
    print(f"layout: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
