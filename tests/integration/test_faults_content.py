"""FAULTS of what is in a delivery: card numbers in every place, and goods' numbers that look like card numbers."""

import copy
import http.client
import itertools
import json
import os
import random
import resource
import socket
import subprocess

import pytest

from card_canaries import BEYOND_ASCII, FORMS, MAJOR, OTHER, TEXTS, Canaries, gs1_valid, luhn_valid, runs_of, unpacked
from fault_bench import ROOT
from raw_http import connection_to, post
from shop import SOURCE, Process, alert, sale, wait_for

EXAMPLES = sorted((SOURCE / "docs/contract/examples/valid").glob("retail.*.json"))
MARK = "@here@"
# Fields in which a gift or loyalty card's number stays unless it is one of a major card brand.
LOYALTY = ("cardRef", "customerRef")


def seeded(name):
    seed = os.environ.get("STOREWARD_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"{name}: STOREWARD_SEED={seed}")
    return random.Random(seed)


def places_in(node, path=""):
    """(path, set the value, set the name of a further member) of everything in an event."""
    members = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(members):
        at = f"{path}.{key}"
        if isinstance(value, (dict, list)):
            yield from places_in(value, at)
        else:
            yield at, lambda mark, node=node, key=key: node.__setitem__(key, mark)
    if isinstance(node, dict):
        yield f"{path} (name)", lambda mark, node=node: node.__setitem__(mark, 1)


def sweep(canaries):
    """One event for each place of each type of event and each form, as JSON text. A source of another name is for
    the error path: it refuses its whole delivery."""
    number = itertools.count()
    for example in EXAMPLES:
        whole = json.loads(example.read_text()) | {
            "source": "till-1", "subject": "s", "traceparent": "00-0-0-01", "note": {"free": [{"deep": "x"}]}}
        for index in range(sum(1 for _ in places_in(whole))):
            path, _ = list(places_in(whole))[index]
            forms = TEXTS if path.endswith("(name)") else FORMS
            for form, written in forms.items():
                if path == ".source":
                    continue
                event = copy.deepcopy(whole) | {"id": f"{example.stem}-{next(number)}"}
                list(places_in(event))[index][1](MARK)
                brands = MAJOR if path.endswith(LOYALTY) else MAJOR + OTHER
                digits = canaries.make(f"{example.stem}{path}, {form}", brands)
                yield json.dumps(event).replace(f'"{MARK}"', written(digits))


def unreadable(canaries):
    """(content type, body) of what is no event, with a card number in it."""
    one, many, lines = (f"application/{kind}" for kind in (
        "cloudevents+json", "cloudevents-batch+json", "x-ndjson"))
    for form, written in FORMS.items():
        def planted(what):
            return written(canaries.make(f"{what}, {form}"))
        whole = json.dumps({"subject": MARK} | sale(1))
        cut = whole.replace(f'"{MARK}"', planted("cut short"))[:-20]
        for content_type, text in [(one, cut), (many, f"[{cut}]"), (many, cut), (lines, f"{cut}\n{cut}")]:
            yield content_type, text.encode()
        yield many, f'[17, {planted("a bare value")}, "x"]'.encode()
        yield many, f'[{{"a":1,"a":{planted("duplicate keys")}}}]'.encode()
        yield many, f'[{{"id":{planted("no CloudEvent")}}}]'.encode()
        yield one, f'{{"id":{planted("no CloudEvent alone")}}}'.encode()
        yield many, ("[" + "[" * 10_000 + planted("too deep") + "]" * 10_001).encode()
        yield many, f'[{{"n":1e400,"x":{planted("beside a number too large")}}}]'.encode()
        yield many, f'[{{"x":{planted("before bytes that are no UTF-8")},"y":"'.encode() + b'\xff\xfe"}]'
        yield one, planted("alone in the body").encode()
        yield many, planted("no array").encode()
        yield many, f"[] {planted('behind the array')}".encode()
        if form not in BEYOND_ASCII:
            yield many, whole.replace(f'"{MARK}"', planted("UTF-16")).encode("utf-16")
            yield lines, whole.replace(f'"{MARK}"', planted("UTF-16 line")).encode("utf-16-be")
        yield many, b"[\0" + planted("behind a NUL").encode() + b"]"
        yield one, json.dumps(sale(1) | {"source": MARK}).replace(f'"{MARK}"', planted("source alone")).encode()
        yield many, f'[{json.dumps(sale(1) | {"source": MARK})}]'.replace(f'"{MARK}"', planted("source")).encode()
        yield planted("content type"), b"[]"


def requests(canaries):
    """Whole requests with a card number anywhere but in the body."""
    for written in (str, lambda digits: "-".join([digits[:4], digits[4:8], digits[8:]]),
                    lambda digits: "%20".join([digits[:6], digits[6:]])):
        def planted(what):
            return written(canaries.make(what))
        body = json.dumps([sale(1)]).encode()
        yield post(body, path="/v1/events/" + planted("path"))
        yield post(body, path="/v1/events?card=" + planted("query"))
        yield post(body, path="/" + planted("path alone"))
        yield post(body, "X-Card: " + planted("header"))
        yield post(body, f"X-{planted('header name')}: 1")
        yield post(body, "Cookie: card=" + planted("cookie"))
        yield post(body, "User-Agent: " + planted("user agent"))
        yield post(body, "Origin: https://" + planted("origin"))
        yield post(body, "Traceparent: " + planted("traceparent header"))
        yield post(body, "Expect: " + planted("expect"))
        yield post(body, "Content-Encoding: " + planted("content encoding"))
        yield post(body, token=planted("token"))
        yield post(body, "Authorization: Basic " + planted("second authorization"))
        yield post(body, "Host: " + planted("second host"))
        yield post(body, "Content-Length: " + planted("content length"), length=False)
        yield post(body, "Transfer-Encoding: " + planted("transfer encoding"), length=False)
        yield post(f"{planted('chunk size')}\r\n".encode(), "Transfer-Encoding: chunked", length=False)
        yield post(f"3;card={planted('chunk extension')}\r\n".encode(), "Transfer-Encoding: chunked", length=False)
        yield post(f"2\r\n[]\r\n0\r\nX-Card: {planted('trailer')}\r\n\r\n".encode(), "Transfer-Encoding: chunked",
                   length=False)
        yield post(body, planted("header without a colon"))
        yield f"GET /{planted('path of a GET')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        yield f"GET /status.json?{planted('query of a GET')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        yield f"GET / HTTP/1.1\r\nHost: {planted('host')}\r\n\r\n".encode()
        yield f"GET / HTTP/{planted('version')}\r\nHost: localhost\r\n\r\n".encode()
        yield f"{planted('method')} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        yield f"{planted('no request at all')}\r\n\r\n".encode()


class Ears:
    """Hears everything that the agent says on the bus, unpacked."""

    def __init__(self, shop, broker):
        topics = [f"{ROOT}/{what}" for what in ("up/#", "heads", "state", "reply")]
        self.process = Process(shop.directory, "ears", [
            "stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", broker.port, "-V", "5", "-q", "1",
            *itertools.chain.from_iterable(("-t", topic) for topic in topics), "-F", "%t %P %C %x"])
        shop.processes.append(self.process)

        def listening():
            say_on_bus(broker, "up/probe", "?")
            return b"up/probe" in self.heard()
        wait_for("the ears to be on the bus", listening)

    def heard(self):
        whole, _, _ = self.process.log.read_text().rpartition("\n")
        lines = [line.rpartition(" ") for line in whole.splitlines()]
        return b"\n".join(about.encode() + b" " + unpacked(bytes.fromhex(payload)) for about, _, payload in lines)


def control_answers(agent, canaries):
    """What the control socket says of everything there is, and to questions with a card number in them."""
    answers = []
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(agent.tables["control"]["socket"])
        stream = connection.makefile("rwb")

        def ask(**request):
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
            answers.append(stream.readline())
            return json.loads(answers[-1])

        start = 1
        while start:
            page = ask(request="exceptions.list", **{"from": start}, limit=1000)
            numbers = [one["number"] for one in page["exceptions"]]
            start = page["next"]
            for number in numbers[::7]:
                ask(request="exceptions.show", number=number)
        for stream_name in agent.status()["streams"]:
            ask(request="outbox.list", stream=stream_name, limit=1000)
            ask(request="outbox.show", stream=stream_name, sequence=1)
        ask(request="trace", id=canaries.make("trace"))
        ask(request=canaries.make("name of a control request"))
        ask(**{canaries.make("member of a control request"): 1, "request": "status"})
    return b"".join(answers)


def ask_by_card_number(agent, canaries):
    """What is written into the audit trail as it was asked for. The answers name it, to who has asked alone."""
    number, first, driver, answer = (canaries.make(what) for what in ("retry", "replay", "driver", "driver's answer"))
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(agent.tables["control"]["socket"])
        stream = connection.makefile("rwb")
        for request in ({"request": "exceptions.retry", "numbers": [int(number)]},
                        {"request": "exceptions.discard", "numbers": [int(number)], "reason": canaries.make("reason")},
                        {"request": "outbox.replay", "stream": "sales", "from": int(first), "to": int(first)},
                        {"request": "drivers.answer", "driver": driver, "answer": answer}):
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
            assert stream.readline()


def say_on_bus(broker, topic, message):
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", f"{ROOT}/{topic}",
                    "-m", message], check=True)


