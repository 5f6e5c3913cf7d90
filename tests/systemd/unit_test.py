#!/usr/bin/env python3
"""What systemd itself says of the units: nothing to complain about, and how exposed the service is."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import units

LARGEST_EXPOSURE = 2.0


class Unit(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="kaizen-unit-")
        self.addCleanup(self.place.cleanup)
        self.bindir = Path(self.place.name) / "a prefix/bin"
        self.bindir.mkdir(parents=True)
        shutil.copy("/bin/true", self.bindir / "kaizend")
        self.units = units.fill_in(self.place.name, self.bindir)

    def analyze(self, *words):
        return subprocess.run(["systemd-analyze", "--user", *words], capture_output=True, text=True,
                              env={**os.environ, "XDG_RUNTIME_DIR": self.place.name})

    def test_systemd_has_nothing_to_complain_about(self):
        done = self.analyze("--man=no", "verify", *self.units)
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in done.stderr.splitlines():
            self.assertNotIn("kaizend", line)

    def test_systemd_complains_about_a_unit_with_a_fault(self):
        with open(self.units[0], "a") as unit:
            unit.write("[Service]\nNoSuchKey=yes\n")
        self.assertIn("NoSuchKey", self.analyze("--man=no", "verify", *self.units).stderr)

    def test_little_is_exposed(self):
        done = self.analyze("security", "--offline=true", "--no-pager", self.units[0])
        found = re.search(r"Overall exposure level for kaizend\.service: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(found, done.stdout + done.stderr)
        print(f"exposure: {found[1]}")
        self.assertLessEqual(float(found[1]), LARGEST_EXPOSURE, done.stdout)

    def test_the_socket_is_the_owners(self):
        socket = self.units[1]
        self.assertEqual(units.values(socket, "SocketMode"), ["0600"])
        self.assertEqual(units.values(socket, "DirectoryMode"), ["0700"])
        self.assertEqual(units.values(socket, "ListenStream"), ["%t/kaizen/kaizend.sock"])


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("SKIPPED: no systemd-analyze here (package systemd)")
        sys.exit(0)
    unittest.main()
