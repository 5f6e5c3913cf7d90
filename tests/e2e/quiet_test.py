"""Names that come and go in the home directory and in /tmp wake nobody, and yet no root is lost from sight."""
import os
import shutil
import tempfile
import unittest
import uuid
from pathlib import Path

import harness
from live_test import claude_line

FILES = 2000
ROOTS = (".claude/projects", ".config/claude/projects", ".codex/sessions", ".codex/archived_sessions", ".cursor/projects")


@unittest.skipUnless(Path("/proc/self/task").exists(), "/proc tells how often a process was woken")
@unittest.skipIf("/tsan/" in harness.KAIZEND, "a thread of the sanitizer wakes ten times a second")
class Quiet(harness.Case):
    def start(self, text=""):
        for root in ROOTS:
            (self.home / root).mkdir(parents=True)
        state = self.new_state()
        self.configure(state, text)
        self.kaizend = self.daemon(state).wait_until_up()
        self.session = str(uuid.uuid4())
        self.lines = 0
        self.is_followed(ROOTS[0])

    def write(self, root):
        self.lines += 1
        self.session_file(f"{root}/-home-ana-app/{self.session}.jsonl", [claude_line(self.session, f"line {self.lines}")])

    def is_followed(self, root):
        self.write(root)
        self.kaizend.wait_for_lines(self.lines)

    def wake_ups(self):
        """Of all its threads."""
        return sum(int(line.split()[1]) for task in Path(f"/proc/{self.kaizend.process.pid}/task").iterdir()
                   for line in (task / "status").read_text().splitlines() if line.startswith("voluntary_ctxt_switches"))

    def make_and_remove(self, directory):
        for n in range(FILES):
            name = directory / f"kaizen-quiet-{os.getpid()}-{n}"
            name.touch()
            name.touch()  # its time changes
            os.rename(name, f"{name}.x")
            os.remove(f"{name}.x")

    def expect_quiet(self):
        """In one of three rounds at least: what was asked before, and the end of that connection, is work of its own."""
        rounds = []
        for _ in range(3):
            before = self.wake_ups()
            self.make_and_remove(self.home)
            self.make_and_remove(Path(tempfile.gettempdir()))
            rounds.append(self.wake_ups() - before)
            if rounds[-1] == 0:
                return
        self.fail(f"it was woken {rounds} times")

    def test_other_names_wake_nobody_and_a_root_that_comes_again_is_found(self):
        self.start()
        self.expect_quiet()
        shutil.rmtree(self.home / ROOTS[0])
        self.is_followed(ROOTS[0])
        self.expect_quiet()
        os.rename(self.home / ".claude", self.home / "away")
        self.kaizend.wait_for(lambda s: not s["sources"][0]["present"], "its parent was renamed")
        os.rename(self.home / "away", self.home / ".claude")
        self.is_followed(ROOTS[0])
        shutil.rmtree(self.home / ".claude")
        self.kaizend.wait_for(lambda s: not s["sources"][0]["present"], "its parent was removed")
        self.is_followed(ROOTS[0])
        self.expect_quiet()
        self.assertEqual(self.kaizend.stop(), 0)

    def test_roots_that_stand_in_the_home_directory_itself(self):
        (self.home / "mine").mkdir()
        self.start(f'[[watch.root]]\nagent = "claude"\npath = "{self.home}/mine"\n')
        self.is_followed("mine")
        self.expect_quiet()
        file = self.home / f"mine/-home-ana-app/{self.session}.jsonl"
        with open(file):  # whose directory tells nobody that it goes, while this is open
            shutil.rmtree(self.home / "mine")
            self.kaizend.wait_for(lambda s: all(not x["present"] for x in s["sources"] if x["root"].endswith("/mine")), "it is gone")
            self.is_followed("mine")
        self.expect_quiet()
        self.assertEqual(self.kaizend.stop(), 0)

    def test_only_the_missing_step_of_a_root_is_waited_for(self):
        self.start()
        shutil.rmtree(self.home / ".config/claude")
        self.kaizend.wait_for(lambda s: not s["sources"][1]["present"], "it is gone")
        self.expect_quiet()
        self.is_followed(".config/claude/projects")
        self.assertEqual(self.kaizend.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
