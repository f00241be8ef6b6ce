"""The broker misbehaves, as in the rows F20 to F23 and F28 of the loss table. The stub broker is the hub as well:
what the agent counts as delivered is read from the heads that it publishes."""

import json
import threading
import time

import pytest
from fault_bench import ROOT
from oracle import split_batch
from shop import alert, memory_mib, online, sale, wait_for
from stub_broker import HANG_UP, Ack


def published(stub, stream="sales"):
    head = stub.head(stream)
    return head["published"] if head else 0


def everything(stub, stream="sales"):
    return [json.loads(event) for batch in stub.batches(stream) for event in split_batch(batch.payload)]


def saw(bench, stub):
    bench.oracle.wire.clear()
    bench.oracle.saw_messages(batch.payload for batch in stub.batches())
    return bench.oracle


def confirm(stub, serial, confirmed, **more):
    epoch = stub.heads()["current"]
    stub.say(f"{ROOT}/ack", {"serial": serial, "epochs": {epoch: {"confirmed": {"sales": confirmed}, **more}}})


def stub_and_agent(bench, **named):
    stub = bench.stub()
    agent = bench.agent(stub.url, **named)
    return stub, agent


class Refusing:
    """Refuses the first batches, then takes all. Heads and state are always taken."""

    def __init__(self, reason, times):
        self.reason, self.left = reason, times

    def __call__(self, publish):
        if publish.stream and self.left > 0:
            self.left -= 1
            return [Ack(self.reason)]
        return [Ack()]


@pytest.mark.fault("F20")
@pytest.mark.parametrize("reason", [0x80, 0x91, 0x97])
def test_f20_a_busy_broker_is_asked_again_after_a_back_off_and_never_counted_as_delivered(bench, reason):
    stub, agent = stub_and_agent(bench)
    stub.answer = Refusing(reason, 2)
    agent.start()
    bench.oracle.deliver(agent, [sale(1)])
    wait_for("the first refusal", stub.batches)
    assert published(stub) == 0
    wait_for("the event to be counted as published", lambda: published(stub) == 1)
    assert len(stub.batches()) == 3
    assert saw(bench, stub).check() == 2


@pytest.mark.fault("F20")
@pytest.mark.parametrize("reason", [0x87, 0x90])
def test_f20_not_authorised_stops_the_stream_with_an_alarm_and_drops_nothing(bench, reason):
    stub, agent = stub_and_agent(bench)
    stub.answer = Refusing(reason, 1)
    agent.start()
    bench.oracle.deliver(agent, [sale(1)])
    wait_for("the alarm", lambda: alert(agent, "publish_not_authorised"))
    bench.oracle.deliver(agent, [sale(2)])
    time.sleep(2)
    assert len(stub.batches()) == 1 and published(stub) == 0
    stub.hang_up()  # the technician mends the rights, the agent connects anew
    wait_for("both to be published", lambda: published(stub) == 2)
    wait_for("the end of the alarm", lambda: not alert(agent, "publish_not_authorised"))
    saw(bench, stub).check()


@pytest.mark.fault("F20")
@pytest.mark.parametrize("reason", [0x83, 0x95, 0x99])
def test_f20_what_is_refused_once_for_its_content_goes_again_when_others_have_passed(bench, reason):
    stub, agent = stub_and_agent(bench)
    stub.answer = Refusing(reason, 1)
    agent.start()
    bench.oracle.deliver(agent, [sale(1)])
    wait_for("the refusal", stub.batches)
    bench.oracle.deliver(agent, [sale(2)])
    wait_for("both to be published", lambda: published(stub) == 2)
    assert not stub.head().get("absent")
    saw(bench, stub).check()


@pytest.mark.fault("F20")
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("answer", [[Ack(after=3)], [Ack(), Ack()], [Ack(packet=4711), Ack(after=1)]],
                         ids=["late", "twice", "unknown"])
def test_f20_late_repeated_and_unknown_acks_count_once(bench, answer, protocol):
    stub, agent = stub_and_agent(bench, hub={"protocol": protocol})
    stub.answer = lambda publish: answer if publish.stream else [Ack()]
    agent.start()
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 11)])
    wait_for("the batch", stub.batches)
    if answer[0].after or answer[0].packet:
        time.sleep(0.5)
        assert published(stub) == 0
    wait_for("the events to be counted as published", lambda: published(stub) == 10)
    assert saw(bench, stub).check() == 0
    assert len(stub.sessions) == 1


@pytest.mark.fault("F20")
def test_f20_a_broker_that_never_acks_is_left_after_30_s_and_the_same_bytes_go_again(bench):
    stub, agent = stub_and_agent(bench)
    stub.answer = lambda publish: [] if publish.stream and publish.connection == 0 else [Ack()]
    agent.start()
    bench.oracle.deliver(agent, [sale(1)])
    first = wait_for("the batch", stub.batches)[0]
    wait_for("a new connection", lambda: len(stub.sessions) > 1, 36)
    assert 28 < time.monotonic() - first.at < 36
    wait_for("the event to be counted as published", lambda: published(stub) == 1)
    assert saw(bench, stub).check() >= 1


