"""Every subcommand against a running agent and, where promised, without one."""

import hashlib
import json
import os
import pty
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

import shop as parts
from shop import sale, wait_for


def run(*words):
    return subprocess.run([str(parts.BIN / "storeward"), *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)


@pytest.fixture
def agent(shop):
    broker = shop.broker().start()
    shop.hub(broker.url).start()
    (shop.directory / "drop").mkdir()
    agent = shop.agent(broker.url, drivers=[{"name": "pos-files", "kind": "file_drop", "template": "csv-sales",
                                             "directory": str(shop.directory / "drop")}]).start()
    broken = sale(3)
    del broken["data"]["currency"]
    agent.post([sale(1), sale(2), broken])
    # The third becomes an exception, of which the hub hears an event of its own.
    wait_for("the hub's word of the exception", lambda: agent.status()["streams"]["ops"]["confirmed"] == 1)
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    return agent


def test_status_says_what_the_page_says(agent):
    text = agent.cli("status").stdout
    assert "Everything that was accepted is at the hub." in text
    assert "GBP 30.46" in text
    assert json.loads(agent.cli("status", "--json").stdout)["streams"]["sales"]["confirmed"] == 2


def test_drivers_are_listed_with_what_they_wait_for(shop, tmp_path):
    (tmp_path / "drop").mkdir()
    agent = shop.agent(shop.broker().start().url, drivers=[
        {"name": "files", "kind": "file_drop", "directory": str(tmp_path / "drop"), "template": "csv-sales"}]).start()
    assert re.search(r"^files +file_drop +ok +no +0 ", agent.cli("drivers").stdout, re.M)
    (driver,) = json.loads(agent.cli("drivers", "--json").stdout)["drivers"]
    assert (driver["name"], driver["look"], driver["open_exceptions"]) == ("files", False, 0)
    assert agent.cli("drivers", "answer", "nobody", "yes", check=False).returncode == 1


@pytest.mark.parametrize("running", [True, False])
def test_the_store_can_be_looked_into_with_and_without_an_agent(agent, running):
    if not running:
        agent.kill()
    assert "clean: 3 events" in agent.cli("verify").stdout
    streams = json.loads(agent.cli("outbox", "list", "--json").stdout)["streams"]
    assert any(entry["stream"] == "sales" and entry["last"] == 2 for entry in streams)
    listed = json.loads(agent.cli("outbox", "list", "--stream", "sales", "--json").stdout)
    assert [event["id"] for event in listed["events"]] == ["till-1-00000001", "till-1-00000002"]
    shown = json.loads(agent.cli("outbox", "show", "till-1-00000002", "--json").stdout)["events"]
    assert shown[0]["event"]["data"]["totals"]["gross"]["amountMinor"] == 1523
    by_number = json.loads(agent.cli("outbox", "show", "--stream", "sales", "--sequence", "2", "--json").stdout)
    assert by_number["events"] == shown
    (exception,) = json.loads(agent.cli("exceptions", "list", "--json").stdout)["exceptions"]
    assert exception["reason"] == "data.currency: missing"
    assert "till-1-00000003" in agent.cli("exceptions", "show", str(exception["number"])).stdout
    (event,) = json.loads(agent.cli("trace", "till-1-00000001", "--json").stdout)["events"]
    assert [step["step"] for step in event["steps"]] == ["committed", "published", "broker-acked", "confirmed"]
    if running:
        assert all(step["done"] and step["at"] for step in event["steps"])
    assert agent.cli("trace", "no-such-id", check=False).returncode == 1
    assert agent.cli("exceptions", "show", "99", check=False).returncode == 1


def test_replay_sends_again_and_the_hub_knows_repeats(agent):
    answer = json.loads(agent.cli("outbox", "replay", "--stream", "sales", "--from", "1", "--to", "9",
                                  "--json").stdout)
    assert answer["accepted"] == [[1, 2]] and answer["unavailable"] == [[3, 9]]
    assert agent.waiting() == 0


def test_without_an_agent_status_and_replay_end_with_3(agent):
    agent.kill()
    for words in (["status"], ["outbox", "replay", "--stream", "sales", "--from", "1", "--to", "1"]):
        done = agent.cli(*words, check=False)
        assert done.returncode == 3 and "no agent answers" in done.stdout


def test_an_agent_that_does_not_answer_keeps_its_directory(agent, tmp_path):
    agent.tables["control"]["socket"] = str(tmp_path / "elsewhere.sock")
    agent.write_config()
    done = agent.cli("verify", check=False)
    assert done.returncode == 74 and "lock" in done.stdout.lower()


@pytest.mark.parametrize("words, within", [(["statsu"], ""), (["outbox", "lst"], " outbox"), (["doctor", "--json"], "")])
def test_an_unknown_subcommand_is_named_with_where_to_look(words, within):
    done = run(*words)
    unknown = next(word for word in reversed(words) if not word.startswith("-"))
    assert done.returncode == 2
    assert done.stdout == f'storeward{within}: there is no subcommand "{unknown}"; storeward{within} --help lists them\n'


@pytest.mark.fault("F50")
def test_configuration_mistakes_name_file_line_and_column(tmp_path):
    config = tmp_path / "storeward.toml"
    config.write_text('[site]\ntenant = "acme"\nid = "s"\n[hub]\nurl = "mqtt://127.0.0.1"\nconfrim = "receipt"\n')
    for words in (["config", "check"], ["run"], ["status"]):
        done = run(*words, "--config", config)
        assert done.returncode == 78, done.stdout
        assert f"{config}:6:1" in done.stdout and "confirm" in done.stdout
    assert run("config", "check", "--config", tmp_path / "none.toml").returncode == 78
    told = json.loads(run("config", "check", "--json", "--config", config).stdout)
    (problem,) = told["problems"]
    assert told["fine"] is False and "confirm" in problem["message"]
    assert (problem["file"], problem["line"], problem["column"]) == (str(config), 6, 1)


def test_of_two_keys_that_contradict_each_other_the_one_that_is_written_is_named(tmp_path):
    config = tmp_path / "main.toml"
    config.write_text('[site]\ntenant = "acme"\nid = "s"\nagent = "a"\n[hub]\nurl = "mqtt://127.0.0.1:1"\n'
                      f'[store]\ndirectory = "{tmp_path}"\n[http]\nmax_body_bytes = 65536\n')
    done = run("config", "check", "--config", config)
    assert done.returncode == 78
    assert "main.toml:10:18: http.max_body_bytes: is smaller than http.max_event_bytes (262144" in done.stdout


def test_a_systemd_credential_does_not_shut_the_technician_out(shop):
    broker = shop.broker().start()
    agent = shop.agent(broker.url, tables={"hub": {"username": "u", "password_file": "credential:hub-password"}})
    agent.write_config()
    refused = agent.cli("run", check=False)
    assert refused.returncode == 78 and "LoadCredential=" in refused.stdout and "main.toml:" in refused.stdout
    credentials = agent.directory / "credentials"
    credentials.mkdir()
    (credentials / "hub-password").write_text("secret\n")
    os.environ["CREDENTIALS_DIRECTORY"] = str(credentials)
    try:
        agent.start()
    finally:
        del os.environ["CREDENTIALS_DIRECTORY"]
    checked = agent.cli("config", "check").stdout
    assert checked.startswith("warning: ") and "LoadCredential=hub-password:FILE" in checked and "\nfine: " in checked
    wait_for("the connection", lambda: json.loads(agent.cli("status", "--json").stdout)["hub"]["state"] == "online")
    assert "secret" not in agent.cli("config", "show").stdout


def test_config_show_names_the_origin_of_each_value(agent):
    shown = json.loads(agent.cli("config", "show", "--json").stdout)
    assert shown["site.tenant"]["value"] == "acme" and "main.toml:" in shown["site.tenant"]["origin"]
    assert shown["store.keep_days"] == {"value": 7, "origin": "default"}
    assert shown["hub.url"]["value"] == [agent.tables["hub"]["url"]]
    digest = hashlib.sha256(parts.TOKEN.encode()).hexdigest()
    assert shown["http.client[0].token_sha256"]["value"] == digest[:8] + "…"
    assert digest not in agent.cli("config", "show").stdout
    assert agent.cli("config", "check").stdout.startswith("fine")
    assert json.loads(agent.cli("config", "check", "--json").stdout) == {"fine": True, "problems": [], "warnings": []}


ASKING = [["config", "check"], ["config", "show"], ["config", "reference"], ["status"], ["outbox", "list"],
          ["outbox", "show"], ["outbox", "replay"], ["exceptions", "list"], ["exceptions", "show"], ["exceptions", "retry"],
          ["exceptions", "edit"], ["exceptions", "discard"], ["drivers"], ["audit", "list"], ["trace"], ["verify"]]


def examples_in(text):
    """Without where the output goes; storeward-hub is what `storeward hub` becomes."""
    lines = [re.split("[|>]", line)[0].replace("storeward-hub", "storeward hub") for line in text.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith(("  storeward ", "    storeward "))]


@pytest.mark.parametrize("words", [["run"], *ASKING, ["hub"], ["till"]], ids=" ".join)
def test_help_teaches_by_example(words):
    done = run(*words, "--help")
    assert done.returncode == 0
    assert any(example[:len(words)] == words for example in examples_in(done.stdout)), done.stdout


def test_the_examples_of_the_help_can_be_typed_in_as_they_are(agent):
    for words in ASKING:
        for example in examples_in(run(*words, "--help").stdout):
            if "--config" not in example:
                done = agent.cli(*example, check=False)
                assert done.returncode in (0, 1), (example, done.stdout)  # understood; the answer may be no


def test_the_help_lists_every_subcommand_and_the_exit_codes():
    text = run("--help").stdout
    for name in {words[0] for words in ASKING} | {"run", "hub", "till"}:
        assert f"\n  {name} " in text
    for code in ["0 fine", "1 the answer is no", "2 usage", "3 cannot reach the agent", "70 bug", "74 storage error",
                 "78 configuration"]:
        assert code in " ".join(text.split())


@pytest.mark.parametrize("words", [
    [], ["nonsense"], ["outbox"], ["trace"], ["verify", "--nonsense"], ["exceptions", "show", "x"],
    ["outbox", "list", "--stream", "nonsense"], ["outbox", "list", "--limit", "0"],
    ["outbox", "replay", "--stream", "sales", "--from", "5", "--to", "3"], ["--config", "x.toml", "hub"],
    ["exceptions", "show", "-1"], ["exceptions", "retry", "-1"], ["exceptions", "show", "9" * 23],
    ["exceptions", "list", "--from", "-1"], ["audit", "list", "--from", "-1"],
    ["outbox", "list", "--stream", "sales", "--from", "-1"]])
def test_bad_usage_ends_with_2(words):
    done = run(*words)
    assert done.returncode == 2 and "--help" in done.stdout


@pytest.mark.parametrize("words", [[], ["--stream", "sales"], ["--sequence", "1"], ["an-id", "--stream", "sales"],
                                   ["an-id", "--sequence", "1"], ["--stream", "sales", "--sequence", "0"]])
def test_show_wants_an_id_or_a_stream_with_a_sequence(words):
    done = run("outbox", "show", *words)
    assert done.returncode == 2
    assert "0" in words or "storeward outbox show --stream STREAM --sequence NUMBER" in done.stdout


@pytest.mark.parametrize("before", [True, False])
def test_the_configuration_is_named_before_or_after_the_subcommand(agent, before):
    named = ["--config", agent.config]
    for words in (["status"], ["outbox", "list"], ["config", "show"]):
        done = run(*named, *words) if before else run(*words, *named)
        assert done.returncode == 0, done.stdout
    # Where it stands twice, the later one counts.
    assert run("--config", "none.toml", "status", *named).returncode == 0
    assert run(*named, "status", "--config", "none.toml").returncode == 78


@pytest.mark.parametrize("words", [["verify"], ["outbox", "list"], ["outbox", "show", "x"], ["trace", "x"],
                                   ["exceptions", "list"], ["exceptions", "show", "1"], ["audit", "list"]])
def test_before_the_first_start_it_is_said_that_there_is_no_outbox_yet(shop, words):
    agent = shop.agent("mqtt://127.0.0.1:1")
    agent.write_config()
    done = agent.cli(*words, check=False)
    assert done.returncode == 3
    assert f"no outbox yet in {agent.state}" in done.stdout and "storeward run" in done.stdout
    assert "disk" not in done.stdout
    # Nothing that belongs to whoever looked is left to shut the agent's user out.
    assert list(agent.state.iterdir()) == []


def test_an_agent_that_hangs_is_given_up_on_in_time(agent):
    agent.process.child.send_signal(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        done = agent.cli("status", check=False)
        assert done.returncode == 3 and "not answered within 5 s" in done.stdout
        assert time.monotonic() - begun < 9
    finally:
        agent.process.child.send_signal(signal.SIGCONT)


def on_a_terminal(words, **environment):
    """What the command writes where its standard output is a terminal."""
    controller, terminal = pty.openpty()
    with subprocess.Popen([str(parts.BIN / "storeward"), *map(str, words)], stdout=terminal, stderr=terminal,
                          env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment}) as child:
        os.close(terminal)
        written = b""
        while True:
            try:
                chunk = os.read(controller, 65536)
            except OSError:  # the terminal's other end is closed
                break
            if not chunk:
                break
            written += chunk
        os.close(controller)
    assert child.returncode == 0
    return written.decode()


def test_colours_are_for_terminals_and_for_who_wants_them(agent):
    for words in (["status"], ["verify"], ["config", "check"]):
        words = [*words, "--config", agent.config]
        assert "\x1b[32m" in on_a_terminal(words)
        assert "\x1b" not in on_a_terminal(words, NO_COLOR="1")
        assert "\x1b" not in on_a_terminal(words, TERM="dumb")
        assert "\x1b" not in run(*words).stdout
    assert "\x1b" not in on_a_terminal(["status", "--json", "--config", agent.config])


def test_numbers_have_separators_for_people_and_none_in_json(shop):
    agent = shop.agent("mqtt://127.0.0.1:1").start()
    agent.post([sale(n, gross=100_000) for n in range(1000)])
    agent.post([sale(n, gross=100_000) for n in range(1000, 1500)])
    text = agent.cli("status").stdout
    assert "1,500 events wait for the hub. They are safe here" in text
    assert "GBP 1,500,000.00" in text
    assert json.loads(agent.cli("status", "--json").stdout)["streams"]["sales"]["waiting"] == 1500
    assert "1,500" in agent.cli("outbox", "list").stdout
    assert "1500" in agent.cli("outbox", "list", "--stream", "sales", "--from", "1500").stdout  # can be typed in again
    assert "1,500 events" in agent.cli("verify").stdout


# Every exit code of the contract but 70, which only a bug can provoke.
@pytest.mark.parametrize("code,words,state", [
    (0, ["status"], "runs"), (0, ["verify"], "runs"), (0, ["outbox", "list"], "ended"), (0, ["config", "check"], "ended"),
    (1, ["trace", "no-such-id"], "runs"), (1, ["outbox", "show", "no-such-id"], "ended"),
    (1, ["exceptions", "show", "99"], "runs"), (1, ["verify"], "lacks a row"),
    (1, ["outbox", "replay", "--stream", "sales", "--from", "7", "--to", "9"], "runs"),
    (2, ["outbox", "show", "--stream", "sales"], "runs"), (2, ["status", "--nonsense"], "runs"),
    (3, ["status"], "ended"), (3, ["outbox", "replay", "--stream", "sales", "--from", "1", "--to", "1"], "ended"),
    (3, ["verify"], "never ran"),
    (74, ["outbox", "list"], "is no database"), (74, ["verify"], "is no database"), (74, ["verify"], "of a newer schema"),
    (74, ["run"], "of a newer schema"), (74, ["run"], "cannot be a directory"),
    (78, ["status"], "misconfigured"), (78, ["run"], "misconfigured"), (78, ["config", "show"], "misconfigured"),
    (78, ["config", "check"], "names a missing file"), (78, ["run"], "has no port"),
], ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value)) if isinstance(value, list) else None)
def test_the_exit_code_says_what_the_contract_says(shop, code, words, state):
    agent = shop.agent("mqtt://127.0.0.1:1")
    agent.write_config()
    if state in ("runs", "ended", "lacks a row", "of a newer schema"):
        agent.start()
        agent.post([sale(1)])
        agent.post([sale(2)])
        agent.post([sale(3)])
    if state in ("ended", "lacks a row", "of a newer schema"):
        agent.stop()
    database = agent.state / "outbox.db"
    if state == "lacks a row":
        with sqlite3.connect(database) as connection:
            connection.execute("DELETE FROM run WHERE key=(SELECT key FROM run ORDER BY key LIMIT 1 OFFSET 1)")
        connection.close()
    elif state == "of a newer schema":
        connection = sqlite3.connect(database)
        connection.execute("PRAGMA user_version=999")
        connection.close()
    elif state == "is no database":
        database.write_bytes(b"this was an outbox once " * 1000)
    elif state == "cannot be a directory":
        agent.tables["store"]["directory"] = "/dev/null/storeward"
    elif state == "names a missing file":
        agent.tables["hub"]["username"] = "u"
        agent.tables["hub"]["password_file"] = str(agent.directory / "not-there")
    elif state == "misconfigured":
        agent.tables["hub"]["confrim"] = "receipt"
    elif state == "has no port":
        taken = socket.socket()
        taken.bind(("127.0.0.1", agent.port))
        taken.listen()
    if state != "runs":
        agent.write_config()
    done = agent.cli(*words, check=False)
    assert done.returncode == code, done.stdout
    assert code == 0 or done.stdout.strip(), "whoever ends with a failure says why"


