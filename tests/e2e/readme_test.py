#!/usr/bin/env python3
"""Every command of the README, word for word, against the built programs; a command that this test does not know is a failure.

A fresh home with a daemon, a server that takes what is sent, and a systemctl that only says how it was called. What cannot be run here
is listed with the reason."""
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import harness
from ingest_server import IngestServer

ROOT = Path(__file__).resolve().parents[2]
SESSION = "2c35c432-9a19-404f-8591-810b875cfe2f"
PROGRAMS = {"kaizend", "kaizenctl", "systemctl", "systemd-analyze", "sudo", "cpack", "cmake", "curl", "openssl", "man", "daemon/run",
            "tests/run", "tests/bench/run", "tests/fuzz/run", "tests/support/kaizen-ingest-stub"}
TAKES_PACKAGES = "builds, and installs packages"
NOT_RUN = {
    "daemon/run": TAKES_PACKAGES,
    "daemon/run --background": TAKES_PACKAGES,
    "tests/run": TAKES_PACKAGES,
    "tests/run --preset clang": TAKES_PACKAGES,
    "tests/run --preset tsan": TAKES_PACKAGES,
    "tests/fuzz/run --minutes 60": "takes an hour",
    "tests/bench/run": "takes minutes; measures",
    "tests/bench/run flush": "takes minutes; measures",
    "tests/bench/run redact": "takes minutes; measures",
    "tests/bench/run scale": "takes half an hour; measures",
    "tests/bench/run compare OLD_KAIZEND": "needs another build; measures",
    "cmake --build --preset release": "a second build",
    "cpack --config build/release/CPackConfig.cmake -B build/package": "the test \"package\" does so with this build",
    "sudo apt install ./build/package/kaizend_0.1.0-1_amd64.deb": "changes the machine; the test \"package\" unpacks it",
    "sudo apt remove kaizend": "changes the machine",
    "cmake --install build/release --prefix /usr/local": "changes the machine; the test \"lint.install\" has a prefix of its own",
    "kaizenctl service install": "a kaizend by hand runs here, which is in its way; the test \"e2e.service\" does so",
    "kaizenctl service status": "likewise",
    "man kaizenctl": "its pages are read by the test \"ctl.manual\"",
    "man kaizend": "likewise",
    "man kaizen-config": "likewise",
    "systemd-analyze --user security": "the test \"systemd.unit\" asks it about the unit",
    "tests/support/kaizen-ingest-stub --port 8787": "the same server runs here, on a port that is free",
}
# Said of a command, with a word in place of what a person would put there.
AS_RUN = {
    "kaizenctl tail": "kaizenctl tail --no-follow",
}
FRAGMENTS = {"kaizenctl", "kaizend", "kaizenctl …", "kaizenctl … --json"}  # names of programs
MAY_END_WITH = {"kaizenctl doctor": {0, 7}, "kaizenctl doctor --bugreport FILE": {0, 7}}


def commands_of(text):
    """The commands: of each indented block, and of `code` in the text."""
    found = []
    for block in re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", text, re.MULTILINE):
        lines = [line[4:] for line in block.splitlines()]
        if any(line.startswith("$ ") for line in lines):  # the others are what it prints
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        found += [re.sub(r"\s+#.*", "", line).strip() for line in lines]
    prose = re.sub(r"^    .*$", "", text, flags=re.MULTILINE)
    found += [re.sub(r"\s+", " ", code) for code in re.findall(r"`([^`]+)`", prose)]
    return list(dict.fromkeys(line for line in found if line.split() and line.split()[0] in PROGRAMS and line not in FRAGMENTS))


def unknown_programs(text):
    """First words of indented lines that are programs of this machine or of the tree, and not of PROGRAMS."""
    for block in re.findall(r"(?:^    .*\n)+", text, re.MULTILINE):
        for word, rest in re.findall(r"^    (\S+) *(.*)$", block, re.MULTILINE):
            is_program = shutil.which(word) or "/" in word and os.access(ROOT / word, os.X_OK)
            if is_program and "    $ " not in block and not rest.startswith("=") and word not in PROGRAMS:
                yield word


class Readme(harness.Case):
    def setUp(self):
        super().setUp()
        self.bin = Path(self.place.name) / "bin"
        self.bin.mkdir()
        for name, target in {"kaizend": harness.KAIZEND, "kaizenctl": harness.KAIZENCTL}.items():
            (self.bin / name).symlink_to(Path(target).resolve())
        fake = self.bin / "systemctl"
        fake.write_text('#!/bin/sh\necho "$@" >>"$HOME/systemctl.log"\n')
        fake.chmod(0o700)
        self.server = IngestServer(accept_any=False)
        self.addCleanup(self.server.close)
        state = self.new_state()
        self.configure(state, endpoint=self.server.url, team_id="try", team_salt_hex=harness.SALT, workspace_identity="path",
                       flush_interval_ms=3_600_000)
        self.session_file(f".claude/projects/-home-ana-app/{SESSION}.jsonl", [
            '{"type":"user","uuid":"u1","sessionId":"%s","cwd":"/home/ana/app","timestamp":"2026-11-20T10:00:00.000Z",'
            '"version":"2.1.330","isSidechain":false,"message":{"role":"user","content":"hello"}}' % SESSION])
        (self.home / "api.json").write_text(
            '{"openai": {"models": {"house-model": {"last_updated": "2026-11-02", "cost": {"input": 3, "output": 12}}}}}')
        self.kaizend = self.daemon(state).wait_until_up()
        self.kaizend.wait_for_lines(1)

    def run_as_said(self, command):
        line = AS_RUN.get(command, command).replace("http://127.0.0.1:8787", self.server.url)
        env = {**self.kaizend.env, "PATH": f"{self.bin}:{os.environ['PATH']}", "XDG_RUNTIME_DIR": str(self.bin)}
        # The socket where the README looks for it.
        (self.bin / "kaizen").mkdir(exist_ok=True)
        link = self.bin / "kaizen/kaizend.sock"
        link.is_symlink() or link.symlink_to(self.kaizend.socket)
        return subprocess.run(["bash", "-c", line], cwd=self.home, env=env, capture_output=True, text=True, timeout=harness.DEADLINE)

    def test_each_command_does_what_it_says(self):
        text = (ROOT / "README.md").read_text()
        self.assertEqual(list(unknown_programs(text)), [])
        commands = commands_of(text)
        self.assertGreater(len(commands), 25)
        ran = 0
        for command in sorted(commands, key=lambda line: line == "kaizenctl stop"):  # that one last
            if command in NOT_RUN:
                print(f"not run: {command}: {NOT_RUN[command]}")
                continue
            done = self.run_as_said(command)
            self.assertIn(done.returncode, MAY_END_WITH.get(command, {0}), f"{command}\n{done.stdout}{done.stderr}")
            ran += 1
        print(f"{ran} commands were run")
        self.assertEqual(set(NOT_RUN) - set(commands), set(), "named here, but no longer in the README")
        calls = (self.home / "systemctl.log").read_text().splitlines()
        self.assertIn("--user enable --now kaizend", calls)

    def test_a_command_that_is_wrong_or_unknown_is_found(self):
        self.assertEqual(commands_of("Text.\n\n    kaizenctl nonsense   # so\n    key = 1\n\nand `kaizend --x`.\n"),
                         ["kaizenctl nonsense", "kaizend --x"])
        self.assertEqual(list(unknown_programs("Text.\n\n    ls -l\n    date = 2026-11-01\n")), ["ls"])
        self.assertNotEqual(self.run_as_said("kaizenctl nonsense").returncode, 0)


if __name__ == "__main__":
    unittest.main()
