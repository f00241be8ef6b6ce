"""Bytes of MQTT payload per event while a backlog drains: compressed as by default, beside plain."""

import pathlib
import subprocess
import tarfile

import frame
import shop
from programs import ROOT, Agent, Subscriber, load, outage


def sales(lines, count):
    def fill_it(agent):
        load(agent.port, connections=4, batch=100, lines=lines, count=count)
    return fill_it


def real_log(folder, quick):
    """The retailer's log, as its till would have handed it in: five months, or one day."""
    def fill_it(agent):
        directory = pathlib.Path(agent.shop_agent.directory)
        files = [folder / "2010-12-01.csv"]
        if not quick:
            with tarfile.open(folder / "uci_online_retail_2010-12_2011-04_by_day.tar.gz") as tar:
                tar.extractall(directory / "log")
            files = sorted((directory / "log").rglob("*.csv"))
        (directory / "token").write_text(shop.TOKEN)
        subprocess.run([shop.BIN / "storeward-till", "--file", *files, "--to",
                        f"http://127.0.0.1:{agent.port}", "--token-file", directory / "token", "--speed", "0",
                        "--source", "till-1", "--json"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return fill_it


def drained(compression, fill_it):
    def once(directory):
        agent = Agent(hub={"compression": compression, "reconnect_spread_s": 1})
        with outage(agent, directory, fill_it) as mosquitto, Subscriber(mosquitto.port, confirm=True) as subscriber:
            agent.spawn()
            agent.wait_until_confirmed()
            result = subscriber.stop()
            return result["payload_bytes"] / result["events"]
    return once


def measure(bench):
    count = 5_000 if bench.quick else 50_000
    kinds = [("synthetic sales of 400 B", sales(1, count), frame.at_most(100, "B")),
             *([] if bench.quick else [("synthetic sales of 20 lines", sales(20, count // 10), None)])]
    folder = next((found for parent in ROOT.parents if (found := parent / "shared/data/retail_log").exists()), None)
    if folder:
        kinds.append(("the real log", real_log(folder, bench.quick), frame.ratio_at_most(0.11, "plain")))
    rows = []
    for name, fill_it, goal in kinds:
        runs = bench.alternate(rounds=1, zstd=drained("zstd", fill_it), plain=drained("none", fill_it))
        rows.append(frame.row(f"on the wire in a drain, {name}", "B/event", runs["zstd"], runs["plain"], "plain", goal))
    return rows
