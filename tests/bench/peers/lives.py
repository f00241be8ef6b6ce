"""Two short lives of a contestant, with all that is measured of it in each.

online: idle; forwarding under load; kill -9 under load and a new start; and what the hub has in the end.
outage: the hub is away; load, a backlog, kill -9 under load, a new start, more sales; then the hub is back.
"""

import contextlib
import dataclasses
import time

import machine
from hub import Hub
from verdict import accepted_ids, arrivals, judge

SILENCE_S = 5      # nothing for so long: nothing more comes
RECONNECT_S = 20   # but mosquitto may try its bridge again only after 6 s, whatever restart_timeout says


@dataclasses.dataclass
class Scale:
    load_s: float
    before_kill_s: float
    backlog_share: float


@contextlib.contextmanager
def together(kind, directory):
    directory.mkdir()
    hub = Hub(directory)
    contestant = kind(directory, hub.port)
    try:
        yield contestant, hub
    finally:
        if contestant.process:
            contestant.kill()
        hub.kill()


def online(kind, directory, scale):
    with together(kind, directory) as (contestant, hub):
        hub.start()
        contestant.start()
        time.sleep(1)
        figures = {"idle_mb": machine.shared_out_mb(contestant.pids())}
        cpu_before_s = machine.cpu_seconds(contestant.pids())
        load = contestant.load(seconds=scale.load_s)
        wait_until_settled(contestant, hub)
        cpu_s = machine.cpu_seconds(contestant.pids()) - cpu_before_s
        figures |= {"forwarding_rate": load["rate"], "cpu_s": cpu_s * 100_000 / load["events"]}
        kill_under_load(contestant, scale.before_kill_s)
        contestant.start()
        figures["online"] = verdict(contestant, hub)
        return figures


def outage(kind, directory, scale):
    backlog = int(kind.backlog * scale.backlog_share)
    with together(kind, directory) as (contestant, hub):
        hub.start()
        hub.stop()
        contestant.start()
        load = contestant.load(seconds=scale.load_s)
        if load["events"] < backlog:
            contestant.load(count=backlog - load["events"])
        time.sleep(1)
        figures = {"away_rate": load["rate"], "waiting_mb": machine.shared_out_mb(contestant.pids()),
                   "waiting": len(accepted_ids(directory))}
        kill_under_load(contestant, scale.before_kill_s)
        figures["start_ms"] = contestant.start() * 1000
        contestant.load(seconds=0.5)
        figures |= drain(contestant, hub)
        figures["outage"] = verdict(contestant, hub)
        return figures


def kill_under_load(contestant, after_s):
    load = contestant.start_load(seconds=after_s + 2)
    time.sleep(after_s)
    contestant.kill()
    load.communicate()


def drain(contestant, hub):
    memory_mb = []
    hub.start()
    wait_until_anything_comes(hub)
    wait_until_settled(contestant, hub, lambda: memory_mb.append(machine.shared_out_mb(contestant.pids())))
    heard = arrivals(hub.heard_file)
    if not heard:
        return {"drain_rate": 0.0, "draining_mb": 0.0, "curve": []}
    begun_ms, ended_ms = heard[0][0], heard[-1][0]
    return {"drain_rate": len(heard) * 1000 / max(ended_ms - begun_ms, 1),
            "draining_mb": max(memory_mb, default=0.0),
            "curve": [((heard[at][0] - begun_ms) / 1000, at + 1)
                      for at in range(0, len(heard), max(1, len(heard) // 50))]}


def wait_until_anything_comes(hub):
    deadline = time.monotonic() + RECONNECT_S
    while hub.heard() == 0 and time.monotonic() < deadline:
        time.sleep(0.01)


def wait_until_settled(contestant, hub, meanwhile=lambda: None):
    """Until every sale accepted was heard, or nothing more comes; the judgement then."""
    enough = len(accepted_ids(contestant.directory))
    heard, last_news = hub.heard(), time.monotonic()
    while time.monotonic() - last_news < SILENCE_S:
        if heard >= enough:
            judged = judge(contestant.directory, hub.heard_file)
            if judged["lost"] == 0:
                return judged
            enough = heard + judged["lost"]  # some of what was heard came again
        meanwhile()
        time.sleep(0.05)
        if hub.heard() > heard:
            heard, last_news = hub.heard(), time.monotonic()
    return judge(contestant.directory, hub.heard_file)


def verdict(contestant, hub):
    """What has not come gets a second chance: one more start, without any need."""
    judged = wait_until_settled(contestant, hub)
    if judged["lost"] > 0:
        contestant.kill()
        contestant.start()
        judged = wait_until_settled(contestant, hub)
    return judged
