"""Days without end, as in row F55 of the loss table: what is kept in memory, on disk and in the kernel stays as it is."""

import json
import os
import pathlib
import statistics
import subprocess
import time

import pytest

import shop as parts
from fault_bench import ROOT
from shop import memory_mib, sale, wait_for


def descriptors_and_threads(agent):
    process = pathlib.Path(f"/proc/{agent.process.child.pid}")
    return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))


# What repeats are known by, for a week or as long as is kept: a page for 166 events (decision 0011).
REMEMBERED_BYTES = 4096 / 166


def free_bytes(database):
    """Pages that are to be used again: up to 16 MiB of them stay (vacuum_from_bytes). As the latest checkpoint left them."""
    with open(database, "rb") as file:
        file.seek(36)
        return int.from_bytes(file.read(4), "big") * 4096


def sales_head(broker):
    """What the agent has told of its sales last, as the broker keeps it."""
    heads = json.loads(subprocess.run(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", f"{ROOT}/heads",
                                       "-C", "1", "-W", "10"], check=True, capture_output=True).stdout)
    return heads["epochs"][heads["current"]]["sales"]


def quarter(values, which):
    """The median of a quarter of what was measured, 0 to 3."""
    size = max(1, len(values) // 4)
    return statistics.median(values[which * size:(which + 1) * size] or values[-size:])


@pytest.mark.native
@pytest.mark.fault("F55")
@pytest.mark.parametrize("speed", [1, 36], ids=["by the real clock", "by a clock 36 times as fast"])
def test_f55_reconnects_without_end_cost_nothing_and_lose_nothing(bench, clock, full, figure, speed):
    """Half a minute; with --full half an hour by the real clock, and two hours in which agent and hub live through the
    promise's three days with a cut each 25 s. STOREWARD_SOAK_S: really so many seconds; STOREWARD_SOAK_PACE_S: really
    so many between two cuts; `pytest -s` shows each hour: days beside other work."""
    seconds = int(os.environ.get("STOREWARD_SOAK_S", (1_800 if speed == 1 else 7_200) if full else 30))
    pace = float(os.environ.get("STOREWARD_SOAK_PACE_S", 0 if speed == 1 else 24 / speed))
    clock.set(0, synchronised=True, speed=speed)
    with clock:
        broker, hub, tap, proxy, agent = bench.tapped_line()
        agent.stop()
        agent.tables["store"] |= {"keep_days": 0}
        agent.start()
    till = bench.till(agent, max(0.01, pace / 200))
    began = time.monotonic()
    hours_told = 0
    memory, open_files, threads, disk, wal, sold = [], [], [], [], [], []
    reconnects = 0
    # The line is cut again as soon as the last cut is healed: a backlog would be no leak.
    while time.monotonic() < began + seconds:
        for _ in range(2):
            time.sleep(pace)
            proxy.say("reset")
            reconnects += 1
            wait_for("the agent to be back on the line", lambda: parts.online(agent), 20)
            wait_for("what came in meanwhile to be confirmed", lambda: agent.waiting() < 50, 20)
        memory.append(memory_mib(agent, "VmRSS"))
        files, tasks = descriptors_and_threads(agent)
        open_files.append(files)
        threads.append(tasks)
        sold.append(till.count)
        sizes = {file.name: file.stat().st_size for file in agent.state.iterdir() if file.is_file()}
        files_bytes = sum(sizes.values())
        wal.append(sizes["outbox.db-wal"])
        disk.append(files_bytes - wal[-1] - free_bytes(agent.state / "outbox.db") - sold[-1] * REMEMBERED_BYTES)
        if time.monotonic() - began > (hours_told + 1) * 3_600 / speed:
            hours_told += 1
            print(f"{hours_told} h, {reconnects} reconnects, {till.count} sales: {memory[-1]:.1f} MiB, "
                  f"{files} descriptors, {tasks} threads, {files_bytes} bytes on disk", flush=True)
    till.stop()
    bench.all_at(hub)
    sales = len(bench.oracle.accepted["till-1"])
    wait_for("what is confirmed to be pruned", lambda: sales_head(broker)["first"] > sales, 20, 0.5)

    figure(f"{seconds * speed} s, {reconnects} reconnects, {till.count} sales: " + ", ".join(
        f"{name} {quarter(values, 1):.1f} -> {quarter(values, 3):.1f}" for name, values in (
            ("memory MiB", memory), ("descriptors", open_files), ("threads", threads),
            ("disk bytes in use beside what repeats are known by and the WAL", disk), ("WAL bytes", wal))))
    assert quarter(memory, 3) <= quarter(memory, 1) * 1.15 + 2
    assert abs(quarter(open_files, 3) - quarter(open_files, 1)) <= 2
    assert quarter(threads, 3) == quarter(threads, 1)
    # A sale that stayed would cost some 800 bytes. A checkpoint leaves some pages more or less than the one before.
    assert quarter(disk, 3) <= quarter(disk, 1) + 40 * (quarter(sold, 3) - quarter(sold, 1)) + (256 << 10)
    assert max(wal) <= 16 << 20  # the store's own limit


@pytest.mark.fault("F55")
def test_f55_restarts_without_end_leave_nothing_behind(bench, full, figure):
    broker, hub, tap, proxy, agent = bench.tapped_line()
    restarts = 1_000 if full else 12
    number = 0
    files = None
    for turn in range(restarts):
        number += 20
        assert bench.oracle.deliver(agent, [sale(number + n) for n in range(20)])[0] == 200
        agent.kill() if turn % 2 else agent.stop()
        agent.start()
        if turn == 3:
            files = sorted(file.name for file in agent.state.iterdir())
    figure(f"{restarts} restarts, every other one after kill -9; {number} sales")
    assert sorted(file.name for file in agent.state.iterdir()) == files
    bench.all_at(hub, 60)