@pytest.mark.fault("F21")
def test_f21_of_a_batch_refused_for_one_event_only_that_one_is_withheld(bench):
    stub, agent = stub_and_agent(bench)
    stub.answer = lambda publish: [Ack(0x99 if b"till-1-00000013" in publish.payload else 0)]
    agent.start()
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 41)])
    wait_for("the one to be announced as withheld", lambda: stub.head() and stub.head().get("absent"))
    assert stub.head()["absent"] == [[13, 13, "withheld"]]
    wait_for("the others to be published", lambda: published(stub) == 40)
    assert agent.status()["exceptions"]["open"] == 1
    wait_for("the alert", lambda: alert(agent, "event_withheld"), 3)
    trace = agent.cli("trace", "till-1-00000013")
    assert "withheld" in trace.stdout and "published" not in trace.stdout, trace.stdout
    taken = {event["id"] for batch in stub.batches() if b"till-1-00000013" not in batch.payload
             for event in map(json.loads, split_batch(batch.payload))}
    assert len(taken) == 39
    agent.stop()
    agent.start()
    wait_for("the alert after a restart", lambda: alert(agent, "event_withheld"), 3)
    agent.cli("exceptions", "discard", "1", "--reason", "entered at the hub by hand")
    wait_for("the end of the alert", lambda: not alert(agent, "event_withheld"), 3)


def test_an_alert_says_that_the_hub_rejects_an_event_until_its_exception_is_closed_and_a_repeat_raises_none(bench):
    stub, agent = stub_and_agent(bench)
    agent.start()
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 4)])
    wait_for("the events to be published", lambda: published(stub) == 3)
    rejection = {"stream": "sales", "sequence": 2, "reason": "no such register"}
    confirm(stub, 1, 3, rejected=[rejection])
    wait_for("the alert", lambda: alert(agent, "event_rejected_by_hub"), 3)
    assert "take 1 event. " in alert(agent, "event_rejected_by_hub")["detail"]
    agent.cli("exceptions", "discard", "1", "--reason", "the register is entered there now")
    wait_for("the end of the alert", lambda: not alert(agent, "event_rejected_by_hub"), 3)
    agent.stop()
    agent.start()
    wait_for("the connection", lambda: online(agent))
    wait_for("the heads", stub.heads)
    confirm(stub, 2, 3, rejected=[rejection])
    time.sleep(2)  # the alerts are looked at once a second
    assert not alert(agent, "event_rejected_by_hub") and agent.status()["exceptions"]["open"] == 0


@pytest.mark.fault("F21")
def test_f21_a_broker_that_hangs_up_on_one_event_gets_all_the_others(bench):
    stub, agent = stub_and_agent(bench)
    stub.answer = lambda publish: HANG_UP if b"till-1-00000003" in publish.payload else [Ack()]
    agent.start()
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 9)])

    def taken():
        return {event["id"] for batch in stub.batches() if b"till-1-00000003" not in batch.payload
                for event in map(json.loads, split_batch(batch.payload))}
    wait_for("the other seven", lambda: len(taken()) == 7, 60)
    # To withhold it takes three hang-ups, each on a connection that stood for half a minute before.
    assert not (stub.head() or {}).get("absent")


@pytest.mark.fault("F21")
def test_f21_a_limit_that_refuses_all_stops_the_stream_with_an_alarm_and_withholds_nothing(bench):
    stub, agent = stub_and_agent(bench)
    stub.answer = lambda publish: [Ack(0x99 if publish.stream else 0)]
    agent.start()
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 9)])
    wait_for("the alarm", lambda: alert(agent, "hub_refuses"))
    time.sleep(2)
    assert agent.status()["exceptions"]["open"] == 0 and not (stub.head() or {}).get("absent")
    stub.answer = lambda publish: [Ack()]
    stub.hang_up()
    wait_for("all to be published once the limit is gone", lambda: published(stub) == 8)
    saw(bench, stub).check()


@pytest.mark.fault("F22")
def test_f22_what_the_broker_acked_and_lost_is_sent_again_byte_for_byte_when_the_hub_asks(bench):
    stub, agent = stub_and_agent(bench)
    agent.start()
    for n in range(1, 6):
        bench.oracle.deliver(agent, [sale(n)])
    # The heads tell of the tail, so a hub that got only 1 and 2 sees what it lacks.
    wait_for("the heads to tell", lambda: published(stub) == 5)
    before = len(everything(stub))
    confirm(stub, 1, 2, missing={"sales": [[3, 5]]})
    wait_for("the range again", lambda: len(everything(stub)) == before + 3)
    again = [int(event["sequence"]) for event in everything(stub)[before:]]
    assert again == [3, 4, 5]
    assert saw(bench, stub).check() == 3


