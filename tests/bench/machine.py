"""What the machine says of itself and of processes: bytes on the disk, CPU, memory."""

import os
import pathlib
import platform
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")


def description():
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    mosquitto = subprocess.run(["/usr/sbin/mosquitto", "-h"], stdout=subprocess.PIPE, text=True, check=False).stdout
    return (f"{os.cpu_count()} cores of {model}, {memory_gib:.0f} GiB, Linux {platform.release()}, "
            f"{mosquitto.splitlines()[0]}")


def written_bytes(path):
    """By the disk on which `path` lies, by whomever. Not /proc/PID/io: that overcounts many times over."""
    device = os.stat(path).st_dev
    stat = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
    return int(stat.read_text().split()[6]) * 512


def cpu_seconds(pids):
    used = 0.0
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
        fields = text[text.rindex(")") + 2:].split()
        used += (int(fields[11]) + int(fields[12])) / TICKS
    return used


def memory_mb(pids, what="VmRSS"):
    """Megabytes of 10^6, all processes together. VmRSS: now; VmHWM: the most so far."""
    kib = 0
    for pid in pids:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        kib += int(next(line for line in status.splitlines() if line.startswith(what)).split()[1])
    return kib * 1024 / 1e6


def shared_out_mb(pids):
    """Proportional set size: a page that several processes share counts for each by its share."""
    kib = 0
    for pid in pids:
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        kib += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
    return kib * 1024 / 1e6
