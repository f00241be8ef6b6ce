"""The main job: what was answered `stored` arrives at the hub once, in order, whatever happens."""

import http.client
import json
import threading
import time

import pytest

from shop import TOKEN, alert, assert_gapless, sale, wait_for


def post_all(agent, events, batch=50):
    """Posts in order until each event has its answer; returns id -> (stream, sequence)."""
    answered = {}
    for first in range(0, len(events), batch):
        part = events[first:first + batch]
        status, answer = agent.post(part)
        assert status == 200, answer
        for event, result in zip(part, answer["results"]):
            assert result["id"] == event["id"]
            assert result["status"] in ("stored", "duplicate"), result
            answered[event["id"]] = (result["stream"], result["sequence"])
    return answered


def assert_hub_holds(hub, answered):
    events = [json.loads(line) for line in hub.events()]
    held = {event["id"]: (event["stream"], int(event["sequence"])) for event in events}
    assert held == answered
    assert len(events) == len(answered)
    return events


def test_a_sale_goes_from_the_till_to_the_hub_and_is_confirmed(shop):
    broker, hub, agent = shop.open()
    status, answer = agent.post(sale(1), "application/cloudevents+json")
    assert (status, answer) == (200, {"results": [
        {"id": "till-1-00000001", "status": "stored", "stream": "sales", "sequence": 1}]})
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    (event,) = [json.loads(line) for line in hub.events()]
    assert event["source"] == "/acme/store-0042/main/till-1"
    assert event["sequence"] == "00000000000000000001"
    assert event["data"]["totals"]["gross"] == {"amountMinor": 1523, "currency": "GBP"}
    state = agent.status()
    assert state["hub"]["state"] == "online"
    assert state["days"][0]["sales"] == 1
    assert state["days"][0]["gross"] == [{"amountMinor": 1523, "currency": "GBP"}]
    assert agent.stop() == 0


@pytest.mark.fault("F16")
def test_what_is_sold_while_the_hub_is_away_arrives_later_in_order(shop):
    broker = shop.broker()
    hub = shop.hub(broker.url)
    agent = shop.agent(broker.url).start()
    assert agent.status()["hub"]["broker"] == f"127.0.0.1:{broker.port}", "the one it has never reached"
    answered = post_all(agent, [sale(n) for n in range(1000)])
    assert agent.waiting() == 1000
    broker.start()
    hub.start()
    wait_for("the backlog to drain", lambda: agent.waiting() == 0, 90)
    events = assert_hub_holds(hub, answered)
    assert [event["id"] for event in events] == list(answered)
    assert_gapless(hub.events())


@pytest.mark.fault("F31")
def test_a_repeat_is_a_duplicate_and_another_content_a_conflict(shop):
    broker, hub, agent = shop.open()
    agent.post([sale(1), sale(2)])
    status, answer = agent.post([sale(2), sale(1, gross=999), sale(3, revision="1"), sale(3),
                                 sale(3, revision="2", gross=7)])
    assert status == 200
    assert [result["status"] for result in answer["results"]] == [
        "duplicate", "conflict", "stored", "duplicate", "stored"]
    assert answer["results"][0]["sequence"] == 2
    exception = answer["results"][1]["exception"]
    assert agent.post([sale(1, gross=999)])[1]["results"][0]["exception"] == exception
    agent.kill()
    agent.start()
    assert agent.post([sale(2)])[1]["results"][0] == {
        "id": "till-1-00000002", "status": "duplicate", "stream": "sales", "sequence": 2}
    assert agent.status()["exceptions"]["open"] == 1


@pytest.mark.fault("F36")
def test_one_bad_item_is_quarantined_and_the_rest_goes_on(shop):
    broker, hub, agent = shop.open()
    broken = sale(2)
    del broken["data"]["lines"][0]["quantity"]["unit"]
    status, answer = agent.post([sale(1), broken, 17, sale(3)])
    assert status == 200
    first, bad, unreadable, last = answer["results"]
    assert (first["status"], last["status"]) == ("stored", "stored")
    assert bad["status"] == "quarantined" and bad["reason"] == "data.lines[0].quantity.unit: missing"
    assert unreadable["status"] == "quarantined" and unreadable["exception"] != bad["exception"]
    assert agent.post([broken])[1]["results"][0]["exception"] == bad["exception"]
    assert agent.post([sale(2)])[1]["results"][0]["status"] == "stored"
    wait_for("the exception to be closed by the corrected event",
             lambda: agent.status()["exceptions"]["open"] == 1)


