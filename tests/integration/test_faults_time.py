"""The wall clock is wrong, as in row F15 of the loss table: order is by sequence, nothing unsent expires, what is taken
in meanwhile says so, and nothing stands still. What is asserted was seen on the wire, in the answers and at the hub."""

import json
import os
import signal
import time

import pytest
from shop import alert, line_pid, online, sale, wait_for

HOUR, YEAR = 3600, 365 * 24 * 3600


def is_flagged(event):
    return "clockUnsynced" in event["data"].get("quality", {}).get("flags", [])


def sales_at(hub):
    """Number of the sale -> the event."""
    return {int(event["id"].removeprefix("till-1-")): event for event in hub.events_of("retail.sale.completed.v1")}


def seconds_until(what, condition, most):
    begun = time.monotonic()
    wait_for(what, condition, most, 0.01)
    return time.monotonic() - begun


@pytest.mark.native
@pytest.mark.fault("F15")
@pytest.mark.parametrize("jump", [YEAR, -YEAR, -HOUR], ids=["a year ahead", "a year back", "an hour back"])
def test_f15_a_clock_that_jumps_while_connected_stops_nothing_and_is_told(bench, clock, figure, jump):
    broker = bench.shop.broker().start()
    hub = bench.shop.hub(broker.url).start()
    proxy = bench.proxy(broker.port)
    agent = bench.agent(proxy.url)
    with clock:
        agent.start()
    wait_for("the connection", lambda: online(agent))
    numbers = iter(range(1, 10_000))

    def one_sale_goes_through():
        """From the till to the hub's word that it has it."""
        number = next(numbers)
        begun = time.monotonic()
        assert bench.oracle.deliver(agent, [sale(number)])[0] == 200
        answered = time.monotonic() - begun
        return answered, answered + seconds_until("the confirmation", lambda: agent.waiting() == 0, 10), number
    *_, before = one_sale_goes_through()
    clock.set(jump)
    took = [one_sale_goes_through()]
    wait_for("the alert", lambda: alert(agent, "clock_wrong"), 3)
    wait_for("the hub to have heard of it", lambda: agent.waiting() == 0, 5)
    *_, first_flagged = one_sale_goes_through()
    time.sleep(3)  # whatever waits by the clock waits meanwhile
    took.append(one_sale_goes_through())
    assert proxy.connections() == 1, "the line was given up"
    proxy.say("reset")
    took_to_reconnect = seconds_until("a new connection", lambda: proxy.connections() == 2 and online(agent), 10)
    took.append(one_sale_goes_through())
    figure(f"slowest answer {max(one[0] for one in took) * 1000:.0f} ms, slowest confirmation "
           f"{max(one[1] for one in took):.1f} s, {took_to_reconnect:.1f} s to connect again")
    assert max(answered for answered, _, _ in took) < 2 and max(confirmed for _, confirmed, _ in took) < 2
    assert took_to_reconnect < 2 + 2  # of which the back-off is 2 s at most

    clock.set(0, synchronised=True)
    wait_for("the end of the alert", lambda: not alert(agent, "clock_wrong"), 3)
    *_, last = one_sale_goes_through()
    bench.all_at(hub)
    sales = sales_at(hub)
    at_the_jump = before + 1  # the clocks are looked at once a second
    flagged = [number for number in sales if is_flagged(sales[number]) and number != at_the_jump]
    assert flagged == list(range(first_flagged, last))
    raised = [event["data"] for event in hub.events_of("agent.alert.raised.v1")]
    assert [one["kind"] for one in raised] == ["clock_wrong"]


