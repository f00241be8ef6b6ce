"""A hub that lost its database is given back everything that the agents still keep."""

import json
import subprocess
import time

import pytest

from shop import wait_for
from test_hub import assert_holds_exactly, post_all


HEADS_SOON = {"hub": {"state_interval_s": 5}}  # a lost hub is noticed when the agent next says what it has


def lose_database(hub):
    for file in hub.directory.glob("hub.db*"):
        file.unlink()


def held(hub):
    """How many events the hub holds; none while its database is still in the making."""
    try:
        return sum(row["events"] for row in hub.totals()["totals"])
    except subprocess.CalledProcessError:
        return 0


def ends_with(hub, agent, answered):
    wait_for("the new hub to hold everything again", lambda: held(hub) == len(answered), 60)
    assert_holds_exactly(hub, answered)
    agent.disconnect()
    answered |= post_all(agent, 10_000, 40)
    wait_for("the agent to take the new hub's confirmations", lambda: agent.waiting() == 0, 30)
    assert_holds_exactly(hub, answered)
    assert not any(alert["kind"] in ("restored_copy", "confirmation_stalled") for alert in agent.status()["alerts"])


@pytest.mark.parametrize("broker_too", [False, True], ids=["database-lost", "database-and-broker-lost"])
def test_a_new_hub_gets_everything_the_agent_still_keeps(shop, broker_too):
    broker, hub, agent = shop.open(tables=HEADS_SOON)
    answered = {}
    for first in range(0, 600, 200):  # several acks: the agent has seen a serial
        answered |= post_all(agent, first, 200)
        wait_for("the first hub to confirm", lambda: agent.waiting() == 0, 30)
    hub.kill()
    lose_database(hub)
    if broker_too:
        broker.restart()  # it keeps nothing on disk: what was retained is gone
    hub.start()
    ends_with(hub, agent, answered)


def test_a_hub_from_yesterdays_backup_gets_what_came_since(shop):
    _, hub, agent = shop.open(tables=HEADS_SOON)
    answered = post_all(agent, 0, 200)
    wait_for("the first confirmation", lambda: agent.waiting() == 0, 30)
    hub.stop()
    backup = hub.store.read_bytes()
    hub.start()
    answered |= post_all(agent, 200, 400)
    wait_for("the second confirmation", lambda: agent.waiting() == 0, 30)
    hub.kill()
    lose_database(hub)
    hub.store.write_bytes(backup)
    hub.start()
    ends_with(hub, agent, answered)


def test_an_agent_that_is_away_when_the_hub_is_lost_gives_it_back_when_it_returns(shop):
    _, hub, agent = shop.open(tables=HEADS_SOON)
    answered = post_all(agent, 0, 200)
    wait_for("the first confirmation", lambda: agent.waiting() == 0, 30)
    agent.kill()
    hub.kill()
    lose_database(hub)
    hub.start()
    time.sleep(0.5)
    agent.start()
    ends_with(hub, agent, answered)


def test_two_agents_give_back_their_own(shop):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agents = [shop.agent(broker.url, name=name, tables=HEADS_SOON).start() for name in ("main", "second")]
    for agent in agents:
        post_all(agent, 0, 200)
    wait_for("the first confirmations", lambda: all(agent.waiting() == 0 for agent in agents), 30)
    hub.kill()
    lose_database(hub)
    hub.start()
    wait_for("the new hub to hold everything", lambda: held(hub) == 400, 60)
    events = [json.loads(line) for line in hub.events()]
    for agent in agents:
        assert sum(event["source"] == f"/acme/store-0042/{agent.name}/till-1" for event in events) == 200
