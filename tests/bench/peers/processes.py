"""A process with its children: all killed at once, and the memory they have together."""

import os
import pathlib
import signal


def tree(pid):
    """`pid` and all that it has started, as far as they run."""
    pids = [pid]
    for parent in pids:  # grows while it is read
        pids += children(parent)
    return pids


def children(pid):
    try:
        return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()]
    except OSError:
        return []


def kill_all(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def proportional_mb(pids):
    """Pss: a page that several share counts once."""
    return sum(map(proportional_bytes, pids)) / 1e6


def proportional_bytes(pid):
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
