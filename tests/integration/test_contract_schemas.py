"""The published contract (docs/contract) and the agent's own checks say the same.

The corpus is made by mutating the valid examples; a failing seed is printed and replays with
STOREWARD_SEED=N. Needs the executable storeward-admit of the dev build (or STOREWARD_BUILD=DIR)."""

import copy
import json
import os
import pathlib
import random
import subprocess

import jsonschema
import pytest
import yaml
from contract_schemas import BASE, CONTRACT, SCHEMAS, validator

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("STOREWARD_BUILD", ROOT / "build" / "dev"))
MUTANTS = 20000


SUBMITTED = validator("event-submitted.json")


def examples(folder):
    return sorted((CONTRACT / "examples" / folder).glob("*.json"))


def name_of(path):
    return path.stem


def verdicts(events):
    """What admission says to each event."""
    lines = "".join(json.dumps(event) + "\n" for event in events)
    run = subprocess.run([BUILD / "tests" / "storeward-admit"], input=lines, text=True,
                         capture_output=True, check=True, timeout=300)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(events)
    return answers


def types_in_code():
    table = (ROOT / "agent" / "core" / "stream.cpp").read_text()
    return {line.split('"')[1] for line in table.splitlines() if '.v1"' in line}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_a_schema_and_its_references_lead_somewhere(name):
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == name
    resolver = jsonschema.RefResolver(name, schema, store=SCHEMAS)
    for reference in references(schema):
        resolver.resolve(reference)


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


def test_every_type_has_its_schema_and_its_example():
    types = types_in_code()
    assert types
    assert {name[len(BASE):-len(".json")] for name in SCHEMAS if ".v1.json" in name} == types
    assert {json.loads(path.read_text())["type"] for path in examples("valid")} == types


@pytest.mark.parametrize("path", examples("valid"), ids=name_of)
def test_valid_examples_are_valid_to_schema_and_agent(path):
    event = json.loads(path.read_text())
    SUBMITTED.validate(event)
    [answer] = verdicts([event])
    assert answer["verdict"] == "event", answer["reason"]


@pytest.mark.parametrize("path", examples("valid"), ids=name_of)
def test_what_the_agent_publishes_fits_the_published_schema(path):
    [answer] = verdicts([json.loads(path.read_text())])
    event = answer["event"]
    event.update(epoch="01935f3a-5c00-7000-8000-000000000001", sequence="0" * 19 + "1",
                 recordedtime="2026-11-20T09:15:02.120Z")  # what the store stamps
    validator("event-published.json").validate(event)


@pytest.mark.parametrize("path", examples("invalid"), ids=name_of)
def test_invalid_examples_are_invalid_to_schema_and_agent(path):
    event = json.loads(path.read_text())
    assert not SUBMITTED.is_valid(event)
    [answer] = verdicts([event])
    assert answer["verdict"] == "quarantined"
    assert answer["reason"]


@pytest.mark.parametrize("path", examples("messages"), ids=name_of)
def test_examples_of_messages_fit_their_schema(path):
    validator(path.name).validate(json.loads(path.read_text()))


# ---- The corpus ---------------------------------------------------------------------------------

ODD_VALUES = [
    None, True, False, 0, 1, -1, 1.0, -0.0, 0.5, 1e2, 2**53 - 1, 2**53, -(2**53), 2**63, 1e300, "", " ",
    "0", "00", "1", "-1", "01", "1.0", "-0.5", "1.", ".5", "+1", "1e3", "0.000", "1" * 18, "1" * 19,
    "0." + "1" * 9, "0." + "1" * 10, "EUR", "eur", "EURO", "H87", "KGM", "kgm", "H870", "é",
    "2026-11-20", "2026-11-20\n", "2026-02-29", "2024-02-29", "1900-02-29", "2000-02-29", "2026-13-01",
    "2026-04-31", "2026-00-10", "0000-01-01", "2026-11-20T09:15:02Z", "2026-11-20T09:15:02",
    "2026-11-20t09:15:02z", "2026-11-20T24:00:00Z", "2016-12-31T23:59:60Z", "2026-11-20T09:15:61Z",
    "2026-11-20T09:60:00Z", "2026-11-20T09:15:02.Z", "2026-11-20T09:15:02.1234567+23:59",
    "2026-11-20T09:15:02.1234567890Z", "2026-11-20T09:15:02+24:00", "2026-11-20T09:15:02+0100",
    "2026-11-20 09:15:02Z", "2026-02-30T09:15:02Z", "12345678", "1234567", "123456789012",
    "4006381333931", "04006381333931", "40063813339310", "x" * 256, "x" * 257, "é" * 256, "é" * 257,
    "sale", "return", "void", "settled", "paidIn", "in", "out", "picked", "ab" * 32, "AB" * 32,
    "application/json", [], {}, [[]], [{}], [1], ["x"], [""], [None], {"x": 1}, [[1, 2]], [["1"]],
    {"amountMinor": 1, "currency": "EUR"}, {"amountMinor": -1, "currency": "EUR"},
    {"amountMinor": 1.5, "currency": "EUR"}, {"value": "1", "unit": "H87"}, {"value": "-1", "unit": "H87"},
    {"value": 1, "unit": "H87"}, {"value": "0", "unit": "H87"}, {"amount": "1.49", "currency": "EUR"},
]
OPTIONAL_NAMES = [
    "sku", "gtin", "description", "quantity", "lines", "packages", "status", "payments", "registerId",
    "businessDate", "siteId", "origin", "quality", "secondaryQuantity", "expiry", "lot", "bucket",
    "taxes", "discounts", "serials", "voided", "unitPrice", "counted", "tip", "net", "until", "reason",
    "revision", "time", "subject", "stream", "epoch", "sequence", "recordedtime", "partitionkey",
    "traceparent", "datacontenttype", "dataschema", "elements", "fiscal", "unknownField",
]
# Other sources are refused as such; what is no CloudEvent of 1.0 at all is checked by unit tests too.
UNTOUCHED = {"source"}


