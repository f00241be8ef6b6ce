"""The oracle finds what it is there for: each planted fault, and none in a history without."""

import json

import pytest
from oracle import Oracle, split_batch


def event(sequence, number=None, **attributes):
    number = number or sequence
    return json.dumps({"source": "/acme/store-0042/main/till-1", "id": f"till-1-{number}", "epoch": "E1",
                       "stream": "sales", "sequence": f"{sequence:020}", "type": "retail.sale.completed.v1",
                       "data": {"text": "]},{"}, **attributes})


def after(*wire):
    """Three sales were accepted, and `wire` was seen."""
    oracle = Oracle()
    oracle.offered = {("till-1", f"till-1-{n}") for n in (1, 2, 3)}
    oracle.accepted = {"till-1": ["till-1-1", "till-1-2", "till-1-3"]}
    oracle.saw(wire)
    return oracle


def test_repeats_with_the_same_bytes_are_counted_and_no_fault():
    assert after(event(1), event(2), event(1), event(3), event(3)).check() == 2


def test_the_bytes_of_each_event_are_taken_from_the_message_as_they_are():
    assert split_batch(f"[{event(1)},{event(2)}]".encode()) == [event(1), event(2)]


@pytest.mark.parametrize("wire, says", [
    ([event(1), event(2)], "never arrived"),
    ([event(1), event(3, 2), event(4, 3)], "a gap"),
    ([event(1), event(2), event(3), event(2, subject="other")], "other content"),
    ([event(1), event(2), event(3), event(4, 1)], "arrived as"),
    ([event(1), event(2, 3), event(3, 2)], "order of their answers"),
    ([event(1), event(2), event(3), event(4, 77)], "nobody handed in"),
], ids=["lost", "gap", "changed", "twice", "order", "invented"])
def test_a_planted_fault_is_found(wire, says):
    with pytest.raises(AssertionError, match=says):
        after(*wire).check()
