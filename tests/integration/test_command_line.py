"""Every subcommand against a running agent and, where promised, without one."""

import json
import subprocess

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
    agent = shop.agent(broker.url).start()
    broken = sale(3)
    del broken["data"]["currency"]
    agent.post([sale(1), sale(2), broken])
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    return agent


def test_status_says_what_the_page_says(agent):
    text = agent.cli("status").stdout
    assert "Everything that was accepted is at the hub." in text
    assert "GBP 30.46" in text
    assert json.loads(agent.cli("status", "--json").stdout)["streams"]["sales"]["confirmed"] == 2


@pytest.mark.parametrize("running", [True, False])
def test_the_store_can_be_looked_into_with_and_without_an_agent(agent, running):
    if not running:
        agent.kill()
    assert "clean: 2 events" in agent.cli("verify").stdout
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


@pytest.mark.fault("F50")
def test_configuration_mistakes_name_file_line_and_column(tmp_path):
    config = tmp_path / "storeward.toml"
    config.write_text('[site]\ntenant = "acme"\nid = "s"\n[hub]\nurl = "mqtt://127.0.0.1"\nconfrim = "receipt"\n')
    for words in (["config", "check"], ["run"], ["status"]):
        done = run(*words, "--config", config)
        assert done.returncode == 78, done.stdout
        assert f"{config}:6:1" in done.stdout and "confirm" in done.stdout
    assert run("config", "check", "--config", tmp_path / "none.toml").returncode == 78


def test_config_show_names_the_origin_of_each_value(agent):
    shown = json.loads(agent.cli("config", "show", "--json").stdout)
    assert shown["site.tenant"]["value"] == '"acme"' and "main.toml:" in shown["site.tenant"]["origin"]
    assert shown["store.keep_days"] == {"value": "7", "origin": "default"}
    assert "…" in shown["http.client[0].token_sha256"]["value"]
    assert agent.cli("config", "check").stdout.startswith("fine")


@pytest.mark.parametrize("words", [
    ["run"], ["config", "check"], ["config", "show"], ["status"], ["outbox", "list"], ["outbox", "show"],
    ["outbox", "replay"], ["exceptions", "list"], ["exceptions", "show"], ["trace"], ["verify"], ["till"]])
def test_help_teaches_by_example(words):
    done = run(*words, "--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout and f"storeward {' '.join(words)}" in done.stdout


@pytest.mark.parametrize("words", [[], ["nonsense"], ["trace"], ["outbox", "show"], ["verify", "--nonsense"],
                                   ["exceptions", "show", "x"]])
def test_bad_usage_ends_with_2(words):
    assert run(*words).returncode == 2


@pytest.mark.fault("F11")
def test_a_second_agent_on_the_same_directory_is_refused(agent, shop):
    other = shop.agent("mqtt://127.0.0.1:1", name="second")
    other.tables["store"]["directory"] = str(agent.state)
    other.spawn()
    assert other.process.child.wait(10) == 74
    assert "lock" in other.process.tail().lower() or "another" in other.process.tail().lower()


def test_sighup_takes_new_tokens_and_names_what_needs_a_restart(agent):
    import signal

    agent.tables["http"]["listen"] = "127.0.0.1:1"
    agent.write_config()
    text = agent.config.read_text().replace('name = "till-1"', 'name = "till-9"')
    agent.config.write_text(text)
    agent.process.child.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload:" in agent.process.tail())
    assert '"refused":["http.listen"]' in agent.process.tail()
    assert agent.post([sale(9)])[0] == 403  # the token is till-9's now
    agent.config.write_text("nonsense = 1\n")
    agent.process.child.send_signal(signal.SIGHUP)
    wait_for("the refusal", lambda: "the old configuration stays" in agent.process.tail())
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
