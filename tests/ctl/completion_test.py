#!/usr/bin/env python3
"""Completion as shells do it: bash really completes, with the sessions of a kaizenctl on PATH; zsh and fish read the script, and fish
completes, too."""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

KAIZENCTL = os.environ["KAIZENCTL"]
# Completes the words given, the last of which may be empty, as readline would.
IN_BASH = r"""source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }
_kaizenctl
printf '%s\n' "${COMPREPLY[@]}"
"""


class Completion(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="kaizen-completion-")
        self.addCleanup(self.place.cleanup)
        self.directory = Path(self.place.name)
        self.env = {"PATH": f"{self.directory}:{os.environ['PATH']}", "HOME": str(self.directory)}

    def script(self, shell):
        file = self.directory / f"completion.{shell}"
        file.write_text(subprocess.run([KAIZENCTL, "completion", shell], check=True, capture_output=True, text=True).stdout)
        return file

    def complete(self, *words):
        done = subprocess.run(["bash", "-uc", IN_BASH, "bash", self.script("bash"), "kaizenctl", *words], env=self.env,
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.strip("\n").split("\n") if done.stdout.strip() else []

    def answer_sessions_with(self, text, code=0):
        program = self.directory / "kaizenctl"
        program.write_text(f"#!/bin/sh\n[ \"$1\" = sessions ] && echo '{text}'\nexit {code}\n")
        program.chmod(0o700)

    def test_bash_completes_commands_actions_and_options(self):
        self.assertEqual(self.complete("st"), ["status", "stop"])
        self.assertEqual(self.complete("sync", ""), ["pause", "resume", "test", "backfill"])
        self.assertEqual(self.complete("--utc", "outbox", "d"), ["dead", "drop"])
        self.assertEqual(self.complete("sync", "pause", ""), [])
        self.assertEqual(self.complete("status", "--ch"), ["--check"])
        self.assertIn("--json", self.complete("usage", "--"))
        self.assertEqual(self.complete("completion", ""), ["bash", "zsh", "fish"])

    def test_bash_completes_values(self):
        self.assertEqual(self.complete("usage", "--by", "m"), ["month", "model"])
        self.assertEqual(self.complete("--color", "a"), ["auto", "always"])
        self.assertEqual(self.complete("status", "--color", "=", "n"), ["never"])
        self.assertEqual(self.complete("sessions", "--agent", "c"), ["claude", "codex", "cursor"])
        self.assertEqual(self.complete("sessions", "--limit", ""), [])
        self.assertEqual(self.complete("--color", "never", "sy"), ["sync"])
        (self.directory / "a place").mkdir()
        self.assertEqual(self.complete("sessions", "--workspace", f"{self.directory}/a"), [f"{self.directory}/a place"])
        (self.directory / "api.json").touch()
        self.assertEqual(self.complete("prices", "im"), ["import"])
        self.assertEqual(self.complete("prices", "import", f"{self.directory}/ap"), [f"{self.directory}/api.json"])

    def test_bash_completes_sessions(self):
        self.answer_sessions_with('{"sessions":[{"id":"1b3e-first","agent":"claude"},{"id":"2c35-second","agent":"codex"}]}')
        self.assertEqual(self.complete("show", ""), ["1b3e-first", "2c35-second"])
        self.assertEqual(self.complete("tail", "2"), ["2c35-second"])

    def test_bash_is_silent_without_a_daemon(self):
        self.answer_sessions_with("", 3)
        self.assertEqual(self.complete("show", ""), [])

    def test_zsh_reads_it(self):
        if shutil.which("zsh") is None:
            self.skipTest("no zsh here")
        done = subprocess.run(["zsh", "-f", "-c", "autoload -U compinit && compinit -u -D; source $1; whence -w _kaizenctl", "zsh",
                               self.script("zsh")], env=self.env, capture_output=True, text=True)
        self.assertEqual((done.stdout, done.stderr), ("_kaizenctl: function\n", ""))

    def test_fish_completes(self):
        if shutil.which("fish") is None:
            self.skipTest("no fish here")
        self.answer_sessions_with('{"sessions":[{"id":"1b3e-first"}]}')
        for words, expected in {"sync ": {"pause", "resume", "test", "backfill"}, "usage --by m": {"month", "model"},
                                "show ": {"1b3e-first"}, "sync pause ": set()}.items():
            done = subprocess.run(["fish", "--no-config", "-c", f"source {self.script('fish')}; complete -C 'kaizenctl {words}'"],
                                  env=self.env, capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            found = {line.split("\t")[0] for line in done.stdout.splitlines()}
            self.assertEqual({word for word in found if not word.startswith("-")}, expected, words)


if __name__ == "__main__":
    unittest.main()