def test_verify_names_the_place_of_the_damage_and_the_next_step(shop):
    agent = shop.agent("mqtt://127.0.0.1:1").start()
    for number in range(1, 6):
        agent.post([sale(number)])
    agent.stop()
    connection = sqlite3.connect(agent.state / "outbox.db")
    connection.execute("UPDATE run SET bytes=replace(CAST(bytes AS TEXT),'till-1-00000003','till-1-00000009') "
                       "WHERE CAST(bytes AS TEXT) LIKE '%till-1-00000003%'")
    connection.commit()
    connection.close()
    done = agent.cli("verify", check=False)
    assert done.returncode == 1
    assert "stream sales sequence 3" in done.stdout and "systemctl restart storeward" in done.stdout
    assert "storeward verify" not in done.stdout and "disk" not in done.stdout
    findings = json.loads(agent.cli("verify", "--json", check=False).stdout)["findings"]
    assert findings and "sequence 3" in findings[0]["place"]


@pytest.mark.fault("F11")
def test_a_second_agent_on_the_same_directory_is_refused(agent, shop):
    other = shop.agent("mqtt://127.0.0.1:1", name="second")
    other.tables["store"]["directory"] = str(agent.state)
    other.spawn()
    assert other.process.child.wait(10) == 74
    assert "lock" in other.process.tail().lower() or "another" in other.process.tail().lower()


