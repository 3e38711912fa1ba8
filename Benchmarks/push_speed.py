#!/usr/bin/env python3
"""How long `envlock push` takes to a registry on this machine, beside `skopeo copy` from the same layout.

Each run goes to a repository that the registry has not seen, of a registry that is started anew on an empty folder, so that
nothing is mounted and nothing is there. The programs take turns; told are minimum and median. skopeo gets
`--preserve-digests`, without which it may compress layers anew.

    python3 Benchmarks/push_speed.py --envlock .build/release/envlock --image image --runs 3

Needs: docker-registry (Debian), skopeo; twice the image's size on the disk.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

CONFIGURATION = """version: 0.1
log: {{level: error, accesslog: {{disabled: false}}}}
storage: {{filesystem: {{rootdirectory: "{folder}"}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


class Registry:
    """docker-registry on loopback, on a folder of its own; it ends with the block."""

    def __init__(self, scratch):
        self.folder = tempfile.mkdtemp(dir=scratch)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{probe.getsockname()[1]}"

    def __enter__(self):
        path = os.path.join(self.folder, "configuration.yml")
        with open(path, "w") as file:
            file.write(CONFIGURATION.format(folder=self.folder, port=self.host.split(":")[1]))
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(["docker-registry", "serve", path], stdout=self.log, stderr=self.log)
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://{self.host}/v2/", timeout=1)
                return self
            except OSError:
                time.sleep(0.1)
        sys.exit("docker-registry does not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)

    def requests(self):
        """How many requests its log tells of."""
        self.log.flush()
        with open(self.log.name) as file:
            return sum(" HTTP/" in line for line in file)


def timed(command):
    """Wall seconds of a command that has to succeed."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout.decode(errors='replace')}")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envlock", default=".build/release/envlock")
    parser.add_argument("--image", required=True, help="an OCI layout in a folder")
    parser.add_argument("--lock", help="its lock, to push straight from it too; its layers are in the store")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scratch", default=tempfile.gettempdir(), help="where the registries keep blobs")
    options = parser.parse_args()

    def envlock(host, tag="1"):
        return [options.envlock, "push", f"{host}/a/app:{tag}", "--image", options.image, "-q"]

    candidates = {
        "envlock": envlock,
        "skopeo": lambda host: [
            "skopeo", "copy", "--all", "--preserve-digests", "--dest-tls-verify=false", f"oci:{options.image}",
            f"docker://{host}/a/app:1",
        ],
    }
    if options.lock:
        candidates["envlock, from the lock"] = lambda host: [
            options.envlock, "push", f"{host}/a/app:1", "--lock", options.lock, "-q",
        ]
    results = {name: [] for name in candidates}
    again = []
    for _ in range(options.runs):
        for name, command in candidates.items():
            with Registry(options.scratch) as registry:
                os.sync()
                results[name].append(timed(command(registry.host)))
                if name == "envlock":
                    before = registry.requests()
                    again.append((timed(envlock(registry.host)), registry.requests() - before))
    blobs = os.path.join(options.image, "blobs", "sha256")
    size = sum(os.path.getsize(os.path.join(blobs, name)) for name in os.listdir(blobs))
    print(f"{size / 1e9:.2f} GB, {options.runs} runs in turn, seconds (minimum, median)")
    base = statistics.median(results["skopeo"])
    for name, values in results.items():
        median = statistics.median(values)
        print(f"  {name:24} {min(values):7.2f} {median:7.2f}   {base / median * 100:4.0f} % of skopeo's speed")
    print("the same push again, seconds and requests")
    print("  " + json.dumps([(round(seconds, 3), count) for seconds, count in again]))


if __name__ == "__main__":
    main()
