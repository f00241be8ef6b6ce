"""The first command of the README: sales arrive, and nothing is left when it ends."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile

import pytest
from shop import SOURCE, wait_for


@pytest.fixture
def temporary():
    """Short, as TMPDIR is: quickstart puts a Unix socket into it, whose path is bounded."""
    with tempfile.TemporaryDirectory() as directory:
        yield pathlib.Path(directory)


@pytest.fixture
def quickstart(temporary):
    """quickstart(options...) -> (Popen, function that reads what it has said). As from a terminal of its own."""
    started = []

    def start(*options):
        said = temporary / "said.txt"
        with open(said, "wb") as output:
            process = subprocess.Popen(
                [SOURCE / "installer/quickstart", "--preset", "dev", *options], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True, env={**os.environ, "TMPDIR": str(temporary)},
                # A test run that a script has put into the background ignores Ctrl-C; a terminal's shell does not.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        started.append(process)
        return process, lambda: said.read_text(errors="replace")

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def left_behind(temporary):
    """Processes that name the temporary directory, and directories in it."""
    alive = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(temporary / "storeward-quickstart") in command:
            alive.append(command)
    return alive + [str(path) for path in temporary.glob("storeward-quickstart*")]


def test_quickstart_shows_sales_arriving_and_ends_by_itself(quickstart, temporary):
    process, said = quickstart("--seconds", "6")
    assert process.wait(900) == 0, said()
    assert re.search(r"^hub  \| .*retail\.sale\.completed", said(), re.M), said()
    summary = re.search(r"^till \| stored ([0-9,]+), .*not stored 0, unanswered 0", said(), re.M)
    assert summary and int(summary[1].replace(",", "")) > 0, said()
    assert "status page: http://127.0.0.1:" in said()
    assert left_behind(temporary) == []


def test_ctrl_c_ends_all_of_quickstart(quickstart, temporary):
    process, said = quickstart()
    wait_for("the status page's address", lambda: "status page:" in said() or process.poll() is not None, 900)
    assert process.poll() is None, said()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0, said()
    assert left_behind(temporary) == []
