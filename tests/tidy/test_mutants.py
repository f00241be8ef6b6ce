"""The places that tests/mutants/run breaks are there: a mutant that no longer applies proves nothing. And what it calls
noticed is a broken promise, not a crash."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_mutant_still_applies():
    checked = subprocess.run([ROOT / "tests/mutants/run", "--check"], check=False, stderr=subprocess.PIPE, text=True)
    assert checked.returncode == 0, checked.stderr


def test_only_a_promise_that_the_simulator_names_counts_as_noticed():
    loader = importlib.machinery.SourceFileLoader("mutants", str(ROOT / "tests/mutants/run"))
    mutants = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutants", loader))
    loader.exec_module(mutants)
    told = "seed 62: sales 17 was answered, is unconfirmed and not in the outbox\nreplay: storeward-sim --seed 62\n"
    assert mutants.noticed(1, told) == told.splitlines()[0]
    for returncode, said in ((-6, "storeward: bug: outbox.cpp:12: seed > 0\n"), (-11, ""), (2, "usage: storeward-sim [--seed N]\n"),
                             (1, "storeward-sim: cannot run\n"), (-6, told), (0, "200 histories\n")):
        assert mutants.noticed(returncode, said) is None