@pytest.mark.fault("F22")
@pytest.mark.parametrize("trade", ["busy", "idle"])
def test_f22_what_is_no_longer_kept_is_reported_exactly(bench, trade):
    stub, agent = stub_and_agent(bench, store={"keep_days": 0})
    agent.start()
    for n in range(1, 6):
        bench.oracle.deliver(agent, [sale(n)])
    wait_for("all published", lambda: published(stub) == 5)
    confirm(stub, 1, 4)
    time.sleep(1)
    if trade == "busy":
        bench.oracle.deliver(agent, [sale(6)])
        wait_for("the sixth", lambda: published(stub) == 6)
    wait_for("the confirmed to be pruned", lambda: stub.head()["first"] == 5, 6)
    before = len(everything(stub))
    confirm(stub, 2, 4, missing={"sales": [[1, 5]]})
    wait_for("what can still be sent", lambda: len(everything(stub)) == before + 1)
    assert int(everything(stub)[-1]["sequence"]) == 5
    assert stub.head()["absent"] == [[1, 4, "pruned"]]


@pytest.mark.fault("F22")
def test_f22_a_broker_that_claims_a_session_it_does_not_have_changes_nothing(bench):
    stub, agent = stub_and_agent(bench)
    stub.session_present = 1
    stub.answer = lambda publish: [] if publish.stream else [Ack()]
    agent.start()
    bench.oracle.deliver(agent, [sale(1)])
    wait_for("the batch", stub.batches)
    stub.answer = lambda publish: [Ack()]
    stub.hang_up()
    wait_for("the event to be counted as published", lambda: published(stub) == 1)
    saw(bench, stub).check()


@pytest.mark.fault("F23")
@pytest.mark.parametrize("maximum", [1, 2, 4, 20, 65535])
def test_f23_under_any_receive_maximum_the_backlog_drains_without_a_stall(bench, maximum, figure):
    stub, agent = stub_and_agent(bench, hub={"max_unconfirmed_events": 100_000})
    stub.receive_maximum = maximum
    delivered = threading.Event()

    def once_all_is_delivered(publish):
        if publish.stream:
            delivered.wait(60)  # so that it is the line that is measured, and not the disk
        return [Ack(after=0.1)]
    stub.answer = once_all_is_delivered
    agent.start()
    for start in range(1, 5_001, 500):
        assert bench.oracle.deliver(agent, [sale(n) for n in range(start, start + 500)])[0] == 200
    wait_for("a batch", stub.batches)
    delivered.set()
    begun = time.monotonic()
    wait_for("all to be published", lambda: published(stub) == 5_000, 30)
    times = [begun] + [batch.at for batch in stub.batches() if batch.at > begun]
    pauses = [after - before for before, after in zip(times, times[1:])]
    figure(f"{times[-1] - begun:.1f} s, {len(stub.batches())} messages, {stub.most_unacked} unacked at most, "
           f"longest pause {max(pauses, default=0):.2f} s")
    assert stub.most_unacked <= maximum
    assert max(pauses, default=0) < 0.5
    assert saw(bench, stub).check() == 0


@pytest.mark.fault("F23")
def test_f23_under_64_kib_packets_everything_drains_and_none_is_larger(bench):
    stub, agent = stub_and_agent(bench)
    stub.maximum_packet_size = 64 * 1024
    agent.start()
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 501)])
    wait_for("all to be published", lambda: published(stub) == 500)
    assert max(one.size for one in stub.publishes) <= 64 * 1024
    assert saw(bench, stub).check() == 0


@pytest.mark.fault("F23")
def test_f23_under_1_kb_packets_the_agent_stops_with_an_alarm_and_withholds_nothing(bench):
    stub, agent = stub_and_agent(bench)
    stub.maximum_packet_size = 1000
    agent.start()
    bench.oracle.deliver(agent, [sale(n) for n in range(1, 11)])
    wait_for("the alarm", lambda: alert(agent, "packet_limit_too_small"))
    time.sleep(2)
    assert stub.batches() == [] and agent.status()["exceptions"]["open"] == 0
    assert all(one.size <= 1000 for one in stub.publishes)
    stub.maximum_packet_size = None
    stub.hang_up()
    wait_for("all to be published under the wider limit", lambda: published(stub) == 10)
    saw(bench, stub).check()


GARBAGE = {"noise": bytes(range(256)) * 40,
           "endless length": b"\x30\xff\xff\xff\xff\xff\xff",
           "topic beyond the packet": b"\x30\x05\xff\xffabc"}


@pytest.mark.native
@pytest.mark.fault("F28")
@pytest.mark.parametrize("kind", GARBAGE)
def test_f28_garbage_from_the_broker_closes_the_connection_and_costs_nothing(bench, kind):
    stub, agent = stub_and_agent(bench)
    stub.after_connack = GARBAGE[kind]
    agent.start()
    assert bench.oracle.deliver(agent, [sale(1)])[0] == 200
    wait_for("the connection to be closed", lambda: len(stub.ended) > 0, 20)
    assert memory_mib(agent) < 60
    assert agent.status()["exceptions"]["open"] == 0
    stub.after_connack = b""
    wait_for("the event to be published", lambda: published(stub) == 1, 20)
    saw(bench, stub).check()


