"""What the status page promises whoever stands before it."""

import json
import os
import subprocess

import pytest
from browser import DESK, PHONE
from shop import sale

TILL = 'Till <b>1</b><script>window.broken="register"</script>'


# A driver's lamp and the word beside it.
LAMP = """const at = [...document.querySelectorAll("dt")].find(each => each.innerText === arguments[0]).nextElementSibling;
return [at.querySelector(".dot").classList[1], at.querySelector(".dot").nextSibling.data.trim()]"""


def a_shop(shop, **tables):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url, tables={"hub": {"reconnect_spread_s": 1}, **tables}).start()
    return broker, hub, agent


def fill(agent, number, size):
    """One sale that does not compress; whether it was taken."""
    event = sale(number)
    event["data"]["note"] = os.urandom(size // 2).hex()
    return agent.post([event])[0] == 200


def at_register(event, register):
    event["data"]["registerId"] = register
    return event


def test_while_sales_reach_the_hub_the_page_says_that_all_is_well(shop, browser):
    _, _, agent = a_shop(shop)
    browser.open(agent).wait_for_text("Ready for the first sale", "No sales yet")
    assert browser.tone() == "good"
    agent.post([sale(1), at_register(sale(2, gross=123_456), "2")])
    shown = browser.wait_for_text("All sales are at the hub", "Nothing is waiting", "£15.23", "£1,234.56", "£1,249.79")
    assert browser.tone() == "good"
    for words in ["store-0042", "acme", "Connected", "In order", "Exceptions", "None"]:
        assert words in shown
    elsewhere = at_register(sale(3), "2")
    elsewhere["data"]["siteId"] = "store-B"
    agent.post([elsewhere])
    browser.wait_for_text("£1,265.02", "store-B/2")  # without being loaded again


def test_it_says_plainly_that_the_line_is_down_and_that_nothing_is_lost(shop, browser):
    broker, _, agent = a_shop(shop)
    agent.post([sale(1)])
    browser.open(agent).wait_for_text("All sales are at the hub")
    broker.stop()
    browser.wait_for_text("The line to the hub is down (since", "New sales are kept here", "Not connected")
    assert browser.tone() == "warn"
    why = agent.status()["hub"]["detail"]
    assert why, "why it is down"
    browser.wait_for_text(why)
    assert "the line is down: " in agent.cli("status").stdout
    agent.post([sale(2), sale(3)])
    browser.wait_for_text("2 sales are waiting", "Nothing is lost")
    agent.post([sale(4)])
    browser.wait_for_text("3 sales are waiting")
    broker.start()
    browser.wait_for_text("All sales are at the hub", seconds=40)


def test_it_says_plainly_that_there_is_no_room_left(shop, browser):
    agent = shop.agent("mqtt://127.0.0.1:1", tables={"store": {"max_bytes": 4 << 20}}).start()
    number = 0
    for size in (100_000, 10_000, 1_000):  # the last gap is filled with small ones
        while fill(agent, number, size):
            number += 1
            assert number < 10_000
    browser.open(agent).wait_for_text("There is no room left", "Nothing more can be accepted", "Full", "Needs attention")
    assert agent.status()["store"]["free_bytes"] < 1 << 20, "the bound is reached, however much the disk has"
    assert browser.tone() == "bad"
    browser.keep_picture("-desk")
    browser.view(PHONE)
    assert browser.sideways() <= 0


def test_it_says_plainly_that_something_waits_for_a_person(shop, browser):
    _, _, agent = a_shop(shop)
    broken = sale(2)
    del broken["data"]["currency"]
    agent.post([sale(1), broken])
    browser.open(agent).wait_for_text("One delivery needs a look", "storeward exceptions list", "1 to look at",
                                      "Everything else reaches the hub")
    assert browser.tone() == "warn"
    agent.post([sale(2)])  # the corrected event closes it
    browser.wait_for_text("All sales are at the hub")


def test_it_says_plainly_that_a_file_failed_and_where_the_reason_stands(shop, browser):
    broker, _, _ = a_shop(shop)
    folder = shop.directory / "drop"
    folder.mkdir()
    agent = shop.agent(broker.url, name="files")
    agent.drivers.append({"name": "till-exports", "kind": "file_drop", "template": "csv-sales", "settle_s": 0, "poll_s": 1,
                          "directory": str(folder)})
    agent.start()
    agent.post([sale(1)])
    browser.open(agent).wait_for_text("All sales are at the hub", "till-exports")
    assert browser.ask(LAMP, "till-exports") == ["good", "ok"]
    (folder / "photo.csv").write_text("")
    (folder / "photo.csv").write_bytes(b"\x89PNG\x0d\x0a\x1a\x0a")
    browser.wait_for_text("till-exports needs a look", "1 file has failed; why: failed/photo.", ".reason.txt",
                          "Mend the template or the file")
    assert browser.tone() == "warn" and browser.ask(LAMP, "till-exports") == ["warn", "look"]
    browser.keep_picture("-desk")
    browser.view(PHONE)
    assert browser.sideways() <= 0
    browser.keep_picture("-phone")
    for kept in (folder / "failed").iterdir():
        kept.unlink()
    for number in range(1, 1 + agent.status()["exceptions"]["open"]):
        agent.cli("exceptions", "discard", str(number), "--reason", "a picture")
    browser.wait_for_text("All sales are at the hub", "since the start: ")
    assert browser.ask(LAMP, "till-exports") == ["good", "ok"]


def test_it_says_plainly_that_the_agent_is_gone_and_keeps_what_it_said_last(shop, browser):
    _, _, agent = a_shop(shop)
    agent.post([sale(1)])
    browser.open(agent).wait_for_text("All sales are at the hub")
    agent.kill()
    browser.expected_on_console = ["ERR_CONNECTION"]  # the browser's own words about the request
    browser.wait_for_text("The agent does not answer", "£15.23")
    assert browser.tone() == "bad"
    agent.start()
    browser.wait_for_text("All sales are at the hub")


def test_what_others_wrote_is_shown_as_text_and_never_runs(shop, browser):
    broker, _, agent = a_shop(shop)
    agent.post([at_register(sale(1), TILL), {**sale(2), "id": "<script>window.broken='id'</script>"}])
    root = f"storeward/v1/acme/store-0042/{agent.name}"
    reason = "<img src=x onerror=\"window.broken='reason'\">"
    ack = {"serial": 1_000_000_000, "epochs": {agent.status()["epoch"]: {
        "confirmed": {"sales": 2}, "rejected": [{"stream": "sales", "sequence": 2, "reason": reason}]}}}
    subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-r", "-t", f"{root}/ack", "-m", json.dumps(ack)],
                   check=True)
    browser.open(agent).wait_for_text(TILL)
    assert browser.ask("return [typeof window.broken, document.querySelectorAll('#page script, #page b, img[onerror]').length]") \
        == ["undefined", 0]
    # Should one get through, the page's policy would still not run it.
    browser.expected_on_console = ["Content Security Policy"]
    browser.ask("const s = document.createElement('script'); s.textContent = 'window.broken = 1'; document.body.append(s)")
    assert browser.ask("return typeof window.broken") == "undefined"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(shop, browser, scheme):
    agent = shop.agent("mqtt://a-broker-with-a-very-long-name.retail.region-north.example.invalid:1883", tables={
        "site": {"tenant": "t" * 64, "id": "store-" + "0042" * 14, "agent": "a" * 64}}).start()
    broken = sale(3)
    del broken["data"]["currency"]
    agent.post([at_register(sale(1, gross=1_234_567_890_123), "a-register-with-a-long-name-that-somebody-typed"),
                at_register(sale(2), "2"), broken])
    browser.view(PHONE, scheme)
    browser.open(agent).wait_for_text("are waiting", "£12,345,678,901.23")
    assert browser.sideways() <= 0
    browser.keep_picture("-phone")
    height = browser.ask("return document.documentElement.scrollHeight")
    browser.view((360, height), scheme)
    browser.keep_picture("-whole")
    browser.view(DESK, scheme)
    assert browser.sideways() <= 0
    # What a table has to scroll it scrolls inside itself, and never what counts.
    browser.view(PHONE, scheme)
    assert browser.ask("return [...document.querySelectorAll('h1, h2, .headline p, dd')].every("
                       "each => each.getBoundingClientRect().right <= innerWidth)")


