"""What a running agent says fits the published contract: its status, and each message to the broker with its user properties."""

import json

import yaml
from contract_schemas import CONTRACT, validator
from shop import Process, sale, wait_for


class Listener:
    """Every message of the broker: topic, user properties, payload."""

    def __init__(self, shop, broker):
        self.process = Process(shop.directory, "listener", [
            "stdbuf", "-oL", "mosquitto_sub", "-V", "5", "-q", "1", "-h", "127.0.0.1", "-p", broker.port, "-t", "#",
            "-F", "%t\t%P\t%x"])
        shop.processes.append(self.process)

    def messages(self, topic):
        for line in self.process.log.read_text().splitlines():
            name, properties, payload = line.split("\t")
            if name.endswith(topic):
                yield dict(one.split(":", 1) for one in properties.split()), bytes.fromhex(payload)


def test_a_running_agent_says_what_the_contract_publishes(shop):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    listener = Listener(shop, broker)
    agent = shop.agent(broker.url)
    agent.drivers.append({"name": "hooks", "kind": "http", "source": "till-2", "template": "shopify-order"})
    agent.start()
    validator("status.json").validate(agent.status())
    wait_for("the agent to be online, and heard", lambda: list(listener.messages("/state")))
    for events in ([sale(1)], [sale(n) for n in range(2, 60)]):
        agent.post(events)
        wait_for("the hub to have them", lambda: agent.waiting() == 0)
    wait_for("the heads", lambda: list(listener.messages("/heads")))
    validator("status.json").validate(agent.status())
    agent.stop()
    listener.process.stop()
    hub.stop()

    published = list(listener.messages("/up/sales"))
    components = yaml.safe_load((CONTRACT / "asyncapi.yaml").read_text())["components"]
    properties = components["messages"]["events"]["headers"]["properties"]
    for said, payload in published:
        assert set(said) == set(properties)
        assert said["codec"] in properties["codec"]["enum"]
        if said["codec"] == "none":
            validator("events-published.json").validate(json.loads(payload))
    assert {said["codec"] for said, _ in published} == set(properties["codec"]["enum"]), "small and large messages"
    for topic in ("heads", "state", "ack"):
        messages = list(listener.messages(f"/{topic}"))
        assert messages, topic
        for _, payload in messages:
            validator(f"{topic}.json").validate(json.loads(payload))
