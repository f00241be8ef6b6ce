"""A small disk of its own for an agent's state: a tmpfs, where one may be mounted."""

import os
import subprocess

import pytest


class SmallDisk:
    def __init__(self, path, size):
        self.path = path
        path.mkdir(exist_ok=True)
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], stderr=subprocess.PIPE,
                              text=True) if os.geteuid() == 0 else None
        if made is None or made.returncode != 0:
            pytest.skip("no disk may be mounted here: " + (made.stderr.strip() if made else "not root"))

    def free_bytes(self):
        disk = os.statvfs(self.path)
        return disk.f_bavail * disk.f_frsize

    def fill(self):
        """Another program takes whatever is free."""
        with open(self.path / "foreign", "ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                assert self.free_bytes() == 0

    def tidy(self):
        (self.path / "foreign").unlink()

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.path)], check=True)

    def unmount(self):
        subprocess.run(["umount", "-l", str(self.path)], check=True)
