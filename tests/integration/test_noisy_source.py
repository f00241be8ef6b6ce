"""One source bursts to 20 times the pace of the others for ten minutes: those are answered as before."""

import json
import statistics
import time

import pytest

import raw_http
from noisy_source import Noise
from shop import driver_of, sale, wait_for
from test_driver_tcp import Peer, tcp_driver

PACE = 40  # events a second of each quiet source
BURST = 20 * PACE
QUIET, NOISY = "a-quiet-till", "a-noisy-one"  # their tokens


class QuietTill:
    """Posts one sale at a time."""

    def __init__(self, agent, token):
        self.connection, self.token = raw_http.connection_to(agent.port), token

    def hand_in(self, number):
        self.connection.sendall(raw_http.post(json.dumps([sale(number, "till-2")]).encode(), token=self.token))
        status, body = raw_http.one_answer(self.connection)
        assert status == 200 and b'"stored"' in body, (status, body)


class QuietScanner:
    def __init__(self, driver):
        self.peer = Peer(driver)

    def hand_in(self, number):
        assert self.peer.say(f"quiet-{number}") == "OK 1 stored"


class Quiet:
    """Both in turn, at a steady pace; milliseconds until each answer."""

    def __init__(self, *sources):
        self.sources, self.number = sources, 0

    def latencies(self, seconds):
        times, due = [], time.monotonic()
        for _ in range(int(seconds * PACE)):
            self.number += 1
            for source in self.sources:
                due += 1 / PACE / len(self.sources)
                time.sleep(max(0, due - time.monotonic()))
                begun = time.monotonic()
                source.hand_in(self.number)
                times.append((time.monotonic() - begun) * 1000)
        times.sort()
        return statistics.median(times), times[len(times) * 95 // 100], times[-1]


@pytest.mark.fault("F45")
@pytest.mark.measures
def test_a_burst_of_one_source_leaves_the_others_unmoved(shop, full, figure):
    scans, noisy_scans = tcp_driver(shop), tcp_driver(shop, "noisy")
    broker, hub, agent = shop.open(tables={"templates": {"directory": str(shop.directory / "templates")}},
                                   drivers=[scans, noisy_scans], clients={"till-2": QUIET, "noisy": NOISY})
    quiet = Quiet(QuietTill(agent, QUIET), QuietScanner(scans))
    quiet.latencies(1)
    alone = quiet.latencies(60 if full else 10)
    noise = [Noise("http", agent.port, NOISY, BURST, 200),
             Noise("tcp", noisy_scans["listen"].split(":")[1], BURST, 50)]
    shop.processes += noise
    wait_for("the noise to begin", lambda: driver_of(agent, "noisy")["last_delivery"])
    time.sleep(1)
    seconds = 600 if full else 10
    beside = quiet.latencies(seconds)
    posts, lines = [one.ended() for one in noise]
    figure("p50 / p95 / most in ms: alone {:.1f} / {:.1f} / {:.1f}".format(*alone)
           + ", beside {:.1f} / {:.1f} / {:.1f}".format(*beside)
           + f"; the noise: {posts['handed_in']:,} sales and {lines['handed_in']:,} lines")
    assert posts["200"] == posts["handed_in"] and lines["OK"] == lines["handed_in"], "a burst is no reason to refuse"
    assert min(posts["handed_in"], lines["handed_in"]) > 0.9 * BURST * seconds, "it was a burst all the while"
    assert beside[1] <= 3 * alone[1] + 10
    assert beside[0] <= 3 * alone[0] + 5
