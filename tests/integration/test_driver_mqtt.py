"""The driver `mqtt` against a real mosquitto: a message is acknowledged once it is in the store, and not before."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time

import pytest

from certificates import Authority
from scans import assert_all_once, expected, scan, scans_at
from shop import Broker, driver_of, wait_for

TEMPLATE = """
[template]
name = "tags"
version = "1"
description = "One tag a message"
[format]
kind = "json"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["no"]
time = "at"
[event.data]
raw = "no"
at = "at"
topic = {value = "topic"}
deviceId = {value = "topic.2"}
retained = {value = "retained"}
"""


class LocalBroker(Broker):
    """A broker of the site's own, with a memory: beside the one that leads to the hub."""

    def __init__(self, shop, extra=()):
        directory = shop.directory / "local"
        directory.mkdir()
        super().__init__(directory, ["persistence true", f"persistence_location {directory}/", "autosave_interval 1",
                                     *extra])
        self.config.write_text(self.config.read_text().replace("persistence false\n", ""))
        shop.add(self)

    def publish_text(self, *texts, topic="reader/dock-7/tags", retain=False):
        lines = "".join(text + "\n" for text in texts)
        subprocess.run(["mosquitto_pub", "-p", str(self.port), "-q", "1", "-t", topic, *(["-r"] if retain else []),
                        *(["-m", texts[0]] if retain else ["-l"])], input=lines.encode(), check=True)

    def publish_many(self, first, last):
        self.publish_text(*map(scan, range(first, last)))


def open_shop(shop, local, **keys):
    _, hub, agent = shop.open(tables=shop.own_template("tags", TEMPLATE), drivers=[
        {"name": "reader", "kind": "mqtt", "template": "tags", "broker": local.url,
         "topics": ["reader/+/tags", "door/#"], "restart_max_s": 2, **keys}])
    return hub, agent


def source_pid(agent):
    pid = agent.process.child.pid
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next((int(one) for one in children
                 if b"mqtt-source" in pathlib.Path(f"/proc/{one}/cmdline").read_bytes()), None)


def ready(agent, local):
    wait_for("the driver to be connected", lambda: driver_of(agent)["state"] == "ok" and source_pid(agent))
    wait_for("the connection", lambda: f":{local.port:04X}" in established(source_pid(agent)))
    time.sleep(0.5)


def established(pid):
    """The remote ports of its connections, as the kernel writes them."""
    lines = pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    return " ".join(line.split()[2] for line in lines if line.split()[3] == "01")


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_message_goes_from_a_reader_to_the_hub(shop, version):
    local = LocalBroker(shop).start()
    hub, agent = open_shop(shop, local, mqtt_version=version)
    ready(agent, local)
    local.publish_many(0, 100)
    assert_all_once(hub, 100)
    scans = hub.events_of("retail.scan.observed.v1")
    assert {event["data"]["topic"] for event in scans} == {"reader/dock-7/tags"}
    assert {event["data"]["deviceId"] for event in scans} == {"dock-7"}
    local.publish_text("no json", topic="door/1/2/3")
    wait_for("the exception", lambda: "door/1/2/3" in agent.cli("exceptions", "list").stdout)
    assert driver_of(agent)["state"] == "ok"
    assert agent.stop() == 0


def test_nothing_is_acknowledged_before_it_is_in_the_store(shop):
    local = LocalBroker(shop).start()
    hub, agent = open_shop(shop, local)
    ready(agent, local)
    os.kill(agent.process.child.pid, signal.SIGSTOP)  # it answers nothing
    local.publish_many(0, 5)
    time.sleep(1.5)
    os.kill(source_pid(agent), signal.SIGKILL)
    agent.kill()
    agent.start()
    assert_all_once(hub, 5)


