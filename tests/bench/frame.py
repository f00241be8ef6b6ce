"""What a measure is made of: the bench it is given (how long, how often, where) and the rows it gives back.

A measure is a module in measures/ or peers/ with `measure(bench)`, which returns rows. It plays what it compares in turn
(`bench.alternate`), since the machines are shared and noisy: only ratios of one run mean something."""

import contextlib
import dataclasses
import pathlib
import shutil
import statistics
import tempfile
import typing


@dataclasses.dataclass
class Figure:
    median: float
    spread: float = 0.0  # (largest - smallest) / median
    runs: int = 1

    @classmethod
    def of(cls, values):
        values = list(values)
        median = statistics.median(values)
        return cls(median, (max(values) - min(values)) / median if median else 0.0, len(values))


@dataclasses.dataclass
class Goal:
    text: str
    reached: typing.Callable[["Row"], bool]


def ratio_at_least(least, of=""):
    return Goal(f"≥ {least:g} × {of}".rstrip(" ×"), lambda row: row.ratio >= least)


def ratio_at_most(most, of=""):
    return Goal(f"≤ {most:g} × {of}".rstrip(" ×"), lambda row: row.ratio <= most)


def at_least(least, unit):
    return Goal(f"≥ {least:,g} {unit}", lambda row: row.agent.median >= least)


def at_most(most, unit):
    return Goal(f"≤ {most:,g} {unit}", lambda row: row.agent.median <= most)


@dataclasses.dataclass
class Row:
    """One line of docs/performance.md. `known` is the limit's or the peer's figure, `beside` what it is of."""
    name: str
    unit: str = ""
    known: Figure | None = None
    beside: str = ""
    agent: Figure | None = None
    ratio: float | None = None  # agent / known, the median of the rounds
    goal: str = ""
    met: bool | None = None  # None: no goal
    remark: str = ""


def row(name, unit, agent=None, known=None, beside="", goal=None, remark=""):
    """From the values of the rounds, in order; `agent` and `known` of one round belong together."""
    made = Row(name, unit, known and Figure.of(known), beside, agent and Figure.of(agent), remark=remark)
    if agent and known and all(known):
        made.ratio = statistics.median(a / b for a, b in zip(agent, known))
    if goal:
        made.goal, made.met = goal.text, bool(goal.reached(made))
    return made


def column(results, key, scale=1.0):
    return [result[key] * scale for result in results]


class Bench:
    def __init__(self, build, quick):
        self.quick = quick
        self.scratch = pathlib.Path(build) / "scratch"
        self.rounds = 1 if quick else 5
        self.seconds = 1 if quick else 4
        self.backlog = 50_000 if quick else 1_000_000
        self.large_backlog = 200_000 if quick else 10_000_000
        self.plots = {}

    @contextlib.contextmanager
    def directory(self):
        self.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.scratch) as name:
            yield pathlib.Path(name)

    def free_bytes(self):
        self.scratch.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.scratch).free

    def alternate(self, rounds=None, **players):
        """Each player in turn, round after round, in a directory of its own; {player: [its results]}."""
        results = {name: [] for name in players}
        for _ in range(rounds or self.rounds):
            for name, play in players.items():
                with self.directory() as directory:
                    results[name].append(play(directory))
        return results

    def plot(self, kind, label, points):
        """kind: "throughput" (one number), "latency" ([[share, microseconds]]) or "backlog" ([[seconds, events]])."""
        self.plots.setdefault(kind, {})[label] = points
