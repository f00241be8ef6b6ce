"""FAULTS F9, F10, F11 with the real program: the disk under the outbox fails, is slow, is not to be written on."""

import collections
import http.client
import json
import os
import socket
import threading
import time

import pytest

from fault_bench import TOOLS
from shop import BIN, TOKEN, Process, sale, wait_for
from small_disk import SmallDisk


@pytest.fixture
def tell(shop, monkeypatch):
    """Says how the disk of whatever agent starts from now on is to fail: bad_disk.cpp lists the words."""
    word = shop.directory / "bad_disk"
    monkeypatch.setenv("LD_PRELOAD", str(TOOLS / "libstoreward-bad-disk.so"))
    monkeypatch.setenv("STOREWARD_BAD_DISK", str(word))

    def say(text):
        said = word.with_suffix(".new")
        said.write_text(text)
        said.replace(word)
    return say


def line(bench):
    """Broker, hub and agent; only the agent's disk is bad."""
    broker = bench.shop.broker().start()
    hub = bench.shop.hub(broker.url).start()
    return hub, bench.agent(broker.url).start()


def ended(agent):
    agent.disconnect()
    return agent.process.child.wait(20), agent.process.tail(4)


def not_taken(bench, agent, event):
    try:
        assert bench.oracle.deliver(agent, [event])[0] == 503
    except (OSError, http.client.HTTPException):
        pass  # nobody answers any more


@pytest.mark.native
@pytest.mark.fault("F9")
@pytest.mark.parametrize("operation", ["sync", "write"])
def test_a_disk_error_is_no_answer_and_a_fresh_start(bench, tell, operation):
    hub, agent = line(bench)
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 11)])
    tell(operation)
    not_taken(bench, agent, sale(11))
    code, words = ended(agent)
    assert code == 74 and "check the disk" in words, words
    agent.spawn()
    code, words = ended(agent)
    assert code == 74 and "check the disk" in words, words
    tell("")
    agent.start()
    assert bench.oracle.deliver(agent, [sale(11)])[0] == 200
    bench.all_at(hub)


@pytest.mark.native
@pytest.mark.fault("F9")
def test_a_disk_that_cannot_be_read_ends_the_agent_and_nothing_is_lost(bench, tell):
    hub, agent = line(bench)
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 11)])
    agent.kill()
    tell("read")
    agent.spawn()
    code, words = ended(agent)
    assert code == 74 and "check the disk" in words, words
    tell("")
    agent.start()
    bench.all_at(hub)
    assert not list(agent.state.glob("damaged-*"))  # a disk that cannot be read is no damaged outbox


class Service:
    """What systemd hears from the agent, with the time."""

    def __init__(self, path, monkeypatch, limit_s):
        self.heard = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.setenv("WATCHDOG_USEC", str(limit_s * 1_000_000))
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            text = self.socket.recv(4096)
            self.heard.append((time.monotonic(), text))

    def longest_silence(self, since):
        times = [since, *(at for at, text in self.heard if b"WATCHDOG=1" in text and at > since), time.monotonic()]
        return max(after - before for before, after in zip(times, times[1:]))


@pytest.mark.native
@pytest.mark.fault("F10")
def test_a_sync_of_5_s_is_slow_and_refused_at_the_bound_but_no_hang(bench, tell, monkeypatch):
    limit_s = 6
    service = Service(bench.shop.directory / "notify", monkeypatch, limit_s)
    hub, agent = line(bench)
    tell("slow")
    began = time.monotonic()
    answers = []

    def post(till):
        events = [sale(till * 1000 + n, note="y" * 2000) for n in range(400)]
        connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=100)
        connection.request("POST", "/v1/events", json.dumps(events),
                           {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {TOKEN}"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        answers.append((response.status, response.getheader("Retry-After"), time.monotonic() - began))
        if response.status == 200:
            bench.oracle.accepted.setdefault("till-1", []).extend(result["id"] for result in answer["results"])

    bench.oracle.offered.update(("till-1", f"till-1-{till * 1000 + n:08d}") for till in range(30) for n in range(400))
    tills = [threading.Thread(target=post, args=(till,)) for till in range(30)]
    for till in tills:
        till.start()
    time.sleep(2)
    asked = time.monotonic()
    agent.status()
    assert time.monotonic() - asked < 1
    for till in tills:
        till.join()
    statuses = collections.Counter(status for status, _, _ in answers)
    assert set(statuses) == {200, 503} and statuses[200] >= 1, statuses
    assert all(retry for status, retry, _ in answers if status == 503)
    assert max(seconds for _, _, seconds in answers) > 5
    assert service.longest_silence(began) < limit_s and agent.process.running()
    tell("")
    accepted = set(bench.oracle.accepted["till-1"])
    wait_for("what was accepted to arrive",
             lambda: accepted <= {json.loads(event)["id"] for event in hub.events()}, 40, 0.3)


@pytest.mark.native
@pytest.mark.fault("F11")
def test_a_disk_that_turns_read_only_is_refused_with_the_reason_until_it_is_back(bench, tell):
    hub, agent = line(bench)
    bench.oracle.deliver(agent, [sale(1)])
    tell("frozen")
    not_taken(bench, agent, sale(2))
    code, words = ended(agent)
    assert code == 74 and "make the directory writable" in words, words
    tell("")
    agent.start()
    assert bench.oracle.deliver(agent, [sale(2)])[0] == 200
    bench.all_at(hub)


@pytest.mark.fault("F11")
def test_a_start_on_a_read_only_disk_names_it_and_the_next_one_works(bench, request):
    disk = SmallDisk(bench.shop.directory / "state-main", "64m")
    request.addfinalizer(disk.unmount)
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    bench.oracle.deliver(agent, [sale(1)])
    agent.stop()
    disk.remount("ro")
    agent.spawn()
    code, words = ended(agent)
    assert code == 74 and "Read-only file system" in words and str(agent.state) in words, words
    disk.remount("rw")
    agent.start()
    assert bench.oracle.deliver(agent, [sale(2)])[0] == 200
    agent.stop()


def without_overriding_permissions():
    """Root may write where nobody may, unless it gives that up; others need nothing."""
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


@pytest.mark.fault("F11")
@pytest.mark.parametrize("what", ["directory", "database"])
def test_permissions_that_are_lost_are_named_and_the_next_start_works(bench, what):
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    bench.oracle.deliver(agent, [sale(1)])
    agent.stop()
    target = agent.state if what == "directory" else agent.state / "outbox.db"
    mode = target.stat().st_mode
    if what == "directory":
        (agent.state / "lock").unlink()
    target.chmod(0o500 if what == "directory" else 0)
    agent.process = Process(agent.directory, agent.name,
                            [*without_overriding_permissions(), BIN / "storeward", "run", "--config", agent.config])
    code, words = ended(agent)
    assert code == 74 and "writable" in words and str(agent.state) in words, words
    target.chmod(mode)
    agent.start()
    assert bench.oracle.deliver(agent, [sale(2)])[0] == 200
    agent.stop()
    assert json.loads(agent.cli("verify", "--json").stdout)["events"] == 2


@pytest.mark.native
@pytest.mark.fault("F11")
def test_an_outbox_on_a_network_share_is_refused(bench, tell):
    tell("nfs")
    agent = bench.agent("mqtt://127.0.0.1:1")
    agent.spawn()
    code, words = ended(agent)
    assert code == 74 and "network share" in words and "NFS" in words and str(agent.state) in words, words
    assert not (agent.state / "outbox.db").exists()
    tell("")
    agent.start()
    assert bench.oracle.deliver(agent, [sale(1)])[0] == 200
