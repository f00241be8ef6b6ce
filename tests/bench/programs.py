"""The programs that are measured, all with one face: start(directory, hub_broker_url), port, pids(), kill().

Beside them what every measure needs: the load, the broker with room enough, the subscriber in the hub's place."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

import certificates  # noqa: E402
import shop  # noqa: E402

BUILD = ROOT / "build/bench"
TOOLS = BUILD / "bench"
shop.BIN = BUILD / "bin"


class Program:
    """A program of the bench; `command` says how it is called."""

    def __init__(self, preload=None):
        self.preload = preload or {}

    def start(self, directory, hub_broker_url=None):
        self.directory = directory
        self.port = shop.free_port()
        self.hub_port = hub_broker_url.rpartition(":")[2] if hub_broker_url else shop.free_port()
        self.spawn()
        return self

    def spawn(self):
        name, *arguments = self.command()
        self.process = shop.Process(self.directory, name, [TOOLS / name, *arguments],
                                    env={**os.environ, **self.preload})
        shop.wait_for(f"{name} to listen", lambda: shop.can_connect(self.port), pause=0.002)

    def warm_up(self):
        load(self.port, count=20)

    def pids(self):
        return [self.process.child.pid]

    def kill(self):
        self.process.kill()


class BarePost(Program):
    def command(self):
        return "bench-bare-post", self.port


class BareIntake(Program):
    def command(self):
        return "bench-bare-intake", self.port, self.directory / "bare.db"


class Prototype(Program):
    def command(self):
        return "bench-prototype", self.port, self.directory / "prototype.db", self.hub_port


class Agent:
    """storeward as it is installed: all checks on, pruning only what the hub has confirmed."""

    def __init__(self, tls=False, preload=None, drivers=(), **tables):
        self.tls, self.preload, self.drivers, self.tables = tls, preload or {}, drivers, tables

    def start(self, directory, hub_broker_url=None):
        tables = {"hub": {"reconnect_spread_s": 1}, **self.tables}
        if self.tls:
            certificate, key = certificates.self_signed(directory)
            tables["http"] = {"tls_cert_file": str(certificate), "tls_key_file": str(key)}
        self.shop_agent = shop.Agent(directory, hub_broker_url or f"mqtt://127.0.0.1:{shop.free_port()}",
                                     tables=tables, drivers=self.drivers)
        self.port = self.shop_agent.port
        self.spawn()
        return self

    def spawn(self):
        os.environ.update(self.preload)
        try:
            self.shop_agent.start()
        finally:
            for name in self.preload:
                del os.environ[name]

    @property
    def process(self):
        return self.shop_agent.process

    def pids(self):
        line = shop.line_pid(self.shop_agent)
        return [self.process.child.pid, *([line] if line else [])]

    def waiting(self):
        return self.shop_agent.waiting()

    def warm_up(self):
        """The line is up, and the hub has confirmed over it."""
        load(self.port, count=20)
        self.wait_until_confirmed()

    def wait_until_confirmed(self, seconds=600):
        shop.wait_for("everything to be confirmed", lambda: self.waiting() == 0, seconds, pause=0.02)

    def kill(self):
        self.shop_agent.kill()


@contextlib.contextmanager
def outage(program, directory, fill_it):
    """fill_it(program) while the broker is away. Yields the broker, which is back; program.spawn() is due."""
    with broker(directory) as mosquitto:
        mosquitto.stop()
        with running(program, directory, mosquitto.url):
            fill_it(program)
            program.kill()
            mosquitto.start()
            yield mosquitto


@contextlib.contextmanager
def running(program, directory, hub_broker_url=None):
    program.start(directory, hub_broker_url)
    try:
        yield program
    except Exception:
        state = "still running" if program.process.running() else f"ended with {program.process.child.returncode}"
        print(f"{type(program).__name__} on port {program.port}: {state}; the end of its log:\n"
              + program.process.tail(), file=sys.stderr)
        raise
    finally:
        program.kill()


@contextlib.contextmanager
def broker(directory):
    """mosquitto, allowed more on its way than its own 20 and to queue without a bound (shop.py), and not waiting for
    the subscriber's TCP acks (up to 40 ms each) before it sends on."""
    started = shop.Broker(directory, extra=["set_tcp_nodelay true"])
    started.start()
    try:
        yield started
    finally:
        started.stop()


def run_tool(name, *arguments, check=True):
    """A program of the bench to its end; the JSON that it prints."""
    done = subprocess.run([TOOLS / name, *map(str, arguments)], check=check, stdout=subprocess.PIPE,
                          stderr=None if check else subprocess.DEVNULL)
    return json.loads(done.stdout)


def words(options):
    """{"random_ids": True, "batch": 100} as --random-ids --batch 100"""
    for name, value in options.items():
        if value is not None and value is not False:
            yield f"--{name.replace('_', '-')}"
            if value is not True:
                yield str(value)


def load(port, check=True, **options):
    return run_tool("bench-load", "--port", port, "--token", shop.TOKEN, *words(options), check=check)


def sales(count):
    """To fill a program with so many, as fast as they go: in batches, where it takes them apart."""
    def fill_it(program):
        if isinstance(program, Agent):
            return load(program.port, connections=4, batch=500, count=count)
        return load(program.port, connections=64, count=count)
    return fill_it


class Subscriber:
    """bench-subscriber, in the hub's place."""

    def __init__(self, broker_port, **options):
        self.child = subprocess.Popen([TOOLS / "bench-subscriber", "--port", str(broker_port), *words(options)],
                                      stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    def result(self, seconds=600):
        """After its count of events."""
        return json.loads(self.child.communicate(timeout=seconds)[0])

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        return self.result()
