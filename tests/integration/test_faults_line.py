"""The agent's line to the broker is a process of its own (storeward-link): what a broker can do to it, and what its
end and the agent's mean for each other. Row F28 of the loss table, and the ends of both."""

import os
import pathlib
import random
import signal
import sys
import threading
import time

import pytest
from certificates import Authority
from fault_bench import ROOT, TOOLS
from shop import (BIN, SOURCE, Process, line_pid, memory_mib, memory_of_process_mib, online, process_is, sale,
                  wait_for)
from stub_broker import variable

MIB = 1 << 20
DATA_LIMIT_MIB = 48  # agent/link_memory.cpp; what is read from program files comes on top
MOST_OF_A_LINE_MIB = 60


class Peak:
    """The most that any of an agent's lines ever had in memory, as long as one looks."""

    def __init__(self, agent):
        self.mib, self.lines, self.agent = 0.0, set(), agent
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopping.wait(0.002):
            pid = line_pid(self.agent)
            try:
                if pid:
                    self.mib = max(self.mib, memory_of_process_mib(pid))
                    self.lines.add(pid)
            except (OSError, StopIteration):
                pass  # it has just ended

    def stop(self):
        self.stopping.set()
        self.thread.join()


def send_packet(session, size):
    """A message of so many MiB on a topic that nobody asked for, or as much of it as is taken."""
    body = b"\x00\x01t\x00"
    session.send(b"\x30" + variable(min(size * MIB, (1 << 28) - 1)) + body)
    for _ in range(size):
        session.send(bytes(MIB))


def published(stub):
    head = stub.head()
    return head["published"] if head else 0


@pytest.mark.native
@pytest.mark.fault("F28")
@pytest.mark.parametrize("line", ["plain", "TLS"])
@pytest.mark.parametrize("size", [20, 64, 256])
def test_f28_a_huge_packet_costs_a_connection_and_neither_memory_nor_an_answer(bench, tmp_path, figure, line, size):
    authority = Authority(tmp_path) if line == "TLS" else None
    stub = bench.stub(authority and authority.issue("broker"))
    agent = bench.agent(stub.url, hub={"ca_file": str(authority.file)} if authority else {}).start()
    wait_for("the connection", lambda: online(agent))
    till, peak = bench.till(agent), Peak(agent)
    for attempt in range(3):
        before = len(stub.sessions)
        send_packet(stub.sessions[-1], size)
        wait_for("a new connection", lambda: len(stub.sessions) > before and online(agent), 60)
    till.stop()
    wait_for("everything to be published", lambda: published(stub) == till.count, 30)
    peak.stop()
    figure(f"{line}, {size} MiB: at most {memory_mib(agent):.0f} MiB in the agent, {peak.mib:.0f} MiB in the line, "
           f"slowest answer {till.slowest * 1000:.0f} ms, {len(peak.lines)} lines for 3 packets")
    assert "larger than allowed" in agent.process.log.read_text()
    assert memory_mib(agent) < 60 and peak.mib < MOST_OF_A_LINE_MIB
    assert till.slowest < 1 and len(peak.lines) <= 4
    assert agent.status()["exceptions"]["open"] == 0, "nothing we sent is to blame"
    bench.oracle.saw_messages(batch.payload for batch in stub.batches())
    bench.oracle.check()


@pytest.mark.native
@pytest.mark.fault("F28")
def test_f28_a_packet_beyond_what_was_agreed_and_within_memory_is_dropped(bench):
    stub = bench.stub()
    agent = bench.agent(stub.url).start()
    wait_for("the connection", lambda: online(agent))
    pid = line_pid(agent)
    for _ in range(10):
        send_packet(stub.sessions[-1], 3)
    bench.oracle.deliver(agent, [sale(1)])
    wait_for("the event to be published", lambda: published(stub) == 1)
    assert line_pid(agent) == pid and len(stub.sessions) == 1
    assert memory_mib(agent) < 60 and memory_of_process_mib(pid) < MOST_OF_A_LINE_MIB


@pytest.mark.native  # what ends the line is the bound on its memory, which a sanitizer's build does not have
@pytest.mark.fault("F28")
def test_f28_a_broker_that_sends_a_huge_packet_at_once_is_asked_no_more_often_than_one_that_is_away(bench):
    stub = bench.stub()
    stub.after_connack = b"\x30" + variable(200 * MIB) + bytes(64)
    agent = bench.agent(stub.url).start()
    begun = time.monotonic()
    wait_for("the line to have ended twice", lambda: len(stub.ended) > 1, 20)
    time.sleep(max(0, begun + 8 - time.monotonic()))
    assert len(stub.sessions) <= 12  # within a second after a loss, later within two
    assert bench.oracle.deliver(agent, [sale(1)])[0] == 200
    stub.after_connack = b""
    wait_for("the event to be published", lambda: published(stub) == 1, 40)


