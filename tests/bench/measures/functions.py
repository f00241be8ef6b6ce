"""What it costs to look at the bytes of 100 sales: copied, scanned, parsed whole (simdjson), and admitted by the agent."""

import json
import subprocess

import frame
from programs import TOOLS


def measure(bench):
    said = subprocess.run([TOOLS / "bench-scan-json", "--benchmark_format=json", f"--benchmark_repetitions={bench.rounds}",
                           "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.1"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    speeds = {}
    for one in json.loads(said.stdout)["benchmarks"]:
        if one["run_type"] == "iteration":
            speeds.setdefault(one["run_name"], []).append(one["bytes_per_second"] / 1e6)
    return [
        frame.row(f"{what}, {size}", "MB/s", speeds[f"{name}/{lines}"], speeds[f"{beside}/{lines}"], beside)
        for lines, size in ((1, "400 B sales"), (20, "6 kB sales"))
        for name, what, beside in (("scan", "structure found by simdjson", "copy"),
                                   ("parse", "parsed by simdjson", "scan"), ("admit", "admitted by the agent", "parse"))
    ]
