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


def test_a_promised_number_is_played_by_its_long_form_alone():
    runs = failure_modes.Runs()
    runs.add(False, "passed", ["8 kills"])
    fault = {"group": "g", "fault": "f", "promise": "p", "long": {"a": "1,000 kills"}}
    short = {"F1": [("a", runs.told("1,000 kills"))]}
    assert short["F1"] == [("a", "passed (short form); 8 kills; not run (1,000 kills)")]
    assert "not run (1,000 kills)<br>**short form only** |" in failure_modes.table({"F1": fault}, short)
    assert failure_modes.unproved({"F1": fault}, short) == []

    runs.add(True, "passed", ["1000 kills"])
    both = {"F1": [("a", runs.told("1,000 kills"))]}
    assert both["F1"] == [("a", "passed (short form); 8 kills; passed (1,000 kills); 1000 kills")]
    assert "short form only" not in failure_modes.table({"F1": fault}, both).partition("## G")[2]
    assert runs.told() == "passed; 8 kills; 1000 kills"

    runs.add(True, "failed", [])
    assert failure_modes.unproved({"F1": fault}, {"F1": [("a", runs.told("1,000 kills"))]}) == ["F1"]


def test_only_what_was_made_at_full_length_is_a_long_form(tmp_path, monkeypatch):
    monkeypatch.setattr(failure_modes, "RESULTS", tmp_path)
    (tmp_path / "ctest.xml").write_text('<t><testcase name="sim" status="run"><system-out>200 histories</system-out></testcase></t>')
    soak = '<t><testcase classname="tests.integration.test_soak" name="test_f55_restarts_without_end_leave_nothing_behind"/></t>'
    (tmp_path / "integration.xml").write_text(soak)

    def told():
        name = "test_soak::test_f55_restarts_without_end_leave_nothing_behind"
        return failure_modes.programs()["sim"].told("10,000 seeds"), failure_modes.integration_tests()[name][1].told("1,000 restarts")
    assert told() == ("passed (short form); 200 histories; not run (10,000 seeds)", "passed (short form); not run (1,000 restarts)")
    (tmp_path / "sim-full.xml").write_text('<t><testcase name="sim-to-10000" status="run"/></t>')
    (tmp_path / "integration-full.xml").write_text(soak)
    assert told() == ("passed (short form); 200 histories; passed (10,000 seeds)", "passed (short form); passed (1,000 restarts)")
    (tmp_path / "integration-full.xml").unlink()
    (tmp_path / "run.txt").write_text("`./tests/run --full` of 1234567, 2026-11-28")
    assert told()[1] == "not run (short form); passed (1,000 restarts)"


def test_a_long_form_is_one_of_a_test_of_its_row():
    marked = failure_modes.integration_tests()
    for row, fault in failure_modes.known_faults().items():
        for name in fault.get("long", {}):
            assert name in fault.get("programs", []) or row in marked[name][0], f"{name} is no test of {row}"


def test_every_row_of_the_list_has_what_the_table_shows():
    for row, fault in failure_modes.known_faults().items():
        assert {"group", "fault", "promise"} <= set(fault) <= {"group", "fault", "promise", "programs", "long", "not_built_yet"}, row
