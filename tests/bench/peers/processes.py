"""A process with its children, to be killed all at once."""

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