@pytest.mark.fault("F50")
@pytest.mark.parametrize("words", [["exceptions", "list", "--csv"], ["outbox", "list", "--json"], ["status"],
                                   ["verify", "--json"], ["config", "show"]])
def test_what_cannot_be_written_is_no_success(agent, words):
    with open("/dev/full", "w") as full:
        done = subprocess.run([parts.BIN / "storeward", *words, "--config", agent.config], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 74 and "could not be written: No space left on device" in done.stderr


def test_the_agent_goes_on_when_nobody_reads_its_log(agent):
    agent.stop()
    agent.process = None
    child = subprocess.Popen([parts.BIN / "storeward", "run", "--config", agent.config],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert b"ready" in child.stdout.readline()
        child.stdout.close()
        for _ in range(3):
            child.send_signal(signal.SIGHUP)  # each is worth a line
            time.sleep(0.3)
        assert agent.post([sale(9)])[0] == 200
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
    finally:
        child.kill()
        child.wait()


def test_sighup_takes_new_tokens_and_names_what_needs_a_restart(agent):
    agent.tables["http"]["listen"] = "127.0.0.1:1"
    agent.write_config()
    text = agent.config.read_text().replace('name = "till-1"', 'name = "till-9"')
    agent.config.write_text(text)
    agent.process.child.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload:" in agent.process.tail())
    assert '"refused":["http.listen"]' in agent.process.tail()
    assert agent.post([sale(9)])[0] == 403  # the token is till-9's now
    agent.config.write_text(text + "\n[nonsense]\nkey = 1\n")
    agent.process.child.send_signal(signal.SIGHUP)
    wait_for("the refusal", lambda: "the old configuration stays" in agent.process.tail())
    assert f"{agent.config}:{text.count(chr(10)) + 2}:" in agent.process.tail(), agent.process.tail()
    assert agent.post([sale(9, source="till-9")])[0] == 200


def test_a_damaged_store_ends_with_74_and_an_id_cannot_move_the_cursor(shop):
    agent = shop.agent("mqtt://127.0.0.1:1").start()
    agent.post([sale(n) for n in range(2000)][:1000])
    agent.post([{**sale(1), "id": "x\u001b[2J\u009b"}])
    shown = agent.cli("outbox", "list", "--stream", "sales", "--from", "1001").stdout
    assert "x?[2J?" in shown and "\x1b" not in shown
    agent.stop()
    database = agent.state / "outbox.db"
    content = bytearray(database.read_bytes())
    content[12 * 4096:] = b"\x55" * (len(content) - 12 * 4096)
    database.write_bytes(content)
    done = agent.cli("outbox", "list", "--stream", "sales", "--limit", "1000", check=False)
    assert done.returncode == 74, done.stdout
    assert "systemctl restart storeward" in done.stdout
    found = agent.cli("verify", check=False)
    assert found.returncode in (1, 74)
    assert "outbox.db" in found.stdout and "malformed" in found.stdout or "sequence" in found.stdout
    assert "run `storeward verify`" not in found.stdout and "systemctl restart storeward" in found.stdout
