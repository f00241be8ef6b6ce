"""What is installed: the programs, stripped, and the libraries that they load."""

import subprocess

import frame
from programs import BUILD


def stripped_mb(program, directory):
    subprocess.run(["strip", "-o", directory / program, BUILD / "bin" / program], check=True)
    return (directory / program).stat().st_size / 1e6


def libraries(program):
    said = subprocess.run(["ldd", BUILD / "bin" / program], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split()[0] for line in said.splitlines() if "=>" in line]


def measure(bench):
    with bench.directory() as directory:
        agent, line = (stripped_mb(program, directory) for program in ("storeward", "storeward-link"))
    loaded = libraries("storeward")
    postgres = [name for name in loaded + libraries("storeward-link") if "pq" in name]
    return [
        frame.row("storeward, stripped", "MB", [agent], goal=frame.at_most(4, "MB"),
                  remark=f"and storeward-link {line:.2f} MB"),
        frame.row("libraries that storeward loads", "", [len(loaded)], remark=f"{', '.join(sorted(loaded))}"),
        frame.row("PostgreSQL client libraries among them", "", [len(postgres)], goal=frame.at_most(0, "")),
    ]
