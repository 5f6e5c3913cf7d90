"""Nothing that is not read is silent: it is counted by source with the reason while it is there, and `status`, `sessions` and `doctor`
say so."""
import json
import os
import subprocess
import unittest
import uuid
from pathlib import Path

import harness
from live_test import CLAUDE, claude_line, codex_line

CODEX = ".codex/sessions/2026/11/20"
CURSOR = ".cursor/projects/home-ana-app/agent-transcripts"


def left_out(status):
    """{(agent, reason): count}"""
    found = {}
    for source in status["sources"]:
        for one in source["left_out"]:
            key = (source["agent"], one["reason"])
            found[key] = found.get(key, 0) + one["count"]
    return found


class LeftOut(harness.Case):
    def start(self):
        self.state = self.new_state()
        return self.daemon(self.state).wait_until_up()

    def session(self, lines=1):
        session = str(uuid.uuid4())
        return self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, f"prompt {n}") for n in range(lines)])

    def make(self, relative, text="x"):
        file = self.home / relative
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def put_all(self, name):
        """One of each kind, two links; what is to be found of them."""
        base = self.home / CLAUDE
        base.mkdir(parents=True, exist_ok=True)
        (base / f"{name}.jsonl").symlink_to(self.home / "elsewhere.jsonl")
        (base / f"{name}-folder").symlink_to(self.home)
        os.mkfifo(base / f"{name}-pipe.jsonl")
        self.make(f"{CLAUDE}/{name}.jsonl.bak-12-34")
        self.make(f"{CLAUDE}/{name}/notes.jsonl")
        self.make(f"{CODEX}/{name}.jsonl.zst")
        self.make(f"{CODEX}/rollout-{name}.json")
        (self.home / CODEX / name / "5/6/7/8/9").mkdir(parents=True)
        self.make(f"{CURSOR}/{name}.txt")
        self.make(f"{CURSOR}/{name}/{name}.json")
        return {("claude", "link"): 2, ("claude", "special"): 1, ("claude", "copy"): 1, ("claude", "name"): 1,
                ("codex", "compressed"): 1, ("codex", "transcript"): 1, ("codex", "too_deep"): 1, ("cursor", "transcript"): 2}

    def remove_all(self):
        for folder in (CLAUDE, CODEX, CURSOR):
            for path in sorted((self.home / folder).rglob("*"), reverse=True):
                if path.is_file() and not path.is_symlink() and path.name.count("-") == 4 and path.suffix == ".jsonl":
                    continue  # a session
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()

    def test_each_kind_is_counted_while_it_is_there_and_everybody_says_so(self):
        self.session()
        once = self.put_all("one")
        daemon = self.start()
        status = daemon.wait_for(lambda s: left_out(s) == once, "what was there is counted")
        for source in status["sources"]:
            for one in source["left_out"]:
                self.assertTrue(os.path.lexists(one["example"]), one)
                self.assertTrue(one["example"].startswith(source["root"] + "/"), one)
        self.assertEqual([(h["code"], h["severity"]) for h in status["health"] if h["code"] == "left_out"], [("left_out", "info")])
        twice = {key: 2 * count for key, count in self.put_all("two").items()}
        daemon.wait_for(lambda s: left_out(s) == twice, "what comes is counted")

        text = daemon.ctl("status").stdout
        self.assertIn("Not read    claude: ", text)
        self.assertIn("4 symbolic links", text)
        self.assertIn("2 compressed session files", text)
        self.assertNotIn("all well", text)
        self.assertIn('kaizen_left_out_files{reason="link"} 4\n', daemon.metrics())
        self.assertEqual(daemon.ctl("status", "--check", check=False).returncode, 0, "nothing to be alarmed about")
        self.assertIn("not read: ", daemon.ctl("sessions").stdout)
        doctor = daemon.ctl("doctor", check=False).stdout
        self.assertNotIn("all well", doctor)
        self.assertIn("· Symbolic links are not followed", doctor)
        self.assertIn("[[watch.root]]", doctor)
        checks = {c["code"]: c for c in json.loads(daemon.ctl("doctor", "--json", check=False).stdout)["checks"]}
        for reason in {reason for _, reason in twice}:
            self.assertEqual(checks[f"left_out:{reason}"]["severity"], "info", reason)

        self.remove_all()
        status = daemon.wait_for(lambda s: left_out(s) == {}, "what is gone is counted no more")
        self.assertEqual([h for h in status["health"] if h["code"] == "left_out"], [])
        self.assertNotIn("Not read", daemon.ctl("status").stdout)
        self.assertNotIn("not read", daemon.ctl("sessions").stdout)
        self.assertEqual(daemon.stop(), 0)

    def test_a_file_that_went_after_it_was_read_is_no_loss(self):
        self.session(2).parent.mkdir(exist_ok=True)
        file = self.session(3)
        daemon = self.start()
        daemon.wait_for_lines(5)
        file.unlink()
        status = daemon.wait_for(lambda s: left_out(s) == {("claude", "gone_read"): 1}, "it is gone, and was read")
        self.assertEqual([h for h in status["health"] if h["code"] == "left_out"], [])
        self.assertIn("1 session file removed after it was read", daemon.ctl("status").stdout)
        self.assertNotIn("not read", daemon.ctl("sessions").stdout)
        checks = {c["code"]: c for c in json.loads(daemon.ctl("doctor", "--json", check=False).stdout)["checks"]}
        self.assertEqual(checks["left_out:gone_read"]["severity"], "ok")
        self.assertEqual(daemon.stop(), 0)

    def test_a_file_that_went_before_it_was_read_is_a_loss_until_it_is_back(self):
        file = self.session(3)
        with open(file, "a") as out:
            out.write('{"type":"us')
        content = file.read_text()
        daemon = self.start()
        status = daemon.wait_for_lines(3)
        self.assertEqual(left_out(status), {})
        file.unlink()
        is_lost = {("claude", "gone_unread"): 1}
        status = daemon.wait_for(lambda s: left_out(s) == is_lost, "it is gone with something unread")
        self.assertEqual([(h["code"], h["severity"]) for h in status["health"]], [("left_out", "warning")])
        daemon.wait_for(lambda s: sum(x["bytes_behind"] for x in s["sources"]) == 0, "nothing of it waits")
        self.assertEqual(daemon.ctl("status", "--check", check=False).returncode, 7)
        self.assertIn("gone before it was read", daemon.ctl("sessions").stdout)
        self.assertEqual(daemon.stop(), 0)
        daemon = self.daemon(self.state).wait_until_up()
        daemon.wait_for(lambda s: left_out(s) == is_lost, "it is remembered")
        file.write_text(content + 'er"}\n')
        daemon.wait_for(lambda s: left_out(s) == {}, "it is back")
        daemon.wait_for_lines(4)
        self.assertEqual(daemon.stop(), 0)

    def test_a_file_that_went_half_read_while_nobody_ran(self):
        file = self.session(3)
        with open(file, "a") as out:
            out.write('{"type":"us')
        daemon = self.start()
        daemon.wait_for_lines(3)
        self.assertEqual(daemon.stop(), 0)
        file.unlink()
        daemon = self.daemon(self.state).wait_until_up()
        daemon.wait_for(lambda s: left_out(s) == {("claude", "gone_unread"): 1}, "it is found at the start")
        self.assertEqual(daemon.stop(), 0)

    def test_an_archived_codex_session_is_neither(self):
        thread = str(uuid.uuid4())
        name = f"rollout-2026-11-20T10-00-00-{thread}.jsonl"
        file = self.session_file(f"{CODEX}/{name}", [codex_line("session_meta", {"id": thread, "cwd": "/home/ana/app"})])
        line = codex_line("event_msg", {"type": "task_started"})
        with open(file, "a") as out:
            out.write(line[:40])
        daemon = self.start()
        daemon.wait_for_lines(1)
        archive = self.home / ".codex/archived_sessions"
        archive.mkdir()
        file.rename(archive / name)
        with open(archive / name, "a") as out:
            out.write(line[40:] + "\n")
        daemon.wait_for(lambda s: [x["files"] for x in s["sources"] if x["root"] == str(archive)] == [1], "it is read there")
        daemon.wait_for_lines(2)
        status = daemon.wait_for(lambda s: left_out(s) == {}, "nothing is gone")
        self.assertEqual(status["health"], [])
        self.assertEqual(daemon.stop(), 0)

    @unittest.skipUnless(os.geteuid() == 0, "root reads everything, and only root can be somebody else")
    def test_what_may_not_be_opened_is_counted_until_it_may(self):
        file, folder = self.session(), self.session_file(".claude/projects/-home-ana-secret/" + str(uuid.uuid4()) + ".jsonl",
                                                         [claude_line("s", "hidden")]).parent
        self.session()
        file.chmod(0)
        folder.chmod(0)
        daemon = self.daemon_as_nobody(self.new_state()).wait_until_up()
        status = daemon.wait_for(lambda s: left_out(s) == {("claude", "file"): 1, ("claude", "directory"): 1}, "both are counted")
        self.assertTrue({"files_unreadable"} < {h["code"] for h in status["health"]}, status["health"])
        self.assertEqual(daemon.ctl("status", "--check", check=False).returncode, 7)
        file.chmod(0o644)
        folder.chmod(0o755)
        daemon.wait_for_lines(3)
        status = daemon.wait_for(lambda s: left_out(s) == {}, "both are read")
        self.assertEqual(status["health"], [])
        folder.chmod(0)
        daemon.wait_for(lambda s: left_out(s).get(("claude", "directory")) == 1, "what is closed while it is watched is counted")
        folder.chmod(0o755)
        file.chmod(0)
        daemon.wait_for(lambda s: left_out(s) == {("claude", "file"): 1}, "a file likewise")
        file.unlink()
        daemon.wait_for(lambda s: left_out(s) == {("claude", "gone_unread"): 1}, "one that cannot be read and goes is a loss")
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
