"""How many records a file holds, and what each must become, counted from its bytes with Python's own readers (csv, json,
xml.etree; EDI by its separators, in edi_record_counts.py): nothing of this is shared with the agent's decoders or templates.

`records_of(template, path)` gives a `Record` for each record, in the order of the file: the facts it states (each an event,
unless the record is refused or ignored as a whole; None: one at least) and, where its events have lines, how many lines of goods there are in all.
"""

import csv
import decimal
import itertools
import json
import re
import tarfile
import xml.etree.ElementTree

from counted_record import Record, text_of
from edi_record_counts import edifact, x12


# ---- EPCIS: an event is a record -------------------------------------------------------------------------------------

def is_goods(epc):
    if epc.startswith("http"):
        return "/01/" in epc or "/gtin/" in epc
    return epc.startswith(("urn:epc:id:sgtin:", "urn:epc:class:lgtin:", "urn:epc:idpat:sgtin:", "urn:epc:id:upui:", "urn:epc:idpat:upui:"))


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
    """A transaction; its lines are what was sold or taken back, and fees. Drawers are told of in as many ways as there are vendors."""
    records = []
    for element in xml.etree.ElementTree.parse(path).iter():
        if element.tag.rpartition("}")[2] != "Transaction":
            continue
        retail, stock = element.find("{*}RetailTransaction"), element.find("{*}InventoryControlTransaction")
        if retail is not None:
            items = retail.findall("{*}LineItem")
            goods = sum(any(one.find("{*}" + name) is not None for name in ("Sale", "Return", "MiscellaneousFee")) for one in items)
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
    the first); those of goods are its lines. What the first says of its status holds for those that say nothing."""
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
        for rows in groups:
            for row in rows:
                row["status"] = row.get("status") or rows[0].get("status") or ""
        return [Record(1, has_lines and sum(map(has_lines, rows))) for rows in groups]
    return count


def each_row(path):
    return [Record() for _ in rows_of(path)]


def is_goods_row(row):
    return bool(row.get("sku") or row.get("gtin"))


def is_receipt_line(row):
    """What is no goods may do without a number; payments, totals and discounts are no such lines."""
    return is_goods_row(row) or row.get("kind") in ("fee", "deposit", "rounding")


def is_ordered_row(row):
    named = is_goods_row(row) or row.get("description")
    return bool(named) and row["status"].lower() not in ("cancelled", "canceled", "storniert")


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
    "csv-sales": grouped("date", "register", "receipt", optional=["site"], has_lines=is_receipt_line),
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
