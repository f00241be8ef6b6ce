"""The totals of the reference hub follow the rules of the agent's own day totals (docs/decisions/0016-receipts.md)."""

import pytest

from shop import wait_for
from test_receipts import post, receipt, void


@pytest.mark.parametrize("in_postgresql", [False, True], ids=["sqlite", "postgresql"])
def test_the_totals_of_the_hub_count_a_day_as_the_agent_does(shop, in_postgresql):
    broker = shop.broker().start()
    hub = shop.hub(broker.url, **({"store": shop.postgres().start().url} if in_postgresql else {})).start()
    agent = shop.agent(broker.url).start()
    training, parked = receipt(20, 5000), receipt(21, 700)
    training["data"]["status"], parked["data"]["status"] = "Training", "parked"
    post(agent, receipt(1), receipt(2), receipt(3), void(4, original=2), void(3))
    post(agent, void(5, original=6), receipt(6))            # the void came first
    post(agent, void(7), receipt(7), training, parked)      # names none: what comes later counts
    post(agent, {**receipt(2, 1200), "revision": "2"}, receipt(9, 300))
    wait_for("everything at the hub", lambda: agent.waiting() == 0, 30)
    (day,) = agent.status()["days"]
    rows = {row["type"]: row for row in hub.totals()["totals"]}
    sales = rows["retail.sale.completed.v1"]
    assert (sales["events"], sales["gross"]) == (day["sales"], day["gross"])
    assert len(hub.events()) == 13, "--dump still writes all of them"
