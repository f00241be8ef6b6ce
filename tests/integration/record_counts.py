"""How many records a file holds, and what each must become, counted from its bytes with Python's own readers (csv, json,
xml.etree; EDI by its separators): nothing of this is shared with the agent's decoders or templates.

`records_of(template, path)` gives a `Record` for each record, in the order of the file: the facts it states (each an event,
unless the record is refused or ignored as a whole; None: one at least) and, where its events have lines, how many lines of goods there are in all.
"""

import collections
import csv
import decimal
import itertools
import json
import re
import tarfile
import xml.etree.ElementTree
from typing import NamedTuple, Optional


class Record(NamedTuple):
    facts: Optional[int] = 1
    lines: Optional[int] = None


def text_of(path):
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


# ---- EDI: a set or message is a record, and so is each run of segments that belong to none ----------------------------

def sets_of(segments, begin, end, envelope, alone=()):
    sets, stray = [], False
    inside = None
    for segment in segments:
        tag = segment[0]
        if inside is not None:
            inside.append(segment)
            if tag == end:
                inside = None
        elif tag == begin or tag in alone:
            sets.append([segment])
            inside = sets[-1] if tag == begin else None
            stray = False
        elif tag in envelope:
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
    return [x12_record(body) for body in sets_of(segments, "ST", "SE", {"ISA", "GS", "GE", "IEA"}, {"TA1"})]


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


def counted_by(segments, codes):
    """The first quantity of the first code that there is; None: none."""
    found = [segment[1][1] for code in codes for segment in segments if segment[0] == "QTY" and segment[1][0] == code]
    return decimal.Decimal(found[0].replace(",", ".")) if found else None


def parts_of_line(line, codes):
    """How many are of each batch with a quantity of its own, and what they leave of the line's."""
    own, *marked = runs_of(line, "PCI")
    batches = [counted for counted in (counted_by(one, codes) for one in marked) if counted is not None]
    in_all = counted_by(own, codes)
    return batches, None if in_all is None else in_all - sum(batches)


def receipts(body):
    """RECADV: each batch, and what they leave of a line; all that cannot be counted is one fact (an exception)."""
    received, unread = 0, False
    for line in runs_of(body, "LIN")[1:]:
        batches, left = parts_of_line(line, ("194", "48"))
        received += sum(one > 0 for one in batches) + (left is not None and left > 0)
        unread = unread or (left is None and not batches) or (left is not None and left < 0)
    return received + unread


def despatch_lines(body):
    """DESADV: a line for each batch and for what they leave, else one."""
    lines = 0
    for line in runs_of(body, "LIN")[1:]:
        batches, left = parts_of_line(line, ("12",))
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
    return [edifact_record(body) for body in sets_of(segments, "UNH", "UNT", {"UNB", "UNG", "UNE", "UNZ"})]


# ---- EPCIS: an event is a record -------------------------------------------------------------------------------------

def is_goods(epc):
    if epc.startswith("http"):
        return "/01/" in epc or "/gtin/" in epc
    return epc.startswith(("urn:epc:id:sgtin:", "urn:epc:class:lgtin:", "urn:epc:idpat:sgtin:"))


def is_unit(epc):
    return epc.startswith("urn:epc:id:sscc:") or (epc.startswith("http") and ("/00/" in epc or "/sscc/" in epc))


def epcis_record(event):
    """One thing counted, moved or seen is one fact; a shipment or a sale is one, whatever is in it. So is what is
    received of which only the pallets are named."""
    step = re.split("[:-]", event.get("bizStep", ""))[-1]
    epcs = sum(is_goods(epc) for name in ("epcList", "childEPCs") for epc in event.get(name, []))
    classes = [one for name in ("quantityList", "childQuantityList") for one in event.get(name, [])
               if is_goods(str(one.get("epcClass", "")))]
    if step == "receiving" and not epcs and not classes:
        named = [event.get("parentID", ""), *event.get("epcList", []), *event.get("childEPCs", [])]
        return Record(int(any(map(is_unit, named))))
    if step in ("receiving", "stocking", "storing", "picking"):
        without = any("quantity" not in one for one in classes)  # an exception, one for all of them
        return Record(epcs + sum(str(one.get("quantity", 0)) != "0" for one in classes) + without)
    if step in ("cycle_counting", "stock_taking"):
        counted = sum("quantity" in one for one in classes)
        return Record(epcs * (event.get("action") == "OBSERVE") + counted + (counted < len(classes)))
    return Record(1 if step in ("shipping", "retail_selling") else max(epcs, 1))


