#!/usr/bin/env python3
"""Times `envlock resolve` against `uv pip compile` on the torch 2.9.1 + transformers set, in one run.

    Benchmarks/resolve_speed.py [--envlock PATH] [--uv PATH] [--runs N]

Both ask the index that the environment configures, take turns, and start each cold run with an empty cache.

cold      empty cache, network included
refresh   full cache, every index page revalidated
warm      full cache, answers younger than the index allows
offline   full cache, network forbidden

Both write their answer to standard output, and neither finds an earlier one.

Prints the median of each, the ratio envlock / uv, and the largest resident set. Nothing is a test: look at it.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
REQUIREMENTS = ["accelerate", "datasets", "torch==2.9.1", "transformers"]
PYTHON = "3.11"
CUTOFF = "2026-11-20T00:00:00Z"


def timed(command):
    """Wall seconds and largest resident set in MiB of a command that must succeed."""
    with tempfile.TemporaryFile() as errors:
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                   (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
        start = time.perf_counter()
        # Not subprocess: forking this interpreter would take a good part of what is measured.
        process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
        _, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - start
        if status:
            errors.seek(0)
            sys.exit(f"{command[0]} failed: {errors.read().decode()}")
    return wall, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envlock", default=str(HERE.parent / ".build/release/envlock"))
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        caches = {tool: os.path.join(folder, tool) for tool in ("uv", "envlock")}
        program = os.path.abspath(options.envlock)
        peer = shutil.which(options.uv) or sys.exit(f"{options.uv} is not on the PATH")
        os.chdir(folder)
        pathlib.Path("requirements.in").write_text("\n".join(REQUIREMENTS))

        def uv(*flags):
            return timed([peer, "pip", "compile", "requirements.in", "--quiet", "--only-binary", ":all:", "--exclude-newer", CUTOFF,
                          "--python-version", PYTHON, "--python-platform", "x86_64-manylinux_2_28",
                          "--cache-dir", caches["uv"], *flags])

        def envlock(*flags):
            return timed([program, "resolve", *REQUIREMENTS, "--python", PYTHON, "--exclude-newer", CUTOFF,
                          "--cache-dir", caches["envlock"], "--output", "-", "--quiet", *flags])

        print(f"{'':10}{'uv s':>10}{'envlock s':>12}{'ratio':>8}{'uv MiB':>10}{'envlock MiB':>13}")
        for name, flags, is_cold in (("cold", (), True), ("refresh", ("--refresh",), False), ("warm", (), False),
                                     ("offline", ("--offline",), False)):
            # What the phase before wrote must not be written back during this one.
            os.sync()
            results = {"uv": [], "envlock": []}
            for turn in range(options.runs):
                tools = [("uv", uv), ("envlock", envlock)]
                for tool, run in tools if turn % 2 else reversed(tools):
                    if is_cold:
                        shutil.rmtree(caches[tool], ignore_errors=True)
                    results[tool].append(run(*flags))
            walls = {tool: statistics.median(wall for wall, _ in runs) for tool, runs in results.items()}
            sizes = {tool: max(size for _, size in runs) for tool, runs in results.items()}
            print(f"{name:10}{walls['uv']:10.3f}{walls['envlock']:12.3f}{walls['envlock'] / walls['uv']:8.2f}"
                  f"{sizes['uv']:10.0f}{sizes['envlock']:13.0f}")
        for name in ("--help", "--version"):
            walls = [timed([program, name])[0] for _ in range(options.runs * 5)]
            print(f"envlock {name:10} {statistics.median(walls) * 1000:6.1f} ms (least {min(walls) * 1000:.1f})")


if __name__ == "__main__":
    main()
