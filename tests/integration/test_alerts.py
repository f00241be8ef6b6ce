"""What the hub is told of alerts: each is raised once and taken back once, whatever ends the agent in between."""

import json

from shop import alert, sale, wait_for

KIND = "confirmation_stalled"


def told(hub, kind):
    """The words about an alert at the hub, in their order, and the ids that tie them together."""
    events = [event for event in map(json.loads, hub.events()) if event["data"].get("kind") == kind]
    events.sort(key=lambda event: int(event["sequence"]))
    return ([event["type"].split(".")[2] for event in events],
            {event["id"].removesuffix("-raised").removesuffix("-cleared") for event in events})


def test_an_alert_that_outlives_restarts_is_raised_once_and_taken_back_once(shop):
    _, hub, agent = shop.open(tables={"hub": {"confirm_timeout_s": 1}})
    assert agent.post([sale(1)])[0] == 200
    wait_for("the first confirmation", lambda: agent.waiting() == 0)
    hub.kill()
    assert agent.post([sale(2)])[0] == 200
    for end in (agent.kill, agent.stop):
        wait_for("the stall to be noticed", lambda: alert(agent, KIND))
        wait_for("it to be told", lambda: agent.status()["streams"]["ops"]["waiting"])
        end()
        agent.start()
    wait_for("the stall to be noticed again", lambda: alert(agent, KIND))
    hub.start()
    wait_for("the end of the stall", lambda: agent.waiting() == 0 and not alert(agent, KIND), 40)
    wait_for("the hub to hear of it", lambda: "cleared" in told(hub, KIND)[0])
    wait_for("all to be confirmed", lambda: agent.waiting() == 0)
    words, alerts = told(hub, KIND)
    assert words == ["raised", "cleared"] and len(alerts) == 1
