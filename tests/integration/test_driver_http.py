"""Web hooks: whoever may hand in is asked for a token or a signature, and every body is answered after its commit."""

import base64
import hashlib
import hmac
import http.client
import json
import random
import re
import time
from pathlib import Path

import pytest

from kill_loop import assert_each_once_and_in_order, killed_under_load
from scans import scans_at
from shop import TOKEN, driver_of, wait_for

SECRET = "hush"
TOPICS = """[template]
name = "topics"
version = "1"
[format]
kind = "csv"
[[ignore]]
name = "test"
when = {path = "code", starts_with = "#"}
reason = "a remark"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["code", {value = "header.x-shopify-topic"}]
[event.data]
raw = {join = ["code", {value = "header.x-shopify-topic"}, {value = "header.x-hidden"}], with = "/"}
at = "at"
"""
BY_EVENT_ID = """[template]
name = "by-event-id"
version = "1"
[format]
kind = "lines"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = [{value = "header.x-shopify-event-id"}, {value = "record"}]
[event.data]
raw = "line"
at = {const = "2026-11-20T09:15:02Z"}
"""
HEADED = """[template]
name = "headed"
version = "{version}"
[format]
kind = "csv"
columns = ["code"]
{more}
[[event]]
type = "retail.scan.observed.v1"
key = ["code"]
[event.data]
raw = "code"
at = {{const = "2026-11-20T09:15:02Z"}}
"""
BODY = "code,at\na-1,2026-11-20T09:15:02Z\n#x,2026-11-20T09:15:02Z\nb-2,not a time\n"


def hook(shop, name="web-shop", **keys):
    (shop.directory / "templates").mkdir(exist_ok=True)
    (shop.directory / "templates/topics.toml").write_text(TOPICS)
    (shop.directory / "secret").write_text(SECRET + "\n")
    if keys.get("signature", "none") != "none":
        keys["secret_file"] = str(shop.directory / "secret")
    return {"name": name, "kind": "http", "template": "topics", "headers": ["X-Shopify-Topic"], **keys}


def open_shop(shop, *drivers, **http_keys):
    return shop.open(tables={"templates": {"directory": str(shop.directory / "templates")}, "http": http_keys},
                     drivers=drivers)


def deliver(agent, driver, body=BODY, token=None, method="POST", **headers):
    body = body if isinstance(body, bytes) else body.encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=20)
    connection.request(method, f"/v1/deliver/{driver}", body, headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, json.loads(answer), response.headers


def signed(body, secret=SECRET):
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256)


def test_a_body_is_answered_record_by_record_and_its_repeat_is_a_duplicate(shop):
    broker, hub, agent = open_shop(shop, hook(shop, source="till-1"))
    status, answer, _ = deliver(agent, "web-shop", token=TOKEN, X_File_Name="day.csv")
    assert status == 200
    stored, ignored, bad = answer["results"]
    assert (stored["status"], stored["stream"], stored["sequence"]) == ("stored", "stock", 1)
    assert ignored == {"status": "ignored", "reason": "a remark"}
    assert bad["status"] == "quarantined" and "not a time" in bad["reason"]
    status, again, _ = deliver(agent, "web-shop", token=TOKEN, X_File_Name="day.csv")
    assert status == 200
    assert [item["status"] for item in again["results"]] == ["duplicate", "ignored", "quarantined"]
    assert again["results"][2]["exception"] == bad["exception"]
    agent.kill()
    agent.start()
    assert deliver(agent, "web-shop", token=TOKEN)[1]["results"][0]["status"] == "duplicate"
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    event = next(json.loads(line) for line in hub.events() if b"scan.observed" in line)
    assert event["source"] == "/acme/store-0042/main/till-1"
    assert event["data"]["origin"]["file"] == "day.csv" and event["data"]["origin"]["driver"] == "web-shop"


def test_a_header_reaches_the_template_only_if_it_is_named(shop):
    broker, hub, agent = open_shop(shop, hook(shop, source="till-1"))
    body = "code,at\na,2026-11-20T09:15:02Z\n"
    deliver(agent, "web-shop", body, TOKEN, x_SHOPIFY_topic="orders/create", X_Hidden="no")
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    assert json.loads(hub.events()[0])["data"]["raw"] == "a/orders/create"


