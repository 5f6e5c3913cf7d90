#!/usr/bin/env python3
"""The manual says what the programs say of themselves, and nothing that groff stumbles over.

Usage: manual_test.py DIRECTORY_OF_PAGES
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PAGES = Path(sys.argv.pop())
KAIZEND, KAIZENCTL = os.environ["KAIZEND"], os.environ["KAIZENCTL"]
LISTS = """
[[watch.root]]
agent = "codex"
path = "/a"
[[export.to]]
type = "otlp"
[[export.to]]
type = "posthog"
api_key = "k"
[[export.to]]
type = "datadog"
api_key = "k"
[[export.to]]
type = "file"
path = "/b"
[[redact.rule]]
name = "n"
pattern = "p"
"""


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def options_of(help_text):
    return set(re.findall(r"(?:^|[ ,])(--?[a-z][a-z-]*)", "\n".join(
        line[:30] for line in help_text.splitlines() if line.startswith("  -"))))


class Manual(unittest.TestCase):
    def page(self, name):
        return (PAGES / name).read_text().replace("\\-", "-")

    def test_kaizend_has_all_options(self):
        options = options_of(output(KAIZEND, "--help"))
        self.assertIn("--check-config", options)
        for option in options:
            self.assertIn(option, self.page("kaizend.1"))

    def test_kaizenctl_has_all_commands_and_options(self):
        sections = re.split(r"\n\.S[SH] ", self.page("kaizenctl.1"))
        by_name = {section.split("\n", 1)[0].strip('"').split(" ")[0]: section for section in sections}
        commands = re.findall(r"^  ([a-z]+) ", output(KAIZENCTL), re.MULTILINE)
        self.assertGreater(len(commands), 10)
        for command in commands:
            self.assertIn(command, by_name)
            for option in options_of(output(KAIZENCTL, command, "--help")) - {"-h", "--help"}:
                self.assertIn(option, by_name[command] + by_name["OPTIONS"], command)
        for option in options_of(output(KAIZENCTL, "--help")):
            self.assertIn(option, by_name["OPTIONS"])

    def test_configuration_has_all_keys_in_their_sections(self):
        with tempfile.TemporaryDirectory() as home:
            config = Path(home) / "config.toml"
            config.write_text(LISTS)
            report = output(KAIZEND, "--config", config, "--check-config")
        sections = {section.split("]", 1)[0]: section for section in re.split(r"\n\.SS \[+", self.page("kaizen-config.5"))}
        keys = {re.sub(r"\[\d+\]", "", key) for key in re.findall(r"^([a-z_.\[\]\d]+)  ", report, re.MULTILINE)}
        self.assertGreater(len(keys), 30)
        for key in keys:
            section, name = key.rsplit(".", 1)
            self.assertIn(f"\n.B {name} ", sections[section], key)

    def test_groff_has_nothing_to_complain_about(self):
        if shutil.which("groff") is None:
            self.skipTest("no groff here (package groff-base)")
        for page in sorted(PAGES.glob("*.[15]")):
            done = subprocess.run(["groff", "-man", "-ww", "-z", page], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)


if __name__ == "__main__":
    unittest.main()