def epcis(path):
    text = text_of(path)
    if text.lstrip().startswith("<"):
        return [Record()]  # EPCIS 1.2: nothing of it is read
    document = json.loads(text)
    return [epcis_record(event) for event in document.get("epcisBody", {}).get("eventList", [document])]


# ---- JSON, XML, lines ------------------------------------------------------------------------------------------------

def document(path):
    found = json.loads(text_of(path))
    return [Record()] * (len(found) if isinstance(found, list) else 1)


def members_of(name):
    return lambda path: [Record()] * len(json.loads(text_of(path))[name])


def products(path):
    """Of each variant what it is and, where it is known, what it costs."""
    found = json.loads(text_of(path))
    product = found.get("product", found)
    variants = product.get("variants", [found.get("variant", found)])
    return [Record(sum(2 if one.get("price") else 1 for one in variants))]


def inventory_levels(path):
    return [Record(len(json.loads(text_of(path)).get("inventory_levels", [0])))]


def tag_reads(path):
    text, records, at = text_of(path).strip(), [], 0
    while at < len(text):
        read, end = json.JSONDecoder().raw_decode(text[at:])
        records.append(Record(len(read["data"].get("tagData", [])) + len(read["data"].get("barcodeData", []))))
        at += end + len(text[at + end:]) - len(text[at + end:].lstrip())
    return records


def lines(path):
    return [Record() for line in text_of(path).split("\n") if line.strip()]


def gift_cards(retail):
    """Those that are sold, filled, paid with: each moves, unless its tender was voided."""
    return sum(card.tag.rpartition("}")[2] == "GiftCard" for line in retail.findall("{*}LineItem") for goods in line
               if not (goods.tag.endswith("}Tender") and "true" in (line.get("VoidFlag"), goods.get("VoidFlag")))
               for card in goods)


def stock_lines(control):
    """One counted as nothing was counted; of one with nothing in it nothing moved."""
    facts = 0
    for line in control.iter():
        quantity = next((one for name in ("Quantity", "UnitCount") if (one := line.find(f"{{*}}{name}")) is not None), None)
        facts += quantity is not None and (control.find("{*}InventoryCount") is not None or decimal.Decimal(quantity.text) != 0)
    return max(facts, 1)


def poslog(path):
    """A transaction; its lines are what was sold or taken back. Drawers are told of in as many ways as there are vendors."""
    records = []
    for element in xml.etree.ElementTree.parse(path).iter():
        if element.tag.rpartition("}")[2] != "Transaction":
            continue
        retail, stock = element.find("{*}RetailTransaction"), element.find("{*}InventoryControlTransaction")
        if retail is not None:
            items = retail.findall("{*}LineItem")
            goods = sum(one.find("{*}Sale") is not None or one.find("{*}Return") is not None for one in items)
            records.append(Record(1 + gift_cards(retail), goods if items else None))
        elif stock is not None:
            records.append(Record(stock_lines(stock)))
        else:
            records.append(Record(None if element.find("{*}TenderControlTransaction") is not None else 1))
    return records


# ---- CSV -------------------------------------------------------------------------------------------------------------

def rows_of(path):
    """All but those of nothing but delimiters."""
    return [row for row in csv.DictReader(text_of(path).splitlines(keepends=True)) if any(row.values())]


def grouped(*columns, optional=(), has_lines=None):
    """Rows that follow each other with the same in these columns are a record (an optional column may be empty in those behind
    the first); those of goods are its lines."""
    def belongs(row, to):
        return (all(row[column] == to[column] for column in columns)
                and all(row.get(column) in (None, "", to.get(column)) for column in optional))

    def count(path):
        groups = []
        for row in rows_of(path):
            if groups and belongs(row, groups[-1][0]):
                groups[-1].append(row)
            else:
                groups.append([row])
        return [Record(1, has_lines and sum(map(has_lines, rows))) for rows in groups]
    return count


def each_row(path):
    return [Record() for _ in rows_of(path)]


def is_goods_row(row):
    return bool(row.get("sku") or row.get("gtin"))


