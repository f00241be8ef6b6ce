"""A scanner on a serial line, played on a pty."""

import os
import tty

import pytest

from scans import scans_at
from shop import driver_of, wait_for


class Scanner:
    def __init__(self, link):
        self.master, slave = os.openpty()
        tty.setraw(self.master)
        link.symlink_to(os.ttyname(slave))
        os.close(slave)

    def scan(self, text):
        os.write(self.master, (text + "\r").encode())

    def unplug(self):
        os.close(self.master)


def open_shop(shop, device, **keys):
    return shop.open(drivers=[{"name": "counter", "kind": "serial", "template": "scanner-lines",
                               "device": str(device), "baud": 115200, **keys}])


def test_scans_arrive_in_order_through_an_unplugged_cable_and_a_restart(shop):
    device = shop.directory / "ttyUSB0"
    scanner = Scanner(device)
    broker, hub, agent = open_shop(shop, device)
    for number in range(50):
        scanner.scan(f"a-{number}")
    wait_for("the scans at the hub", lambda: len(scans_at(hub)) == 50)
    device.unlink()
    scanner.unplug()
    wait_for("the driver to say so", lambda: "is it plugged in?" in driver_of(agent).get("detail", ""))
    assert driver_of(agent)["state"] == "failing"
    scanner = Scanner(device)
    wait_for("the driver to find it", lambda: driver_of(agent)["state"] == "ok", 40)
    scanner.scan("b-0")
    wait_for("the scan at the hub", lambda: len(scans_at(hub)) == 51)
    assert agent.stop() == 0
    agent.start()
    wait_for("the driver to open it again", lambda: driver_of(agent)["state"] == "ok")
    scanner.scan("c-0")
    wait_for("the scan at the hub", lambda: len(scans_at(hub)) == 52)
    assert scans_at(hub) == [f"a-{n}" for n in range(50)] + ["b-0", "c-0"]


@pytest.mark.fault("F4")
def test_a_scan_that_was_acknowledged_survives_kill_9(shop):
    device = shop.directory / "ttyUSB0"
    scanner = Scanner(device)
    broker, hub, agent = open_shop(shop, device, acknowledge="byte")
    acknowledged = []
    for number in range(60):
        scanner.scan(f"n-{number}")
        assert os.read(scanner.master, 1) == b"\x06"
        acknowledged.append(f"n-{number}")
        if number % 20 == 19:
            agent.kill()
            agent.start()
            wait_for("the driver to open it again", lambda: driver_of(agent)["state"] == "ok")
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    assert scans_at(hub) == acknowledged


def test_two_drivers_cannot_have_one_device(shop):
    device = shop.directory / "ttyUSB0"
    Scanner(device)
    driver = {"name": "one", "kind": "serial", "template": "scanner-lines", "device": str(device)}
    broker, hub, agent = shop.open(drivers=[driver, {**driver, "name": "two"}])
    wait_for("one of them", lambda: {d["state"] for d in agent.status()["drivers"]} == {"ok", "failing"})
    assert any("is taken by another program" in d.get("detail", "") for d in agent.status()["drivers"])
