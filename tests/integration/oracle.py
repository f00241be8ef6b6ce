"""The judge of loss, doubles and order. It knows the answers the till got and what was seen on the wire (by a
subscriber, a stub broker, or the hub's store with its exact bytes), and nothing that the agent says of itself."""

import json

ACCEPTED = ("stored", "duplicate")


def split_batch(payload):
    """The exact text of each event in one message: a JSON array, uncompressed."""
    text, decoder, at, events = payload.decode(), json.JSONDecoder(), 1, []
    assert text[0] == "[" and text[-1] == "]", f"no batch: {text[:60]!r}"
    while at < len(text) - 1:
        _, end = decoder.raw_decode(text, at)
        events.append(text[at:end])
        at = end + 1
    return events


class Oracle:
    def __init__(self):
        self.offered = set()   # (source, id): sent, whatever the answer
        self.accepted = {}     # source -> ids in the order of their answers
        self.wire = []         # the exact text of each event, in the order of arrival

    def deliver(self, agent, events):
        """Hands the events in, and notes what was answered; an answer that is lost promises nothing."""
        self.offered.update((event["source"], event["id"]) for event in events)
        status, answer = agent.post(events)
        if status == 200:
            for event, result in zip(events, answer["results"]):
                assert result["id"] == event["id"]
                if result["status"] in ACCEPTED:
                    self.accepted.setdefault(event["source"], []).append(event["id"])
        return status, answer

    def saw(self, events):
        self.wire += [event.decode() if isinstance(event, bytes) else event for event in events]

    def saw_messages(self, payloads):
        for payload in payloads:
            self.saw(split_batch(payload))

    def check(self, missing=()):
        """Every promise about what arrived; returns how many events came more than once. `missing`: ids that
        must not have arrived."""
        texts, keys, sequences, order = {}, {}, {}, {}
        repeats = 0
        for text in self.wire:
            event = json.loads(text)
            source, key = event["source"].rsplit("/", 1)[1], (event["epoch"], event["stream"], int(event["sequence"]))
            if (source, event["id"]) not in self.offered:
                assert event["type"].startswith("agent."), f"nobody handed in {source} {event['id']}"
            identity = (event["source"], event["id"], event.get("revision", "1"))
            assert keys.setdefault(identity, key) == key, f"{identity} arrived as {keys[identity]} and as {key}"
            if key in texts:
                assert texts[key] == text, f"{key} came again with other content"
                repeats += 1
                continue
            texts[key] = text
            sequences.setdefault(key[:2], []).append(key[2])
            order.setdefault((event["epoch"], event["stream"], source), []).append((key[2], event["id"]))
        arrived = {(source, id_) for (_, _, source), events in order.items() for _, id_ in events}
        for source, ids in self.accepted.items():
            lost = [id_ for id_ in ids if (source, id_) not in arrived and id_ not in missing]
            assert not lost, f"{len(lost)} accepted events of {source} never arrived, first {lost[:3]}"
            place = {id_: number for number, id_ in reversed(list(enumerate(ids)))}
            for (_, _, of), events in order.items():
                places = [place[id_] for _, id_ in sorted(events) if of == source and id_ in place]
                assert places == sorted(places), f"the events of {source} are not in the order of their answers"
        for id_ in missing:
            assert all(id_ != other for _, other in arrived), f"{id_} arrived and must not"
        if not missing:
            for key, numbers in sequences.items():
                assert sorted(numbers) == list(range(1, len(numbers) + 1)), f"a gap in {key}"
        return repeats
