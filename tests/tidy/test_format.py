"""The layout of the C++ sources is clang-format's."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_source_is_laid_out_by_clang_format():
    sources = [path for folder in ("agent", "config", "drivers", "store", "tests")
               for pattern in ("*.cpp", "*.h") for path in (ROOT / folder).rglob(pattern)]
    assert len(sources) > 200
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], capture_output=True, text=True)
    wrong = sorted({line.split(":")[0] for line in result.stderr.splitlines() if "error:" in line})
    assert result.returncode == 0, f"run clang-format -i on {wrong}"
