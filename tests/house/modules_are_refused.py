"""tierwise_module() must refuse, while configuring, each breach of the order of the rooms."""

import argparse
import pathlib
import subprocess
import sys
import tempfile

GOOD = {
    "CMakeLists.txt": "tierwise_module(core)\ntierwise_module(tag DEPENDS core)\ntierwise_module(plan DEPENDS tag)",
    "include/tierwise/core/a.hpp": "#pragma once\n",
    "include/tierwise/tag/b.hpp": "#include <string>\n#include <tierwise/core/a.hpp>\n",
    "include/tierwise/tag/impl/b.ipp": "#include <tierwise/tag/b.hpp>\n",
    "include/tierwise/plan/c.hpp": "#include <tierwise/tag/b.hpp>\n#include <tierwise/core/a.hpp>\n",
    "src/tag.cpp": "#include <tierwise/tag/impl/b.ipp>\n",
}

# name: (what is changed, what the refusal must say; None: not refused)
CASES = {
    "a sound house is taken": ({}, None),
    "a room without a folder": (
        {"CMakeLists.txt": GOOD["CMakeLists.txt"] + "\ntierwise_module(attic)"},
        "there is no folder include/tierwise/attic/",
    ),
    "a folder without a call": ({"include/tierwise/cellar/x.hpp": ""}, "add tierwise_module(cellar"),
    "a dependency on a later room": (
        {"CMakeLists.txt": "tierwise_module(core DEPENDS tag)\ntierwise_module(tag)\ntierwise_module(plan)"},
        "'tag' is a later room",
    ),
    "a dependency on no room": (
        {"CMakeLists.txt": "tierwise_module(core DEPENDS nowhere)"},
        "depends on 'nowhere', which is no room",
    ),
    "an undeclared include in a header": (
        {"include/tierwise/core/a.hpp": "#include <tierwise/tag/b.hpp>\n"},
        "include/tierwise/core/a.hpp includes room 'tag'",
    ),
    "an undeclared include in a body": (
        {"include/tierwise/tag/impl/b.ipp": "  #  include <tierwise/plan/c.hpp>\n"},
        "include/tierwise/tag/impl/b.ipp includes room 'plan'",
    ),
    "an undeclared include in a source": (
        {"src/tag.cpp": '#include "tierwise/plan/c.hpp"\n'},
        "src/tag.cpp includes room 'plan'",
    ),
    "the umbrella inside a room": (
        {"include/tierwise/tag/b.hpp": "#include <tierwise/tierwise.hpp>\n"},
        "includes something of ours that is in no room",
    ),
    "a path that goes around": (
        {"include/tierwise/core/a.hpp": '#include "../tag/b.hpp"\n'},
        "includes something of ours that is in no room",
    ),
    "a source of no room": ({"src/stray.cpp": ""}, "src/stray.cpp belongs to no room"),
    "a room declared twice": (
        {"CMakeLists.txt": GOOD["CMakeLists.txt"] + "\ntierwise_module(tag)"},
        "tierwise_module(tag) is called twice",
    ),
    "a library room on a runtime room": (
        {
            "CMakeLists.txt": "tierwise_module(core RUNTIME)\ntierwise_module(tag DEPENDS core)\n"
            "tierwise_module(plan RUNTIME DEPENDS tag)"
        },
        "'core' is a RUNTIME room",
    ),
}


def configure(cmake, module, files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name == "CMakeLists.txt":
                text = (
                    "cmake_minimum_required(VERSION 3.25)\nproject(house LANGUAGES NONE)\n"
                    f'include("{module}")\n{text}\ntierwise_check_rooms()\n'
                )
            path.write_text(text)
        run = subprocess.run([cmake, "-S", root, "-B", root / "b"], capture_output=True, text=True)
        return run.returncode, " ".join((run.stdout + run.stderr).split())


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cmake", required=True)
    options.add_argument("--root", type=pathlib.Path, required=True)
    args = options.parse_args()
    module = (args.root.resolve() / "cmake/TierwiseModule.cmake").as_posix()
    failed = 0
    for name, (changes, expected) in CASES.items():
        code, output = configure(args.cmake, module, {**GOOD, **changes})
        good = code == 0 if expected is None else code != 0 and expected in output
        failed += not good
        print(
            f"{'ok  ' if good else 'FAIL'} {name}"
            + ("" if good else f"\n     wanted: {expected}\n     got {code}: {output}")
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