def said_by_hub(broker, canaries, epoch, sequence):
    """A hub that got a card number on another way, and is careless."""
    def say(topic, message):
        say_on_bus(broker, topic, json.dumps(message))

    say("down/command", {"command": canaries.make("command"), "epoch": epoch})
    say("down/command", {"command": "replay", "epoch": canaries.make("command's epoch"), "stream": "sales",
                         "from": 1, "to": 2})
    say("down/command", {"command": "replay", "epoch": epoch, "stream": canaries.make("command's stream")})
    say("ack", {"serial": 1 << 49, "epochs": {
        epoch: {"rejected": [{"stream": "sales", "sequence": sequence, "reason": "no " + canaries.make("rejected")}]},
        canaries.make("ack's epoch"): {"confirmed": {"sales": 1}}}})


def deliver(agent, content_type, body):
    """The answer as bytes, whatever it is."""
    connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=60)
    try:
        connection.putrequest("POST", "/v1/events")
        for name, value in [("Content-Type", content_type.encode()), ("Content-Length", str(len(body))),
                            ("Authorization", "Bearer till-token-for-tests")]:
            connection.putheader(name, value)
        connection.endheaders(body)
        return connection.getresponse().read()
    finally:
        connection.close()


def at_rest(agent):
    """Every file of the agent with its bytes, and what is packed in them."""
    files = {path.name: path.read_bytes() for path in [*agent.state.rglob("*"), agent.process.log] if path.is_file()}
    runs = runs_of(agent.state / "outbox.db")
    assert any(stored != plain for stored, plain in runs), "nothing was packed: the search has not looked into it"
    return files | {"unpacked runs": b"\n".join(plain for _, plain in runs)}


