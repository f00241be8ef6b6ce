"""The agent's own certificates, as in row F30 of the loss table: whatever is wrong with them, sales are kept, the pair
in use stays in use, and people hear of it in time. The broker judges the certificate by its own, right clock."""

import http.client
import json
import shutil
import signal
import ssl
import time

import pytest
from certificates import Authority
from shop import TOKEN, alert, online, sale, wait_for
from test_links import broker_of

DAY = 24 * 3600
LIFE_DAYS = 90


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, days=400)


def pair_in_use(directory):
    """Where the agent looks for its certificate and key: what a test puts there is what it has."""
    return directory / "own.pem", directory / "own.key"


def put(made, at):
    for source, target in zip(made, at):
        shutil.copy(source, target)


def line_with_certificates(shop, authority, *more):
    broker = broker_of(shop, "mqtts", authority.issue("broker", days=400), f"cafile {authority.file}",
                       "require_certificate true", *more)
    hub = shop.hub(broker.url).start()
    cert, key = pair_in_use(shop.directory)
    agent = shop.agent(broker.second_url, tables={"hub": {
        "ca_file": str(authority.file), "cert_file": str(cert), "key_file": str(key), "reconnect_spread_s": 1}})
    return broker, hub, agent


def kinds_at(hub, type):
    return [event["data"]["kind"] for event in hub.events_of(f"agent.alert.{type}.v1")
            if event["data"]["kind"].startswith("hub_certificate")]


@pytest.mark.native
@pytest.mark.fault("F30")
def test_f30_people_hear_30_14_7_and_1_days_before_the_end_and_at_the_end(shop, authority, clock):
    _, hub, agent = line_with_certificates(shop, authority)
    put(authority.issue("agent", days=LIFE_DAYS), pair_in_use(shop.directory))
    clock.set(0, synchronised=True)
    with clock:
        agent.start()
    wait_for("the connection", lambda: online(agent))
    clock.set((LIFE_DAYS - 30.5) * DAY, synchronised=True)
    assert agent.post([sale(1)])[0] == 200
    wait_for("the sale to be confirmed", lambda: agent.waiting() == 0)
    assert not [one for one in agent.status()["alerts"] if "certificate" in one["kind"]]
    told = []
    for left, end, says in ((29.5, "expires_in_30_days", "in 29 days"), (13.5, "expires_in_14_days", "in 13 days"),
                            (6.5, "expires_in_7_days", "in 6 days"), (0.5, "expires_in_1_day", "in less than a day"),
                            (-0.5, "expired", "expired on")):
        clock.set((LIFE_DAYS - left) * DAY, synchronised=True)
        kind = f"hub_certificate_{end}"
        detail = wait_for(f"the alert {kind}", lambda: alert(agent, kind), 5)["detail"]
        assert says in detail and "hub.cert_file" in detail and str(pair_in_use(shop.directory)[0]) in detail
        told.append(kind)
        wait_for("the hub to have heard", lambda: kinds_at(hub, "raised") == told, 10)
        assert [one["kind"] for one in agent.status()["alerts"]] == [kind], "one at a time"
    assert kinds_at(hub, "cleared") == told[:-1]
    agent.stop()
    with clock:
        agent.start()  # what was told is told once
    wait_for("the alert again", lambda: alert(agent, told[-1]))
    time.sleep(2.5)  # what is gone before it has been looked at once would be taken back after ten minutes only
    assert agent.post([sale(2)])[0] == 200
    put(authority.issue("renewed", days=400), pair_in_use(shop.directory))
    wait_for("the end of the alert", lambda: not alert(agent, told[-1]), 5)
    wait_for("the hub to have heard of it", lambda: kinds_at(hub, "cleared") == told, 20)
    assert kinds_at(hub, "raised") == told


def expired(authority, clock):
    return authority.issue("agent", days=-1)


def not_valid_yet(authority, clock):
    clock.set(10 * DAY)
    with clock:
        return authority.issue("agent")


def half_written(authority, clock):
    certificate, key = authority.issue("agent")
    certificate.write_bytes(certificate.read_bytes()[:500])
    return certificate, key


def of_another_key(authority, clock):
    return authority.issue("agent")[0], authority.issue("another")[1]


@pytest.mark.native
@pytest.mark.fault("F30")
@pytest.mark.parametrize("wrong, kind, says", [
    (expired, "hub_certificate_expired", "expired on"),
    (not_valid_yet, "hub_certificate_not_valid_yet", "not valid before"),
    (half_written, "hub_certificate_unusable", "own.pem"), (of_another_key, "hub_certificate_unusable", "key values mismatch")])