def test_the_topic_chooses_the_template_and_the_sender_s_own_id_tells_a_repeat(shop):
    driver = hook(shop, source="till-1", headers=["X-Shopify-Event-Id"], topic_header="X-Shopify-Topic",
                  topic_templates=["scans/create=by-event-id"])
    (shop.directory / "templates/by-event-id.toml").write_text(BY_EVENT_ID)
    broker, hub, agent = open_shop(shop, driver)

    def scanned(event, topic="scans/create"):
        status, answer, _ = deliver(agent, "web-shop", "one\n", TOKEN, X_Shopify_Topic=topic, X_Shopify_Event_Id=event)
        assert status == 200
        return answer["results"]

    assert [item["status"] for item in scanned("e-1")] == ["stored"]
    assert [item["status"] for item in scanned("e-1")] == ["duplicate"]
    assert [item["status"] for item in scanned("e-2")] == ["stored"]
    assert scanned("e-3", "scans/other") == []  # by `template`: a head of columns and no row
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    assert [json.loads(event)["data"]["raw"] for event in hub.events()] == ["one", "one"]


@pytest.mark.fault("F34")
def test_only_a_client_that_speaks_for_the_source_may_hand_in(shop):
    broker, hub, agent = open_shop(shop, hook(shop))  # its source is web-shop, the client's till-1
    assert deliver(agent, "web-shop")[0] == 401
    assert deliver(agent, "web-shop", token="guess")[0] == 401
    assert deliver(agent, "web-shop", token=TOKEN)[0] == 403
    assert deliver(agent, "nowhere", token=TOKEN)[0] == 404
    assert deliver(agent, "web-shop/x", token=TOKEN)[0] == 404
    assert deliver(agent, "web-shop", token=TOKEN, method="PUT")[0] == 405
    agent.sources = ["web-shop"]
    agent.stop()
    agent.start()
    assert deliver(agent, "web-shop", token=TOKEN)[0] == 200


@pytest.mark.fault("F34")
def test_a_web_hook_is_taken_by_its_signature_alone(shop):
    drivers = [hook(shop, signature="shopify"),
               hook(shop, "plug-in", signature="generic", signature_header="X-Hub-Signature-256")]
    broker, hub, agent = open_shop(shop, *drivers)
    shopify = base64.b64encode(signed(BODY).digest()).decode()
    status, answer, headers = deliver(agent, "web-shop", X_Shopify_Hmac_Sha256="AAAA" + shopify[4:])
    assert (status, answer) == (401, {"error": "not authorised"})
    assert deliver(agent, "web-shop", token=TOKEN)[0] == 401
    assert deliver(agent, "web-shop", BODY + " ", X_Shopify_Hmac_Sha256=shopify)[0] == 401
    assert deliver(agent, "web-shop", X_Shopify_Hmac_Sha256=shopify)[0] == 200
    assert deliver(agent, "plug-in", X_Hub_Signature_256="sha256=" + signed(BODY).hexdigest())[0] == 200
    for _ in range(10):
        last = deliver(agent, "plug-in", X_Hub_Signature_256="sha256=" + "0" * 64)
    assert last[0] == 429 and int(last[2]["Retry-After"]) <= 60
    assert deliver(agent, "web-shop", X_Shopify_Hmac_Sha256=shopify)[0] == 200  # who knows it is never locked out


def test_a_sender_with_a_new_secret_is_told_of_and_one_restart_takes_it_up(shop):
    broker, hub, agent = open_shop(shop, hook(shop, signature="shopify"))

    def sent(secret):
        return deliver(agent, "web-shop", X_Shopify_Hmac_Sha256=base64.b64encode(signed(BODY, secret).digest()).decode())[0]

    assert sent(SECRET) == 200
    assert [sent("new") for _ in range(3)] == [401] * 3
    state = driver_of(agent)
    assert state["state"] == "ok" and state["look"]
    assert state["detail"].startswith("3 refused since") and "signed with another secret" in state["detail"]
    assert "signed with another secret" in agent.process.tail()
    (shop.directory / "secret").write_text("new\n")
    agent.stop()
    agent.start()
    assert sent("new") == 200
    assert not driver_of(agent)["look"] and not driver_of(agent)["detail"]


