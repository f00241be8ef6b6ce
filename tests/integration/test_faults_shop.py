"""FAULTS that come from within the shop: clients that leave, pages and commands that are hammered."""

import concurrent.futures
import statistics
import time

import pytest

import shop as parts
from shop import sale, wait_for


@pytest.mark.fault("F37")
def test_f37_what_a_client_left_behind_is_stored_whole_or_not_at_all(shop):
    agent = shop.agent(shop.broker().url).start()
    deliveries = [[sale(100 * d + i) for i in range(20)] for d in range(60)]
    for number, events in enumerate(deliveries):
        agent.post_and_forget(events, share=1.0 if number % 2 else 0.97, reset=True)
    fates = []
    for events in deliveries:
        status, answer = agent.post(events)
        assert status == 200
        fates.append({item["status"] for item in answer["results"]})
    assert all(len(fate) == 1 for fate in fates), "half a delivery was stored"
    assert all(fate == {"stored"} for fate in fates[::2]), "a delivery was stored that had not come in full"
    assert agent.waiting() == 60 * 20


@pytest.mark.fault("F52")
def test_f52_hammering_the_page_and_the_command_line_leaves_the_intake_alone(shop, figure):
    agent = shop.agent(shop.broker().url).start()
    for first in range(0, 20_000, 500):
        assert agent.post([sale(i) for i in range(first, first + 500)])[0] == 200

    def answer_times(first):
        times = []
        for i in range(first, first + 200):
            begun = time.monotonic()
            assert agent.post([sale(i)])[1]["results"][0]["status"] == "stored"
            times.append(time.monotonic() - begun)
        return statistics.median(times), sorted(times)[len(times) * 99 // 100]

    quiet = answer_times(100_000)
    ended = time.monotonic() + 120
    done = []

    def hammer(what):
        count = 0
        while not done and time.monotonic() < ended:
            what()
            count += 1
        return count

    questions = [lambda: agent.get("/status.json"), lambda: agent.get("/metrics"),
                 lambda: agent.cli("outbox", "list", "--stream", "sales", "--limit", "1000", "--json"),
                 lambda: agent.cli("trace", "no-such-sale", check=False)]
    with concurrent.futures.ThreadPoolExecutor(len(questions)) as pool:
        hammers = [pool.submit(hammer, question) for question in questions]
        try:
            hammered = answer_times(200_000)
            wait_for("each question to be answered", lambda: agent.get("/status.json")[0] == 200)
        finally:
            done.append(True)
        counts = [one.result() for one in hammers]
    figure("answers, median and p99: " + ", ".join(
        f"{median * 1000:.1f} and {p99 * 1000:.1f} ms {when}" for (median, p99), when in ((quiet, "quiet"), (hammered, f"hammered by {counts}"))))
    assert all(count > 0 for count in counts)
    assert hammered[0] < 0.1 and hammered[1] < 0.5


@pytest.mark.fault("F52")
def test_f52_what_the_page_counts_costs_no_more_when_more_waits(shop, figure):
    agent = shop.agent(shop.broker().url).start()

    def ask(path):
        begun = time.monotonic()
        assert agent.get(path)[0] == 200
        return time.monotonic() - begun
    took = {}
    for waiting in (2_000, 100_000):
        parts.fill(agent, waiting)  # the first 2,000 are known the second time
        assert agent.waiting() == waiting
        for path in ("/status.json", "/metrics"):
            took.setdefault(path, []).append(statistics.median(ask(path) for _ in range(50)))
    figure("median answer with 2,000 and 100,000 waiting: " + ", ".join(
        f"{path} {few * 1000:.1f} and {many * 1000:.1f} ms" for path, (few, many) in took.items()))
    assert all(many <= 3 * few + 0.005 for few, many in took.values())
