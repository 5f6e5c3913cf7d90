"""Only what stands below a root is read: not what a link leads to, even one that takes a directory's place while kaizend reads. With
openat2, and where there is none."""
import ctypes
import json
import os
import random
import unittest
import uuid
from pathlib import Path

import harness
from live_test import claude_line

PROJECTS = ".claude/projects"
WITHOUT_OPENAT2 = Path(__file__).resolve().parents[1] / "support/without_openat2"
ROUNDS = int(os.environ.get("KAIZEN_SWAP_ROUNDS", "3000"))
PLACES = 8
OUTSIDE = "KAIZEN-OUTSIDE"
LIBC = ctypes.CDLL(None, use_errno=True)


def exchange(one, other):
    """Both names at once, so that one of the two is there at every instant."""
    at_fdcwd, rename_exchange = -100, 2
    if LIBC.renameat2(at_fdcwd, os.fsencode(one), at_fdcwd, os.fsencode(other), rename_exchange) != 0:
        raise OSError(ctypes.get_errno(), "renameat2", one)


class Links(harness.Case):
    def start(self, state, refusal=None):
        if refusal is None:
            return self.daemon(state).wait_until_up()
        wrapper = Path(self.place.name) / "kaizend"
        wrapper.write_text(f'#!/bin/sh\nexec "{WITHOUT_OPENAT2}" {refusal} "{harness.KAIZEND}" "$@"\n')
        wrapper.chmod(0o755)
        daemon = harness.Daemon(self.home, state, program=str(wrapper))
        self.daemons.append(daemon)
        return daemon.wait_until_up()

    def lay_out(self):
        """PLACES projects, each with a session and a sub-agent of it that has a note; the same names outside, with other content. And
        for each directory that may be swapped a link to its twin outside."""
        self.files, self.swaps, self.texts = [], [], set()
        for place in range(PLACES):
            session = str(uuid.uuid5(uuid.NAMESPACE_URL, f"session {place}"))
            folder = f"-home-ana-app{place}"
            agent = f"a{place:016x}"
            names = {f"{folder}/{session}.jsonl": session, f"{folder}/{session}/subagents/agent-{agent}.jsonl": f"agent-{agent}"}
            for name, owner in names.items():
                self.files.append((name, owner))
                self.append(name, owner, f"begin {owner}")
                self.session_file(f"outside/{name}", [claude_line(owner, f"{OUTSIDE} {n}") for n in range(4)])
            for root, call in ((PROJECTS, "toolu_inside"), ("outside", OUTSIDE)):
                note = self.home / root / f"{folder}/{session}/subagents/agent-{agent}.meta.json"
                note.write_text(json.dumps({"agentType": "x", "toolUseId": call}))
            for directory in (folder, f"{folder}/{session}", f"{folder}/{session}/subagents"):
                link = self.home / f"link{len(self.swaps)}"
                link.symlink_to(self.home / "outside" / directory)
                self.swaps.append((self.home / PROJECTS / directory, link))

    def append(self, name, owner, text):
        self.session_file(f"{PROJECTS}/{name}", [claude_line(owner, text)])
        self.texts.add(text)

    def swap_while_it_reads(self, daemon, chance):
        for n in range(ROUNDS):
            directory, link = chance.choice(self.swaps)
            name, owner = chance.choice(self.files)
            self.append(name, owner, f"round {n}")
            for _ in range(chance.randrange(1, 8)):
                exchange(directory, link)
                exchange(directory, link)
            if n % 100 == 0:
                daemon.read_log(0)  # its pipe holds no more than 64 KiB

    def race(self, refusal):
        seed = int(os.environ.get("KAIZEN_SEED", random.randrange(1 << 32)))
        print(f"KAIZEN_SEED={seed} {refusal or 'openat2'}", flush=True)
        self.lay_out()
        state = self.new_state()
        daemon = self.start(state, refusal)
        self.swap_while_it_reads(daemon, random.Random(seed))
        daemon.wait_for_lines(len(self.texts))
        self.assertEqual(daemon.stop(), 0)
        stored = [text for text, in harness.read_database(state, "SELECT text FROM events WHERE kind = 0")]
        self.assertEqual([text for text in stored if OUTSIDE in text], [])
        self.assertEqual(sorted(stored), sorted(self.texts))
        for file in state.glob("kaizen.db*"):
            self.assertNotIn(OUTSIDE.encode(), file.read_bytes())
        print(f"{daemon.log.count('reason=a symbolic link')} times a link was met")

    def test_a_directory_that_is_swapped_for_a_link_leads_nowhere(self):
        self.race(None)

    def test_nor_on_a_kernel_without_openat2(self):
        self.race("ENOSYS")

    def test_nor_under_a_filter_that_forbids_it(self):
        self.race("EPERM")

    def test_links_that_stay_are_not_read_and_the_root_may_be_one(self):
        self.lay_out()
        os.rename(self.home / PROJECTS, self.home / "elsewhere")
        os.symlink("../elsewhere", self.home / PROJECTS)
        for directory, link in self.swaps[::3][:2]:
            exchange(directory, link)
        state = self.new_state()
        daemon = self.start(state)
        daemon.wait_for_lines(len(self.files) - 4)
        self.session_file(f"{PROJECTS}/{self.files[-1][0]}", [claude_line(self.files[-1][1], "the last one")])
        status = daemon.wait_for_lines(len(self.files) - 3)
        self.assertEqual(sum(source["lines"] for source in status["sources"]), len(self.files) - 3)
        self.assertEqual(daemon.stop(), 0)

    def test_a_root_that_is_replaced_is_read_where_it_is_now(self):
        real = self.home / "first"
        os.makedirs(self.home / ".claude")
        for name in ("first", "second"):
            self.session_file(f"{name}/-home-ana-app/{uuid.uuid4()}.jsonl", [claude_line("s", f"in the {name}")])
        os.symlink(real, self.home / PROJECTS)
        daemon = self.start(self.new_state())
        daemon.wait_for_lines(1)
        os.remove(self.home / PROJECTS)
        os.symlink(self.home / "second", self.home / PROJECTS)
        daemon.wait_for_lines(2)
        os.remove(self.home / PROJECTS)
        self.session_file(f"{PROJECTS}/-home-ana-app/{uuid.uuid4()}.jsonl", [claude_line("s", "in a directory of its own")])
        daemon.wait_for_lines(3)
        held = {os.readlink(fd) for fd in Path(f"/proc/{daemon.process.pid}/fd").iterdir()}
        self.assertEqual([path for path in held if path.startswith(tuple(str(self.home / n) for n in ("first", "second", ".claude")))], [])
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
