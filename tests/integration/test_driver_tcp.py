"""Frames over TCP: a line that was answered is at the hub, whatever happens to either end."""

import collections
import json
import pathlib
import random
import socket
import statistics
import struct
import threading
import time

import pytest

from kill_loop import assert_each_once_and_in_order, killed_under_load
from scans import scans_at
from shop import alert, driver_of, free_port, memory_mib, sale, wait_for

# Lines with a number of their own: a repeat is recognised, unlike a bare scan.
NUMBERED = """[template]
name = "numbered"
version = "1"
[format]
kind = "lines"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["line"]
[event.data]
raw = "line"
at = {value = "receivedAt"}
"""


def tcp_driver(shop, name="scans", template="numbered", **keys):
    folder = shop.directory / "templates"
    folder.mkdir(exist_ok=True)
    (folder / "numbered.toml").write_text(NUMBERED)
    return {"name": name, "kind": "tcp", "template": template, "listen": f"127.0.0.1:{free_port()}", **keys}


def open_shop(shop, *drivers):
    return shop.open(tables={"templates": {"directory": str(shop.directory / "templates")}}, drivers=drivers)


class Peer:
    """A scanner, or whatever sends lines: blocking, with a patience of 20 s."""

    def __init__(self, driver, patience=20):
        host, port = driver["listen"].split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=patience)
        self.file = self.socket.makefile("rb")

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def line(self):
        return self.file.readline().decode().rstrip("\n")

    def say(self, text):
        self.send(text + "\r\n")
        return self.line()

    def close(self):
        self.file.close()
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


def test_a_scan_goes_from_the_scanner_to_the_hub(shop):
    driver = tcp_driver(shop, template="scanner-lines")
    broker, hub, agent = open_shop(shop, driver)
    peer = Peer(driver)
    assert peer.say("]E04012345000016") == "OK 1 stored"
    assert peer.say("]E04012345000016") == "OK 1 stored"  # two scans of one thing
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    first, second = [json.loads(event) for event in hub.events()]
    assert first["source"] == "/acme/store-0042/main/scans"
    assert first["type"] == "retail.scan.observed.v1" and first["id"] != second["id"]
    assert first["data"]["raw"] == "]E04012345000016"
    assert abs(time.time() - time.mktime(time.strptime(first["data"]["at"][:19], "%Y-%m-%dT%H:%M:%S"))
               + time.timezone) < 120
    status = driver_of(agent)
    assert (status["kind"], status["state"]) == ("tcp", "ok") and status["last_delivery"]
    assert "driver scans (tcp): ok" in agent.cli("status").stdout


def test_the_sample_of_scans_becomes_an_event_a_line(shop):
    sample = next((folder / "shared/data/synthetic/scanner_tcp_lines.txt"
                   for folder in pathlib.Path(__file__).resolve().parents
                   if (folder / "shared/data").is_dir()), None)
    if sample is None:
        pytest.skip("no shared/data beside the project")
    driver = tcp_driver(shop, template="scanner-lines")
    broker, hub, agent = open_shop(shop, driver)
    lines = [line for line in sample.read_bytes().split(b"\r\n") if line]
    peer = Peer(driver)
    peer.send(sample.read_bytes())
    assert [peer.line() for _ in lines] == ["OK 1 stored"] * len(lines)
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    assert scans_at(hub) == [line.decode() for line in lines]


def test_each_outcome_has_its_word(shop):
    driver = tcp_driver(shop)
    broker, hub, agent = open_shop(shop, driver)
    peer = Peer(driver)
    assert peer.say("a-1") == "OK 1 stored"
    assert peer.say("b-2") == "OK 1 stored"
    peer.send(b"\xff\xfe\r\n")
    word, number, reason = peer.line().split(" ", 2)
    assert word == "EXCEPTION" and "not utf-8" in reason
    peer.send(b"\xff\xfe\r\n")
    assert peer.line().startswith(f"EXCEPTION {number} ")  # the same again
    assert agent.status()["exceptions"]["open"] == 1
    agent.kill()
    agent.start()
    assert Peer(driver).say("c-3") == "OK 1 stored"


