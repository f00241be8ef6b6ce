"""A shop on one machine, for the tests: broker, hub and agent as real processes on free loopback ports.

Everything lives in one temporary directory; every process is ended by its own handle. What is known of
the outcome is read from the wire, the answers and the hub's store, never from the agent's own counters.
"""

import hashlib
import http.client
import itertools
import json
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("STOREWARD_BIN", SOURCE / "build/dev/bin"))
TOKEN = "till-token-for-tests"


def _ports_of_this_worker():
    """A range for each of the processes that run tests beside each other, below those that the system gives
    to outgoing connections: a port on which a test wants nobody to answer is no other test's server."""
    each = 2000
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 16000 + worker % 8 * each
    start = random.randrange(each)
    return itertools.cycle(first + (start + step) % each for step in range(each))


_ports = _ports_of_this_worker()


def free_port():
    """One that was not handed out for long."""
    for port in itertools.islice(_ports, 1000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


def wait_for(what, condition, seconds=20.0, pause=0.05):
    """Polls until condition() is true; the failure says what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        time.sleep(pause)


def can_connect(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One child process with its output in a file."""

    def __init__(self, directory, name, command, **popen):
        self.log = directory / f"{name}.log"
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [str(word) for word in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, **popen)

    def running(self):
        return self.child.poll() is None

    def kill(self):
        """Power off: kill -9."""
        if self.running():
            self.child.kill()
        self.child.wait()

    def stop(self, seconds=20):
        """A polite end; returns the exit code."""
        if self.running():
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.log.stem} did not end within {seconds} s of SIGTERM; "
                                 f"its last words:\n{self.tail()}")

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Broker:
    """mosquitto. `extra` are further lines for its configuration."""

    def __init__(self, directory, extra=(), port=None):
        self.directory = directory
        self.port = port or free_port()
        self.config = directory / "mosquitto.conf"
        self.config.write_text("\n".join([
            f"listener {self.port} 127.0.0.1", "allow_anonymous true", "persistence false",
            "max_inflight_messages 100", "max_queued_messages 0", "log_type error", "user root", *extra, ""]))
        self.process = None

    @property
    def url(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self):
        self.process = Process(self.directory, "mosquitto", ["/usr/sbin/mosquitto", "-c", self.config])
        wait_for("mosquitto to listen", lambda: can_connect(self.port))
        return self

    def restart(self):
        self.process.kill()
        self.start()

    def stop(self):
        if self.process:
            self.process.kill()


