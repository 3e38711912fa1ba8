#!/usr/bin/env python3
"""How long `envlock check` takes: one lock against one driver and GPU, and against a fleet of Kubernetes nodes.

Nobody else answers the question, so the yardsticks are the cheapest programs that touch the same bytes: a process that
does nothing, and Python's and jq's JSON parsers reading the fleet. The fleet is made here, each node about 10 KB, as a
kubelet with GPU Feature Discovery reports it: images, conditions, managed fields and all.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))

# Product label, memory in MiB, compute capability, how many a node.
MODELS = [
    ("NVIDIA-A100-SXM4-80GB", 81920, (8, 0), 8),
    ("NVIDIA-H100-80GB-HBM3", 81559, (9, 0), 8),
    ("Tesla-T4", 15360, (7, 5), 4),
    ("NVIDIA-L40S", 46068, (8, 9), 4),
    ("NVIDIA-B200", 183359, (10, 0), 8),
]
DRIVERS = ["535.104.05", "550.54.15", "570.124.06", "580.95.05"]


def node(number, chance):
    product, memory, capability, count = MODELS[number % len(MODELS)]
    driver = chance.choice(DRIVERS)
    major, minor, revision = driver.split(".")
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": f"gpu-{number:05d}",
        "nvidia.com/gfd.timestamp": str(1763900000 + number),
        "nvidia.com/cuda.driver-version.full": driver,
        "nvidia.com/cuda.driver-version.major": major,
        "nvidia.com/cuda.driver-version.minor": minor,
        "nvidia.com/cuda.driver-version.revision": revision,
        "nvidia.com/cuda.driver.major": major,
        "nvidia.com/cuda.driver.minor": minor,
        "nvidia.com/cuda.driver.rev": revision,
        "nvidia.com/gpu.compute.major": str(capability[0]),
        "nvidia.com/gpu.compute.minor": str(capability[1]),
        "nvidia.com/gpu.count": str(count),
        "nvidia.com/gpu.machine": "PowerEdge-XE9680",
        "nvidia.com/gpu.memory": str(memory),
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.product": product,
        "nvidia.com/gpu.replicas": "1",
        "nvidia.com/gpu.sharing-strategy": "none",
        "nvidia.com/mig.capable": "true" if capability[0] in (8, 9, 10) and capability[1] == 0 else "false",
        "nvidia.com/mps.capable": "false",
        "nvidia.com/vgpu.present": "false",
    }
    images = [
        {
            "names": [
                f"registry.example.com/team-{chance.randrange(40)}/job@sha256:{chance.getrandbits(256):064x}",
                f"registry.example.com/team-{chance.randrange(40)}/job:{chance.randrange(1000)}",
            ],
            "sizeBytes": chance.randrange(10**8, 10**10),
        }
        for _ in range(20)
    ]
    conditions = [
        {
            "lastHeartbeatTime": "2026-11-24T09:00:00Z",
            "lastTransitionTime": "2026-11-01T09:00:00Z",
            "message": "kubelet has sufficient memory available",
            "reason": "KubeletHasSufficientMemory",
            "status": "False",
            "type": kind,
        }
        for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    ]
    managed = {
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:labels": {f"f:{name}": {} for name in labels}}},
        "manager": "nfd-master",
        "operation": "Update",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
            "labels": labels,
            "managedFields": [managed],
            "name": f"gpu-{number:05d}",
            "uid": f"{chance.getrandbits(128):032x}",
        },
        "spec": {"providerID": f"metal:///{number}"},
        "status": {
            "allocatable": {"cpu": "128", "memory": "1056276464Ki", "nvidia.com/gpu": str(count)},
            "capacity": {"cpu": "128", "memory": "1056378864Ki", "nvidia.com/gpu": str(count)},
            "conditions": conditions,
            "images": images,
            "nodeInfo": {"architecture": "amd64", "kernelVersion": "6.8.0-48-generic", "operatingSystem": "linux"},
        },
    }


def write_fleet(path, count):
    """Writes the fleet as kubectl prints it, without holding all of it."""
    chance = random.Random(20261124)
    with open(path, "w", encoding="utf-8") as file:
        file.write('{\n    "apiVersion": "v1",\n    "items": [\n')
        for number in range(count):
            text = json.dumps(node(number, chance), indent=4)
            file.write(text + (",\n" if number + 1 < count else "\n"))
        file.write('    ],\n    "kind": "List",\n    "metadata": {"resourceVersion": ""}\n}\n')


def timed(command, expected=(0,)):
    """Wall seconds and largest resident set in MiB of a command that ends with one of the expected codes."""
    with tempfile.TemporaryFile() as errors:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, errors.fileno(), 2),
        ]
        start = time.perf_counter()
        # Not subprocess: forking this interpreter would take a good part of what is measured.
        process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - start
        code = os.waitstatus_to_exitcode(status)
        if code not in expected:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} ended with {code}:\n{errors.read().decode(errors='replace')}")
    return seconds, usage.ru_maxrss / 1024


def compare(title, commands, runs):
    """Runs the commands in turn, so that what disturbs one disturbs all, and prints medians against the first."""
    results = {name: [] for name in commands}
    for _ in range(runs):
        for name, (command, expected) in commands.items():
            results[name].append(timed(command, expected))
    print(title)
    base = None
    for name, values in results.items():
        seconds = statistics.median(value[0] for value in values)
        memory = max(value[1] for value in values)
        base = base or seconds
        print(f"  {name:24} {seconds * 1000:9.1f} ms  {memory:7.0f} MiB  {seconds / base:6.2f} of envlock's time")


def found(program):
    """Where a program lies."""
    return shutil.which(program) or sys.exit(f"{program} is not on the PATH")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--envlock", default=os.path.join(HERE, "..", ".build", "release", "envlock"))
    parser.add_argument("--lock", required=True, help="a lock with CUDA, such as the one that `make demo` writes")
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    envlock = os.path.abspath(arguments.envlock)
    lock = os.path.abspath(arguments.lock)
    python = sys.executable
    one = [envlock, "check", "--lock", lock, "--driver", "550.54.15", "--gpu", "A100-SXM4-80GB"]
    compare(
        "one lock, one driver, one GPU",
        {"envlock": (one, (0,)), "true": ([found("true")], (0,)), "python3 -c pass": ([python, "-c", "pass"], (0,))},
        arguments.runs,
    )
    with tempfile.TemporaryDirectory() as folder:
        fleet = os.path.join(folder, "nodes.json")
        write_fleet(fleet, arguments.nodes)
        size = os.path.getsize(fleet) / 1e6
        read = f"import json; json.load(open({fleet!r}, encoding='utf-8'))"
        commands = {
            "envlock": ([envlock, "check", "--lock", lock, "--nodes", fleet], (0, 1)),
            "python3 json.load": ([python, "-c", read], (0,)),
        }
        if shutil.which("jq"):
            commands["jq length"] = ([found("jq"), ".items | length", fleet], (0,))
        compare(f"a fleet of {arguments.nodes} nodes, {size:.0f} MB", commands, max(3, arguments.runs // 3))


if __name__ == "__main__":
    main()
