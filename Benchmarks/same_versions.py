#!/usr/bin/env python3
"""Puts the requests of sets.json to envlock and to uv and prints where the chosen versions differ.

    Benchmarks/same_versions.py [--envlock PATH] [--uv PATH] [--only TEXT]

Both ask the index that the environment configures. Wheels that envlock adds from its matrix (TensorFlow
before 2.14) are listed apart. Exit status 1 when a version differs.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def with_uv(uv, entry, cutoff):
    machine = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}[entry.get("platform", "linux/amd64")]
    command = [uv, "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--only-binary", ":all:",
               "--exclude-newer", cutoff, "--python-version", entry["python"],
               "--python-platform", f"{machine}-manylinux_2_28"]
    result = subprocess.run(command, input="\n".join(entry["requirements"]), text=True, capture_output=True)
    if result.returncode:
        raise RuntimeError(result.stderr.strip())
    pins = {}
    for line in result.stdout.splitlines():
        name, _, version = line.partition("==")
        if version:
            pins[normalised(name)] = version.split()[0]
    return pins


def with_envlock(envlock, entry, cutoff):
    with tempfile.TemporaryDirectory() as folder:
        lock = os.path.join(folder, "envlock.lock")
        command = [envlock, "resolve", *entry["requirements"], "--python", entry["python"], "--exclude-newer", cutoff,
                   "--platform", entry.get("platform", "linux/amd64"), "-o", lock, "-q"]
        result = subprocess.run(command, text=True, capture_output=True)
        if result.returncode:
            raise RuntimeError(result.stderr.strip())
        with open(lock) as file:
            answer = json.load(file)["platforms"][0]
    added = {name for framework in answer["strata"]["frameworks"] for name in framework.get("added", [])}
    return {wheel["name"]: wheel["version"] for wheel in answer["wheels"]}, added


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envlock", default=str(HERE.parent / ".build/release/envlock"))
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--only", default="", help="only the sets whose name holds this text")
    options = parser.parse_args()
    data = json.loads((HERE / "sets.json").read_text())
    different = 0
    for entry in data["sets"]:
        if options.only not in entry["name"]:
            continue
        answers, errors = {}, {}
        for tool, ask in (("uv", lambda: with_uv(options.uv, entry, data["exclude-newer"])),
                          ("envlock", lambda: with_envlock(options.envlock, entry, data["exclude-newer"]))):
            try:
                answers[tool] = ask()
            except RuntimeError as error:
                errors[tool] = str(error)
        if errors:
            different += len(errors) == 1
            print(f"{'no answer from both' if len(errors) == 2 else 'DIFFERENT':12} {entry['name']}")
            for tool, text in errors.items():
                print(f"    {tool}: " + text.replace("\n", "\n    "))
            continue
        theirs, (ours, added) = answers["uv"], answers["envlock"]
        differences = [(name, theirs.get(name, "-"), ours.get(name, "-")) for name in sorted({*theirs, *ours} - added)
                       if theirs.get(name) != ours.get(name)]
        different += bool(differences)
        extra = f", {len(added)} more from the matrix" if added else ""
        print(f"{'DIFFERENT' if differences else 'same':12} {entry['name']}: {len(theirs)} packages{extra}")
        for name, uv_version, own_version in differences:
            print(f"    {name}: uv {uv_version}, envlock {own_version}")
    print(f"{different} of the sets differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