def test_f30_with_an_own_certificate_that_is_wrong_sales_are_kept_and_go_once_it_is_mended(
        shop, authority, clock, wrong, kind, says):
    broker, hub, agent = line_with_certificates(shop, authority)
    put(wrong(authority, clock), pair_in_use(shop.directory))
    agent.start()
    for n in range(1, 4):
        assert agent.post([sale(n)])[1]["results"][0]["status"] == "stored"
    assert says in wait_for(f"the alert {kind}", lambda: alert(agent, kind))["detail"]
    wait_for(f"hub.state refused; now {agent.status()['hub']}", lambda: agent.status()["hub"]["state"] == "refused")
    assert "hub.cert_file" in wait_for("the other alert", lambda: alert(agent, "hub_refuses"))["detail"]
    assert not broker.said("Received PUBLISH") and hub.events() == []
    put(authority.issue("mended", days=LIFE_DAYS), pair_in_use(shop.directory))
    wait_for("the sales to be confirmed", lambda: agent.waiting() == 0, 30)
    assert [event["id"] for event in hub.events_of("retail.sale.completed.v1")] == [sale(n)["id"] for n in range(1, 4)]
    wait_for("the end of the alerts", lambda: agent.status()["alerts"] == [])


@pytest.mark.fault("F30")
def test_f30_with_a_revoked_certificate_sales_are_kept_and_the_status_says_why(shop, authority):
    made = authority.issue("agent", days=LIFE_DAYS)
    broker, hub, agent = line_with_certificates(shop, authority, f"crlfile {authority.revoke(made[0])}")
    put(made, pair_in_use(shop.directory))
    agent.start()
    assert agent.post([sale(1)])[0] == 200
    wait_for(f"hub.state refused; now {agent.status()['hub']}", lambda: agent.status()["hub"]["state"] == "refused")
    assert "revoked" in wait_for("the alert", lambda: alert(agent, "hub_refuses"))["detail"]
    assert agent.waiting() > 0 and not broker.said("Received PUBLISH")
    put(authority.issue("mended", days=LIFE_DAYS), pair_in_use(shop.directory))
    wait_for("the sale to be confirmed", lambda: agent.waiting() == 0, 30)


@pytest.mark.fault("F30")
def test_f30_a_pair_that_is_half_written_while_connected_leaves_the_line_as_it_is(shop, authority):
    broker, hub, agent = line_with_certificates(shop, authority)
    put(authority.issue("agent", days=LIFE_DAYS), pair_in_use(shop.directory))
    agent.start()
    wait_for("the connection", lambda: online(agent))
    since = agent.status()["hub"]["since"]
    new = authority.issue("renewed", days=LIFE_DAYS)
    cert, key = pair_in_use(shop.directory)
    cert.write_bytes(new[0].read_bytes()[:700])
    wait_for("the alert", lambda: alert(agent, "hub_certificate_unusable"), 5)
    assert agent.post([sale(1)])[0] == 200
    wait_for("the sale and the alert to be confirmed", lambda: agent.waiting() == 0)
    cert.write_bytes(new[0].read_bytes())
    key.write_bytes(new[1].read_bytes())
    wait_for("the end of the alert", lambda: not alert(agent, "hub_certificate_unusable"), 5)
    assert agent.status()["hub"] | {"last_confirmation": ""} == agent.status()["hub"] | {
        "last_confirmation": "", "since": since}


@pytest.mark.fault("F30")
def test_f30_the_intake_keeps_its_pair_until_a_whole_new_one_is_loaded(shop, authority):
    cert, key = pair_in_use(shop.directory)
    put(authority.issue("intake", days=LIFE_DAYS), (cert, key))
    broker = shop.broker().start()
    agent = shop.agent(broker.url, tables={"http": {"tls_cert_file": str(cert), "tls_key_file": str(key)}}).start()
    trust = ssl.create_default_context(cafile=str(authority.file))

    def serial_after_a_sale(number):
        connection = http.client.HTTPSConnection("127.0.0.1", agent.port, timeout=20, context=trust)
        connection.request("POST", "/v1/events", json.dumps(sale(number)), {
            "Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {TOKEN}"})
        serial = connection.sock.getpeercert()["serialNumber"]
        response = connection.getresponse()
        assert response.status == 200 and json.loads(response.read())["results"][0]["status"] == "stored"
        connection.close()
        return serial

    def reload(says):
        before = agent.process.log.read_text().count(says)
        agent.process.child.send_signal(signal.SIGHUP)
        wait_for(f"the log to say {says!r}", lambda: agent.process.log.read_text().count(says) > before, 5)
    old = serial_after_a_sale(1)
    new = authority.issue("renewed", days=LIFE_DAYS)
    for number, written in ((2, 700), (3, None)):  # half of it, then all of it and not yet its key
        cert.write_bytes(new[0].read_bytes()[:written])
        reload("the old configuration stays")
        wait_for("the alert", lambda: alert(agent, "intake_certificate_unusable"), 5)
        assert serial_after_a_sale(number) == old
    key.write_bytes(new[1].read_bytes())
    wait_for("the end of the alert", lambda: not alert(agent, "intake_certificate_unusable"), 5)
    assert serial_after_a_sale(4) == old
    reload('"ok":true')
    assert serial_after_a_sale(5) != old
