#!/usr/bin/env python3
"""cmake --install into an empty prefix: programs, licence, and service files that name the installed program.

Usage: install_test.py BUILD_DIRECTORY
"""

import configparser
import os
import plistlib
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = sys.argv.pop()


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.prefix = Path(cls.directory.name) / "a prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_programs_run(self):
        for name in ("kaizend", "kaizenctl"):
            subprocess.run([self.prefix / "bin" / name, "--help"], check=True, stdout=subprocess.DEVNULL)

    def test_licence_is_there(self):
        text = (self.prefix / "share/doc/kaizend/LICENSE").read_text()
        self.assertIn("GNU AFFERO GENERAL PUBLIC LICENSE", text)

    def test_unit_starts_the_installed_program(self):
        path = self.prefix / "lib/systemd/user/kaizend.service"
        unit = configparser.ConfigParser(interpolation=None, strict=False)  # SystemCallFilter adds up
        unit.optionxform = str
        unit.read(path)
        self.assertEqual(unit["Service"]["ExecStart"], f'"{self.prefix}/bin/kaizend"')
        self.assertEqual(unit["Service"]["RestartPreventExitStatus"], "64 65 75 78")
        self.assertTrue((path.parent / "kaizend.socket").is_file())

    def test_launch_agent_starts_the_installed_program(self):
        with open(self.prefix / "share/kaizend/launchd/dev.kaizen.kaizend.plist", "rb") as file:
            agent = plistlib.load(file)
        self.assertEqual(agent["Label"], "dev.kaizen.kaizend")
        self.assertEqual(agent["ProgramArguments"][-1], f"{self.prefix}/bin/kaizend")
        self.assertTrue(agent["RunAtLoad"])
        self.assertEqual(agent["KeepAlive"], {"SuccessfulExit": False})
        self.assertEqual(agent["Umask"], 0o077)
        self.assertEqual(agent["ProcessType"], "Background")
        self.assertEqual(agent["ThrottleInterval"], 60)
        self.assertEqual(agent["HardResourceLimits"], {"Core": 0})

    def test_launch_agent_shell_line_logs_and_becomes_the_program(self):
        with open(self.prefix / "share/kaizend/launchd/dev.kaizen.kaizend.plist", "rb") as file:
            arguments = plistlib.load(file)["ProgramArguments"]
        with tempfile.TemporaryDirectory() as home:
            program = Path(home) / "program"
            program.write_text("#!/bin/sh\necho started >&2\n")
            program.chmod(0o700)
            subprocess.run([*arguments[:-1], program], check=True, env={"HOME": home, "PATH": os.environ["PATH"]})
            self.assertEqual((Path(home) / "Library/Logs/kaizen/kaizend.log").read_text(), "started\n")


if __name__ == "__main__":
    unittest.main()
