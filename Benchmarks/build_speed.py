#!/usr/bin/env python3
"""How long `envlock build` takes, from a store that has every artifact.

Three questions, each answered by alternating runs in one go:
- one large wheel into a layer, against the floor (`splice_floor.c`): inflate with CRC and a hash on one core; a hash of the
  wheel, and hashing and writing as many bytes as the layer has, on the other;
- the whole image again, where nothing changed and where one small layer did;
- all wheels into an image, against `uv pip install` and umoci or buildah from the same files, where those are installed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def timed(*commands, environment=None):
    """Wall seconds of commands one after the other, and the largest resident set in MiB of any."""
    memory = 0
    with tempfile.TemporaryFile() as output:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
        ]
        start = time.perf_counter()
        for command in commands:
            # Not subprocess: forking this interpreter would take a part of what is measured.
            process = os.posix_spawnp(command[0], command, environment or os.environ, file_actions=actions)
            _, status, usage = os.wait4(process, 0)
            memory = max(memory, usage.ru_maxrss / 1024)
            code = os.waitstatus_to_exitcode(status)
            if code != 0:
                output.seek(0)
                sys.exit(f"{' '.join(command)} ended with {code}:\n{output.read().decode(errors='replace')}")
    return time.perf_counter() - start, memory


def compare(title, runs, candidates, base):
    """Runs the candidates in turn, each after what has to be put away for it, and prints minimum and median."""
    results = {name: [] for name in candidates}
    for _ in range(runs):
        for name, (prepare, run) in candidates.items():
            prepare()
            # What an earlier one wrote is on the disk before the next begins.
            os.sync()
            results[name].append(run())
    print(title)
    least = min(value[0] for value in results[base])
    middle = statistics.median(value[0] for value in results[base])
    for name, values in results.items():
        low, half = min(value[0] for value in values), statistics.median(value[0] for value in values)
        memory = max(value[1] for value in values)
        print(
            f"  {name:32} {low * 1000:9.0f} ms at best, {low / least:6.2f} of {base}"
            f"   {half * 1000:9.0f} ms median, {half / middle:6.2f}   {memory:5.0f} MiB"
        )
    sys.stdout.flush()


def remove(path):
    """Removes a file or folder that may be there."""
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


class Bench:
    def __init__(self, arguments, work):
        self.envlock = os.path.abspath(arguments.envlock)
        self.work = work
        self.cache = os.path.abspath(arguments.cache_dir or os.path.join(work, "cache"))
        self.environment = dict(os.environ, ENVLOCK_CACHE_DIR=self.cache)
        self.image = os.path.join(work, "image")
        self.lock = os.path.abspath(arguments.lock) if arguments.lock else self.resolve(arguments)
        self.run_envlock("build", "--quiet", "--lock", self.lock, "-o", self.image)
        self.layers = self.built()
        with open(self.lock, encoding="utf-8") as file:
            answer = json.load(file)["platforms"][0]
        self.wheels = answer["wheels"]

    def run_envlock(self, *words):
        return subprocess.run(
            [self.envlock, *words], check=True, env=self.environment, stdout=subprocess.PIPE, text=True
        ).stdout

    def resolve(self, arguments):
        lock = os.path.join(self.work, "envlock.lock")
        self.run_envlock(
            "resolve", *arguments.request, "--python", arguments.python, "--platform", arguments.platform,
            "--base", arguments.base, "--quiet", "--output", lock,
        )
        return lock

    def built(self, *words):
        """The layers of the image, as the store has them."""
        remove(self.image)
        text = self.run_envlock("build", "--json", "--quiet", "--lock", self.lock, "-o", self.image, *words)
        return json.loads(text)["images"][0]["layers"]

    def path(self, layer):
        return os.path.join(self.cache, "layers", *layer["digest"].split(":"))

    def forget(self, *layers):
        """Makes the next build make these layers again, and write the image again."""
        remove(self.image)
        for layer in layers:
            remove(self.path(layer))

    def build(self, *words):
        command = [self.envlock, "build", "--quiet", "--offline", "--lock", self.lock, "-o", self.image, *words]
        return timed(command, environment=self.environment)

    def artifact(self, wheel):
        return os.path.join(self.cache, "artifacts", "sha256", wheel["sha256"])

    def layer_of(self, wheel, layers):
        return next(layer for layer in layers if [part["name"] for part in layer["parts"]] == [wheel["name"]])


def one_wheel(bench, runs):
    wheel = max(bench.wheels, key=lambda wheel: os.path.getsize(bench.artifact(wheel)))
    program, output = os.path.join(bench.work, "splice_floor"), os.path.join(bench.work, "floor")
    source = os.path.join(HERE, "splice_floor.c")
    subprocess.run(["cc", "-O3", "-o", program, source, "-lisal", "-lcrypto", "-lpthread"], check=True)
    path = bench.artifact(wheel)
    compressed = bench.layer_of(wheel, bench.built("--compression", "zstd"))
    spliced = bench.layer_of(wheel, bench.layers)
    compare(
        f"{wheel['file']}, {os.path.getsize(path) / 1e6:.0f} MB, into a layer of {spliced['tar-size'] / 1e6:.0f} MB",
        runs,
        {
            "floor": (lambda: remove(output), lambda: timed([program, path, output])),
            "spliced": (lambda: bench.forget(spliced), bench.build),
            "with zstd": (lambda: bench.forget(compressed), lambda: bench.build("--compression", "zstd")),
        },
        "floor",
    )


def again(bench, runs):
    group = [layer for layer in bench.layers if layer["stratum"] == "wheels"]
    small = min(group, key=lambda layer: layer["size"])
    total = sum(layer["size"] for layer in bench.layers)
    bench.forget()
    bench.build()
    compare(
        f"the image of {total / 1e6:.0f} MB again",
        runs,
        {
            "nothing changed": (lambda: None, bench.build),
            "nothing changed, no image yet": (bench.forget, bench.build),
            "one small layer changed": (lambda: bench.forget(small), bench.build),
        },
        "nothing changed",
    )


def peers(bench, runs, python):
    missing = [program for program in ("uv", "umoci", "buildah") if not shutil.which(program)]
    if "uv" in missing or len(missing) > 1:
        print(f"not compared with other tools: {', '.join(missing)} not installed")
        return
    # By their names, which uv wants to see.
    folder = os.path.join(bench.work, "wheels")
    os.makedirs(folder, exist_ok=True)
    files = []
    for wheel in bench.wheels:
        files.append(os.path.join(folder, wheel["file"]))
        if not os.path.exists(files[-1]):
            os.link(bench.artifact(wheel), files[-1])
    tree, layout = os.path.join(bench.work, "tree"), os.path.join(bench.work, "peer")
    platform = json.load(open(bench.lock, encoding="utf-8"))["platforms"][0]["platform"]
    machine = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}[platform]
    # Warm: uv keeps what it unpacked, as envlock keeps artifacts.
    install = [
        "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--target", tree,
        "--python-version", python, "--python-platform", f"{machine}-manylinux_2_36", *files,
    ]
    timed(install)

    def prepare():
        remove(tree)
        remove(layout)

    made = [layer for layer in bench.layers if layer["stratum"] == "wheels"]
    candidates = {"envlock": (lambda: bench.forget(*made), bench.build)}
    if "umoci" not in missing:
        image = f"{layout}:bench"
        candidates["uv, umoci"] = (
            prepare,
            lambda: timed(
                install, ["umoci", "init", "--layout", layout], ["umoci", "new", "--image", image],
                ["umoci", "insert", "--rootless", "--image", image, tree, "/opt/env"],
            ),
        )
    if "buildah" not in missing:
        script = (
            'set -e; c=$(buildah from scratch); trap "buildah rm $c >/dev/null" EXIT; '
            'buildah copy -q "$c" "$1" /opt/env; '
            'buildah commit -q --disable-compression=false "$c" "oci:$2:bench"'
        )
        candidates["uv, buildah (gzip)"] = (
            prepare, lambda: timed(install, ["sh", "-c", script, "sh", tree, layout]),
        )
    compare(f"{len(files)} wheels into layers, the files at hand", runs, candidates, "envlock")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("request", nargs="*", default=["torch==2.9.1"])
    parser.add_argument("--envlock", default=os.path.join(HERE, "..", ".build", "release", "envlock"))
    parser.add_argument("--lock", help="a lock with a base, instead of resolving one")
    parser.add_argument("--python", default="3.11")
    parser.add_argument("--platform", default="linux/arm64")
    parser.add_argument("--base", default="debian:bookworm")
    parser.add_argument("--cache-dir", help="a store to use, and to fill; its layers are made again")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", choices=["wheel", "again", "peers"], action="append")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="build-speed-") as work:
        bench = Bench(arguments, work)
        only = arguments.only or ["wheel", "again", "peers"]
        if "wheel" in only:
            one_wheel(bench, arguments.runs)
        if "again" in only:
            again(bench, arguments.runs)
        if "peers" in only:
            peers(bench, max(1, arguments.runs // 3), arguments.python)


if __name__ == "__main__":
    main()
