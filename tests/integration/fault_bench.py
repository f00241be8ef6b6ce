"""The fault bench: a line that can be made bad, an ear on the bus, a till that never rests, and what to wait for.

The oracle (oracle.py) judges what came of it; the stub broker (stub_broker.py) plays a broker that misbehaves."""

import json
import subprocess
import threading
import time

import shop as parts
from oracle import Oracle
from shop import Process, sale, wait_for
from stub_broker import StubBroker

TOOLS = parts.BIN.parent / "tests"
ROOT = "storeward/v1/acme/store-0042/main"
PLAIN = {"compression": "none", "reconnect_spread_s": 1, "state_interval_s": 1}


class FaultProxy:
    """storeward-fault-proxy, whose header lists the commands."""

    def __init__(self, port):
        self.child = subprocess.Popen([str(TOOLS / "storeward-fault-proxy"), "127.0.0.1", str(port)], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.child.stdout.readline())
        self.url = f"mqtt://127.0.0.1:{self.port}"

    def say(self, command):
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline().strip()
        assert answer and not answer.startswith("what?"), f"the proxy says {answer!r} to {command!r}"
        return answer

    def connections(self):
        return int(self.say("connections"))

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


class WireTap:
    """Hears every batch that any agent publishes, repeats included."""

    def __init__(self, shop, broker):
        self.process = Process(shop.directory, "tap", [
            "stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", broker.port,
            "-t", "storeward/v1/+/+/+/up/+", "-q", "1",
            "-F", "%U %x"])
        shop.processes.append(self.process)
        time.sleep(0.3)

    def messages(self):
        """(time of arrival, payload) of each message so far."""
        whole, _, _ = self.process.log.read_text().rpartition("\n")
        lines = whole.splitlines()
        return [(float(at), bytes.fromhex(text)) for at, text in (line.split() for line in lines)]


class RestlessTill:
    """Hands in one sale after the other from its own thread, and goes on whatever the answer."""

    def __init__(self, agent, oracle, pause=0.02):
        self.count, self.slowest, self.failure = 0, 0.0, None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(agent, oracle, pause), daemon=True)
        self.thread.start()

    def run(self, agent, oracle, pause):
        while not self.stopping.wait(pause):
            self.count += 1
            begun = time.monotonic()
            try:
                oracle.deliver(agent, [sale(self.count)])
            except OSError as error:
                self.failure = error
                return
            self.slowest = max(self.slowest, time.monotonic() - begun)

    def stop(self):
        self.kill()
        assert not self.thread.is_alive() and self.failure is None, f"the till broke off: {self.failure}"

    def kill(self):
        self.stopping.set()
        self.thread.join(30)


class Bench:
    """A shop whose agent reaches the broker through a fault proxy."""

    def __init__(self, shop):
        self.shop = shop
        self.oracle = Oracle()

    def proxy(self, port):
        made = FaultProxy(port)
        self.shop.processes.append(made)
        return made

    def agent(self, url, hub=None, store=None, **named):
        return self.shop.agent(url, tables={"hub": PLAIN | (hub or {}), "store": store or {}}, **named)

    def tapped_line(self):
        """Broker, hub, an ear on the bus, the proxy and the agent behind it, all running."""
        broker = self.shop.broker().start()
        hub = self.shop.hub(broker.url).start()
        tap = WireTap(self.shop, broker)
        proxy = self.proxy(broker.port)
        return broker, hub, tap, proxy, self.agent(proxy.url).start()

    def till(self, agent, pause=0.02):
        made = RestlessTill(agent, self.oracle, pause)
        self.shop.processes.append(made)
        return made

    def stub(self, certificate=None):
        made = StubBroker(certificate)
        made.retained[f"{ROOT}/ack"] = b'{"serial":0,"epochs":{}}'  # or the agent waits 2 s for it
        self.shop.processes.append(made)
        return made

    def all_at(self, hub, seconds=40):
        """Waits until the hub's store holds whatever was accepted, and lets the oracle judge it."""
        def arrived():
            held = {json.loads(event)["id"] for event in hub.events()}
            return all(held.issuperset(ids) for ids in list(self.oracle.accepted.values()))
        wait_for("all accepted events at the hub", arrived, seconds, 0.3)
        self.oracle.saw(hub.events())
        return self.oracle.check()