@pytest.mark.fault("F4")
def test_kill_9_under_load_loses_no_answered_web_hook(shop, full, figure):
    broker, hub, agent = open_shop(shop, hook(shop, signature="shopify"))
    kills = 100 if full else 6

    def send(which, answered, ending):
        """Repeats each hook until it is answered 200, as a web shop does."""
        number = 0
        while not ending.is_set():
            body = f"code,at\n{which}-{number},2026-11-20T09:15:02Z\n"
            signature = base64.b64encode(signed(body).digest()).decode()
            status = None
            while status != 200:
                try:
                    status, answer, _ = deliver(agent, "web-shop", body, X_Shopify_Hmac_Sha256=signature)
                    assert status in (200, 503), answer
                except (OSError, http.client.HTTPException):
                    time.sleep(0.02)
            assert answer["results"][0]["status"] in ("stored", "duplicate")
            answered.append(f"{which}-{number}")
            number += 1

    answered = killed_under_load(agent, send, kills, every=100)
    figure(f"{kills} kills, {sum(map(len, answered))} web hooks")
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0, 60)
    assert_each_once_and_in_order(scans_at(hub), answered)


@pytest.mark.fault("F8")
def test_a_full_outbox_is_503_with_a_time_to_come_again(shop):
    driver = hook(shop, source="till-1")
    broker = shop.broker()
    hub = shop.hub(broker.url)
    agent = shop.agent(broker.url, drivers=[driver],
                       tables={"templates": {"directory": str(shop.directory / "templates")},
                               "store": {"max_bytes": 8 << 20}}).start()
    letters = str.maketrans("0123456789", "ghijklmnop")  # no digits: nothing to be masked
    codes = [f"{n}-" + random.Random(n).randbytes(20_000).hex().translate(letters) for n in range(500)]

    def hand_in(code):
        return deliver(agent, "web-shop", f"code,at\n{code},2026-11-20T09:15:02Z\n", TOKEN)

    done = 0
    while (answer := hand_in(codes[done]))[0] == 200:
        done += 1
    assert answer[0] == 503 and int(answer[2]["Retry-After"]) > 0 and 0 < done < 500
    broker.start()
    hub.start()
    wait_for("the backlog to drain", lambda: agent.waiting() == 0, 60)
    wait_for("room", lambda: hand_in(codes[done])[0] == 200, 60)
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0, 60)
    assert scans_at(hub) == codes[:done + 1]


def test_what_is_no_delivery_is_refused_with_its_status(shop):
    broker, hub, agent = open_shop(shop, hook(shop, source="till-1"), max_body_bytes=65536, max_event_bytes=8192,
                                   max_events=10)
    assert deliver(agent, "web-shop", "", TOKEN)[0] == 400
    assert deliver(agent, "web-shop", "x" * 70_000, TOKEN)[0] == 413
    rows = "".join(f"n-{n},2026-11-20T09:15:02Z\n" for n in range(11))
    assert deliver(agent, "web-shop", "code,at\n" + rows, TOKEN)[0] == 413
    status, answer, _ = deliver(agent, "web-shop", b"\xff\xfe\x00garbage", TOKEN)
    assert status == 200 and {item["status"] for item in answer["results"]} == {"quarantined"}
    assert deliver(agent, "web-shop", b"code,at\n", TOKEN)[:2] == (200, {"results": []})


def test_a_secret_that_cannot_be_read_is_said_at_the_start(shop):
    driver = hook(shop, signature="shopify")
    (shop.directory / "secret").write_text("\n")
    broker = shop.broker().start()
    agent = shop.agent(broker.url, tables={"templates": {"directory": str(shop.directory / "templates")}},
                       drivers=[driver])
    agent.spawn()
    assert agent.process.child.wait(20) == 78
    assert 'driver "web-shop": secret_file' in agent.process.tail()