def test_a_phone_shows_the_takings_of_a_usual_shop_whole(shop, browser):
    _, _, agent = a_shop(shop)
    agent.post([at_register(sale(n, gross=4_321_098 + n), f"Till {n}") for n in (10, 2, 1)])
    browser.view(PHONE)
    browser.open(agent).wait_for_text("All sales are at the hub", "£129,633.07")
    assert browser.ask("return [...document.querySelectorAll('.scroll')].every(each => each.scrollWidth <= each.clientWidth)")
    assert browser.ask("return [...document.querySelectorAll('tbody th, tfoot th')].every("
                       "each => each.getBoundingClientRect().height < 60)"), "no name is broken into letters"
    assert browser.ask("return [...document.querySelectorAll('[aria-labelledby=today] tbody th')].map(each => each.innerText)") \
        == ["Till 1", "Till 2", "Till 10"]


def test_the_page_can_be_read_by_those_who_do_not_see_it(shop, browser):
    _, _, agent = a_shop(shop)
    agent.post([sale(1)])
    browser.open(agent).wait_for_text("All sales are at the hub")
    assert browser.ask("return document.documentElement.lang") == "en"
    assert browser.ask("return document.querySelector('.headline').getAttribute('role')") == "status"
    assert browser.ask("return document.querySelectorAll('h1').length") == 1
    assert browser.ask("return [...document.querySelectorAll('section[aria-labelledby]')].every("
                       "each => document.getElementById(each.getAttribute('aria-labelledby')))")
    assert browser.ask("return [...document.querySelectorAll('thead th')].every(each => each.scope === 'col')")
    assert browser.ask("return [...document.images].every(each => each.hasAttribute('alt'))")