@pytest.mark.fault("F47")
def test_f47_no_card_number_is_kept_logged_or_sent_wherever_it_stood(shop):
    canaries = Canaries(seeded("card numbers"))
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    ears = Ears(shop, broker)
    agent = shop.agent(broker.url, tables={"log": {"level": "trace"}, "hub": {"compression": "zstd"}}).start()

    offered, answers = [], []

    def hand_in(content_type, body):
        offered.append(content_type.encode() + b"\n" + body)
        answers.append(deliver(agent, content_type, body))

    events = list(sweep(canaries))
    for first in range(0, len(events), 500):
        body = f"[{','.join(events[first:first + 500])}]".encode()
        hand_in("application/cloudevents-batch+json", body)
    kinds = [item["status"] for answer in answers for item in json.loads(answer)["results"]]
    assert kinds.count("stored") > len(events) / 3 and kinds.count("quarantined") > len(events) / 3
    # With a number of its own: two cards of a brand may end alike, and would be the same when masked.
    other = json.dumps([sale(7) | {"subject": f"{canaries.make(f'conflict {n}')}, {n}"} for n in range(20)]).encode()
    hand_in("application/cloudevents-batch+json", other)
    assert answers[-1].count(b'"conflict"') == 19
    for content_type, body in unreadable(canaries):
        hand_in(content_type, body)
    for request in requests(canaries):
        for port in (agent.port, agent.status_port):
            with connection_to(port) as connection:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    answers.append(part)
        offered.append(request)
    sought = set(canaries.places.values()) - set(canaries.found_in(b"\n".join(offered)))
    assert not sought, f"the search would not find what was planted in {sorted(sought)[:5]}"

    wait_for("all at the hub", lambda: agent.waiting() == 0, 60)
    hub.stop()
    rejected = agent.post([sale(n) for n in range(1000, 1003)])[1]["results"][0]["sequence"]
    said_by_hub(broker, canaries, agent.status()["epoch"], rejected)
    wait_for("the hub's word to be taken", lambda: alert(agent, "event_rejected_by_hub"))

    told = {"answers": b"\n".join(answers), "control socket": control_answers(agent, canaries),
            "status page": b"\n".join(agent.get(path)[1] for path in ("/status.json", "/metrics"))}
    ask_by_card_number(agent, canaries)
    assert "exceptions.retry" in agent.cli("audit", "list").stdout
    agent.kill()
    killed = at_rest(agent)
    assert killed["outbox.db-wal"], "no WAL to search"
    agent.start()
    assert agent.stop() == 0
    told["bus"] = ears.heard()
    assert told["bus"].count(b"************") > len(events) / 4
    held = {"hub.db": (shop.directory / "hub.db").read_bytes()}
    found = {name: canaries.found_in(blob)
             for places in (told, killed, at_rest(agent), held) for name, blob in places.items()}
    leaks = {name: places[:10] for name, places in found.items() if places}
    assert not leaks, f"card numbers at rest, of {len(canaries.places)} planted: {json.dumps(leaks, indent=1)}"


