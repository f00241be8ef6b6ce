"""A folder that an agent reads by `file_drop`, and the sales files that a till puts there."""

import os

from shop import assert_gapless, driver_of, wait_for

HEADER = "date,register,receipt,time,sku,quantity,price,amount,tender,paid\n"


def receipt(number, note="", register=1):
    """Two rows: what was sold, how it was paid."""
    at = f"2026-11-20,{register},{number},2026-11-20T09:15:02+00:00"
    return f"{at},A{number}{note},2,1.50,3.00,,\n{at},,,,,cash,3.00\n"


def sales_file(numbers, **how):
    return HEADER + "".join(receipt(number, **how) for number in numbers)


def put(directory, name, content):
    """As a careful source does: renamed into place when it is whole."""
    hidden = directory / ".putting"
    hidden.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.rename(hidden, os.path.join(os.fsencode(directory), os.fsencode(name)))


class Drop:
    """The directory, and the agent that reads it."""

    def __init__(self, shop, **keys):
        self.directory = shop.directory / "drop"
        self.directory.mkdir()
        self.broker = shop.broker().start()
        self.hub = shop.hub(self.broker.url).start()
        self.agent = shop.agent(self.broker.url)
        self.agent.drivers.append({"name": "tills", "kind": "file_drop", "template": "csv-sales", "settle_s": 0,
                                   "poll_s": 1, "directory": str(self.directory), **keys})

    def start(self):
        self.agent.start()
        self.when_used()
        return self

    def when_used(self):
        wait_for("the directory to be used", (self.directory / "failed").exists)

    def put(self, name, content):
        put(self.directory, name, content)

    def left(self):
        """What lies in the directory, beside our own two."""
        return sorted(os.fsdecode(entry) for entry in os.listdir(self.directory) if entry not in ("done", "failed"))

    def wait_until_empty(self, seconds=30):
        wait_for("the directory to be empty", lambda: not self.left(), seconds)

    def kept(self, place="done"):
        return sorted(path.name for path in (self.directory / place).iterdir() if path.name != ".storeward.lock")

    def report(self, beginning, place="done", ending=".txt"):
        found = [name for name in self.kept(place) if name.startswith(beginning) and name.endswith(ending)]
        assert len(found) == 1, self.kept(place)
        return (self.directory / place / found[0]).read_text()

    def state(self):
        return driver_of(self.agent, "tills")

    def sales(self):
        """The numbers of the sales at the hub, in the order of their sequence."""
        return [event["data"]["sequenceNo"] for event in self.hub.events_of("retail.sale.completed.v1")]

    def assert_all_once(self, numbers, seconds=60):
        numbers = sorted(numbers)
        wait_for("every sale to be at the hub", lambda: len(self.sales()) >= len(numbers), seconds, 0.3)
        assert sorted(self.sales()) == numbers
        assert_gapless(self.hub.events())
