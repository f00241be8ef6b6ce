"""No record vanishes: of our own fixtures and of each sample beside the project (shared/data), what is counted independently
(record_counts.py) is what the shipped template makes of it, record by record, and what a running agent accounts for."""

import collections
import functools
import json
import re
import subprocess
import tarfile
from typing import NamedTuple

import pytest

from drop_folder import put
from record_counts import records_of
from shop import BIN, SOURCE, assert_gapless, wait_for

DATA = next((folder / "shared/data" for folder in SOURCE.parents if (folder / "shared/data/NOTES.md").exists()), None)
needs_samples = pytest.mark.skipif(DATA is None, reason="no shared/data beside the project")

SAMPLES = {
    "x12": ["x12/*/*", "synthetic/x12_*"],
    "edifact": ["edifact/*/*", "synthetic/edifact_*"],
    "epcis": ["epcis/openepcis/**/*.xml", "epcis/openepcis/**/*.json"],
    "poslog": ["poslog/*.xml", "synthetic/poslog_*.xml"],
    "gs1-scan": ["synthetic/scanner_tcp_lines.txt"],
    "zebra-fx": ["synthetic/zebra_fx_*.json"],
    "zebra-rfd": ["synthetic/zebra_rfd_*.json"],
    "shopify-order": ["shopify/order.json"],
    "shopify-refund": ["shopify/refund.json"],
    "shopify-fulfillment": ["shopify/fulfillment.json"],
    "shopify-customer": ["shopify/customer.json"],
    "shopify-product": ["shopify/inventory_item.json", "shopify/variant.json", "shopify/location.json"],
    "shopify-inventory-level": ["shopify/inventory_level.json"],
    "shopify-payout-transactions": ["shopify/payouts_transactions.json"],
    "shopify-tender-transactions": ["shopify/tender_transactions.json"],
    "adyen-settlement": ["payments_GPL2/adyen_*.csv"],
    "stripe-settlement": ["payments_GPL2/stripe_*.csv"],
    "paypal-settlement": ["payments_GPL2/paypal_*.csv"],
}


def samples():
    return [(template, path) for template, patterns in SAMPLES.items() for pattern in patterns
            for path in sorted(DATA.glob(pattern)) if path.is_file()]


@pytest.fixture(scope="module")
def log_of_the_shop(tmp_path_factory):
    directory = tmp_path_factory.mktemp("log")
    with tarfile.open(DATA / "retail_log/uci_online_retail_2010-12_2011-04_by_day.tar.gz") as tar:
        tar.extractall(directory)
    return [("online-retail", path) for path in sorted(directory.rglob("*.csv"))]


@functools.cache
def tried(template, path):
    """What the template makes of each record."""
    done = subprocess.run([BIN / "storeward", "template", "test", template, path, "--json", "--currency", "EUR", "--zone",
                           "Europe/Berlin", "--config", "/nonexistent"], stdout=subprocess.PIPE, timeout=60)
    assert done.returncode in (0, 1), path
    *records, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert last["totals"]["records"] == len(records), path
    return records


def is_whole(counted, made):
    """Ignored or refused as a whole, or each of its facts an event, a duplicate of one before or an exception, with all lines.
    That those before it do not add up to what it says is none of its facts."""
    events, repeated, refused = made.get("events", []), len(made.get("duplicates", [])), made.get("exceptions", [])
    if made.get("ignored"):
        return not events and not repeated and not refused
    if not events and not repeated:
        return len(refused) == 1
    in_lines = sum(line.get("kind") != "discount" for event in events for line in event["data"].get("lines", []))
    of_facts = sum(": control total " not in reason for reason in refused)
    return counted.facts in (None, len(events) + repeated + of_facts) and (repeated or counted.lines in (None, in_lines))


def conflicts_in(made):
    """Facts that would be lost to another one's id."""
    return [reason for record in made for reason in record["exceptions"] if ": conflict: " in reason]


def broken_promises(template, path):
    counted, made = records_of(template, path), tried(template, path)
    if len(counted) != len(made):
        return [f"{path}: {len(counted)} records are {len(made)} of {template}"]
    told = [f"{path} record {at + 1}: {one} became {json.dumps(other)[:300]}"
            for at, (one, other) in enumerate(zip(counted, made)) if not is_whole(one, other)]
    return told + [f"{path}: {reason}" for reason in conflicts_in(made)]


