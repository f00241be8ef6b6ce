"""A template is mended while the agent runs: exceptions are handed in again by the file as it is then, deliveries go by the
one that the driver was started with, and whoever looks sees which is which."""

import json

import pytest

from shop import wait_for

TEMPLATE = """[template]
name = "scans"
version = "{version}"
[format]
kind = "csv"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["no"]
[event.data]
raw = "code"
at = {{path = "when", format = "{format}"}}
place = {{value = "record"}}
"""
ISO, GERMAN = "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"


class Site:
    def __init__(self, shop):
        self.templates = shop.directory / "templates"
        self.drop = shop.directory / "drop"
        self.templates.mkdir()
        self.drop.mkdir()
        self.agent = shop.agent("mqtt://127.0.0.1:1", tables={"templates": {"directory": str(self.templates)}})
        self.agent.drivers.append({"name": "scans", "kind": "file_drop", "template": "scans", "settle_s": 0, "poll_s": 1,
                                   "directory": str(self.drop)})
        self.template("3", ISO)
        self.agent.start()

    def template(self, version, format):
        (self.templates / "scans.toml").write_text(TEMPLATE.format(version=version, format=format))

    def take(self, name, *whens):
        rows = [f"{name}-{at},96385074,{when}\n" for at, when in enumerate(whens)]
        before = self.agent.status()["exceptions"]["open"]
        (self.drop / f"{name}.csv").write_text("no,code,when\n" + "".join(rows))
        wait_for("the file to be taken", lambda: not list(self.drop.glob("*.csv")), 30)
        return self.agent.status()["exceptions"]["open"] - before

    def asked(self, *words, check=True):
        return json.loads(self.agent.cli(*words, "--json", check=check).stdout)

    def driver(self):
        return self.agent.status()["drivers"][0]


@pytest.mark.fault("F46")
def test_f46_a_retry_goes_by_the_template_as_its_file_is_and_says_so(shop):
    site = Site(shop)
    assert site.take("a", "20.11.2026 09:15", "21.11.2026 09:15") == 2
    assert site.driver()["templates"] == [{"name": "scans", "version": "3"}]

    refused = site.asked("exceptions", "retry", "1", check=False)["results"][0]
    assert not refused["done"] and refused["template_version"] == "3" and "driver_maps_by" not in refused

    (site.templates / "scans.toml").write_text(TEMPLATE.format(version="4", format=GERMAN) + "colour = [\n")
    broken = site.agent.cli("exceptions", "retry", "1", check=False)
    assert broken.returncode == 1 and f"{site.templates}/scans.toml:14:" in broken.stdout and "its template does not load" in broken.stdout
    assert site.asked("exceptions", "show", "1")["exception"]["state"] == "open"

    site.template("4", GERMAN)
    done = site.asked("exceptions", "retry", "1")["results"][0]
    assert done["done"] and (done["template_version"], done["driver_maps_by"]) == ("4", "3")
    event = site.asked("outbox", "show", done["items"][0]["id"])["events"][0]["event"]
    assert event["data"]["origin"]["templateVersion"] == "4"
    assert event["data"]["place"] == "1"  # as it would have been told at once: the line is the second, the record the first
    words = site.agent.cli("exceptions", "retry", "--all").stdout
    assert "scans 4 as its file is now; what comes in is mapped by version 3 until: systemctl restart storeward" in words
    driver = site.driver()
    assert driver["look"] and driver["templates"] == [{"name": "scans", "version": "3", "on_disk": "4"}]
    assert "version 4" in driver["detail"] and "restart" in driver["detail"]

    # The running driver keeps its own, until it is started again.
    assert site.take("b", "2026-11-20 09:15", "22.11.2026 09:15") == 1
    site.agent.stop()
    site.agent.start()
    assert site.driver()["templates"] == [{"name": "scans", "version": "4"}]
    assert site.take("c", "23.11.2026 09:15") == 0

    details = [one["detail"] for one in site.asked("audit", "list")["entries"] if one["action"] == "exceptions.retry"]
    assert [one.split(":")[0] for one in details[:2]] == ["failed", "failed"] and "scans.toml:14:" in details[1]
    assert details[2:] == ["1 items handed in by template scans 4"] * 2


def test_what_a_template_extends_is_told_with_its_version_when_that_is_mended_too(shop):
    site = Site(shop)
    site.agent.stop()
    base = site.templates / "till.toml"
    base.write_text(TEMPLATE.format(version="1", format=ISO).replace('"scans"', '"till"'))
    (site.templates / "scans.toml").write_text('[template]\nname = "scans"\nversion = "3"\nextends = "till"\n')
    site.agent.start()
    assert site.take("a", "2026-11-20 09:15", "20.11.2026 09:15") == 1
    exception = site.asked("exceptions", "show", "1")["exception"]
    assert (exception["template_version"], exception["template_extends"]) == ("3", "till 1")
    assert "(template scans 3, which extends till 1)" in site.agent.cli("exceptions", "list").stdout

    base.write_text(TEMPLATE.format(version="2", format=GERMAN).replace('"scans"', '"till"'))
    done = site.asked("exceptions", "retry", "1")["results"][0]
    assert done["done"] and done["template_version"] == "3", "its own version is what it was"
    event = site.asked("outbox", "show", done["items"][0]["id"])["events"][0]["event"]
    assert event["data"]["origin"]["extends"] == ["till 2"]