# Facts that are slow or hard to bring about, put to the page's own words.
FACTS = {"hub": {"state": "online", "since": "2026-11-20T09:00:00Z"}, "store": {"state": "ok"}, "exceptions": {"open": 0},
         "alerts": [], "streams": {"sales": {"last": 9, "waiting": 0, "oldest_waiting_s": 0}}}


def words(browser, call, given):
    """What the page's own words say of what is given."""
    return browser.driver.execute_async_script(
        f"const [given, done] = arguments; import('/words.js').then(words => done(words.{call}))", given)


@pytest.mark.parametrize("facts,tone,wanted", [
    ({"hub": {"state": "untrusted"}}, "bad", "cannot prove that it is the right one"),
    ({"hub": {"state": "refused"}}, "bad", "refuses this agent"),
    ({"hub": {"state": "connecting"}}, "warn", "connecting to the hub"),
    ({"store": {"state": "read_only"}}, "bad", "cannot be written"),
    ({"store": {"state": "damaged"}}, "bad", "is damaged"),
    ({"store": {"state": "low"}}, "warn", "running low"),
    ({"store": {"state": "full"}, "hub": {"state": "offline"}}, "bad", "no room left"),
    ({"alerts": [{"kind": "x"}]}, "warn", "needs attention"),
    ({"drivers": [{"name": "pos", "state": "ok", "look": True}, {"name": "b", "state": "ok", "look": False}]}, "warn",
     "pos needs a look"),
    ({"drivers": [{"name": "pos", "state": "ok", "look": True}] * 2}, "warn", "2 drivers need a look"),
    ({"drivers": [{"name": "pos", "state": "failing"}, {"name": "b", "state": "ok"}]}, "bad", "pos is failing"),
    ({"drivers": [{"name": "pos", "state": "failing"}], "hub": {"state": "offline"}, "alerts": [{"kind": "x"}]}, "bad", "pos is failing"),
    ({"drivers": [{"name": "pos", "state": "paused"}]}, "warn", "pos is paused"),
    ({"drivers": [{"name": "pos", "state": "paused"}], "store": {"state": "low"}}, "warn", "running low"),
    ({"drivers": [{"name": "pos", "state": "failing"}, {"name": "b", "state": "paused"}]}, "bad", "2 drivers are not working"),
    ({"drivers": [{"name": "pos", "state": "ok", "look": True}], "streams": {}}, "warn", "pos needs a look"),
    ({"exceptions": {"open": 1}, "streams": {}}, "warn", "One delivery needs a look"),
    ({"streams": {}}, "good", "Ready for the first sale"),
    ({"exceptions": {"open": 1234}}, "warn", "1,234 deliveries need a look"),
    ({"streams": {"sales": {"last": 9, "waiting": 1, "oldest_waiting_s": 0.2}}}, "good", "All is well"),
    ({"streams": {"sales": {"last": 9, "waiting": 5000, "oldest_waiting_s": 900},
                  "stock": {"last": 9, "waiting": 1, "oldest_waiting_s": 1}}}, "busy",
     "5,000 sales and 1 stock change are on the way"),
    ({"hub": {"state": "offline"}, "streams": {"sales": {"last": 9, "waiting": 1, "oldest_waiting_s": 900}}}, "warn",
     "1 sale is waiting"),
])
def test_each_state_has_its_sentence(shop, browser, facts, tone, wanted):
    agent = shop.agent("mqtt://127.0.0.1:1").start()
    browser.open(agent)
    said = words(browser, "headline(given, new Date())", {**FACTS, **facts})
    assert said["tone"] == tone
    assert wanted in said["title"], said
    assert said["detail"] and "undefined" not in said["detail"]


