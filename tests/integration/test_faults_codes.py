"""Every reason code a broker may give, as in the rows F20 and F21 of the loss table: what it is said to mean, and that
nothing counts as delivered by it. (Those of a PUBACK are in test_faults_broker.py as well.)"""

import itertools
import json
import time

import pytest
from oracle import split_batch
from shop import alert, online, sale, wait_for
from stub_broker import Ack
from test_faults_broker import published, saw, stub_and_agent

BUSY, MOVED, WHO, KIND = "hub's operator if it lasts", "check hub.url", "check hub.username", "check hub.protocol"
OPERATOR = "ask the hub's operator"
CONNACK = {0x80: OPERATOR, 0x81: OPERATOR, 0x82: OPERATOR, 0x83: OPERATOR, 0x84: KIND, 0x85: "site.id", 0x86: WHO,
           0x87: WHO, 0x88: BUSY, 0x89: BUSY, 0x8A: OPERATOR, 0x8C: WHO, 0x90: OPERATOR, 0x95: OPERATOR, 0x97: BUSY,
           0x99: OPERATOR, 0x9A: OPERATOR, 0x9B: OPERATOR, 0x9C: MOVED, 0x9D: MOVED, 0x9F: BUSY}
CONNACK_3 = {1: KIND, 2: "site.id", 3: BUSY, 4: WHO, 5: WHO}
SHORT = (0x80, 0x84, 0x85, 0x87, 0x88, 0x89, 0x97, 0x9C, 0x9F)


@pytest.mark.fault("F20")
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_f20_whatever_the_broker_answers_to_the_connection_the_alert_says_what_to_do(bench, full, protocol):
    codes = CONNACK_3 if protocol == "3.1.1" else {code: CONNACK[code] for code in (CONNACK if full else SHORT)}
    stub, agent = stub_and_agent(bench, hub={"protocol": protocol})
    stub.connack = next(iter(codes))
    agent.start()
    bench.oracle.deliver(agent, [sale(1)])
    for code, advice in codes.items():
        stub.connack = code
        before = len(stub.sessions)
        wait_for("the next attempts", lambda: len(stub.sessions) > before + (code == next(iter(codes))), 20)
        detail = wait_for(f"the words for 0x{code:02x}", lambda: (
            (now := alert(agent, "hub_refuses")) and advice in now["detail"] and now["detail"]), 10)
        assert all(other not in detail for other in {BUSY, MOVED, WHO, KIND, OPERATOR} - {advice})
        assert agent.status()["hub"]["state"] == "refused" and not stub.batches()
    stub.connack = 0
    wait_for("the event to be published", lambda: published(stub) == 1, 20)
    wait_for("the end of the alert", lambda: not alert(agent, "hub_refuses"))
    assert saw(bench, stub).check() == 0


@pytest.mark.fault("F20")
@pytest.mark.parametrize("reason, protocol", [(0x80, "5"), (0x87, "5"), (0x97, "5"), (0x80, "3.1.1")])
def test_f20_without_its_subscription_the_agent_publishes_nothing_and_says_so(bench, reason, protocol):
    stub, agent = stub_and_agent(bench, hub={"protocol": protocol})
    stub.suback = reason
    agent.start()
    bench.oracle.deliver(agent, [sale(1)])
    detail = wait_for("the alert", lambda: alert(agent, "hub_refuses"))["detail"]
    assert "ack and down/#" in detail
    wait_for("another attempt", lambda: len(stub.sessions) > 1)
    assert stub.publishes == [] and agent.status()["hub"]["state"] == "refused"
    stub.suback = 1
    wait_for("the event to be published", lambda: published(stub) == 1, 20)
    assert saw(bench, stub).check() == 0


@pytest.mark.fault("F21")
def test_f21_a_broker_that_says_why_it_hangs_up_costs_no_event(bench):
    stub, agent = stub_and_agent(bench)
    agent.start()
    wait_for("the connection", lambda: online(agent))
    for number, reason in enumerate((0x80, 0x87, 0x89, 0x8B, 0x8E, 0x93, 0x95, 0x97, 0x98), 1):
        connections = len(stub.sessions)
        stub.answer = lambda publish: [] if publish.stream else [Ack()]
        assert bench.oracle.deliver(agent, [sale(number)])[0] == 200
        wait_for("the batch", lambda: sum(batch.connection == connections - 1 for batch in stub.batches()))
        stub.answer = lambda publish: [Ack()]
        stub.disconnect(reason)
        wait_for(f"a new connection after 0x{reason:02x}", lambda: len(stub.sessions) > connections, 10)
        wait_for("the event to be published", lambda: published(stub) == number, 10)
        assert ("hub_refuses" in {one["kind"] for one in agent.status()["alerts"]}) is False
    assert agent.status()["exceptions"]["open"] == 0 and not stub.head().get("absent")
    saw(bench, stub).check()


@pytest.mark.fault("F20")
def test_f20_acks_in_another_order_count_each_for_its_own_message(bench):
    stub, agent = stub_and_agent(bench)
    delays = itertools.cycle([1.0, 0.6, 0.3, 0.05])
    stub.answer = lambda publish: [Ack(after=next(delays))] if publish.stream else [Ack()]
    agent.start()
    wait_for("the connection", lambda: online(agent))
    for number in range(1, 13):
        bench.oracle.deliver(agent, [sale(number)])
        time.sleep(0.05)
    first = stub.batches()[0]
    while published(stub) == 0 and time.monotonic() < first.at + 0.9:
        time.sleep(0.02)  # later ones are acked by now
    assert published(stub) == 0 or time.monotonic() >= first.at + 0.9, "counted before its own ack"
    wait_for("all to be published", lambda: published(stub) == 12)
    assert stub.most_unacked > 2 and saw(bench, stub).check() == 0


@pytest.mark.fault("F22")
def test_f22_taken_by_a_broker_that_nobody_listens_to_is_not_yet_confirmed(bench):
    """PUBACK 0x10: no matching subscribers."""
    stub, agent = stub_and_agent(bench, store={"keep_days": 0})
    stub.answer = lambda publish: [Ack(0x10)]
    agent.start()
    bench.oracle.deliver(agent, [sale(1)])
    wait_for("the event to be counted as published", lambda: published(stub) == 1)
    time.sleep(2)  # in which the confirmed would be pruned
    assert (stub.head()["first"], stub.head()["confirmed"]) == (1, 0) and agent.waiting() == 1
    events = [json.loads(text) for batch in stub.batches() for text in split_batch(batch.payload)]
    assert [event["id"] for event in events] == [sale(1)["id"]]
