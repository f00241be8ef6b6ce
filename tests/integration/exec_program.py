"""Programs of a partner's for the driver `exec`, and what the agent says of them."""

import pathlib

from shop import driver_of, wait_for

TEMPLATE = """
[template]
name = "scans"
version = "1"
description = "One scan a line"
[format]
kind = "ndjson"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["no"]
time = "at"
[event.data]
raw = "no"
at = "at"
"""

# The shortest program that keeps to the protocol, with what a test puts into it.
FRAME = """
import json, os, signal, sys, time
hello = json.loads(sys.stdin.readline())
def hand_in(number, **more):
    scan = {"no": f"scan-{number:06d}", "at": "2026-11-20T09:15:02Z"}
    print(json.dumps({"id": str(number), "record": scan, **more}), flush=True)
def answer():
    line = sys.stdin.readline()
    if not line: sys.exit()
    return json.loads(line)
def wait():
    while True:
        print("{}", flush=True)
        time.sleep(0.2)
"""


def program(agent, text, interpreter="/usr/bin/python3", **keys):
    """The driver's table, with the program in a file of its own."""
    file = agent.directory / "program"
    file.write_text(text)
    templates = agent.directory / "templates"
    templates.mkdir(exist_ok=True)
    (templates / "scans.toml").write_text(TEMPLATE)
    agent.tables["templates"] = {"directory": str(templates)}
    agent.drivers.append({"name": "program", "kind": "exec", "template": "scans", "command": [interpreter, str(file)],
                          "restart_max_s": 2, **keys})
    return file


def opened(shop, text, **keys):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url)
    program(agent, text, **keys)
    return hub, agent.start()


def failing_with(agent, words, seconds=20):
    def look():
        state = driver_of(agent)
        return state if state["state"] == "failing" and words in state["detail"] else None
    return wait_for(f"the driver to say {words!r}", look, seconds)


def process_of(file):
    """The process that runs the program; None if there is none."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            alive = "State:\tZ" not in (folder / "status").read_text()
        except OSError:
            continue
        if alive and str(file).encode() in words:
            return int(folder.name)
    return None