def test_a_kill_of_agent_source_or_broker_at_any_moment_loses_and_doubles_nothing(shop):
    seed = int(os.environ.get("STOREWARD_SEED", time.time_ns() % 1_000_000))
    print(f"STOREWARD_SEED={seed}")
    chance = random.Random(seed)
    local = LocalBroker(shop).start()
    hub, agent = open_shop(shop, local)
    ready(agent, local)
    count = 0
    for _ in range(10):
        more = chance.randint(50, 200)
        local.publish_many(count, count + more)
        count += more
        time.sleep(chance.uniform(0, 0.4))
        what = chance.random()
        if what < 0.4:
            agent.kill()
            time.sleep(chance.uniform(0, 0.3))
            agent.start()
        elif what < 0.8 and (pid := source_pid(agent)):
            os.kill(pid, signal.SIGKILL)
    wait_for("every scan to be at the hub", lambda: len(scans_at(hub)) >= count, 60, 0.3)
    assert sorted(scans_at(hub)) == expected(count)  # what the broker brings again may come behind others


def test_what_is_published_while_the_agent_is_away_comes_when_it_is_back(shop):
    local = LocalBroker(shop).start()
    hub, agent = open_shop(shop, local)
    ready(agent, local)
    agent.stop()
    local.publish_many(0, 300)
    agent.start()
    assert_all_once(hub, 300)


def test_a_broker_that_is_away_is_found_again(shop):
    local = LocalBroker(shop)
    hub, agent = open_shop(shop, local)
    wait_for("the driver to say so", lambda: "no connection to the broker" in driver_of(agent)["detail"])
    local.start()
    ready(agent, local)
    local.publish_many(0, 10)
    assert_all_once(hub, 10)
    local.process.stop()
    wait_for("the driver to say so", lambda: "broker" in driver_of(agent)["detail"], 30)
    local.start()
    ready(agent, local)
    local.publish_many(10, 20)
    assert_all_once(hub, 20)


def test_what_is_retained_comes_once_and_not_with_each_connection(shop):
    local = LocalBroker(shop).start()
    local.publish_text(scan(0), retain=True)
    hub, agent = open_shop(shop, local)
    assert_all_once(hub, 1)
    for _ in range(2):
        os.kill(source_pid(agent), signal.SIGKILL)
        time.sleep(1.5)
        ready(agent, local)
    assert_all_once(hub, 1)


def test_a_wrong_password_is_said_in_words(shop):
    passwords = shop.directory / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "reader", "right"], check=True)
    local = LocalBroker(shop, ["allow_anonymous false", f"password_file {passwords}"])
    local.config.write_text(local.config.read_text().replace("allow_anonymous true\n", ""))
    local.start()
    secret = shop.directory / "secret"
    secret.write_text("wrong\n")
    hub, agent = open_shop(shop, local, username="reader", password_file=str(secret))
    wait_for(f"the driver to say so; it says {driver_of(agent)}",
             lambda: "refuses the user or the password" in driver_of(agent)["detail"])
    secret.write_text("right\n")
    os.kill(source_pid(agent), signal.SIGKILL)
    ready(agent, local)
    subprocess.run(["mosquitto_pub", "-p", str(local.port), "-u", "reader", "-P", "right", "-q", "1", "-t", "door/1",
                    "-m", scan(0)], check=True)
    assert_all_once(hub, 1)


def test_a_password_file_that_is_not_there_is_said_and_taken_up_later(shop):
    """Without it the broker would be asked without a password, and its no be told as a wrong one."""
    local = LocalBroker(shop).start()
    secret = shop.directory / "secret"
    hub, agent = open_shop(shop, local, username="reader", password_file=str(secret))
    wait_for(f"the driver to say so; it says {driver_of(agent)}",
             lambda: f"the password file {secret} cannot be read: No such file" in driver_of(agent)["detail"])
    assert driver_of(agent)["state"] == "failing"
    secret.write_text("right\n")
    ready(agent, local)
    local.publish_many(0, 1)
    assert_all_once(hub, 1)


def test_a_large_message_is_an_exception_and_blocks_nothing(shop):
    local = LocalBroker(shop).start()
    hub, agent = open_shop(shop, local)
    ready(agent, local)
    large = shop.directory / "large"
    large.write_bytes(b"x" * 20_000_000)
    subprocess.run(["mosquitto_pub", "-p", str(local.port), "-q", "1", "-t", "door/1", "-f", large], check=True)
    local.publish_many(0, 1)
    assert_all_once(hub, 1)
    assert "is longer than" in agent.cli("exceptions", "list").stdout


