"""Runs a program under the system call filter of a systemd unit: under_unit_filter.py UNIT PROGRAM [ARGUMENT…]

What the unit does not allow fails with EPERM, as SystemCallErrorNumber= there says. PID 1 of a test machine need not
be systemd; which calls a group such as @system-service has, systemd-analyze says."""

import ctypes
import functools
import os
import pathlib
import re
import struct
import subprocess
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, EPERM = 0x7FFF0000, 0x00050001
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06


@functools.cache
def calls_of(name):
    """The system calls of a group, those of the groups within it too."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True)
    words = [line.strip() for line in listed.stdout.splitlines()[1:]]
    return set().union(*[calls_of(word) for word in words if word and not word.startswith("#")])


def numbers():
    for header in ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm-generic/unistd.h"):
        if pathlib.Path(header).exists():
            found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", pathlib.Path(header).read_text())
            return {name: int(number) for name, number in found}
    raise SystemExit("no numbers of system calls are here")


def allowed(unit):
    calls = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit.read_text(), re.M):
        named = set().union(*[calls_of(word) for word in line.lstrip("~").split()])
        # systemd's own rule: a list without ~ at the start adds @default.
        calls = calls - named if line.startswith("~") else calls | named | calls_of("@default")
    return calls


def main(unit, *command):
    known = numbers()
    program = [struct.pack("HBBI", LOAD, 0, 0, 0)]
    for name in allowed(pathlib.Path(unit)) & known.keys():
        program += [struct.pack("HBBI", EQUAL, 0, 1, known[name]), struct.pack("HBBI", RETURN, 0, 0, ALLOW)]
    program.append(struct.pack("HBBI", RETURN, 0, 0, EPERM))
    instructions = ctypes.create_string_buffer(b"".join(program))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(instructions)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0):
        raise SystemExit(f"no filter can be set: {os.strerror(ctypes.get_errno())}")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
