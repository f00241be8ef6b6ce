"""kill -9 at any moment, as in row F4 of the loss table: in the middle of a delivery, of a drain, of a start."""

import http.client
import json
import os
import random
import threading
import time

import pytest
from shop import TOKEN, assert_gapless, sale, wait_for

TILLS = 4


class PatientTill:
    """Hands in batch after batch, each again until it is answered, over a connection and with a source of its own."""

    def __init__(self, agent, oracle, number, seed):
        self.agent, self.oracle, self.source = agent, oracle, f"till-{number}"
        self.chance = random.Random(seed + number)
        self.answers, self.repeats, self.sequences, self.failure = 0, 0, {}, None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            first = 1
            while not self.ending.is_set():
                batch = [sale(n, self.source) for n in range(first, first + self.chance.randint(1, 20))]
                self.until_answered(batch)
                first += len(batch)
        except AssertionError as failure:
            self.failure = failure

    def until_answered(self, batch):
        self.oracle.offered.update((event["source"], event["id"]) for event in batch)
        deadline = time.monotonic() + 60
        while True:
            try:
                status, answer = self.post(batch)
                if status == 200:
                    break
                assert status == 503, answer
            except (OSError, http.client.HTTPException):
                self.connection = None
            assert time.monotonic() < deadline, "no answer in a minute"
            time.sleep(0.01)
        for event, result in zip(batch, answer["results"]):
            assert result["id"] == event["id"] and result["status"] in ("stored", "duplicate"), result
            self.repeats += result["status"] == "duplicate"
            self.sequences[event["id"]] = result["sequence"]
        self.oracle.accepted.setdefault(self.source, []).extend(event["id"] for event in batch)
        self.answers += 1

    connection = None

    def post(self, batch):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.agent.port, timeout=20)
        self.connection.request("POST", "/v1/events", json.dumps(batch), {
            "Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {TOKEN}"})
        response = self.connection.getresponse()
        return response.status, json.loads(response.read() or b"null")

    def kill(self):
        self.ending.set()
        self.thread.join(90)


@pytest.mark.fault("F4")
def test_f4_kill_9_at_random_moments_under_load_loses_and_doubles_nothing(bench, full, figure):
    seed = int(os.environ.get("STOREWARD_SEED", time.time_ns() % 1_000_000))
    print(f"STOREWARD_SEED={seed}")
    chance = random.Random(seed)
    broker = bench.shop.broker().start()
    hub = bench.shop.hub(broker.url).start()
    agent = bench.agent(broker.url)
    agent.sources = [f"till-{number}" for number in range(2, TILLS + 1)]
    agent.start()
    tills = [PatientTill(agent, bench.oracle, number, seed) for number in range(1, TILLS + 1)]
    bench.shop.processes += tills
    kills, while_starting, slowest = 1_000 if full else 25, 0, 0.0
    for _ in range(kills):
        if chance.random() < 0.3:  # it may not have taken anything yet
            while_starting += 1
            time.sleep(chance.uniform(0, 0.15))
        else:
            answers, begun = sum(till.answers for till in tills), time.monotonic()
            wait_for("an answer", lambda: sum(till.answers for till in tills) > answers, 20, 0.005)
            slowest = max(slowest, time.monotonic() - begun)
            time.sleep(chance.uniform(0, 0.4))
        agent.kill()
        agent.spawn()
    wait_for("the agent to be ready", agent.ready)
    for till in tills:
        till.kill()
        assert not till.thread.is_alive() and till.failure is None, till.failure
    accepted = sum(map(len, bench.oracle.accepted.values()))
    figure(f"{kills} kills, {while_starting} of them while it started; {accepted} events, "
           f"{sum(till.repeats for till in tills)} of them taken before their answer was lost; {slowest:.1f} s at most "
           f"until the next answer; seed {seed}")
    assert accepted > kills * TILLS and slowest < 3
    bench.all_at(hub, 90)
    assert_gapless(hub.events())
    held = {event["id"]: int(event["sequence"]) for event in map(json.loads, hub.events()) if event["stream"] == "sales"}
    assert held == {id_: sequence for till in tills for id_, sequence in till.sequences.items()}
    assert agent.stop() == 0
    assert "clean" in agent.cli("verify").stdout
