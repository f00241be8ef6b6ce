"""The part of record_counts.py for X12 and EDIFACT: a set or message is a record, and so are each run of segments that belong to
none and each interchange that does not add up. By their separators alone."""

import collections
import decimal
import re
from typing import NamedTuple

from counted_record import Record, text_of


class Envelopes(NamedTuple):
    """Tags, and where the control number of each header stands."""
    head: str
    group: str
    begin: str
    end: str
    group_end: str
    tail: str
    numbers: dict
    alone: tuple = ()


X12 = Envelopes("ISA", "GS", "ST", "SE", "GE", "IEA", {"ISA": 13, "GS": 6, "ST": 2}, ("TA1",))
EDIFACT = Envelopes("UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", {"UNB": 5, "UNG": 5, "UNH": 1})


def element(segment, index):
    found = segment[index] if len(segment) > index else ""
    return (found if isinstance(found, str) else ":".join(found)).strip()


def closes(trailer, header, counted, by):
    number = element(header, by.numbers[header[0]])
    return element(trailer, 2).lstrip("0") == number.lstrip("0") and element(trailer, 1).lstrip("0") == str(counted or "")


def adds_up(segments, by):
    """Whether what an interchange opens is closed, by trailers that count and name what is in it. A set that never ends is told
    by itself."""
    head = group = begun = None
    groups = sets = in_group = in_set = 0
    fine = True
    for segment in segments:
        tag = segment[0]
        if begun and tag not in by[:3] + by[4:6]:
            in_set += 1
            if tag == by.end:
                fine = fine and closes(segment, begun, in_set, by)
                begun = None
            continue
        begun = None
        if tag == by.head:
            head = segment
        elif tag == by.group:
            fine = fine and group is None
            group, groups, in_group = segment, groups + 1, 0
        elif tag == by.begin:
            begun, in_set, sets, in_group = segment, 1, sets + 1, in_group + 1
        elif tag == by.group_end and group:
            fine = fine and closes(segment, group, in_group, by)
            group = None
        elif tag == by.tail and head:
            fine = fine and group is None and closes(segment, head, groups if groups or by is X12 else sets, by)
            head = group = None
    return fine and head is None and group is None


def sets_of(segments, by):
    return [one for interchange in runs_of(segments, by.head)
            for one in sets_in(interchange, by) + ([] if adds_up(interchange, by) else [[]])]


def sets_in(segments, by):
    sets, stray = [], False
    inside = None
    for segment in segments:
        tag = segment[0]
        if inside is not None:
            inside.append(segment)
            if tag == by.end:
                inside = None
        elif tag == by.begin or tag in by.alone:
            sets.append([segment])
            inside = sets[-1] if tag == by.begin else None
            stray = False
        elif tag in (by.head, by.group, by.group_end, by.tail):
            stray = False
        elif not stray:
            sets.append([])  # says nothing that could be told
            stray = True
    return sets


def x12_segments(text):
    text = text.lstrip()
    if text.startswith("ISA"):
        element = text[3]
        terminator = text.split(element, 16)[16][1]
    else:
        element, terminator = "*", "\n"  # an interchange without its head, as files have it that lost theirs
    return [part.strip().split(element) for part in text.split(terminator) if part.strip()]


def quantity_at(segment, index):
    return decimal.Decimal(segment[index].strip()) if len(segment) > index and segment[index].strip() else 0


def activity_facts(body):
    """852: a level for each QTY*17 and each ZA of a level, of one with stores (SDQ) for each store instead; all sales are one
    fact, and so are the items of which nothing is read (an exception)."""
    level_codes, sold_codes = ("QA", "QC", "QE", "QH", "QI", "QP", "OH", "DG"), ("QS", "QU")
    items = []
    for segment in body:
        if segment[0] == "LIN":
            items.append([])
        elif items:
            items[-1].append(segment)
    levels, sold, unread = 0, False, False
    for item in items:
        codes = {segment[1] for segment in item if segment[0] == "ZA"}
        sold = sold or not codes.isdisjoint(sold_codes)
        on_hand = sum(segment[:2] == ["QTY", "17"] for segment in item)
        unread = unread or (not on_hand and codes.isdisjoint(level_codes + sold_codes))
        levels += on_hand
        is_level, itself = False, 0
        for segment in item:
            if segment[0] == "ZA":
                is_level = segment[1] in level_codes
                itself = int(is_level and len(segment) > 2)
                levels += itself
            elif segment[0] == "SDQ" and is_level:
                levels += (len(segment) - 3) // 2 - itself
                itself = 0
    return levels + sold + unread


def advised_levels(body):
    """846: a level for each quantity that did not move. Lines without one, and what is told of one item twice, are one
    fact (an exception)."""
    moved = ("02", "32", "38", "39", "87")
    lines = [[(tuple(line[0][2:]), tuple(map(tuple, (one for one in line if one[0] in ("REF", "N1")))), one[1])
              for one in line if one[0] == "QTY" and one[1] not in moved] for line in runs_of(body, "LIN")[1:]]
    told = collections.Counter(level for line in lines for level in line)
    once = sum(times == 1 for times in told.values())
    return once + ([] in lines or once < len(told))


def x12_record(body):
    if not body or body[0][0] != "ST":
        return Record()

    def count(tag):
        return sum(segment[0] == tag for segment in body)

    kind = body[0][1]
    if kind == "846":
        return Record(advised_levels(body))
    if kind == "852":
        return Record(activity_facts(body))
    if kind == "856":
        return Record(1, count("SN1"))
    if kind == "940":
        return Record(1, count("W01"))
    if kind == "944":
        return Record(sum(one[0] == "W07" and quantity_at(one, 1) != 0 for one in body))
    if kind == "945":  # what left, and for each line what the stock is less by
        return Record(1 + sum(one[0] == "W12" and quantity_at(one, 3) != 0 for one in body), count("W12"))
    return Record(count("W19") if kind == "947" else 1)


