"""Clang takes every fuzz target. Each day g++ replays their corpora; what only clang rejects would be noticed when somebody
fuzzes. clang-tidy has clang's front end, and needs no clang."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_clang_compiles_every_fuzz_target():
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/fuzz").glob("*.cpp"))
    assert len(sources) > 20
    # At least one check has to be on; what clang itself says comes with it.
    read = ["clang-tidy", "--quiet", "--checks=-*,clang-diagnostic-*,misc-definitions-in-headers", "{}", "--", "-std=c++20",
            f"-I{ROOT}"]
    found = subprocess.run(["xargs", "-P2", "-I{}", *read], cwd=ROOT, input="\n".join(sources), capture_output=True, text=True)
    said = sorted({line for line in found.stdout.splitlines() if "warning:" in line or "error:" in line})
    assert found.returncode == 0 and not said, "\n".join(said) or found.stderr


def test_every_fuzz_target_has_a_dictionary_that_libfuzzer_reads():
    corpora = {folder.name for folder in (ROOT / "tests/fuzz/corpus").iterdir()}
    dictionaries = {file.name: file.read_text(encoding="ascii") for file in (ROOT / "tests/fuzz/dictionaries").iterdir()}
    assert dictionaries.keys() == corpora
    word = r'"(?:[^"\\]|\\\\|\\"|\\x[0-9a-fA-F]{2})+"'
    wrong = [f"{name}: {line}" for name, text in dictionaries.items() for line in text.splitlines() if not re.fullmatch(word, line)]
    assert not wrong
