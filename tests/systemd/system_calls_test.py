#!/usr/bin/env python3
"""Every system call that kaizend really makes is one that the unit's filter allows: on real session files, with questions, sending,
reload and stop, as strace sees it."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "e2e")]
PLACE = tempfile.TemporaryDirectory(prefix="kaizen-calls-")
TRACE = Path(PLACE.name) / "trace"
TRACED = Path(PLACE.name) / "kaizend"
TRACED.write_text(f'#!/bin/sh\nexec strace -D -f -qq -o {TRACE} "{os.environ["KAIZEND"]}" "$@"\n')
TRACED.chmod(0o700)
os.environ["KAIZEND"] = str(TRACED)  # harness.py starts what stands here
os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # that does not work under strace, nor under the unit

import corpus_home  # noqa: E402
import harness  # noqa: E402
import units  # noqa: E402
from ingest_server import IngestServer  # noqa: E402


def members(name, seen):
    """The system calls of a set as systemd knows it, and of the sets in it."""
    if name in seen:
        return set()
    seen.add(name)
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    calls = set()
    for word in (line.strip() for line in listed.splitlines()[1:]):
        if word.startswith("@"):
            calls |= members(word, seen)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def allowed_by_the_unit():
    allowed = members("@default", set())
    for line in units.values(units.UNITS / "kaizend.service", "SystemCallFilter"):
        for word in line.removeprefix("~").split():
            calls = members(word, set()) if word.startswith("@") else {word}
            allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed | members("@default", set())


class SystemCalls(harness.Case):
    def test_all_of_them_are_allowed(self):
        corpus_home.lay_out(self.home)
        state = self.new_state()
        with IngestServer() as server:
            daemon = self.daemon(state).wait_until_up()
            daemon.wait_for_lines(sum(map(harness.count_lines, corpus_home.session_files(self.home))))
            self.configure(state, endpoint=server.url.replace("127.0.0.1", "localhost"), team_id="t", team_salt_hex=harness.SALT,
                           workspace_identity="path", exclude=[])
            daemon.ctl("reload")
            for words in ("status", "sessions", "usage", "outbox", "doctor", "preview"):
                self.assertNotEqual(daemon.ctl(*words.split(), check=False).stdout, "", words)
            daemon.ctl("sync", "test")
            daemon.ctl("sync", "backfill", "--since", "2020-01-01")
            daemon.ctl("usage", "reprice")
            daemon.ctl("flush", "--now")
            self.assertGreater(server.count("events"), 0)
            self.assertEqual(daemon.stop(), 0, daemon.log)
        made = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", TRACE.read_text(), re.MULTILINE))
        self.assertLessEqual({"execve", "inotify_add_watch", "connect", "epoll_wait", "openat", "openat2"}, made)
        # SQLite gives its files away only as root, and does not mind when it may not.
        forgiven = {"fchown"} if os.geteuid() == 0 else set()
        self.assertEqual(sorted(made - allowed_by_the_unit() - forgiven), [])
        print(f"{len(made)} different system calls")

    def test_the_filter_forbids_something(self):
        self.assertFalse({"ptrace", "mount", "chown", "setuid", "sched_setscheduler", "init_module"} & allowed_by_the_unit())


def why_not():
    if shutil.which("strace") is None:
        return "no strace here"
    if shutil.which("systemd-analyze") is None:
        return "no systemd-analyze here (package systemd)"
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        return "strace may not trace here"
    return ""


if __name__ == "__main__":
    if reason := why_not():
        print(f"SKIPPED: {reason}")
        sys.exit(0)
    unittest.main()