@pytest.mark.fault("F46")
def test_each_body_that_cannot_be_read_is_an_exception_of_its_own_and_kept_for_a_retry(shop):
    template = shop.directory / "templates/headed.toml"
    driver = hook(shop, source="till-1", template="headed")
    template.write_text(HEADED.format(version="1", more=""))
    broker, hub, agent = open_shop(shop, driver)

    def exception_of(body):
        status, answer, _ = deliver(agent, "web-shop", body, TOKEN)
        (result,) = answer["results"]
        assert (status, result["status"]) == (200, "quarantined")
        return result["exception"]

    first = exception_of("Code\na-1\na-2\n")
    assert exception_of("Code\na-1\na-2\n") == first
    agent.cli("exceptions", "discard", str(first), "--reason", "a test of the web shop")
    second = exception_of("Code\nb-1\nb-2\n")
    assert second != first
    shown = json.loads(agent.cli("exceptions", "show", str(second), "--json").stdout)["exception"]
    assert shown["state"] == "open" and "b-1" in json.dumps(shown) and "b-2" in json.dumps(shown)
    status, answer, _ = deliver(agent, "web-shop", b"\x1f\x8b\x08\x00 this is no CSV", TOKEN)
    assert status == 400 and "keep this body" in answer["error"], answer
    assert len(json.loads(agent.cli("exceptions", "list", "--json").stdout)["exceptions"]) == 3, "a person is told of it even so"

    template.write_text(HEADED.format(version="2", more='[format.rename]\nCode = "code"'))
    retried = json.loads(agent.cli("exceptions", "retry", str(second), "--json").stdout)["results"][0]
    assert retried["done"] and [item["status"] for item in retried["items"]] == ["stored", "stored"]
    wait_for("the hub's confirmation", lambda: agent.waiting() == 0)
    raws = [json.loads(event)["data"]["raw"] for event in hub.events() if b"scan.observed" in event]
    assert raws == ["b-1", "b-2"]


@pytest.mark.parametrize("template", ["scanner-lines", "gs1-scan"])
def test_a_template_that_counts_what_this_driver_does_not_count_is_refused(shop, template):
    """Else the second scan would be a conflict with the first, and the third a duplicate."""
    agent = shop.agent(shop.broker().start().url,
                       drivers=[{"name": "scans", "kind": "http", "source": "till-1", "template": template}])
    agent.write_config()
    for words in (["config", "check"], ["run"]):
        refused = agent.cli(*words, check=False)
        assert refused.returncode == 78
        assert f'driver "scans": template {template}: ' in refused.stdout
        assert "sequence is not said by http" in refused.stdout


def test_the_scans_of_the_page_are_told_apart_by_their_senders_id(shop):
    page = (Path(__file__).parents[2] / "docs/drivers/http.md").read_text()
    template = next(block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "posted-scans" in block)
    driver = hook(shop, "scans", source="till-1", template="posted-scans", headers=["X-Scan-Id"])
    (shop.directory / "templates/posted-scans.toml").write_text(template)
    _, hub, agent = open_shop(shop, driver)

    def said(body, **headers):
        status, answer, _ = deliver(agent, "scans", body, TOKEN, **headers)
        assert status == 200
        return [result["status"] for result in answer["results"]]

    assert said("4012345000016\n", X_Scan_Id="a") == ["stored"]
    assert said("4012345000023\n4012345000016\n", X_Scan_Id="b") == ["stored", "stored"]
    assert said("4012345000016\n", X_Scan_Id="c") == ["stored"], "the same code again"
    assert said("4012345000016\n") == ["quarantined"], "without an id"


def test_config_check_looks_at_a_secret_as_the_start_does(shop):
    driver = hook(shop, signature="shopify")
    agent = shop.agent(shop.broker().start().url, drivers=[driver],
                       tables={"templates": {"directory": str(shop.directory / "templates")}})
    agent.write_config()
    assert agent.cli("config", "check").stdout.startswith("fine")
    (shop.directory / "secret").write_text("\n")
    for words in (["config", "check"], ["run"]):
        refused = agent.cli(*words, check=False)
        assert refused.returncode == 78 and "line" in refused.stdout and "is empty" in refused.stdout
    agent.drivers = [{**driver, "secret_file": "credential:shop-secret"}]
    agent.write_config()
    told = agent.cli("config", "check").stdout
    assert "only known when systemd starts the agent; LoadCredential=shop-secret:FILE is needed" in told