def is_ordered_row(row):
    return is_goods_row(row) and row.get("status", "").lower() not in ("cancelled", "canceled", "storniert")


def invoices(path):
    """A receipt without a price on any row and without a customer is a fact a row: stock written off or found.

    Rows of others may stand between those of one; they come in the order of their last rows.
    """
    invoices_by_last_row = {}
    for row in rows_of(path):
        number = row["InvoiceNo"]
        invoices_by_last_row[number] = [*invoices_by_last_row.pop(number, []), row]
    records = []
    for number, rows in invoices_by_last_row.items():
        priced = any(decimal.Decimal(row["UnitPrice"]) != 0 or row["CustomerID"] for row in rows)
        records.append(Record(1, len(rows)) if priced or number[0] == "C" else Record(len(rows), 0))
    return records


def items(path):
    """What it is and, where the row has a price, what it costs."""
    return [Record(2 if row["price"] else 1) for row in rows_of(path)]


def paid_out(column, word, batch=None):
    """A payout is a line and a batch, one made by hand (without the column `batch`) a line alone."""
    def count(path):
        return [Record(2 if row[column].lower() in word and (batch is None or row.get(batch)) else 1) for row in rows_of(path)]
    return count


def amazon_orders(path):
    """An order, and that it was shipped; of one that was cancelled that. Its lines are what was not."""
    rows = csv.DictReader(text_of(path).splitlines(keepends=True), delimiter="\t", quoting=csv.QUOTE_NONE)
    records = []
    for _, group in itertools.groupby(rows, lambda row: row.get("amazon-order-id") or row.get("order-id")):
        group = list(group)
        ordered = sum(row.get("item-status") != "Cancelled" and row.get("order-status") != "Cancelled" for row in group)
        records.append(Record(1 + (ordered > 0 and group[0].get("order-status") == "Shipped"), ordered))
    return records


def closings(path):
    """Each receipt or movement, each closing, and each line of a receipt that is not there. What they state is compared with
    the closing itself (dsfinvk_totals_test)."""
    rows = {}
    with tarfile.open(path) as tar:
        for name in tar.getnames():
            text = tar.extractfile(name).read() if name.endswith(".csv") else b""
            lines = text.removeprefix(b"\xef\xbb\xbf").decode().splitlines(keepends=True)
            rows[name.rpartition("/")[2]] = list(csv.DictReader(lines, delimiter=";"))

    def receipt(row):
        return row["Z_KASSE_ID"], row["Z_NR"], row["BON_ID"]
    receipts = set(map(receipt, rows["transactions.csv"]))
    lost = sum(receipt(row) not in receipts for row in rows["lines.csv"])
    return [Record(None)] * (len(rows["transactions.csv"]) + len(rows["cashpointclosing.csv"]) + lost)


def paypal(path):
    return [Record() for row in csv.reader(text_of(path).splitlines(keepends=True)) if row and row[0] != "CH"]


COUNTERS = {
    "x12": x12, "edifact": edifact, "epcis": epcis, "poslog": poslog, "gs1-scan": lines, "scanner-lines": lines,
    "zebra-fx": document, "zebra-rfd": tag_reads, "shopify-product": products, "shopify-inventory-level": inventory_levels,
    "shopify-payout-transactions": members_of("transactions"),
    "shopify-tender-transactions": members_of("tender_transactions"),
    "csv-sales": grouped("date", "register", "receipt", optional=["site"], has_lines=is_goods_row),
    "csv-orders": grouped("order", optional=["channel"], has_lines=is_ordered_row),
    "csv-returns": grouped("return", has_lines=is_goods_row),
    "csv-shipments": grouped("shipment", optional=["location"], has_lines=is_goods_row),
    "csv-dayclose": grouped("date", "register", "close", optional=["site"]),
    "csv-inventory": each_row, "csv-receipts": each_row, "csv-stock-adjustments": each_row, "csv-sales-summary": each_row,
    "csv-items": items,
    "online-retail": invoices, "paypal-settlement": paypal, "amazon-orders": amazon_orders, "dsfinvk": closings,
    "adyen-settlement": paid_out("Type", ["merchantpayout"]), "csv-settlement": paid_out("kind", ["payout", "auszahlung"]),
    "stripe-settlement": paid_out("reporting_category", ["payout"], batch="automatic_payout_id"),
}


def records_of(template, path):
    return COUNTERS.get(template, document)(path)
