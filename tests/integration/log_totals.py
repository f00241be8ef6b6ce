#!/usr/bin/python3
"""What a sales log must add up to, computed straight from the CSV: events by type, lines, units and gross,
in all and per day, as JSON. Python's csv and decimal modules only; nothing of this is shared with the till.

    log_totals.py LOG.csv [LOG.csv ...]
"""

import csv
import json
import sys
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

SALE = "retail.sale.completed.v1"
RETURN = "retail.return.completed.v1"
TENDER = "retail.tender.movement.v1"
STOCK = "retail.stock.adjusted.v1"


def rows_of(path):
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as log:
        yield from csv.DictReader(log)


def day_of(text):
    for layout in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M"):
        try:
            return datetime.strptime(text.strip(), layout).date().isoformat()
        except ValueError:
            continue
    raise ValueError(f"not a time: {text!r}")


def invoices_of(paths):
    """Invoice number -> (day of its first row, [(quantity, price), ...])."""
    invoices = {}
    for path in paths:
        for row in rows_of(path):
            number = row["InvoiceNo"].strip()
            _, items = invoices.setdefault(number, (day_of(row["InvoiceDate"]), []))
            items.append((Decimal(row["Quantity"].strip()), Decimal(row["UnitPrice"].strip())))
    return invoices


def pennies(quantity, price):
    # ROUND_HALF_UP is half away from zero for either sign.
    return int((quantity * price * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def facts(number, items):
    """(type, events, lines, units, gross in pennies) of one invoice."""
    units = sum(quantity for quantity, _ in items)
    gross = sum(pennies(quantity, price) for quantity, price in items)
    if number[0] == "C":
        return RETURN, 1, len(items), -units, -gross
    if number[0] == "A":
        return TENDER, 1, 0, Decimal(0), gross
    if not any(price for _, price in items):
        return STOCK, len(items), len(items), units, 0
    return SALE, 1, len(items), units, gross


def empty():
    return {"events": 0, "lines": 0, "units": Decimal(0), "grossMinor": 0}


def totals(paths):
    types, days = {}, {}
    for number, (day, items) in invoices_of(paths).items():
        kind, events, lines, units, gross = facts(number, items)
        for place in (types, days.setdefault(day, {})):
            entry = place.setdefault(kind, empty())
            entry["events"] += events
            entry["lines"] += lines
            entry["units"] += units
            entry["grossMinor"] += gross
    return {"types": types, "days": days}


def plain(number):
    return format(number.normalize(), "f") if number else "0"


def as_json(result):
    return json.dumps(result, indent=1, sort_keys=True, default=plain)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(as_json(totals(sys.argv[1:])))
