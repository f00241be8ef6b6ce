"""Single-event POSTs, 64 connections, while everything is forwarded to a QoS 1 subscriber; and while a backlog drains."""

import frame
import shop
from programs import Agent, Prototype, Subscriber, broker, load, outage, running, sales


def while_forwarding(program, **options):
    def once(directory):
        with broker(directory) as mosquitto, Subscriber(mosquitto.port, confirm=True) as subscriber, \
                running(program(), directory, mosquitto.url) as started:
            started.warm_up()
            result = load(started.port, connections=64, **options)
            return {**result, "forwarded": subscriber.stop()["events"] / result["events"]}
    return once


def while_draining(backlog):
    """Tills' requests from the first confirmation on, for about as long as the drain takes."""
    def once(directory):
        agent = Agent()
        with outage(agent, directory, sales(backlog)) as mosquitto, \
                Subscriber(mosquitto.port, confirm=True, count=backlog) as subscriber:
            agent.spawn()
            shop.wait_for("the drain to begin", lambda: agent.waiting() < backlog, 60, pause=0.005)
            result = load(agent.port, connections=8, rate=500, seconds=max(0.3, backlog / 400_000))
            return {**result, "drained": subscriber.result()["rate"]}
    return once


def measure(bench):
    how = {"seconds": bench.seconds}
    runs = bench.alternate(prototype=while_forwarding(Prototype, **how), agent=while_forwarding(Agent, **how))
    draining = bench.alternate(agent=while_draining(bench.backlog))["agent"]
    rate = {name: frame.column(results, "rate") for name, results in runs.items()}
    for name in runs:
        bench.plot("throughput", f"64 tills, forwarding: {name}", frame.Figure.of(rate[name]).median)
        bench.plot("latency", f"64 tills, forwarding: {name}", runs[name][-1]["distribution"])
    bench.plot("latency", "tills while a backlog drains: agent", draining[-1]["distribution"])
    forwarded = ", ".join(f"{name} {min(frame.column(results, 'forwarded')):.0%}" for name, results in runs.items())
    drained = frame.Figure.of(frame.column(draining, "drained")).median
    return [
        frame.row("single POSTs while forwarding", "events/s", rate["agent"], rate["prototype"], "prototype",
                  frame.ratio_at_least(0.85, "prototype"), f"forwarded by the end of the load: {forwarded}"),
        frame.row(f"tills' POSTs, 500/s, while {bench.backlog:,} drain: p99", "ms",
                  frame.column(draining, "p99_us", 1e-3), goal=frame.at_most(20, "ms"),
                  remark=f"draining at {drained:,.0f}/s meanwhile"),
    ]
