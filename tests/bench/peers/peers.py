"""The peers beside the agent, each doing the whole job: tills, its buffer, the hub's broker and one subscriber."""

import document
import frame
import lives
from contestants import PEERS, Agent, install


def play(kind, scale):
    def once(directory):
        return (lives.online(kind, directory / "online", scale)
                | lives.outage(kind, directory / "outage", scale))
    return once


def measure(bench):
    install()
    scale = lives.Scale(load_s=bench.seconds, before_kill_s=bench.seconds / 4, backlog_share=0.1 if bench.quick else 1)
    kinds = {"agent": Agent, **PEERS}
    if bench.quick:
        kinds = {name: kinds[name] for name in ("agent", "mosquitto", "node")}
    runs = bench.alternate(rounds=1 if bench.quick else None,
                           **{name: play(kind, scale) for name, kind in kinds.items()})
    plot(bench, kinds, runs)
    table = Table(kinds, runs)
    return [
        table.row("peers: single sales, 64 tills, hub away", "events/s", "away_rate", largest),
        table.row("peers: the same while forwarding", "events/s", "forwarding_rate", largest),
        table.row("peers: drain after an outage", "events/s", "drain_rate", largest,
                  frame.ratio_at_least(10, "the best peer")),
        table.row("peers: memory idle", "MB", "idle_mb", smallest),
        table.row("peers: memory with a backlog waiting", "MB", "waiting_mb", smallest),
        table.row("peers: memory while it drains, the most", "MB", "draining_mb", smallest),
        table.row("peers: CPU for 100,000 sales, till to hub", "s", "cpu_s", smallest),
        table.row("peers: start to the first sale accepted, after kill -9 with the backlog", "ms", "start_ms", smallest),
        table.losses("accepted sales lost by kill -9 online", "online"),
        table.losses("accepted sales lost by kill -9 in an outage", "outage"),
    ]


largest, smallest = max, min


class Table:
    """Rows with the agent beside the best of its peers; what the others did is in the remark."""

    def __init__(self, kinds, runs):
        self.kinds, self.runs = kinds, runs
        self.peers = [name for name in kinds if name != "agent"]

    def median(self, name, key):
        return frame.Figure.of(frame.column(self.runs[name], key)).median

    def row(self, name, unit, key, best_of, goal=None):
        best = best_of(self.peers, key=lambda peer: self.median(peer, key))
        others = [f"{self.kinds[peer].name}: {document.number(self.median(peer, key))}"
                  for peer in self.peers if peer != best]
        return frame.row(name, unit, frame.column(self.runs["agent"], key), frame.column(self.runs[best], key),
                         self.kinds[best].name, goal, "; ".join([*others, *self.backlogs(key)]))

    def backlogs(self, key):
        if key not in ("drain_rate", "waiting_mb", "draining_mb", "start_ms"):
            return []
        sizes = {kind.name: self.median(name, "waiting") for name, kind in self.kinds.items()}
        return ["waiting: " + ", ".join(f"{name} {size:,.0f}" for name, size in sizes.items())]

    def losses(self, name, life):
        """All rounds together: each is one kill."""
        told = []
        for peer in self.peers:
            lost, accepted, doubled = (sum(run[life][what] for run in self.runs[peer])
                                       for what in ("lost", "accepted", "doubled"))
            told.append(f"{self.kinds[peer].name}: {lost:,} of {accepted:,}, {doubled:,} came again")
        doubled = sum(run[life]["doubled"] for run in self.runs["agent"])
        accepted = sum(run[life]["accepted"] for run in self.runs["agent"])
        lost = sum(run[life]["lost"] for run in self.runs["agent"])
        return frame.row(name, "", [lost], goal=frame.at_most(0, ""),
                         remark="; ".join([f"agent: of {accepted:,}, {doubled:,} came again", *told]))


def plot(bench, kinds, runs):
    for name, kind in kinds.items():
        if name != "agent":  # the other measures have its own
            bench.plot("throughput", f"64 tills, hub away: {kind.name}",
                       frame.Figure.of(frame.column(runs[name], "away_rate")).median)
        bench.plot("backlog", f"{kind.name}, kill -9 before", runs[name][-1]["curve"])