@pytest.mark.fault("F43")
def test_kill_9_under_load_loses_no_answered_line(shop, full, figure):
    driver = tcp_driver(shop)
    broker, hub, agent = open_shop(shop, driver)
    kills = 100 if full else 6

    def scan(which, answered, ending):
        """Sends 20 lines ahead; after a broken line what was not answered again, from its first on."""
        number, pending, peer = 0, collections.deque(), None
        while not (ending.is_set() and not pending):
            try:
                if peer is None:
                    peer = Peer(driver)
                    peer.send("".join(f"{line}\n" for line in pending))
                while len(pending) < 20 and not ending.is_set():
                    pending.append(f"{which}-{number}")
                    number += 1
                    peer.send(pending[-1] + "\n")
                answer = peer.line()
                if not answer:
                    raise OSError("closed")
                if answer.startswith("LATER"):  # only while ending: the rest comes again
                    raise OSError("later")
                assert answer in ("OK 1 stored", "DUPLICATE"), answer
                answered.append(pending.popleft())
            except OSError:
                if peer:
                    peer.close()
                peer = None
                time.sleep(0.02)

    answered = killed_under_load(agent, scan, kills, every=300)
    figure(f"{kills} kills, {sum(map(len, answered))} lines")
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0, 60)
    assert_each_once_and_in_order(scans_at(hub), answered)


@pytest.mark.fault("F43")
def test_a_line_cut_in_the_middle_is_nothing_and_what_was_answered_stays(shop):
    driver = tcp_driver(shop)
    broker, hub, agent = open_shop(shop, driver)
    for number in range(20):
        peer = Peer(driver)
        assert peer.say(f"whole-{number}") == "OK 1 stored"
        peer.send(f"half-{number}")
        peer.reset() if number % 2 else peer.close()
    counted = tcp_driver(shop, "journal", framing="length")
    agent.stop()
    agent.drivers.append(counted)
    agent.start()
    peer = Peer(counted)
    peer.send(struct.pack(">I", 100) + b"not a hundred bytes")
    peer.close()
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    assert scans_at(hub) == [f"whole-{number}" for number in range(20)]


@pytest.mark.fault("F43")
@pytest.mark.native
def test_what_no_peer_should_send_costs_no_memory_and_no_neighbour(shop, figure):
    lines, counted = tcp_driver(shop), tcp_driver(shop, "journal", framing="length")
    unread = tcp_driver(shop, "unread", idle_timeout_s=2)
    broker, hub, agent = open_shop(shop, lines, counted, unread)
    neighbour = Peer(lines)
    assert neighbour.say("before") == "OK 1 stored"
    before = memory_mib(agent)
    endless = Peer(lines)
    with pytest.raises(OSError):
        for _ in range(2000):
            endless.send(b"x" * 65536)
    huge = Peer(counted)
    huge.send(b"\xff\xff\xff\xff")
    assert huge.line().startswith("REFUSED a frame of 4294967295 bytes")
    assert huge.line() == ""
    assert "4294967295" in driver_of(agent, "journal")["detail"]
    empty = Peer(counted)
    empty.send(struct.pack(">I", 0))
    assert empty.line() == "OK 0 stored"
    garbage = Peer(lines)
    garbage.send(bytes(range(256)) * 10 + b"\n")
    deaf = Peer(unread, 20)
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with pytest.raises(ConnectionError):
        for number in range(100_000):
            deaf.send("".join(f"deaf-{number}-{n}\n" for n in range(100)))
    assert neighbour.say("after") == "OK 1 stored"
    grown = memory_mib(agent) - before
    figure(f"grew by {grown:.1f} MiB")
    assert grown < 40
    assert "does not read its answers" in driver_of(agent, "unread")["detail"]