@pytest.mark.fault("F4")
def test_kill_9_under_load_loses_and_doubles_nothing(shop, full, figure):
    broker, hub, agent = shop.open()
    kills, between = (1_000, 100) if full else (8, 500)
    events = [sale(n) for n in range(kills * between)]
    figure(f"{kills - 1} kills, {len(events)} events")
    answered, position = {}, 0
    while position < len(events):
        if position and position % between == 0 and kills > 0:
            # In the middle of a delivery: sent, and the power goes before anybody reads the answer.
            agent.post_and_forget(events[position:position + 10])
            agent.kill()
            agent.start()
            kills -= 1
        part = events[position:position + 10]
        status, answer = agent.post(part)
        assert status == 200
        for event, result in zip(part, answer["results"]):
            assert result["status"] in ("stored", "duplicate")
            answered[event["id"]] = (result["stream"], result["sequence"])
        position += len(part)
    assert kills <= 1
    wait_for("the backlog to drain", lambda: agent.waiting() == 0, 90)
    assert_hub_holds(hub, answered)
    assert_gapless(hub.events())
    agent.stop()
    assert "clean" in agent.cli("verify").stdout


@pytest.mark.fault("F17")
def test_broker_restarts_under_load_lose_and_double_nothing(shop, full, figure):
    broker, hub, agent = shop.open()
    answered = {}
    restarts, between = (500, 50) if full else (4, 500)
    figure(f"{restarts} restarts, {restarts * between} events")
    for turn in range(restarts):
        answered |= post_all(agent, [sale(turn * between + n) for n in range(between)])
        broker.restart()
    wait_for("the backlog to drain", lambda: agent.waiting() == 0, 120)
    assert_hub_holds(hub, answered)
    assert_gapless(hub.events())


def test_a_hub_that_comes_back_asks_for_what_it_missed(shop):
    broker, hub, agent = shop.open()
    answered = post_all(agent, [sale(n) for n in range(100)])
    wait_for("the first hundred", lambda: agent.waiting() == 0)
    hub.kill()
    answered |= post_all(agent, [sale(n) for n in range(100, 400)])  # the broker takes them, nobody listens
    wait_for("the broker to have them",
             lambda: agent.status()["streams"]["sales"]["published"] == 400)
    assert agent.waiting() == 300
    hub.start()
    wait_for("the hub to have caught up", lambda: agent.waiting() == 0, 90)
    assert_hub_holds(hub, answered)