@pytest.mark.fault("F28")
def test_f28_a_line_killed_at_any_moment_loses_nothing_and_comes_back_by_itself(bench, figure, scale):
    seed = int(os.environ.get("STOREWARD_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    _, hub, _, _, agent = bench.tapped_line()
    wait_for("the connection", lambda: online(agent))
    till = bench.till(agent, pause=0.002)
    kills, away = round(10 * scale), []
    for _ in range(kills):
        time.sleep(chance.uniform(0.02, 0.6))
        pid = wait_for("a line", lambda: line_pid(agent), 40)
        os.kill(pid, signal.SIGKILL)
        begun = time.monotonic()
        wait_for("another line that is online", lambda: line_pid(agent) not in (None, pid) and online(agent), 40)
        away.append(time.monotonic() - begun)
    till.stop()
    assert till.slowest < 1
    bench.all_at(hub)
    assert agent.status()["exceptions"]["open"] == 0, "nothing is withheld because our own process died"
    figure(f"{kills} lines killed, {till.count} sales, back after {sorted(away)[len(away) // 2]:.1f} s (median), "
           f"slowest answer {till.slowest * 1000:.0f} ms")


def test_an_agent_that_is_killed_leaves_no_line_behind(bench):
    broker = bench.shop.broker().start()
    agent = bench.agent(broker.url).start()
    for _ in range(5):
        wait_for("the connection", lambda: online(agent))
        pid = line_pid(agent)
        agent.kill()
        wait_for("the line to end", lambda: not process_is(pid, "storeward-link"), 2, 0.01)
        agent.start()


@pytest.mark.native
@pytest.mark.parametrize("state", ["online", "stopped", "looking up a name"])
def test_an_agent_that_is_told_to_end_ends_within_ten_seconds_and_leaves_no_process(bench, monkeypatch, state):
    url = bench.shop.broker().start().url
    if state == "looking up a name":
        monkeypatch.setenv("LD_PRELOAD", str(TOOLS / "libstoreward-slow-dns.so"))
        monkeypatch.setenv("STOREWARD_DNS_DELAY_S", "30")
        url = "mqtt://hub.example:1883"
    agent = bench.agent(url).start()
    if state != "looking up a name":
        wait_for("the connection", lambda: online(agent))
    pid = wait_for("a line", lambda: line_pid(agent))
    till = bench.till(agent)
    time.sleep(0.5)
    if state == "stopped":
        os.kill(pid, signal.SIGSTOP)
    till.stop()
    begun = time.monotonic()
    assert agent.stop() == 0
    assert time.monotonic() - begun < 10
    assert not process_is(pid, "storeward-link")


def test_an_agent_that_ends_says_goodbye_to_the_hub(bench):
    stub = bench.stub()
    agent = bench.agent(stub.url).start()
    wait_for("the connection", lambda: online(agent))
    assert agent.stop() == 0
    states = [one.payload for one in stub.publishes if one.topic == f"{ROOT}/state"]
    assert b'"online":false' in states[-1]


@pytest.mark.native
def test_the_line_has_limits_of_its_own_and_shows_no_secret(bench, tmp_path):
    password = tmp_path / "password"
    password.write_text("hub-secret-of-ours")
    stub = bench.stub()
    agent = bench.agent(stub.url, hub={"username": "user", "password_file": str(password)}).start()
    wait_for("the connection", lambda: online(agent))
    pid = line_pid(agent)
    process = pathlib.Path(f"/proc/{pid}")
    limits = {line[:26].strip(): line[26:].split()[0] for line in (process / "limits").read_text().splitlines()[1:]}
    assert limits["Max data size"] == str(DATA_LIMIT_MIB * MIB)
    assert limits["Max core file size"] == "0"
    told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert b"storeward-link" in told and b"hub-secret-of-ours" not in told
    kinds = {os.readlink(file) for file in (process / "fd").iterdir()}
    own = {name for name in kinds if name.startswith("/")}
    assert own <= {"/dev/null", str(agent.process.log)}, "the line holds a file of the agent's"


@pytest.mark.native
def test_the_agent_and_its_line_work_under_the_system_call_filter_of_the_unit(bench):
    stub = bench.stub()
    agent = bench.agent(stub.url)
    agent.write_config()
    agent.process = Process(agent.directory, agent.name, [
        sys.executable, pathlib.Path(__file__).with_name("under_unit_filter.py"), SOURCE / "systemd/storeward.service",
        BIN / "storeward", "run", "--config", agent.config])
    wait_for("the agent to be ready", agent.ready)
    wait_for("the connection", lambda: online(agent))
    line = line_pid(agent)
    for pid in (agent.process.child.pid, line):
        assert "Seccomp:\t2\n" in pathlib.Path(f"/proc/{pid}/status").read_text()
    assert bench.oracle.deliver(agent, [sale(1)])[0] == 200
    wait_for("the event to be published", lambda: published(stub) == 1)
    os.kill(line, signal.SIGKILL)
    wait_for("another line", lambda: line_pid(agent) not in (None, line) and online(agent), 20)
    assert agent.stop() == 0
    said = agent.process.log.read_text()
    assert "Operation not permitted" not in said and "limit" not in said, said
