"""The line between agent and broker: every kind of address, certificates right and wrong, proxies, passwords,
the example ACL, a list of brokers. Each working line is proven by a sale in the hub's store; each refused one
by a broker that has seen no publish."""

import json
import subprocess

import pytest
from certificates import Authority, self_signed
from connect_proxy import ConnectProxy
from shop import Broker, Process, SOURCE, alert, can_connect, free_port, sale, wait_for

ACL = SOURCE / "docs/examples/mosquitto.acl"
USER = "acme.store-0042.main"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def proxy():
    made = ConnectProxy()
    yield made
    made.close()


class TwoLineBroker(Broker):
    """mosquitto with a plain listener (for the hub) and a second one as `lines` say (for the agent). Version 2.0.11
    does not start with a WebSocket listener alone ("Unable to start any listening sockets")."""

    def __init__(self, directory, lines, scheme):
        self.second_port, self.scheme = free_port(), scheme
        super().__init__(directory, ["log_type all", f"listener {self.second_port} 127.0.0.1", *lines])

    def start(self):
        super().start()  # a first attempt in vain is followed by a wait of up to reconnect_spread_s
        wait_for("mosquitto to listen twice", lambda: can_connect(self.second_port))
        return self

    @property
    def second_url(self):
        path = "/mqtt" if self.scheme.startswith("ws") else ""
        return f"{self.scheme}://127.0.0.1:{self.second_port}{path}"

    def said(self, text):
        return text in self.process.log.read_text(errors="replace")


def tls_lines(certificate):
    return [f"certfile {certificate[0]}", f"keyfile {certificate[1]}"]


def broker_of(shop, scheme, certificate=None, *more):
    lines = ["protocol websockets"] if scheme.startswith("ws") else []
    lines += tls_lines(certificate) if certificate else []
    return shop.add(TwoLineBroker(shop.directory, [*lines, *more], scheme)).start()


def assert_a_sale_arrives(agent, hub):
    assert agent.post(sale(1), "application/cloudevents+json")[0] == 200
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    assert len([line for line in hub.events() if json.loads(line)["stream"] == "sales"]) == 1
    assert agent.status()["hub"]["state"] == "online"


def assert_refused(agent, state, kind, says):
    """The state and an alert that says why; the sale stays in the outbox."""
    assert agent.post(sale(1), "application/cloudevents+json")[0] == 200
    wait_for(f"hub.state {state}; now {agent.status()['hub']}", lambda: agent.status()["hub"]["state"] == state)
    wait_for(f"the alert {kind}", lambda: alert(agent, kind))
    assert says in alert(agent, kind)["detail"]
    assert agent.waiting() > 0


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws", "wss"])
def test_a_sale_arrives_over_every_kind_of_address(shop, authority, scheme, protocol):
    secure = scheme in ("mqtts", "wss")
    broker = broker_of(shop, scheme, authority.issue("broker") if secure else None)
    hub = shop.hub(broker.url).start()
    hub_table = {"protocol": protocol} | ({"ca_file": str(authority.file)} if secure else {})
    agent = shop.agent(broker.second_url, tables={"hub": hub_table}).start()
    assert_a_sale_arrives(agent, hub)


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws", "wss"])
def test_a_sale_arrives_through_an_http_proxy(shop, authority, proxy, scheme):
    secure = scheme in ("mqtts", "wss")
    broker = broker_of(shop, scheme, authority.issue("broker") if secure else None)
    hub = shop.hub(broker.url).start()
    hub_table = {"proxy": proxy.url} | ({"ca_file": str(authority.file)} if secure else {})
    agent = shop.agent(broker.second_url, tables={"hub": hub_table}).start()
    assert_a_sale_arrives(agent, hub)
    assert set(proxy.asked) == {f"127.0.0.1:{broker.second_port}"}
    assert proxy.bytes > 500


@pytest.mark.fault("F29")
@pytest.mark.parametrize("scheme", ["mqtts", "wss"])
@pytest.mark.parametrize("wrong, says", [
    ("name", "for another name"), ("authority", "not from an authority"), ("expired", "expired"),
    ("self-signed", "not from an authority")])
def test_a_broker_that_cannot_be_trusted_gets_nothing(shop, authority, scheme, wrong, says):
    made = {"name": lambda: authority.issue("broker", alt="DNS:elsewhere.example"),
            "authority": lambda: Authority(shop.directory, "other").issue("broker"),
            "expired": lambda: authority.issue("broker", days=-1),
            "self-signed": lambda: self_signed(shop.directory)}[wrong]()
    broker = broker_of(shop, scheme, made)
    agent = shop.agent(broker.second_url, tables={"hub": {"ca_file": str(authority.file)}}).start()
    assert_refused(agent, "untrusted", "hub_untrusted", says)
    assert not broker.said("Received CONNECT") and not broker.said("Received PUBLISH")


