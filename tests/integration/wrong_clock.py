"""A clock that a test sets, for real programs: tests/support/wrong_clock, loaded into them first."""

import mmap
import struct
import time

from fault_bench import TOOLS

LAYOUT = "=qqqqq"


class WrongClock:
    """For the programs that start within `with`, and for as long as they run."""

    def __init__(self, directory, monkeypatch):
        self.monkeypatch, self.path = monkeypatch, directory / "clock"
        size = struct.calcsize(LAYOUT)
        self.path.write_bytes(bytes(size))
        with open(self.path, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), size)

    def set(self, ahead_s, synchronised=False, asleep_s=0, speed=1):
        """`asleep_s`: of the time that the wall clock is ahead, the machine has slept so much.
        `speed`: from now on all clocks run so many times as fast, and timeouts with them."""
        self.shared[:] = struct.pack(LAYOUT, round(ahead_s), synchronised, round(asleep_s), speed,
                                     time.monotonic_ns())

    def __enter__(self):
        self.monkeypatch.setenv("LD_PRELOAD", str(TOOLS / "libstoreward-wrong-clock.so"))
        self.monkeypatch.setenv("STOREWARD_CLOCK_FILE", str(self.path))

    def __exit__(self, *_):
        self.monkeypatch.delenv("LD_PRELOAD")
