"""kill -9 in the middle of the load, online and in an outage: events that were answered and never came to the hub."""

import re
import threading
import time

import frame
import shop
from programs import Agent, broker, load, running


def answered_then_killed(agent, file, seconds):
    tills = threading.Thread(target=lambda: load(agent.port, check=False, connections=64, seconds=seconds * 2,
                                                 accepted=file))
    tills.start()
    time.sleep(seconds)
    agent.kill()
    tills.join()
    return set(file.read_text().split())  # without the till's prefix, as bench-load writes them


def lost(online, seconds):
    def once(directory):
        with broker(directory) as mosquitto:
            hub = shop.Hub(directory, mosquitto.url)
            if online:
                hub.start()
            else:
                mosquitto.stop()
            with running(Agent(), directory, mosquitto.url) as agent:
                if online:
                    agent.warm_up()
                answered = answered_then_killed(agent, directory / "answered", seconds)
                if not online:
                    mosquitto.start()
                    hub.start()
                agent.spawn()
                try:
                    agent.wait_until_confirmed()
                finally:
                    hub.stop()
            at_hub = {re.search(rb'"id":"t1-([^"]+)"', event).group(1).decode() for event in hub.events()}
            return {"answered": len(answered), "lost": len(answered - at_hub)}
    return once


def measure(bench):
    seconds = bench.seconds / 2
    runs = bench.alternate(online=lost(True, seconds), outage=lost(False, seconds))
    return [
        frame.row(f"answered events lost by kill -9, {name}", "events", [sum(frame.column(results, "lost"))],
                  goal=frame.at_most(0, "events"),
                  remark=f"of {sum(frame.column(results, 'answered')):,.0f} answered, {len(results)} kills")
        for name, results in (("online", runs["online"]), ("in an outage", runs["outage"]))
    ]
