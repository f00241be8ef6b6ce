import os
import pathlib
import sys
import zlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from drop_folder import Drop  # noqa: E402
from fault_bench import Bench  # noqa: E402
from shop import Agent, Broker, Hub, Postgres  # noqa: E402
from wrong_clock import WrongClock  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the long runs at full length")


def pytest_configure(config):
    config.addinivalue_line("markers", "fault(row): the row of the loss table that the test proves")
    config.addinivalue_line("markers", "measures: how fast something is: alone on the machine, and not under sanitizers")
    config.addinivalue_line("markers", "native: measures memory or loads a library first: not under sanitizers")


def pytest_collection_modifyitems(config, items):
    """Tests that take long stand beside each other in their files: one worker would be left with them while the others have
    nothing to do. So those that run beside each other are shuffled, in the same way each time."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: zlib.crc32(item.nodeid.encode()))


@pytest.fixture
def full(request):
    return request.config.getoption("--full") or os.environ.get("STOREWARD_FULL") == "1"


@pytest.fixture
def scale(full):
    """How many times longer than every day: with --full as long as the loss table promises, or what STOREWARD_SCALE says."""
    return float(os.environ.get("STOREWARD_SCALE", 25 if full else 1))


@pytest.fixture
def figure(record_property):
    """What was measured: printed, and shown in the loss table beside the result."""
    def note(text):
        print(text)
        record_property("figure", text)
    return note


class Shop:
    """Makes the parts of a shop and ends whatever is left of them after the test."""

    def __init__(self, directory):
        self.directory = directory
        self.parts = []
        self.processes = []  # further ones

    def add(self, part):
        self.parts.append(part)
        return part

    def broker(self, *args, **named):
        return self.add(Broker(self.directory, *args, **named))

    def hub(self, broker_url, **named):
        return self.add(Hub(self.directory, broker_url, **named))

    def postgres(self):
        return self.add(Postgres(self.directory))

    def agent(self, broker_url, **named):
        return self.add(Agent(self.directory, broker_url, **named))

    def own_template(self, name, text):
        """The agent's tables with which this template of the shop's own is found."""
        templates = self.directory / "templates"
        templates.mkdir(exist_ok=True)
        (templates / f"{name}.toml").write_text(text)
        return {"templates": {"directory": str(templates)}}

    def open(self, **agent):
        """Broker, hub and agent, all running."""
        broker = self.broker().start()
        hub = self.hub(broker.url).start()
        return broker, hub, self.agent(broker.url, **agent).start()

    def close(self):
        for part in reversed(self.parts):
            if part.process:
                self.processes.append(part.process)
        for process in self.processes:
            process.kill()


@pytest.fixture
def shop(tmp_path):
    made = Shop(tmp_path)
    yield made
    made.close()


@pytest.fixture
def bench(shop):
    return Bench(shop)


@pytest.fixture
def clock(tmp_path, monkeypatch):
    return WrongClock(tmp_path, monkeypatch)


@pytest.fixture
def drop(shop):
    return Drop(shop)