@pytest.mark.native
@pytest.mark.fault("F15")
def test_f15_started_in_1970_the_agent_takes_sales_in_their_order_and_marks_them(bench, clock):
    broker = bench.shop.broker().start()
    hub = bench.shop.hub(broker.url).start()
    agent = bench.agent(broker.url)
    agent.start()
    assert bench.oracle.deliver(agent, [sale(n) for n in range(1, 11)])[0] == 200
    agent.stop()
    clock.set(1_000 - time.time())
    with clock:
        agent.start()
    assert alert(agent, "clock_wrong")["since"].startswith("1970-01-01")
    for n in range(11, 21):
        begun = time.monotonic()
        assert bench.oracle.deliver(agent, [sale(n)])[0] == 200
        assert time.monotonic() - begun < 2
    assert bench.oracle.deliver(agent, [sale(3)])[1]["results"][0]["status"] == "duplicate"
    bench.all_at(hub)
    sales = sales_at(hub)
    assert list(sales) == list(range(1, 21))  # in the order of their sequence
    assert [number for number in sales if is_flagged(sales[number])] == list(range(11, 21))
    assert sales[11]["recordedtime"].startswith("1970-01-01")


@pytest.mark.native
@pytest.mark.fault("F15")
@pytest.mark.parametrize("at_the_hub_meanwhile", ["nothing happens", "the line ends"])
def test_f15_a_machine_that_slept_for_eight_hours_goes_on_at_once_and_its_clock_is_right(bench, clock, figure, at_the_hub_meanwhile):
    broker = bench.shop.broker().start()
    hub = bench.shop.hub(broker.url).start()
    proxy = bench.proxy(broker.port)
    agent = bench.agent(proxy.url, store={"keep_days": 0})
    with clock:
        agent.start()
    wait_for("the connection", lambda: online(agent))
    assert bench.oracle.deliver(agent, [sale(n) for n in range(1, 101)])[0] == 200
    wait_for("the hub to confirm", lambda: agent.waiting() == 0)
    proxy.say("hold both")
    assert bench.oracle.deliver(agent, [sale(n) for n in range(101, 201)])[0] == 200

    processes = (line_pid(agent), agent.process.child.pid)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    if at_the_hub_meanwhile == "the line ends":
        proxy.say("reset")
    proxy.say("hold none")
    clock.set(8 * HOUR, asleep_s=8 * HOUR)
    for process in reversed(processes):
        os.kill(process, signal.SIGCONT)
    woken = time.monotonic()
    assert bench.oracle.deliver(agent, [sale(201)])[0] == 200
    answered = time.monotonic() - woken
    wait_for("all to be confirmed", lambda: agent.waiting() == 0, 10, 0.01)
    figure(f"answered {answered * 1000:.0f} ms after waking, all confirmed after {time.monotonic() - woken:.1f} s")
    assert answered < 2
    time.sleep(3)  # the clocks are looked at once a second
    assert bench.oracle.deliver(agent, [sale(202)])[0] == 200
    assert not alert(agent, "clock_wrong")
    bench.all_at(hub)
    sales = sales_at(hub)
    assert not [number for number in sales if is_flagged(sales[number])], "eight hours have passed, as it says"
    assert sales[202]["recordedtime"] > sales[200]["recordedtime"]
    assert list(sales) == list(range(1, 203))


@pytest.mark.native
@pytest.mark.fault("F15")
@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
def test_f15_nothing_unsent_expires_when_the_clock_jumps_a_year_ahead(bench, clock, restart):
    broker = bench.shop.broker()
    hub = bench.shop.hub(broker.url)
    agent = bench.agent(broker.url, store={"keep_days": 0})
    with clock:
        agent.start()
    assert bench.oracle.deliver(agent, [sale(n) for n in range(1, 1_001)])[0] == 200
    clock.set(YEAR)
    if restart:
        agent.stop()
        with clock:
            agent.start()
    time.sleep(3)  # in which the confirmed would be pruned
    assert bench.oracle.deliver(agent, [sale(1_001)])[0] == 200
    assert agent.waiting() >= 1_001
    begun = time.monotonic()
    broker.start()
    hub.start()
    wait_for("the hub's store", hub.has_store)
    bench.all_at(hub)
    assert list(sales_at(hub)) == list(range(1, 1_002)) and time.monotonic() - begun < 20
    assert not json.loads(agent.cli("verify", "--json", check=False).stdout)["findings"]
