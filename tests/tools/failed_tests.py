#!/usr/bin/python3
"""Names what failed in the results of ./tests/run, once more and together: at the end of a long log it is found.

    tests/tools/failed_tests.py            reads build/dev/results
    tests/tools/failed_tests.py FOLDER
"""

import collections
import pathlib
import re
import sys

import failure_modes
import junit

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINES_OF_A_CHECK = 8


def failed_checks(text):
    """Test -> the lines of its failed checks, from Catch's report."""
    lines = text.read_text(errors="replace").splitlines()
    name, found = "?", collections.defaultdict(list)
    for at, line in enumerate(lines):
        # Catch sets a case's name between two rules, and tells it once for all its checks.
        if re.fullmatch("-{79}", line) and at + 1 < len(lines) and not lines[at + 1].startswith(("-", ".", "/")):
            name = lines[at + 1]
        if re.search(r"^\S+:\d+: FAILED:", line):
            found[name].append(lines[at:at + LINES_OF_A_CHECK])
    return found


def unit_failures(results):
    told = {name: checks for text in sorted(results.glob("unit-*.txt")) for name, checks in failed_checks(text).items()}
    for name, checks in told.items():
        yield from ((f"unit: {name}", check) for check in checks)
    for name, result in failure_modes.unit_results(results).items():
        # Catch cuts a long name in its report.
        if result == "failed" and not any(name.startswith(start) for start in told):
            yield f"unit: {name}", ["the program ended within it"]


def junit_failures(results):
    for report in sorted(results.glob("*.xml")):
        for case in junit.cases(report):
            for trouble in junit.troubles(case):
                place = f"{case.get('classname')}.{case.get('name')}"
                yield f"{report.stem}: {place}", (trouble.get("message") or "").splitlines()[:LINES_OF_A_CHECK]


def main():
    results = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/dev/results"
    failures = [*unit_failures(results), *junit_failures(results)]
    if failures:
        print("\n== what failed")
    for test, why in failures:
        print(test, *(f"    {line}" for line in why if line.strip()), sep="\n")


if __name__ == "__main__":
    main()