def x12(path):
    segments = x12_segments(text_of(path))
    return [x12_record(body) for body in sets_of(segments, X12)]


def edifact_segments(text):
    component, element, release, terminator = ":", "+", "?", "'"
    if text.startswith("UNA"):
        component, element, _, release, _, terminator = text[3:9]
        text = text[9:]

    def parts(text, separator):
        return re.split(f"(?<!{re.escape(release)}){re.escape(separator)}", text)

    segments = [parts(part.strip(), element) for part in parts(text, terminator) if part.strip()]
    return [[parts(tag, component)[0], *(parts(one, component) for one in rest)] for tag, *rest in segments]


def runs_of(segments, tag):
    """What stands before the first of the tag, then each with what is behind it."""
    runs = [[]]
    for segment in segments:
        if segment[0] == tag:
            runs.append([])
        runs[-1].append(segment)
    return runs


def counted_by(segments, code):
    """The sum of the quantities of the code; None: none."""
    found = [decimal.Decimal(segment[1][1].replace(",", ".")) for segment in segments if segment[0] == "QTY" and segment[1][0] == code]
    return sum(found) if found else None


def accepted(segments, sent_back=0):
    """RECADV: what was accepted (194), else what came (48) and neither goes back nor is destroyed."""
    came, kept = counted_by(segments, "48"), counted_by(segments, "194")
    refused = [counted_by(segments, code) for code in ("195", "196")]
    if kept is None and came is not None:
        kept = came - (sent_back if refused == [None, None] else sum(one or 0 for one in refused))
    return kept


def left_of(in_all, batches):
    return None if in_all is None else in_all - sum(batches)


def receipts(body):
    """RECADV: each batch, and what they leave of a line; all that cannot be counted is one fact (an exception)."""
    received, unread = 0, False
    for line in runs_of(body, "LIN")[1:]:
        own, *marked = runs_of(line, "PCI")
        batches = [one for one in map(accepted, marked) if one is not None]
        alone = [counted_by(one, code) or 0 for one in marked if accepted(one) is None for code in ("195", "196")]
        left = left_of(accepted(own, sum(alone)), batches)
        received += sum(one > 0 for one in batches) + (left is not None and left > 0)
        unread = unread or (left is None and not batches) or (left is not None and left < 0)
    return received + unread


def despatch_lines(body):
    """DESADV: a line for each batch and for what they leave, else one."""
    lines = 0
    for line in runs_of(body, "LIN")[1:]:
        own, *marked = runs_of(line, "PCI")
        batches = [one for one in (counted_by(part, "12") for part in marked) if one is not None]
        left = left_of(counted_by(own, "12"), batches)
        lines += len(batches) + (left is not None and left > 0) if batches else 1
    return lines


def levels(body):
    """INVRPT: a level for each quantity that did not move; what only packages tell apart is one, or none beside a total.
    All lines without one are one fact (an exception)."""
    moved = ("1", "11", "12", "21", "46", "47", "48", "61", "77", "153", "194")
    count, unread = 0, False
    for line in runs_of(body, "LIN")[1:]:
        tags = [segment[0] for segment in line if segment[0] in ("INV", "QTY")]
        places, loose, packed = 0, [], set()
        for part in runs_of(line, tags[0] if tags else "QTY")[1:]:  # D.96A: an INV below its QTY; D.01B: QTYs below their INV
            inv = next((segment[1:] for segment in part if segment[0] == "INV"), [])
            moves = any(inv[0:1] and inv[0]) and not (len(inv) > 3 and any(inv[3]))
            for quantity in runs_of(part, "QTY")[1:]:
                code, below = quantity[0][1][0], [(segment[0], *segment[1][:1]) for segment in quantity]
                if moves or code in moved:
                    continue
                if any(one[0] == "LOC" or one[:2] in (("GIN", "BX"), ("RFF", "BT")) for one in below):
                    places += 1
                elif "CPS" in [one[0] for one in below]:
                    packed.add(code)
                else:
                    loose.append(code)
        count += places + len(loose) + len(packed.difference(loose))
        unread = unread or not (places or loose or packed)
    return count + unread


def sold_lines(body):
    """SLSRPT: a line for each quantity sold or returned; what a LIN says as its stores do is their sum."""
    lines = 0
    for line in runs_of(body, "LIN")[1:]:
        own, *stores = [[segment[1][0] for segment in part if segment[0] == "QTY" and segment[1][0] in ("153", "61")]
                        for part in runs_of(line, "LOC")]
        in_stores = [code for store in stores for code in store]
        lines += len(in_stores) + sum(code not in in_stores for code in own)
    return lines


def edifact_record(body):
    if not body:
        return Record()
    tags = [segment[0] for segment in body]
    kind = body[0][2][0]
    if kind == "INVRPT":
        return Record(levels(body))
    if kind == "SLSRPT":  # a summary for each place that stands before its goods, else one
        places = [at for at, tag in enumerate(tags) if tag == "LOC"]
        before_goods = places and places[0] < tags.index("LIN")
        return Record(len(places) if before_goods else 1, sold_lines(body))
    if kind == "DESADV":
        return Record(1, despatch_lines(body))
    if kind == "RECADV":
        return Record(receipts(body))
    return Record()


def edifact(path):
    segments = edifact_segments(text_of(path))
    return [edifact_record(body) for body in sets_of(segments, EDIFACT)]