class Hub:
    def __init__(self, directory, broker_url, store=None, options=(), name="hub"):
        self.directory = directory
        self.name = name
        self.store = store or directory / "hub.db"
        self.command = [BIN / "storeward-hub", "--broker", broker_url, "--store", self.store, *options]
        self.process = None

    def start(self):
        self.process = Process(self.directory, self.name, self.command)
        return self

    def stop(self):
        if self.process:
            self.process.stop()

    def kill(self):
        self.process.kill()

    def _ask(self, *options):
        return subprocess.run([BIN / "storeward-hub", "--store", str(self.store), *options],
                              check=True, stdout=subprocess.PIPE).stdout

    def has_store(self):
        """The file is there a moment before the tables in it."""
        return subprocess.run([BIN / "storeward-hub", "--store", str(self.store), "--totals", "--json"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def totals(self):
        return json.loads(self._ask("--totals", "--json"))

    def events(self):
        """Every stored event, as the exact bytes the hub holds."""
        return self._ask("--dump", "-").splitlines()

    def events_of(self, type):
        """Those of a type, in the order of their sequence."""
        events = map(json.loads, self.events() if self.has_store() else [])
        return sorted((event for event in events if event["type"] == type),
                      key=lambda event: (event["epoch"], event["sequence"]))


class Agent:
    def __init__(self, directory, broker_url, name="main", tables=None, drivers=(), clients=None):
        self.directory = directory
        self.name = name
        self.state = directory / f"state-{name}"
        self.state.mkdir(exist_ok=True)
        self.port = self.status_port = free_port()
        while self.status_port == self.port:
            self.status_port = free_port()
        self.config = directory / f"{name}.toml"
        self.tables = {
            "site": {"tenant": "acme", "id": "store-0042", "agent": name,
                     "timezone": "Europe/London", "currency": "GBP"},
            "hub": {"url": broker_url},
            "store": {"directory": str(self.state), "reserve_bytes": 1 << 20},
            "http": {"listen": f"127.0.0.1:{self.port}"},
            "status": {"listen": f"127.0.0.1:{self.status_port}"},
            "control": {"socket": str(directory / f"{name}.sock")},
        }
        for table, keys in (tables or {}).items():
            self.tables.setdefault(table, {}).update(keys)
        self.drivers = list(drivers)  # one dictionary of keys a [[driver]]
        self.clients = {"till-1": TOKEN, **(clients or {})}
        self.sources = []
        self.process = None
        self.connection = None

    def write_config(self):
        lines = []
        for table, keys in self.tables.items():
            lines.append(f"[{table}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        for name, token in self.clients.items():
            lines += ["[[http.client]]", f'name = "{name}"',
                      f'token_sha256 = "{hashlib.sha256(token.encode()).hexdigest()}"',
                      f"sources = {json.dumps(self.sources)}", ""]
        for driver in self.drivers:
            lines += ["[[driver]]", *(f"{key} = {json.dumps(value)}" for key, value in driver.items()), ""]
        self.config.write_text("\n".join(lines))

    def spawn(self):
        self.write_config()
        self.process = Process(self.directory, self.name, [BIN / "storeward", "run", "--config", self.config])

    def start(self, seconds=20):
        self.spawn()
        wait_for(f"the agent to be ready; its last words:\n{self.process.tail()}", self.ready, seconds)
        return self

    def ready(self):
        if not self.process.running():
            raise AssertionError(f"the agent ended with {self.process.child.returncode}:\n{self.process.tail()}")
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def stop(self):
        self.disconnect()
        return self.process.stop() if self.process else 0

    def kill(self):
        self.disconnect()
        self.process.kill()

    def disconnect(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.status_port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def status(self):
        return json.loads(self.get("/status.json")[1])

    def post(self, body, content_type="application/cloudevents-batch+json", token=TOKEN):
        """One delivery; (HTTP status, decoded answer). The connection is kept."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            self.connection.request("POST", "/v1/events", body,
                                    {"Content-Type": content_type, "Authorization": f"Bearer {token}"})
            response = self.connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        except (OSError, http.client.HTTPException):
            self.disconnect()
            raise

    def post_and_forget(self, events, share=1.0, reset=False):
        """Sends a delivery, or a share of its bytes, and does not wait for its answer: it may be stored or not."""
        body = json.dumps(events).encode()
        request = (f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
                   "Content-Type: application/cloudevents-batch+json\r\n"
                   f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            if reset:  # no orderly end
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(request[:int(len(request) * share)])

    def cli(self, *words, check=True):
        done = subprocess.run([str(BIN / "storeward"), *words, "--config", str(self.config)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"storeward {' '.join(words)} ended with {done.returncode}:\n{done.stdout}")
        return done

    def waiting(self):
        return sum(stream["waiting"] for stream in self.status()["streams"].values())


def memory_mib(agent, what="VmHWM"):
    return memory_of_process_mib(agent.process.child.pid, what)


def memory_of_process_mib(pid, what="VmHWM"):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1]) / 1024


def line_pid(agent):
    """The process of the agent's line to the broker, storeward-link; None if there is none."""
    pid = agent.process.child.pid
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return next((int(one) for one in children if process_is(one, "storeward-link")), None)
    except OSError:
        return None


def process_is(pid, name):
    """It runs, and by this name: a number may be given anew."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return f"Name:\t{name}\n" in status and "State:\tZ" not in status


def online(agent):
    return agent.status()["hub"]["state"] == "online"


def driver_of(agent, name=None):
    """What the status page says of this driver; of the first one without a name."""
    return next(one for one in agent.status()["drivers"] if name in (None, one["name"]))


def alert(agent, kind):
    return next((one for one in agent.status()["alerts"] if one["kind"] == kind), None)


def sale(number, source="till-1", gross=1523, **attributes):
    """A plausible sale of one line, about 390 bytes."""
    money = {"amountMinor": gross, "currency": "GBP"}
    return {
        "specversion": "1.0", "id": f"{source}-{number:08d}", "source": source,
        "type": "retail.sale.completed.v1", "time": "2026-11-20T09:15:02.120Z",
        "data": {"saleKey": f"{source}-{number:08d}", "completedAt": "2026-11-20T09:15:02+00:00",
                 "registerId": "1", "currency": "GBP",
                 "lines": [{"lineNo": 1, "kind": "sale", "sku": "85123A",
                            "quantity": {"value": "1", "unit": "EA"}, "extended": money}],
                 "totals": {"gross": money}},
        **attributes,
    }


def fill(agent, count):
    """So many sales over four connections, as fast as they go."""
    token = agent.directory / "token"
    token.write_text(TOKEN)
    subprocess.run([BIN / "storeward-till", "--to", f"http://127.0.0.1:{agent.port}", "--token-file", token,
                    "--count", str(count), "--rate", "0", "--batch", "500", "--seed", "1", "--connections", "4",
                    "--json"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def assert_gapless(events):
    """Per epoch and stream: sequences from 1 without a gap, each once, each with one content."""
    streams = {}
    for line in events:
        event = json.loads(line)
        streams.setdefault((event["epoch"], event["stream"]), []).append(int(event["sequence"]))
    for key, sequences in streams.items():
        assert sorted(sequences) == list(range(1, len(sequences) + 1)), f"gap or double in {key}"
    return streams


def assert_gapless_per_store(events):
    stores = {}
    for line in events:
        stores.setdefault(json.loads(line)["source"].split("/")[2], []).append(line)
    for events_of_one in stores.values():
        assert_gapless(events_of_one)
    return stores


class Postgres:
    """A real PostgreSQL server of its own, on a Unix socket in the test's directory."""

    PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")

    def __init__(self, directory):
        self.directory = directory / "postgres"
        self.directory.mkdir()
        self.port = free_port()
        self.process = None
        # PostgreSQL refuses to run as root.
        self.as_user = []
        if os.geteuid() == 0:
            self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            for folder in (directory, *directory.parents):
                if folder.stat().st_mode & 0o001 == 0:
                    folder.chmod(0o755)
            subprocess.run(["chown", "postgres:postgres", self.directory], check=True)
        subprocess.run([*self.as_user, self.PROGRAMS / "initdb", "-A", "trust", "-U", "hub", "-D",
                        self.directory / "data"], check=True, stdout=subprocess.DEVNULL, cwd="/")

    @property
    def url(self):
        return f"postgresql://hub@127.0.0.1:{self.port}/postgres"

    def start(self):
        self.process = Process(self.directory.parent, "postgres", [
            *self.as_user, self.PROGRAMS / "postgres", "-D", self.directory / "data", "-p", str(self.port),
            "-k", self.directory, "-c", "listen_addresses=127.0.0.1"], cwd="/")
        wait_for("PostgreSQL to accept connections", self.accepts, 30)
        return self

    def accepts(self):
        return subprocess.run([self.PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              check=False).returncode == 0

    def restart(self):
        self.process.child.send_signal(signal.SIGQUIT)  # immediate: as a crash
        self.process.child.wait(20)
        self.start()