@pytest.mark.parametrize("kind", ["confirmation_stalled", "publish_not_authorised", "packet_limit_too_small"])
@pytest.mark.parametrize("oldest", [5, 900])
def test_what_is_held_up_is_never_said_to_be_on_its_way(shop, browser, kind, oldest):
    agent = shop.agent("mqtt://127.0.0.1:1").start()
    browser.open(agent)
    said = words(browser, "headline(given, new Date())", {
        **FACTS, "alerts": [{"kind": kind}], "streams": {"sales": {"last": 9, "waiting": 5, "oldest_waiting_s": oldest}}})
    assert (said["tone"], said["title"]) == ("warn", "5 sales are waiting")
    assert "holds them up: see below" in said["detail"] and "reach" not in said["detail"]


def test_money_has_the_decimals_of_iso_4217_whatever_the_browser_thinks(shop, browser):
    agent = shop.agent("mqtt://127.0.0.1:1").start()
    browser.open(agent)
    for currency, shown in {"EUR": "12,345.67", "HUF": "12,345.67", "RSD": "12,345.67", "COP": "12,345.67", "JPY": "1,234,567",
                            "KWD": "1,234.567", "IQD": "1,234.567", "CLF": "123.4567", "UYW": "123.4567"}.items():
        assert words(browser, "money(given)", {"amountMinor": 1234567, "currency": currency}).endswith(shown), currency


def test_the_last_sale_has_the_hour_of_the_shop_in_whatever_zone_the_till_wrote_it(shop, browser):
    _, _, agent = a_shop(shop, site={"timezone": "Europe/Helsinki"})
    in_utc = sale(1)
    in_utc["data"]["completedAt"] = "2026-11-20T09:15:02Z"
    agent.post([in_utc])
    browser.open(agent).wait_for_text("All sales are at the hub")
    assert browser.ask("return document.querySelector('[aria-labelledby=today] tbody td:last-child').innerText").startswith("11:15")


def test_a_driver_that_takes_nothing_is_the_first_thing_said(shop, browser):
    broker, _, _ = a_shop(shop)
    folder = shop.directory / "share"
    agent = shop.agent(broker.url, name="files")
    agent.drivers.append({"name": "till-exports", "kind": "file_drop", "template": "csv-sales", "settle_s": 0, "poll_s": 1,
                          "directory": str(folder)})
    agent.start()
    agent.post([sale(1)])
    browser.open(agent).wait_for_text("till-exports is failing", "Everything else is accepted", "Is the share mounted")
    assert browser.tone() == "bad" and browser.ask(LAMP, "till-exports") == ["bad", "failing"]
    folder.mkdir()
    browser.wait_for_text("All sales are at the hub")
    assert browser.ask(LAMP, "till-exports") == ["good", "ok"]