def assert_kept(files):
    told = [line for template, path in files for line in broken_promises(template, path)]
    assert not told, "\n".join(told)


def test_each_record_of_our_own_fixtures_is_events_with_all_lines_or_an_exception_or_ignored():
    files = [(folder.name, path) for folder in sorted((SOURCE / "tests/templates").iterdir()) for path in sorted(folder.iterdir())
             if not path.name.endswith(".events.ndjson")]
    assert {template for template, _ in files} == {shipped.stem for shipped in (SOURCE / "config/templates").glob("*.toml")}
    assert_kept(files)


@needs_samples
def test_each_record_of_the_samples_is_events_with_all_lines_or_an_exception_or_ignored():
    assert len(samples()) > 80
    assert_kept(samples())


@needs_samples
def test_each_row_of_the_shops_log_is_in_an_event_or_ignored(log_of_the_shop):
    assert len(log_of_the_shop) == 116
    assert_kept(log_of_the_shop)


class Told(NamedTuple):
    records: int
    stored: int
    duplicates: int
    exceptions: int
    ignored: int


class Folders:
    """An agent that reads each template's files from a folder of the template's own."""

    def __init__(self, shop, files):
        broker = shop.broker().start()
        self.hub = shop.hub(broker.url).start()
        self.agent = shop.agent(broker.url)
        self.root = shop.directory / "drop"
        self.files = {(template, "-".join(path.parts[-3:])): path for template, path in files}
        assert len(self.files) == len(files)
        self.templates = sorted({template for template, _ in files})
        for template in self.templates:
            (self.root / template).mkdir(parents=True)
            self.agent.drivers.append({"name": template, "kind": "file_drop", "template": template, "settle_s": 0,
                                       "poll_s": 1, "directory": str(self.root / template)})
        self.agent.start()

    def read_all(self):
        for template in self.templates:
            wait_for("the folder to be used", (self.root / template / "failed").exists)
        for (template, name), path in self.files.items():
            put(self.root / template, name, path.read_bytes())
        wait_for("every file to be read", lambda: not self.left(), 120)
        wait_for("the backlog to drain", lambda: self.agent.waiting() == 0, 120)

    def left(self):
        return [entry for template in self.templates for entry in (self.root / template).iterdir() if entry.is_file()]

    def at_hub(self):
        """(template, name of the file) -> events of it at the hub."""
        origins = [json.loads(line)["data"].get("origin") for line in self.hub.events()]
        return collections.Counter((one["template"], one["file"]) for one in origins if one)  # none: the agent's own

    def told(self):
        """(template, name of the file) -> what the driver says became of its records."""
        line = re.compile(r" (\S+): (\S+): .*?(\d+) records?, (\d+) events? \((\d+) known already\), "
                          r"(\d+) exceptions?, (\d+) ignored")
        found = {}
        for template, name, *numbers in line.findall(self.agent.process.log.read_text()):
            records, events, known, exceptions, ignored = map(int, numbers)
            found[template, name] = Told(records, events - known, known, exceptions, ignored)
        return found


@needs_samples
def test_a_running_agent_accounts_for_each_record_of_each_file(shop, log_of_the_shop, figure):
    # Scans say when they were made only where a line or a request brings them.
    files = [one for one in samples() if one[0] != "gs1-scan"] + log_of_the_shop
    folders = Folders(shop, files)
    folders.read_all()
    told, at_hub = folders.told(), folders.at_hub()
    identities = collections.defaultdict(set)
    for (template, name), path in folders.files.items():
        became, made = told[template, name], tried(template, path)
        due = sum(len(one.get("events", [])) + len(one.get("duplicates", [])) + len(one.get("exceptions", [])) +
                  ("ignored" in one) for one in made)
        assert became.records == len(records_of(template, path)), name
        assert became.stored + became.duplicates + became.exceptions + became.ignored == due, (name, became)
        assert became.stored == at_hub[template, name], name
        identities[template] |= {(event["id"], event.get("revision")) for one in made for event in one.get("events", [])}
    for template, known in identities.items():
        assert len(known) == sum(count for (other, _), count in at_hub.items() if other == template), template
    assert_gapless(folders.hub.events())
    waiting = json.loads(folders.agent.cli("exceptions", "list", "--json", "--limit", "1000").stdout)["exceptions"]
    totals = Told(*map(sum, zip(*told.values())))
    assert 0 < len(waiting) <= totals.exceptions  # what comes with the same content again has one number
    figure(f"{len(files)} files, {totals}")