@pytest.mark.fault("F48")
def test_f48_what_masking_cannot_look_into_is_kept_without_its_payload_and_the_rest_goes_on(shop):
    canaries = Canaries(seeded("UTF-16"))
    agent = shop.agent("mqtt://127.0.0.1:1", tables={"log": {"level": "trace"}}).start()
    lines = [json.dumps(sale(n)).encode() for n in range(40)]
    blind = [json.dumps(sale(n) | {"subject": canaries.make(f"line {n}")}).encode("utf-16-be") for n in (100, 101)]
    lines[20:20] = [blind[0], blind[1], blind[0]]
    answer = deliver(agent, "application/x-ndjson", b"\n".join(lines))
    results = json.loads(answer)["results"]
    assert [one["status"] for one in results] == ["stored"] * 20 + ["quarantined"] * 3 + ["stored"] * 20
    first, second, again = (one["exception"] for one in results[20:23])
    assert first == again != second, "one that cannot be read is known again all the same"
    for number in (first, second):
        shown = json.loads(agent.cli("exceptions", "show", str(number), "--json").stdout)["exception"]
        assert shown["state"] == "open" and shown["masked"] == "" and shown["reason"]
    agent.kill()
    assert not {name: found for name, blob in (at_rest(agent) | {"answer": answer}).items() if (found := canaries.found_in(blob))}


@pytest.mark.fault("F47")
def test_f47_a_crash_leaves_no_core_with_what_was_not_masked_yet(shop):
    agent = shop.agent("mqtt://127.0.0.1:1")
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("no process may leave a core here")
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        agent.start()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    assert resource.prlimit(agent.process.child.pid, resource.RLIMIT_CORE)[0] == 0


def goods_number(randomly, size, like_a_card):
    """A valid GTIN or SSCC; `like_a_card`: one that also begins and checks as a card number does."""
    while True:
        prefix = randomly.choice(("4", "50", "6")) if like_a_card else ""
        body = prefix + "".join(randomly.choices("0123456789", k=size - len(prefix) - 1))
        digits = next(body + check for check in "0123456789" if gs1_valid(body + check))
        if not like_a_card or luhn_valid(digits):
            return digits


def goods_event(number, goods):
    """A shipment, a scan or a sale with these numbers in the fields that are for them."""
    gtins, ssccs = [one for one in goods if len(one) < 18], [one for one in goods if len(one) == 18]
    one_sale = sale(number)
    line = one_sale["data"]["lines"][0]
    at = {"at": "2026-11-20T09:15:02Z"}
    kind, data = [
        ("shipment.received", at | {"shipmentKey": f"s{number}", "direction": "in",
                                    "packages": [{"sscc": one} for one in ssccs],
                                    "lines": [{"gtin": one, "quantity": line["quantity"]} for one in gtins]}),
        ("scan.observed", at | {"raw": goods[0], "gtin": gtins[0], "elements": {"01": gtins[1], "00": ssccs[0]},
                                "seen": [{"barcode": one} for one in goods]}),
        ("sale.completed", one_sale["data"] | {
            "lines": [line | {"lineNo": place + 1} | ({"sscc": one} if one in ssccs else {"sku": one, "gtin": one})
                      for place, one in enumerate(goods)]}),
    ][number % 3]
    return one_sale | {"type": f"retail.{kind}.v1", "data": data}


@pytest.mark.fault("F47")
def test_f47_of_100_000_gtin_and_sscc_none_is_taken_for_a_card_number(shop):
    randomly = seeded("goods")
    _, hub, agent = shop.open()
    each, per_event = 100_000, 25
    numbers = [goods_number(randomly, (8, 12, 13, 14, 18)[place % 5], place % 10 < 5) for place in range(each)]
    assert sum(map(luhn_valid, numbers)) > each / 2
    events = [goods_event(number, numbers[number * per_event:][:per_event]) for number in range(each // per_event)]
    for first in range(0, len(events), 200):
        status, answer = agent.post(events[first:first + 200])
        assert status == 200
        assert {item["status"] for item in answer["results"]} == {"stored"}, answer["results"][:3]
    wait_for("all at the hub", lambda: agent.waiting() == 0, 60)
    arrived = {event["id"]: event["data"] for event in map(json.loads, hub.events())}
    assert len(arrived) == len(events)
    for event in events:
        data = arrived[event["id"]]
        data.pop("quality", None)  # totals that do not add up are remarked on
        assert data == event["data"]
