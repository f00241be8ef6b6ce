"""The mosquitto ACL file shipped as an example lets each side do its part and nothing else."""

import subprocess

import pytest
from shop import SOURCE, Broker

ACL = SOURCE / "docs/examples/mosquitto.acl"
AGENT, HUB, STRANGER = "acme.store-0042.main", "hub", "stranger"
ROOT = "storeward/v1/acme/store-0042/main"
OTHER = "storeward/v1/acme/store-0099/main"


@pytest.fixture
def broker(tmp_path):
    passwords = tmp_path / "passwords"
    passwords.touch(0o600)
    for user in (AGENT, HUB, STRANGER):
        subprocess.run(["mosquitto_passwd", "-b", passwords, user, "secret"], check=True)
    made = Broker(tmp_path, [f"acl_file {ACL}", f"password_file {passwords}"])
    made.config.write_text(made.config.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    made.start()
    yield made
    made.stop()


def client(program, broker, user, *options):
    return [program, "-V", "5", "-h", "127.0.0.1", "-p", str(broker.port), "-u", user, "-P", "secret", "-q", "1", *options]


def may_write(broker, user, topic):
    """Over MQTT 5 the broker says "not authorised" in its answer to the publish."""
    done = subprocess.run(client("mosquitto_pub", broker, user, "-t", topic, "-m", "x"),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10)
    assert done.returncode == 0 or "not authorized" in done.stdout.lower(), done.stdout
    return "not authorized" not in done.stdout.lower()


def may_read(broker, reader, writer, topic):
    """A retained message is there to be read, or is not shown."""
    subprocess.run(client("mosquitto_pub", broker, writer, "-r", "-t", topic, "-m", "kept"), check=True, timeout=10)
    done = subprocess.run(client("mosquitto_sub", broker, reader, "-t", topic, "-C", "1", "-W", "1"),
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=10)
    return done.stdout.strip() == "kept"


@pytest.mark.parametrize("leaf", ["up/sales", "up/ops", "heads", "state", "reply"])
def test_an_agent_writes_below_its_own_root_and_the_hub_reads_it(broker, leaf):
    assert may_write(broker, AGENT, f"{ROOT}/{leaf}")
    assert may_read(broker, HUB, AGENT, f"{ROOT}/{leaf}")
    assert not may_write(broker, AGENT, f"{OTHER}/{leaf}")
    assert not may_write(broker, STRANGER, f"{ROOT}/{leaf}")
    assert not may_read(broker, STRANGER, AGENT, f"{ROOT}/{leaf}")


@pytest.mark.parametrize("leaf", ["ack", "down/command"])
def test_only_the_hub_tells_an_agent_what_to_do(broker, leaf):
    assert may_write(broker, HUB, f"{ROOT}/{leaf}")
    assert may_read(broker, AGENT, HUB, f"{ROOT}/{leaf}")
    assert not may_write(broker, AGENT, f"{ROOT}/{leaf}")
    assert not may_write(broker, STRANGER, f"{ROOT}/{leaf}")
    assert not may_read(broker, AGENT, HUB, f"{OTHER}/{leaf}")


def test_the_hub_reads_the_acks_of_a_hub_before_it_and_of_receivers_beside_it(broker):
    assert may_read(broker, HUB, HUB, f"{ROOT}/ack")
