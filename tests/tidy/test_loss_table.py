"""The loss table calls passed what ran and passed, and nothing else; a row that nothing proves fails the run."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))

import failed_tests  # noqa: E402
import failure_modes  # noqa: E402

LISTED = """Matching test cases:
  a power cut loses nothing
      [F1][store]
  a name so long that it is listed on two lines, and cut there where a hyphen-
    ated word stands
      [F1]
  a test of another thing
      [store]
3 matching test cases
"""
LONG = "a name so long that it is listed on two lines, and cut there where a hyphen-ated word stands"


def results_of(folder, text):
    (folder / "unit-store.cases").write_text(text)
    return {name: result for name, _, result in failure_modes.catch_tests(LISTED, failure_modes.unit_results(folder))}


def test_a_unit_test_that_did_not_run_is_not_passed(tmp_path):
    (tmp_path / "unit-store.txt").write_text("SIGSEGV\n")
    assert set(results_of(tmp_path, "").values()) == {"not run"}
    assert len(results_of(tmp_path, "")) == 2
    assert results_of(tmp_path, f"begun {LONG}\npassed {LONG}\n")[LONG] == "passed"


def test_a_unit_test_within_which_the_program_ended_has_failed(tmp_path):
    assert results_of(tmp_path, "begun a power cut loses nothing\n")["a power cut loses nothing"] == "failed"
    assert [test for test, _ in failed_tests.unit_failures(tmp_path)] == ["unit: a power cut loses nothing"]


def test_what_is_not_built_stands_beside_the_proofs_of_the_rest():
    faults = {"F1": {"group": "g", "fault": "f", "promise": "p", "not_built_yet": "the alarms"}}
    shown = failure_modes.table(faults, {"F1": [("a test", "passed")]})
    assert "a test: passed<br>*not built yet*: the alarms |" in shown


def test_a_row_is_open_that_nothing_proves_and_that_is_not_called_unbuilt():
    faults = {"F1": {}, "F2": {}, "F3": {}, "F4": {"not_built_yet": "all of it"}, "F5": {"not_built_yet": "a part"}, "F6": {}}
    proofs = {"F1": [("a", "not run"), ("b", "passed; 3 s")], "F2": [("a", "not run")], "F3": [], "F4": [], "F5": [("a", "failed")],
              "F6": [("a", "passed"), ("b", "failed; 3 s")]}
    assert failure_modes.unproved(faults, proofs) == ["F2", "F3", "F5", "F6"]


def test_every_row_of_the_list_has_what_the_table_shows():
    for row, fault in failure_modes.known_faults().items():
        assert {"group", "fault", "promise"} <= set(fault) <= {"group", "fault", "promise", "programs", "not_built_yet"}, row