@pytest.mark.fault("F29")
def test_a_server_that_speaks_only_tls_1_1_is_refused(shop, authority):
    certificate, key = authority.issue("broker")
    port = free_port()
    server = Process(shop.directory, "old-server", [
        "openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_1", "-cipher", "ALL@SECLEVEL=0",
        "-cert", certificate, "-key", key, "-quiet"])
    shop.processes.append(server)
    old = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1", "-cipher", "ALL@SECLEVEL=0"]
    wait_for("a TLS 1.1 client to be served", lambda: b"TLSv1.1" in subprocess.run(
        old, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    agent = shop.agent(f"mqtts://127.0.0.1:{port}", tables={"hub": {"ca_file": str(authority.file)}}).start()
    assert_refused(agent, "untrusted", "hub_untrusted", "no TLS 1.2 or newer")


def test_a_client_certificate_is_the_user_name(shop, authority):
    broker = broker_of(shop, "mqtts", authority.issue("broker"), f"cafile {authority.file}",
                       "require_certificate true", "use_identity_as_username true")
    certificate, key = authority.issue(USER)
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.second_url, tables={"hub": {
        "ca_file": str(authority.file), "cert_file": str(certificate), "key_file": str(key)}}).start()
    assert_a_sale_arrives(agent, hub)
    assert broker.said(f"u'{USER}'")


def test_a_broker_that_wants_a_client_certificate_refuses_an_agent_without(shop, authority):
    broker = broker_of(shop, "mqtts", authority.issue("broker"), f"cafile {authority.file}",
                       "require_certificate true")
    agent = shop.agent(broker.second_url, tables={"hub": {"ca_file": str(authority.file)}}).start()
    assert_refused(agent, "refused", "hub_refuses", "hub.cert_file")
    assert not broker.said("Received PUBLISH")


def passwords(directory, *users):
    file = directory / "passwords"
    file.touch(0o600)
    for user in users:
        subprocess.run(["mosquitto_passwd", "-b", file, user, f"secret of {user}"], check=True)
    return file


def secret(directory, user, text=None):
    file = directory / f"password-{user}"
    file.touch(0o600)
    file.write_text(text or f"secret of {user}\n")
    return str(file)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_wrong_password_is_refused_with_an_alert(shop, protocol):
    broker = shop.broker([f"password_file {passwords(shop.directory, USER)}"])
    broker.config.write_text(broker.config.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    broker.start()
    agent = shop.agent(broker.url, tables={"hub": {
        "username": USER, "password_file": secret(shop.directory, USER, "wrong"), "protocol": protocol}}).start()
    assert_refused(agent, "refused", "hub_refuses", "hub.password_file")


def closed_broker(shop):
    broker = shop.broker([f"acl_file {ACL}", f"password_file {passwords(shop.directory, USER, 'hub')}"])
    # With max_queued_messages 0 mosquitto 2.0.11 hangs up after each publish that it denies.
    broker.config.write_text(broker.config.read_text().replace("allow_anonymous true", "allow_anonymous false")
                             .replace("max_queued_messages 0", "max_queued_messages 1000"))
    return broker.start()


def test_under_the_example_acl_an_agent_works(shop):
    broker = closed_broker(shop)
    hub = shop.hub(broker.url, options=["--username", "hub", "--password-file", secret(shop.directory, "hub")]).start()
    agent = shop.agent(broker.url, tables={"hub": {
        "username": USER, "password_file": secret(shop.directory, USER)}}).start()
    assert_a_sale_arrives(agent, hub)


def test_under_the_example_acl_another_agents_topics_are_denied(shop):
    broker = closed_broker(shop)
    hub = shop.hub(broker.url, options=["--username", "hub", "--password-file", secret(shop.directory, "hub")]).start()
    intruder = shop.agent(broker.url, name="other", tables={"hub": {
        "username": USER, "password_file": secret(shop.directory, USER)}}).start()
    assert intruder.post(sale(1), "application/cloudevents+json")[0] == 200
    wait_for("the alert", lambda: alert(intruder, "publish_not_authorised"))
    assert intruder.waiting() > 0
    assert hub.events() == []


def test_when_the_first_broker_is_dead_the_second_is_taken(shop):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    dead = f"mqtt://127.0.0.1:{free_port()}"
    agent = shop.agent([dead, broker.url]).start()
    wait_for("the second broker", lambda: agent.status()["hub"]["state"] == "online", 40)
    assert_a_sale_arrives(agent, hub)
    assert agent.status()["hub"]["broker"] == f"127.0.0.1:{broker.port}"
