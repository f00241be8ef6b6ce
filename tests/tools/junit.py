#!/usr/bin/python3
"""The tests in a JUnit file and how each went.

    tests/tools/junit.py FILE        prints how many passed and how many failed: "9 1"
"""

import collections
import sys
import xml.etree.ElementTree


def cases(file):
    return list(xml.etree.ElementTree.parse(file).getroot().iter("testcase"))


def troubles(case):
    return [*case.findall("failure"), *case.findall("error")]


def result_of(case):
    if troubles(case):
        return "failed"
    skipped = case.find("skipped")
    if skipped is None:
        return "passed"
    return "expected to fail" if "xfail" in (skipped.get("type") or "") else "not run"


if __name__ == "__main__":
    results = collections.Counter(result_of(case) for case in cases(sys.argv[1]))
    print(results["passed"], results["failed"])
