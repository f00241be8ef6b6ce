"""A shop whose POS writes into a database, and the agent that reads it by the driver `sql`."""

import json
import pathlib
import subprocess

from shop import BIN, wait_for

TEMPLATE = """
[template]
name = "rows"
version = "1"
description = "One scan a row"
[format]
kind = "ndjson"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["code"]
time = "at"
[event.data]
raw = "code"
at = "at"
price = "price"
"""


def insert(till, first, last, shift=0):
    """Rows first … last - 1, with their numbers as codes; `shift` is added to their ids."""
    for start in range(first, last, 500):
        values = ",".join(f"({number + shift},'scan-{number:06d}','2026-11-20T09:15:02Z',1.10)"
                          for number in range(start, min(start + 500, last)))
        till.run(f"INSERT INTO scans (id, code, at, price) VALUES {values}")


def open_shop(shop, till, template=TEMPLATE, **keys):
    _, hub, agent = shop.open(tables=shop.own_template("rows", template), drivers=[
        {"name": "pos", "kind": "sql", "template": "rows", "query": "SELECT * FROM scans", "cursor": "id", "poll_s": 1,
         "overlap": 50, "query_timeout_s": 2, "restart_max_s": 2, **till.keys(), **keys}])
    return hub, agent


def driver(agent):
    return agent.status()["drivers"][0]


def says(agent, words, seconds=30):
    def look():
        state = driver(agent)
        return state if state["state"] == "failing" and words in state["detail"] else None
    try:
        return wait_for(f"the driver to say {words!r}", look, seconds)["detail"]
    except AssertionError as error:
        raise AssertionError(f"{error}; it says {driver(agent)}") from None


def is_well(agent):
    wait_for("the driver to be well", lambda: driver(agent)["state"] == "ok", 30)


def source_pid(agent):
    pid = agent.process.child.pid
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next((int(one) for one in children if b"sql-source" in pathlib.Path(f"/proc/{one}/cmdline").read_bytes()),
                None)


MADE = {"sqlite": ("text", "datetime('2026-11-20 09:00:00', '+' || id || ' seconds')"),
        "postgresql": ("timestamp", "timestamp '2026-11-20 09:00:00' + id * interval '1 second'"),
        "mariadb": ("datetime", "TIMESTAMPADD(SECOND, id, '2026-11-20 09:00:00')")}


def insert_made(till, first, last):
    """Each row a second after the one before: a second column by which it can be read on."""
    kind, value = MADE[till.kind]
    if first == 0:
        till.run(f"ALTER TABLE scans ADD COLUMN made {kind}")
    insert(till, first, last)
    till.run(f"UPDATE scans SET made = {value} WHERE made IS NULL")


class Source:
    """The program storeward-sql-source, with a test in the place of the agent that keeps `cursors`."""

    def __init__(self, till, cursors, **settings):
        self.program = subprocess.Popen([BIN / "storeward-sql-source"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.cursors = cursors
        self.records, self.question = [], ""
        self.say({"hello": 1, "driver": "pos", "max_line_bytes": 262144, "cursors": cursors, "skip": [], "config": {
            **till.keys(), "query": "SELECT * FROM scans", "cursor": "id", "cursor_kind": "key", "overlap": "0", "poll_s": "1",
            "page_rows": "100", "query_timeout_s": "5", **settings}})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.kill()
        self.program.wait()
        self.program.stdout.close()

    @property
    def rows(self):
        """The ids of all that was handed in."""
        return [int(record["id"]) for record in self.records]

    def say(self, line):
        self.program.stdin.write(json.dumps(line) + "\n")
        self.program.stdin.flush()

    def until(self, reached):
        """Hears it, as the agent does, until what it has said so far is enough."""
        while not reached(self):
            line = self.program.stdout.readline()
            assert line, f"it ended; it had asked {self.question!r}"
            line = json.loads(line)
            assert line.get("health") != "failing", line["detail"]
            self.question = line.get("ask", "" if "health" in line else self.question)
            if "id" in line:
                self.records += line.get("records", [])
                self.cursors[line["cursor"]["key"]] = line["cursor"]["value"]
                self.say({"id": line["id"], "results": []})
