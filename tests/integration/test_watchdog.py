"""A thread of the agent hangs, as in row F51 of the loss table: systemd is not fed any more, and starts it again."""

import ctypes
import os
import pathlib
import socket
import time

import pytest

from shop import online, sale, wait_for

SPEED = 20  # the agent's clock: a thread may be in one call to the disk for a minute
FEED_EVERY_S, HUNG_AFTER_S = 15 / SPEED, 60 / SPEED
PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000


class NotifySocket:
    """What systemd listens on."""

    def __init__(self, directory, monkeypatch):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(directory / "notify"))
        self.socket.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(directory / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "30000000")

    def feeds(self):
        """How many have come since the last call."""
        count = 0
        while True:
            try:
                count += b"WATCHDOG=1" in self.socket.recv(4096)
            except BlockingIOError:
                return count


class HungThread:
    """The thread of that name stands still, alone, until its process is killed."""

    def __init__(self, process, name):
        self.process = process
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        tasks = pathlib.Path(f"/proc/{process.child.pid}/task").iterdir()
        self.thread = next(int(task.name) for task in tasks if (task / "comm").read_text().strip() == name)
        for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
            assert libc.ptrace(request, self.thread, None, None) == 0, os.strerror(ctypes.get_errno())

    def kill(self):
        self.process.child.kill()
        while os.WIFSTOPPED(os.waitpid(self.thread, WALL)[1]):
            pass
        self.process.child.wait()


@pytest.mark.native
@pytest.mark.fault("F51")
@pytest.mark.parametrize("thread", ["store", "reader"])
def test_f51_systemd_is_not_fed_while_a_thread_hangs(bench, clock, monkeypatch, thread):
    systemd = NotifySocket(bench.shop.directory, monkeypatch)
    broker = bench.shop.broker().start()
    agent = bench.agent(broker.url)
    clock.set(0, synchronised=True, speed=SPEED)
    with clock:
        agent.start()
    wait_for("the connection", lambda: online(agent))
    assert agent.post([sale(1)])[0] == 200
    systemd.feeds()
    time.sleep(1.5 * HUNG_AFTER_S)  # with nothing to do
    assert systemd.feeds() >= 3

    hung = HungThread(agent.process, thread)
    try:
        time.sleep(HUNG_AFTER_S + 2 * FEED_EVERY_S)
        systemd.feeds()
        time.sleep(4 * FEED_EVERY_S)
        assert systemd.feeds() == 0
    finally:
        hung.kill()
    assert f"the {thread} thread has made no progress" in agent.process.log.read_text()
