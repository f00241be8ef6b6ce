"""The reference hub in bad company: odd events, a store that stands still, a wrong command line. No secret is printed."""

import json
import sqlite3
import subprocess
import time

import pytest

from shop import BIN, Hub, wait_for

ROOT = "storeward/v1/acme/s1/main"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, shop):
    """Where a hub keeps its events; None: the file of its own that each has."""
    return shop.postgres().start().url if request.param == "postgresql" else None


def publish(broker, sequence, data=None):
    event = {"specversion": "1.0", "id": f"e{sequence}", "source": "/acme/s1/main/till-1", "epoch": "E1",
             "type": "retail.sale.completed.v1", "time": "2026-11-20T09:15:02Z", "sequence": str(sequence),
             "data": data or {}}
    subprocess.run(["mosquitto_pub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t",
                    f"{ROOT}/up/sales", "-m", json.dumps([event])], check=True)


def confirmed(broker):
    said = subprocess.run(["mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(broker.port), "-t",
                           f"{ROOT}/ack", "-C", "1", "-W", "2"], stdout=subprocess.PIPE).stdout
    return json.loads(said)["epochs"]["E1"]["confirmed"]["sales"] if said else 0


def hub_of(shop, broker, store=None, name="hub"):
    """A running hub that is at the broker: what is published now, it gets."""
    hub = shop.hub(broker.url, store=store, name=name).start()
    wait_for("the hub at the broker", lambda: "connected to" in hub.process.tail())
    return hub


def refused(tmp_path, *options):
    """What a hub with this command line says before it ends."""
    store = [] if "--store" in options else ["--store", tmp_path / "hub.db"]
    ended = subprocess.run([BIN / "storeward-hub", *store, *options], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=5)
    assert ended.returncode == 2, ended.stdout
    return ended.stdout


def test_a_quantity_no_shop_has_is_held_and_counts_as_none(shop, store):
    broker = shop.broker().start()
    hub = hub_of(shop, broker, store)
    for sequence in (1, 2, 3):
        publish(broker, sequence, {"lines": [{"quantity": {"value": "9" * 26}}, {"quantity": {"value": "1.5"}}]})
    wait_for("all three to be confirmed", lambda: confirmed(broker) == 3, 20)
    [row] = hub.totals()["totals"]
    assert (row["events"], row["lines"], row["units"]) == (3, 6, "4.5")
    assert hub.process.running() and len(hub.events()) == 3


