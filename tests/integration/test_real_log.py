"""The main job on real input: the retailer's log, with the agent killed and the broker cut in the middle."""

import decimal
import json
import pathlib
import subprocess
import tarfile
import time

import pytest

import shop as parts
from shop import assert_gapless, wait_for

HERE = pathlib.Path(__file__).parent
LOG = parts.SOURCE.parent / "shared/data/retail_log"


def log_files(directory):
    archive = LOG / "uci_online_retail_2010-12_2011-04_by_day.tar.gz"
    if not archive.exists():
        pytest.skip(f"the real log is not here ({archive}); test_till_totals.py uses our own")
    with tarfile.open(archive) as tar:
        tar.extractall(directory)
    return sorted(directory.rglob("*.csv"))


def expected_totals(files):
    done = subprocess.run(["/usr/bin/python3", HERE / "log_totals.py", *map(str, files)],
                          check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def hub_totals(hub):
    """The hub's sums in the shape of log_totals.py: days and types, to the penny."""
    days, types = {}, {}
    for row in hub.totals()["totals"]:
        entry = {"events": row["events"], "lines": row["lines"], "units": decimal.Decimal(row["units"]),
                 "grossMinor": sum(money["amountMinor"] for money in row["gross"])}
        for sums in (types, days.setdefault(row["day"], {})):
            before = sums.get(row["type"], {})
            sums[row["type"]] = {key: value + before.get(key, 0) for key, value in entry.items()}
    return {"days": days, "types": types}


def with_decimals(totals):
    for types in [totals["types"], *totals["days"].values()]:
        for sums in types.values():
            sums["units"] = decimal.Decimal(sums["units"])
    return totals


@pytest.mark.fault("F4")
def test_the_real_log_ends_with_equal_totals_through_kills_and_broker_restarts(shop, full):
    files = log_files(shop.directory / "log")
    kills, restarts = (20, 5) if full else (6, 2)
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url)
    agent.start()
    token = shop.directory / "token"
    token.write_text(parts.TOKEN)
    till = parts.Process(shop.directory, "till", [
        parts.BIN / "storeward-till", "--file", *files, "--to", f"http://127.0.0.1:{agent.port}",
        "--token-file", token, "--speed", "0", "--source", "till-1", "--json"])
    shop.processes.append(till)
    for turn in range(kills):
        time.sleep(0.25)
        agent.kill()
        agent.start()
        if turn % (kills // restarts) == 0:
            broker.restart()
    wait_for("the till to have all its answers", lambda: not till.running(), 300)
    assert till.child.returncode == 0, till.tail()
    wait_for("the backlog to drain", lambda: agent.waiting() == 0, 180)

    totals = hub_totals(hub)
    assert totals == with_decimals(expected_totals(files))
    held = hub.events()
    events = sum(sums["events"] for sums in totals["types"].values())
    assert len(held) == len(set(json.loads(line)["id"] for line in held)) == events
    assert_gapless(held)
    agent.stop()
    verdict = json.loads(agent.cli("verify", "--json").stdout)
    assert verdict["findings"] == [] and verdict["events"] == events