class Till:
    """Hands in twenty sales a request on one connection, without a pause, until the agent answers no more."""

    def __init__(self, agent, number):
        self.port, self.number = agent.port, number
        self.accepted = []
        self.requests = []  # (when all of it was sent, when its answer was there, its status; None: hung up on)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        pattern = json.dumps([sale(99_999_900 + n) for n in range(20)])  # making each anew would take longer than the agent
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for turn in range(self.number * 10_000, (self.number + 1) * 10_000):
            try:
                connection.request("POST", "/v1/events", pattern.replace("till-1-999999", f"till-1-{turn:06d}"),
                                   {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {TOKEN}"})
            except OSError:
                return  # not taken, and not in full
            sent, status = time.monotonic(), None
            try:
                response = connection.getresponse()
                answer = json.loads(response.read())
                status = response.status
            except (OSError, http.client.HTTPException, ValueError):
                pass
            self.requests.append((sent, time.monotonic(), status))
            if status != 200:
                return
            self.accepted.extend(result["id"] for result in answer["results"])


@pytest.mark.fault("F5")
def test_sigterm_under_load_answers_what_it_took_and_ends_with_0(shop):
    broker, hub, agent = shop.open()
    tills = [Till(agent, number) for number in range(8)]
    wait_for("the load", lambda: sum(len(till.accepted) for till in tills) > 500)
    began = time.monotonic()
    assert agent.stop() == 0
    assert time.monotonic() - began < 10
    for till in tills:
        till.thread.join()
    waiting = [status for till in tills for sent, answered, status in till.requests if sent < began < answered]
    assert waiting, "no request was open at SIGTERM"
    assert set(waiting) <= {200, 503}, f"hung up on: {waiting}"
    agent.start()
    wait_for("the hub to have it all", lambda: agent.waiting() == 0, 60)
    ids = [event["id"] for event in hub.events_of("retail.sale.completed.v1")]
    assert len(ids) == len(set(ids)) and {id_ for till in tills for id_ in till.accepted} <= set(ids)


@pytest.mark.fault("F13")
@pytest.mark.parametrize("confirm", ["receipt", "puback"])
def test_a_restored_copy_begins_a_new_epoch_and_loses_nothing(shop, confirm):
    import shutil

    broker, hub, agent = shop.open(tables={"hub": {"confirm": confirm}})
    answered = post_all(agent, [sale(n) for n in range(50)])
    wait_for("fifty", lambda: agent.waiting() == 0)
    agent.stop()
    backup = shop.directory / "backup"
    shutil.copytree(agent.state, backup)
    agent.start()
    post_all(agent, [sale(n) for n in range(50, 80)])
    wait_for("eighty", lambda: agent.waiting() == 0)
    agent.stop()
    shutil.rmtree(agent.state)
    shutil.copytree(backup, agent.state)  # an older copy: it knows nothing of 50..79
    agent.start()
    old_epoch = json.loads(hub.events()[0])["epoch"]
    assert agent.status()["epoch"] != old_epoch
    status, answer = agent.post([sale(n) for n in range(70, 100)])  # some are new to it only
    assert all(result["status"] == "stored" for result in answer["results"])
    wait_for("the new epoch to drain", lambda: agent.waiting() == 0)
    ids = {f"till-1-{n:08d}" for n in range(100)}
    # What the broker has confirmed the hub has yet to take.
    wait_for("the hub to have them all", lambda: {json.loads(line)["id"] for line in hub.events()} == ids)


def roll_back(state, snapshot):
    """The same files with their old content, as after a virtual machine's snapshot: nothing has moved."""
    for file in list(state.iterdir()):
        if file.name in snapshot:
            with open(file, "r+b") as target:
                target.write(snapshot[file.name])
                target.truncate()
        elif file.is_file():
            file.unlink()


@pytest.mark.fault("F13")
@pytest.mark.parametrize("hub_is_seen", ["at once", "after new sales"])
def test_a_rollback_in_place_is_noticed_by_what_the_hub_has(shop, hub_is_seen):
    broker, hub, agent = shop.open()
    post_all(agent, [sale(n) for n in range(50)])
    wait_for("fifty", lambda: agent.waiting() == 0)
    agent.stop()
    snapshot = {file.name: file.read_bytes() for file in agent.state.iterdir() if file.is_file()}
    database = agent.state / "outbox.db"
    inode = database.stat().st_ino
    agent.start()
    post_all(agent, [sale(n) for n in range(50, 80)])
    wait_for("eighty", lambda: agent.waiting() == 0)
    old_epoch = agent.status()["epoch"]
    agent.stop()
    roll_back(agent.state, snapshot)
    assert database.stat().st_ino == inode
    if hub_is_seen != "at once":
        broker.stop()
    agent.start()
    if hub_is_seen != "at once":
        assert agent.status()["epoch"] == old_epoch  # nothing on this machine tells
    post_all(agent, [sale(n) for n in range(100, 130)])  # under numbers that the hub has other sales for
    if hub_is_seen != "at once":
        broker.start()
    wait_for("a new epoch", lambda: agent.status()["epoch"] != old_epoch, 60)
    wait_for("the new epoch to drain", lambda: agent.waiting() == 0, 60)
    ids = [event["id"] for event in hub.events_of("retail.sale.completed.v1")]  # and what the agent says of itself
    assert sorted(ids) == [f"till-1-{n:08d}" for n in (*range(80), *range(100, 130))]
    assert hub.totals()["conflicts"] == 0
    assert alert(agent, "restored_copy"), "the operator is told"
