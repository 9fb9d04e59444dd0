"""Users of an installed tierwise: installed, moved elsewhere, and only then found; or a subdirectory of their project."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def run(*command, env=None, fails_with=None):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env={**os.environ, **(env or {})}
    )
    output = done.stdout + done.stderr
    if (done.returncode != 0) != (fails_with is not None) or fails_with and fails_with not in " ".join(output.split()):
        sys.exit(f"FAIL ({done.returncode}) {' '.join(map(str, command))}\n{output}")
    return done.stdout


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cmake", required=True)
    options.add_argument("--build", required=True)
    options.add_argument("--root", type=pathlib.Path, required=True)
    options.add_argument("--cxx", required=True)
    args = options.parse_args()
    cmake = args.cmake

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run(cmake, "--install", args.build, "--prefix", folder / "installed", "--component", "devel")
        prefix = folder / "moved to here"  # with a space, as homes sometimes have
        shutil.move(folder / "installed", prefix)
        for path in prefix.rglob("*"):
            if path.suffix in (".cmake", ".pc") and str(folder / "installed") in path.read_text():
                sys.exit(f"FAIL {path.name} remembers where it was installed")
        for path in (*prefix.rglob("*.cmake"), *prefix.rglob("*.pc")):
            for word in (str(args.root), "-Wall", "-fsanitize", "Eigen", "nlohmann", "tierwise_developer"):
                if word in path.read_text():
                    sys.exit(f"FAIL the installed {path.name} mentions {word}")
        with_runtime = any(prefix.rglob("tierwise-runtime.pc"))

        def configure(project, build, *extra, fails_with=None):
            run(
                cmake,
                "-S",
                HERE / project,
                "-B",
                folder / build,
                f"-DCMAKE_PREFIX_PATH={prefix}",
                *extra,
                fails_with=fails_with,
            )
            return folder / build

        compiler = (f"-DCMAKE_CXX_COMPILER={args.cxx}", "-G", "Ninja")
        if shutil.which("ninja") is None:
            compiler = compiler[:1]

        build = configure("find_package", "found", f"-DWITH_RUNTIME={int(with_runtime)}", *compiler)
        run(cmake, "--build", build)
        for program in ("compiled", "header_only", *(("runtime",) if with_runtime else ())):
            run(build / program)
            print(f"ok   find_package, installed and moved: {program}")

        for version in ("99", "0.2", "1.0"):
            configure("refused_version", f"refused-{version}", f"-DWANTED={version}", fails_with="version")
            print(f"ok   find_package(tierwise {version}) is refused")
        configure("refused_version", "taken", "-DWANTED=0.1")

        launcher = shutil.which("ccache")  # building the library anew is slow
        caching = (f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}",) if launcher else ()
        build = configure(
            "add_subdirectory", "sub", f"-DTIERWISE_ROOT={args.root}", "-DTIERWISE_RUNTIME=OFF", *caching, *compiler
        )
        run(cmake, "--build", build, "--parallel", "2")
        run(build / "compiled")
        print("ok   add_subdirectory")

        config = next(prefix.rglob("tierwise.pc")).parent
        env = {"PKG_CONFIG_PATH": str(config)}
        packages = [
            ("tierwise", "library.cpp"),
            ("tierwise-header-only", "library.cpp"),
            ("tierwise-runtime", "runtime.cpp"),
        ]
        for package, source in packages[: 2 + with_runtime]:
            flags = run("pkg-config", "--cflags", "--libs", package, env=env).strip()
            if package == "tierwise-header-only" and ("-ffp-contract=off" not in flags or "-ltierwise" in flags):
                sys.exit(f"FAIL pkg-config {package}: {flags}")
            # The shell undoes pkg-config's quoting of the space.
            program = folder / f"by-{package}"
            script = f"'{args.cxx}' -std=c++20 '{HERE / source}' -o '{program}' {flags} -Wl,-rpath,'{config.parent}'"
            run("sh", "-c", script)
            run(program, env={"LD_LIBRARY_PATH": str(config.parent)})
            print(f"ok   pkg-config {package}")
        run("pkg-config", "--exists", "--print-errors", "tierwise >= 99", env=env, fails_with="tierwise")
    return 0


if __name__ == "__main__":
    sys.exit(main())