@pytest.mark.fault("F43")
def test_half_open_peers_and_a_thousand_connections_are_carried(shop):
    driver = tcp_driver(shop, max_connections=1000, idle_timeout_s=4)
    broker, hub, agent = open_shop(shop, driver)
    peers = [Peer(driver) for _ in range(1000)]
    for number, peer in enumerate(peers):
        peer.send(f"one-{number}\n" if number % 2 else "half")  # every other one never ends its line
    assert all(peer.line() == "OK 1 stored" for peer in peers[1::2])
    extra = Peer(driver)
    assert extra.line() == "LATER 5"
    wait_for("the silent ones to be closed", lambda: Peer(driver).say("again").startswith(("OK", "DUPL")), 30, 0.5)
    assert agent.post([sale(1)])[0] == 200
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    assert len([raw for raw in scans_at(hub) if raw.startswith("one-")]) == 500


def small_shop_and_long_lines(shop, driver):
    """An agent that finds no hub yet, and more lines than it has room for."""
    broker = shop.broker()
    hub = shop.hub(broker.url)
    agent = shop.agent(broker.url, drivers=[driver],
                       tables={"templates": {"directory": str(shop.directory / "templates")},
                               "store": {"max_bytes": 8 << 20}}).start()
    letters = str.maketrans("0123456789", "ghijklmnop")  # no digits: nothing to be masked
    lines = [f"{n}-" + random.Random(n).randbytes(20_000).hex().translate(letters) for n in range(500)]
    return broker, hub, agent, lines


@pytest.mark.fault("F8")
def test_a_full_outbox_is_told_as_later_and_no_line_is_skipped(shop):
    driver = tcp_driver(shop)
    broker, hub, agent, lines = small_shop_and_long_lines(shop, driver)
    peer, done = Peer(driver), 0
    while (answer := peer.say(lines[done])) == "OK 1 stored":
        done += 1
    assert answer.startswith("LATER ") and 0 < done < 500
    assert peer.say(lines[done]).startswith("LATER ")
    held = driver_of(agent)
    assert held["state"] == "paused" and held["detail"].startswith(("the store takes nothing: ", "the outbox is full"))
    assert f"driver scans (tcp): paused  {held['detail']}" in agent.cli("status").stdout
    broker.start()
    hub.start()
    wait_for("the backlog to drain", lambda: agent.waiting() == 0, 60)
    while done < len(lines):
        answer = peer.say(lines[done])
        done += answer == "OK 1 stored"
        if answer != "OK 1 stored":
            assert answer.startswith("LATER ")
            time.sleep(0.2)
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0, 60)
    assert scans_at(hub) == lines
    assert driver_of(agent)["state"] == "ok"


@pytest.mark.fault("F8")
def test_a_peer_that_hears_nothing_waits_while_the_outbox_is_full_and_loses_no_line(shop):
    driver = tcp_driver(shop, acknowledge="none")
    broker, hub, agent, lines = small_shop_and_long_lines(shop, driver)
    peer = Peer(driver, 90)
    sender = threading.Thread(target=lambda: peer.send("".join(f"{line}\n" for line in lines)))
    sender.start()
    wait_for("the outbox to refuse scans", lambda: alert(agent, "store_low"), 30)
    time.sleep(2)
    before = agent.waiting()
    time.sleep(2)
    assert agent.waiting() == before < len(lines)
    broker.start()
    hub.start()
    wait_for("the hub's store", hub.has_store)
    wait_for("the last line at the hub", lambda: lines[-1] in scans_at(hub), 90, 0.5)
    sender.join(10)
    assert not sender.is_alive()
    assert scans_at(hub) == lines