def test_a_topic_that_is_not_named_any_more_does_not_come_any_more(shop):
    """The broker's session, which outlives the agent, still has it."""
    local = LocalBroker(shop).start()
    hub, agent = open_shop(shop, local)
    ready(agent, local)
    agent.stop()
    agent.drivers[0]["topics"] = ["reader/+/tags"]
    agent.start()
    ready(agent, local)
    local.publish_text("no json", json.dumps({"no": "elsewhere", "at": "2026-11-20T09:15:02Z"}), topic="door/1")
    local.publish_many(0, 5)
    assert_all_once(hub, 5)
    assert agent.status()["exceptions"]["open"] == 0
    agent.stop()
    agent.drivers[0]["topics"] = ["reader/+/tags", "door/#"]  # as before
    agent.start()
    ready(agent, local)
    local.publish_text(scan(5), topic="door/1")
    assert_all_once(hub, 6)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_subscription_that_the_broker_refuses_is_said_in_words(shop, version):
    """As one does by its ACL; mosquitto takes any, and brings nothing."""
    connack, refusal = {"5": (b"\x20\x03\0\0\0", b"\0\x87"), "3.1.1": (b"\x20\x02\0\0", b"\x80")}[version]
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse_all():
        while True:
            try:
                peer = listener.accept()[0]
            except OSError:
                return
            with peer:
                while heard := peer.recv(4096):
                    if heard[0] >> 4 == 1:
                        peer.sendall(connack)
                    elif heard[0] >> 4 == 8:
                        peer.sendall(b"\x90" + bytes([2 + len(refusal)]) + heard[2:4] + refusal)

    threading.Thread(target=refuse_all, daemon=True).start()
    with listener:
        _, agent = open_shop(shop, LocalBroker(shop), mqtt_version=version, topics=["secret/#"],
                             broker=f"mqtt://127.0.0.1:{listener.getsockname()[1]}")
        wait_for("the driver to say so", lambda: "refuses the subscription secret/#" in driver_of(agent)["detail"])
        agent.stop()


def test_two_agents_with_one_session_say_so_and_double_nothing(shop):
    local = LocalBroker(shop).start()
    hub, agent = open_shop(shop, local)
    ready(agent, local)
    second = shop.agent(agent.tables["hub"]["url"], name="second", tables=shop.own_template("tags", TEMPLATE),
                        drivers=agent.drivers).start()
    wait_for("one of them to say so", lambda: any("another client with the client_id" in
                                                  (driver_of(one).get("detail") or "") for one in (agent, second)))
    local.publish_many(0, 50)
    assert_all_once(hub, 50)


@pytest.mark.parametrize("wrong, says", [
    ("name", "for another name than 127.0.0.1"), ("authority", "not from an authority in ca_file"),
    ("expired", "has expired"), ("client", "misses it")])
def test_a_broker_that_cannot_be_trusted_is_named_in_plain_words(shop, wrong, says):
    authority = Authority(shop.directory)
    certificate, key = {"name": lambda: authority.issue("broker", alt="DNS:elsewhere.example"),
                        "authority": lambda: Authority(shop.directory, "other").issue("broker"),
                        "expired": lambda: authority.issue("broker", days=-1),
                        "client": lambda: authority.issue("broker")}[wrong]()
    local = LocalBroker(shop, [f"certfile {certificate}", f"keyfile {key}", f"cafile {authority.file}",
                               f"require_certificate {'true' if wrong == 'client' else 'false'}"]).start()
    _, agent = open_shop(shop, local, broker=f"mqtts://127.0.0.1:{local.port}", ca_file=str(authority.file))
    wait_for("the reason", lambda: says in driver_of(agent).get("detail", ""))
    assert driver_of(agent)["state"] == "failing"
    assert "MQTT error" not in driver_of(agent)["detail"]


def test_a_local_broker_is_reached_over_tls(shop):
    authority = Authority(shop.directory)
    certificate, key = authority.issue("broker", alt="DNS:localhost")
    local = LocalBroker(shop, [f"certfile {certificate}", f"keyfile {key}"]).start()
    _, agent = open_shop(shop, local, broker=f"mqtts://localhost:{local.port}", ca_file=str(authority.file))
    ready(agent, local)
    assert driver_of(agent)["state"] == "ok"
