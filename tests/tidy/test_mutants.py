"""The places that tests/mutants/run breaks are there: a mutant that no longer applies proves nothing."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_mutant_still_applies():
    checked = subprocess.run([ROOT / "tests/mutants/run", "--check"], check=False, stderr=subprocess.PIPE, text=True)
    assert checked.returncode == 0, checked.stderr
