"""The till against an agent that misbehaves on command: every event gets its answer, none is given up or forgotten."""

import http.server
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest
from shop import BIN, free_port, wait_for

TOKEN = "till-token"


class ScriptedAgent:
    """Answers POST /v1/events; `misbehave(n)` may return an HTTP status or "hang up" for the n-th request."""

    def __init__(self, port=0, misbehave=lambda n: None, verdict=lambda event: None):
        self.stored, self.order, self.bodies, self.requests = {}, [], {}, 0
        self.misbehave, self.verdict = misbehave, verdict
        self.lock = threading.Lock()
        agent = self

        class Intake(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with agent.lock:
                    agent.requests += 1
                    trouble = agent.misbehave(agent.requests)
                    if self.path != "/v1/events":
                        trouble = 404
                    if self.headers["Authorization"] != f"Bearer {TOKEN}":
                        trouble = 401
                    if trouble == "lose the answer":
                        agent.take(body)
                    if trouble in ("hang up", "lose the answer"):
                        self.close_connection = True
                        return
                    answer = {"reason": "not now"} if trouble else {"results": agent.take(body)}
                text = json.dumps(answer).encode()
                self.send_response(trouble or 200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 64

        self.server = Server(("127.0.0.1", port), Intake)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def take(self, body):
        events = json.loads(body)
        return [self.answer(event) for event in (events if isinstance(events, list) else [events])]

    def answer(self, event):
        key = event["id"]
        refused = self.verdict(event)
        if refused:
            return {"id": key, "status": refused, "exception": 17, "reason": "data: as the test wants it"}
        if key in self.stored:
            assert self.stored[key] == event, "a repeat must be the same event"
            return {"id": key, "status": "duplicate", "stream": "sales", "sequence": 1}
        self.stored[key] = event
        self.order.append(key)
        return {"id": key, "status": "stored", "stream": "sales", "sequence": len(self.order)}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def agent():
    made = []

    def make(**options):
        made.append(ScriptedAgent(**options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def till(tmp_path):
    """till(url, options...) -> Popen; whatever still runs after the test is ended."""
    (tmp_path / "token").write_text(TOKEN + "\n")
    started = []

    def start(url, *options, token=tmp_path / "token"):
        started.append(subprocess.Popen(
            [str(word) for word in (BIN / "storeward-till", "--to", url, "--token-file", token, "--json", *options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def ended(process, seconds=60):
    out, err = process.communicate(timeout=seconds)
    return process.returncode, json.loads(out) if out else None, err


def invent(count, *more):
    return ["--seed", "1", "--count", count, "--rate", "0", *more]


def test_every_event_is_stored_once_whatever_happens_on_the_way(agent, till):
    seed = int(os.environ.get("STOREWARD_SEED") or random.randrange(1 << 32))
    print(f"STOREWARD_SEED={seed}")
    luck = random.Random(seed)
    trouble = ["hang up", "lose the answer", 503, 429, 500]
    one = agent(misbehave=lambda n: luck.choice(trouble) if luck.random() < 0.1 else None)
    code, summary, err = ended(till(one.url, *invent(300)))
    assert code == 0, err
    assert summary["answered"] == 300 and summary["stored"] + summary["duplicate"] == 300
    assert summary["retries"] > 0 and summary["notStored"] == 0
    assert len(one.stored) == 300


def test_playing_again_stores_nothing_again(agent, till):
    one = agent()
    assert ended(till(one.url, *invent(50)))[0] == 0
    code, summary, _ = ended(till(one.url, *invent(50, "--batch", 20)))
    assert (code, summary["stored"], summary["duplicate"]) == (0, 0, 50)


def test_one_connection_keeps_the_order_through_failures(agent, till):
    one = agent(misbehave=lambda n: 503 if n % 7 == 0 else None)
    assert ended(till(one.url, *invent(60, "--connections", 1)))[0] == 0
    assert one.order == sorted(one.order)


def test_an_agent_that_starts_later_gets_everything(agent, till):
    port = free_port()
    process = till(f"http://127.0.0.1:{port}", *invent(20))
    time.sleep(0.7)
    assert process.poll() is None
    one = agent(port=port)
    code, summary, _ = ended(process)
    assert (code, summary["stored"]) == (0, 20) and summary["retries"] > 0
    assert len(one.stored) == 20


def test_what_the_agent_will_not_store_is_named_and_the_exit_code_says_so(agent, till):
    one = agent(verdict=lambda event: "quarantined" if event["id"].endswith("3") else None)
    code, summary, _ = ended(till(one.url, *invent(10)))
    assert (code, summary["stored"], summary["notStored"]) == (1, 9, 1)
    (entry,) = summary["notStoredEvents"]
    assert entry["status"] == "quarantined" and "exception 17" in entry["reason"]


def test_a_wrong_token_stops_at_once_with_the_reason(agent, till, tmp_path):
    (tmp_path / "wrong").write_text("another")
    one = agent()
    code, summary, err = ended(till(one.url, *invent(10), token=tmp_path / "wrong"))
    assert code == 1 and summary["answered"] == 0 and "401" in err and "--token-file" in err
    assert one.requests <= 8


def test_the_till_gives_up_only_when_told_to(till):
    code, summary, err = ended(till(f"http://127.0.0.1:{free_port()}", *invent(5, "--give-up-after", 1)))
    assert code == 1 and summary["unanswered"] > 0 and "--give-up-after" in err, err
    assert "connect" in err, "with the last reason"


@pytest.mark.parametrize("user,count,words", [("", -1, "--count"), ("till:S3CRET@", 1, "--token-file")])
def test_a_command_line_that_cannot_work_is_refused_with_words(till, user, count, words):
    code, _, err = ended(till(f"http://{user}127.0.0.1:1", *invent(count, "--give-up-after", 1)), 10)
    assert code == 2 and words in err and "S3CRET" not in err


def test_ctrl_c_ends_an_endless_till_with_its_summary(agent, till):
    one = agent()
    process = till(one.url, "--rate", 50)
    wait_for("some sales", lambda: len(one.stored) > 10)
    process.send_signal(signal.SIGINT)
    code, summary, err = ended(process, 10)
    assert code == 0, err
    assert summary["stored"] == len(one.stored)


def test_a_log_is_played_at_the_speed_asked_for(agent, till, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice\n"
                   "1,a,A,1,2011-01-01 10:00:00,1.00\n2,a,A,1,2011-01-01 10:10:00,1.00\n")
    one = agent()
    began = time.monotonic()
    code, summary, _ = ended(till(one.url, "--file", log, "--speed", 600))
    assert (code, summary["stored"], one.order) == (0, 2, ["1", "2"])
    assert 0.9 < time.monotonic() - began < 10


def test_usage_errors_are_told_apart(till, tmp_path):
    missing = till("http://127.0.0.1:1", "--file", tmp_path / "none.csv")
    code, _, err = ended(missing)
    assert code == 2 and "none.csv: cannot be opened" in err
    assert ended(till("http://127.0.0.1:1", "--no-such-option"))[0] == 2
    assert ended(till("http://127.0.0.1:1", token=tmp_path / "no-token"))[0] == 2