@pytest.mark.fault("F45")
@pytest.mark.measures
def test_a_noisy_source_does_not_slow_its_neighbours(shop, figure):
    noisy, quiet = tcp_driver(shop, "noisy"), tcp_driver(shop, "quiet")
    broker, hub, agent = open_shop(shop, noisy, quiet)
    scanner, ending, noise = Peer(quiet), threading.Event(), [0]

    def latencies(prefix, count=150):
        times = []
        for number in range(count):
            begun = time.monotonic()
            assert scanner.say(f"{prefix}-{number}") == "OK 1 stored"
            times.append((time.monotonic() - begun) * 1000)
            begun = time.monotonic()
            assert agent.post([sale(hash((prefix, number)) % 10**8)])[0] == 200
            times.append((time.monotonic() - begun) * 1000)
        times.sort()
        return statistics.median(times), times[len(times) * 95 // 100]

    def make_noise(which):
        peer, number = Peer(noisy), 0
        while not ending.is_set():
            peer.send("".join(f"{which}-{number + n}\n" for n in range(200)))
            for _ in range(200):
                assert peer.line() == "OK 1 stored"
            number += 200
            noise[0] += 200

    alone = latencies("alone")
    threads = [threading.Thread(target=make_noise, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    wait_for("the noise to begin", lambda: noise[0] > 1000)
    begun, before = time.monotonic(), noise[0]
    beside = latencies("beside")
    rate = (noise[0] - before) / (time.monotonic() - begun)
    ending.set()
    for thread in threads:
        thread.join(30)
    figure(f"alone p50 {alone[0]:.1f} ms, p95 {alone[1]:.1f} ms; beside {rate:.0f} lines/s of noise "
           f"p50 {beside[0]:.1f} ms, p95 {beside[1]:.1f} ms")
    # The machine is shared with the noise-maker itself: the bound is against a queue behind the noise.
    assert beside[1] < max(50, 10 * alone[1])


def test_the_network_is_only_listened_to_on_purpose(shop):
    driver = {**tcp_driver(shop), "listen": "0.0.0.0:4444"}
    broker = shop.broker().start()
    agent = shop.agent(broker.url, tables={"templates": {"directory": str(shop.directory / "templates")}},
                       drivers=[driver])
    agent.write_config()
    refused = agent.cli("config", "check", check=False)
    assert refused.returncode == 78
    assert "0.0.0.0:4444 can be reached from the network" in refused.stdout
    assert "allow_network" in refused.stdout
    agent.drivers = [{**driver, "allow_network": True}]
    agent.write_config()
    assert agent.cli("config", "check", check=False).returncode == 0


def test_config_check_finds_what_would_keep_a_template_from_loading(shop):
    driver = tcp_driver(shop)
    agent = shop.agent(shop.broker().start().url,
                       tables={"templates": {"directory": str(shop.directory / "templates")}}, drivers=[driver])
    agent.write_config()
    assert agent.cli("config", "check").stdout.startswith("fine")
    (shop.directory / "templates" / f"{driver['template']}.toml").write_text('[template]\nname = 7\n')
    for words in (["config", "check"], ["run"]):
        refused = agent.cli(*words, check=False)
        assert refused.returncode == 78
        assert f'driver "{driver["name"]}"' in refused.stdout and ".toml:2:8: name: a text in quotes" in refused.stdout


def test_a_port_that_is_taken_fails_one_driver_and_not_the_agent(shop):
    driver = tcp_driver(shop)
    host, port = driver["listen"].split(":")
    with socket.create_server((host, int(port))):
        broker, hub, agent = open_shop(shop, driver)
        assert agent.post([sale(1)])[0] == 200
        status = driver_of(agent)
        assert status["state"] == "failing" and "ss -ltnp" in status["detail"]
    wait_for("the driver to listen", lambda: driver_of(agent)["state"] == "ok", 15)
    assert Peer(driver).say("a") == "OK 1 stored"


def test_what_was_taken_is_answered_when_the_agent_ends(shop):
    driver = tcp_driver(shop)
    broker, hub, agent = open_shop(shop, driver)
    peer = Peer(driver)
    peer.send("".join(f"{n}\n" for n in range(200)))
    assert peer.line() == "OK 1 stored"
    assert agent.stop() == 0
    answers = 1
    while peer.line() == "OK 1 stored":
        answers += 1
    agent.start()
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    assert scans_at(hub) == [str(n) for n in range(answers)]
