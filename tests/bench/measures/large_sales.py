"""Sales of 20 lines, about 6 kB, where the others are of 400 bytes: singly, while forwarding, in batches."""

import batches
import forwarding
import frame
import intake
from programs import Agent, BareIntake, Prototype

ONLY_IN_FULL_RUNS = True


def measure(bench):
    how = {"seconds": bench.seconds, "lines": 20}
    pairs = {
        "single POSTs of 20 lines, hub away": ("bare RESTinio + SQLite", bench.alternate(
            known=intake.play(BareIntake, **how), agent=intake.play(Agent, **how))),
        "single POSTs of 20 lines while forwarding": ("prototype", bench.alternate(
            known=forwarding.while_forwarding(Prototype, **how), agent=forwarding.while_forwarding(Agent, **how))),
        "batches of 100 sales of 20 lines, hub away": ("bare SQLite, runs", bench.alternate(
            known=batches.store("runs", 25_000, "--lines", 20), agent=batches.agent(**how))),
    }
    return [frame.row(name, "events/s", frame.column(runs["agent"], "rate"), frame.column(runs["known"], "rate"), beside)
            for name, (beside, runs) in pairs.items()]