def containers(node, found):
    if isinstance(node, (dict, list)):
        found.append(node)
        for child in node.values() if isinstance(node, dict) else node:
            containers(child, found)
    return found


def mutate(event, pick, known_types):
    node = pick.choice(containers(event, []))
    action = pick.random()
    if isinstance(node, list):
        if not node or action < 0.3:
            node.insert(pick.randint(0, len(node)), copy.deepcopy(pick.choice(ODD_VALUES)))
        elif action < 0.5:
            node.pop(pick.randrange(len(node)))
        else:
            node[pick.randrange(len(node))] = copy.deepcopy(pick.choice(ODD_VALUES))
        return
    if not node or action < 0.2:
        node[pick.choice(OPTIONAL_NAMES)] = copy.deepcopy(pick.choice(ODD_VALUES))
        return
    name = pick.choice(sorted(node))
    if name in UNTOUCHED and node is event:
        return
    if name == "type" and node is event:
        node[name] = pick.choice(known_types)
    elif action < 0.4:
        del node[name]
    elif action < 0.5:
        node[name + "X"] = node.pop(name)
    else:
        node[name] = copy.deepcopy(pick.choice(ODD_VALUES))


def test_schemas_and_agent_agree_on_thousands_of_mutants():
    seed = int(os.environ.get("STOREWARD_SEED", random.SystemRandom().randrange(2**32)))
    print(f"STOREWARD_SEED={seed}")
    pick = random.Random(seed)
    originals = [json.loads(path.read_text()) for path in examples("valid")]
    known_types = sorted(types_in_code()) + ["retail.sale.completed", "x"]
    mutants = []
    for i in range(MUTANTS):
        event = copy.deepcopy(originals[i % len(originals)])
        for _ in range(pick.choice([1, 1, 1, 2, 3])):
            mutate(event, pick, known_types)
        mutants.append(event)
    answers = verdicts(mutants)
    disagreements = []
    valid = 0
    for event, answer in zip(mutants, answers):
        wanted = SUBMITTED.is_valid(event)
        valid += wanted
        if wanted != (answer["verdict"] == "event"):
            errors = [error.message for error in SUBMITTED.iter_errors(event)][:3]
            disagreements.append((answer.get("reason"), errors, json.dumps(event)))
    assert not disagreements, (f"STOREWARD_SEED={seed}: {len(disagreements)} of {len(mutants)}; "
                               f"first: {disagreements[:3]}")
    assert MUTANTS * 0.1 < valid < MUTANTS * 0.9  # the corpus has both kinds


# ---- AsyncAPI -----------------------------------------------------------------------------------


def follow(document, reference):
    if reference.startswith("#/"):
        node = document
        for step in reference[2:].split("/"):
            node = node[step]
        return node
    return json.loads((CONTRACT / reference).read_text())


def test_the_asyncapi_document_holds_together():
    document = yaml.safe_load((CONTRACT / "asyncapi.yaml").read_text())
    assert document["asyncapi"].startswith("3.0")
    for reference in references(document):
        assert follow(document, reference)
    root = "storeward/v1/{tenant}/{site}/{agent}/"
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {root + topic for topic in
                         ("up/{stream}", "heads", "state", "ack", "down/command", "reply", "down/{subject}")}
    used = {operation["channel"]["$ref"] for operation in document["operations"].values()}
    used |= {operation["reply"]["channel"]["$ref"] for operation in document["operations"].values()
             if "reply" in operation}
    assert used == {"#/channels/" + name for name in document["channels"]}
    for channel in document["channels"].values():
        named = {part[1:-1] for part in channel["address"].split("/") if part.startswith("{")}
        assert named == set(channel["parameters"])