def test_a_file_that_another_program_holds_for_a_while_stops_nothing(shop):
    broker = shop.broker().start()
    hub = hub_of(shop, broker)
    other = sqlite3.connect(hub.store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    publish(broker, 1)
    wait_for("the hub to find its file locked", lambda: "database is locked" in hub.process.tail(), 15)
    other.execute("COMMIT")
    wait_for("the event to be confirmed", lambda: confirmed(broker) == 1, 15)
    assert hub.process.running() and "takes events again" in hub.process.tail()


def test_a_database_that_takes_nothing_for_a_while_is_waited_for(shop):
    database = shop.postgres().start()
    broker = shop.broker().start()

    def read_only(state):
        subprocess.run([database.PROGRAMS / "psql", "-q", database.url, "-c", "SET default_transaction_read_only = off",
                        "-c", f"ALTER DATABASE postgres SET default_transaction_read_only = {state}"], check=True)

    hub_of(shop, broker, database.url, "first").stop()
    read_only("on")
    hub = hub_of(shop, broker, database.url)
    publish(broker, 1)
    wait_for("the refusal", lambda: "read-only transaction" in hub.process.tail())
    time.sleep(3)
    assert hub.process.running(), hub.process.tail()
    assert len(hub.process.tail().splitlines()) < 6, "one line is enough"
    read_only("off")
    wait_for("the event to be confirmed", lambda: confirmed(broker) == 1, 20)


def test_no_password_is_printed(shop, tmp_path):
    database = shop.postgres().start()
    broker = shop.broker().start()
    secret = database.url.replace("hub@", "hub:S3CRET@")
    hub = hub_of(shop, broker, secret)
    assert f"storing in postgresql://127.0.0.1:{database.port}/postgres" in hub.process.tail()
    database.process.kill()
    publish(broker, 1)
    wait_for("an error", lambda: " error " in hub.process.tail())
    assert "S3CRET" not in hub.process.tail()
    for store in (secret, "postgresql:/hub:S3CRET@db/sales", "postgres://hub:S3CRET%@db/sales",
                  "postgres://hub:S3CRET/@db/sales", "host=db user=hub password=S3CRET"):
        ended = subprocess.run([BIN / "storeward-hub", "--store", store, "--totals"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        assert ended.returncode == (74 if store == secret else 2), ended.stdout
        assert "S3CRET" not in ended.stdout and ended.stdout.startswith("storeward-hub: ")
    said = refused(tmp_path, "--broker", f"mqtt://hub:S3CRET@127.0.0.1:{broker.port}")
    assert "--username" in said and "S3CRET" not in said


@pytest.mark.parametrize("options,words", [
    (["--broker", "http://hub.example:1883"], "mqtt://"),
    (["--broker", "hub.example:1883"], "mqtt://"),
    (["--broker", "mqtt://:1883"], "host"),
    (["--broker", "mqtt://hub.example:99999"], "port"),
    (["--broker", "mqtt://hub.example", "--prefix", "a/#/b"], "--prefix"),
    (["--broker", "mqtt://hub.example", "--prefix", "storeward/v1/"], "--prefix"),
    (["--broker", "mqtt://hub.example", "--store", ""], "--store"),
    (["--broker", "mqtt://hub.example", "--store", "postgres://db/x", "--shared", "a/b"], "--shared"),
    (["--broker", "mqtts://hub.example", "--ca-file", "/nowhere.pem"], "--ca-file"),
    (["--broker", "mqtt://hub.example", "--password-file", "{file}"], "--username"),
    (["--broker", "mqtt://hub.example", "--username", "hub", "--password-file", "/nowhere"], "--password-file"),
    (["--broker", "mqtt://hub.example", "--username", "hub", "--password-file", "{empty}"], "--password-file"),
])
def test_a_command_line_that_cannot_work_is_refused_with_words(tmp_path, options, words):
    (tmp_path / "file").write_text("right\n")
    (tmp_path / "empty").write_text("\r\n")
    said = refused(tmp_path, *(option.format(file=tmp_path / "file", empty=tmp_path / "empty") for option in options))
    assert said.startswith("storeward-hub: ") and words in said


def test_a_broker_that_does_not_let_the_hub_in_is_told_with_the_next_step(shop, tmp_path):
    known = tmp_path / "known"
    subprocess.run(["mosquitto_passwd", "-b", "-c", known, "hub", "right"], check=True)
    broker = shop.broker(extra=[f"password_file {known}"])
    broker.config.write_text(broker.config.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    broker.start()
    (tmp_path / "right").write_text("right\r\n")
    (tmp_path / "wrong").write_text("WR0NG\n")

    def log_of(name, words, url=broker.url, *options):
        hub = shop.add(Hub(tmp_path, url, name=name, store=tmp_path / f"{name}.db", options=options)).start()
        wait_for(words, lambda: words in hub.process.tail())
        return hub.process.tail()

    log_of("right", "connected to", broker.url, "--username", "hub", "--password-file", tmp_path / "right")
    said = log_of("wrong", "check --username and --password-file", broker.url,
                  "--username", "hub", "--password-file", tmp_path / "wrong")
    assert "WR0NG" not in said
    log_of("nobody", "check --username and --password-file")
    log_of("nowhere", "is the name of the host right", "mqtt://broker.invalid:1883")


def test_a_new_file_that_another_program_holds_is_waited_for(shop):
    broker = shop.broker().start()
    hub = shop.hub(broker.url)
    other = sqlite3.connect(hub.store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    hub.start()
    time.sleep(1)
    assert hub.process.running(), hub.process.tail()
    other.execute("COMMIT")
    wait_for("the hub at the broker", lambda: "connected to" in hub.process.tail())


def test_two_hubs_that_start_together_find_one_store(shop, tmp_path):
    url = f"mqtt://127.0.0.1:{shop.broker().port}"
    for turn in range(3):
        hubs = [shop.hub(url, store=tmp_path / f"{turn}.db", name=f"{turn}-{n}").start() for n in (1, 2)]
        for hub in hubs:
            wait_for("the hub to listen", lambda hub=hub: "listening to" in hub.process.tail())
            hub.stop()
