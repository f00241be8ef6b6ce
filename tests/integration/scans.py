"""Scans, the smallest of events: for tests of how something hands in."""

import json

from shop import assert_gapless, wait_for


def scan(number):
    return json.dumps({"no": f"scan-{number:06d}", "at": "2026-11-20T09:15:02Z"})


def scans_at(hub):
    """The scans at the hub, in the order of their sequence."""
    return [event["data"]["raw"] for event in hub.events_of("retail.scan.observed.v1")]


def expected(count):
    return [f"scan-{number:06d}" for number in range(count)]


def assert_all_once(hub, count, seconds=60):
    wait_for("every scan to be at the hub", lambda: len(scans_at(hub)) >= count, seconds, 0.3)
    assert scans_at(hub) == expected(count)
    assert_gapless(hub.events())
