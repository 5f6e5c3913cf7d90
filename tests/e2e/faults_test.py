"""Bad input and bad places: counted or skipped, said once, nothing stuck.

KAIZEN_MANY_FILES (default 100000) is smaller for sanitizer builds."""
import json
import os
import unittest
import uuid

import harness
from live_test import CLAUDE, claude_line

MANY_FILES = int(os.environ.get("KAIZEN_MANY_FILES", "100000"))


class Faults(harness.Case):
    def start(self, *words, **more):
        self.state = self.new_state()
        return self.daemon(self.state, *words, **more).wait_until_up()

    def good_session(self):
        session = str(uuid.uuid4())
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "hello")])
        return session

    def test_what_is_no_session_file_is_left_alone(self):
        good = self.good_session()
        place = self.home / CLAUDE
        (place / f"{uuid.uuid4()}.jsonl").mkdir()
        os.mkfifo(place / f"{uuid.uuid4()}.jsonl")
        (place / f"{uuid.uuid4()}.jsonl").symlink_to("/dev/zero")
        loop = place / "loop.jsonl"
        loop.symlink_to(loop)
        (place / "around").symlink_to(place)
        daemon = self.start()
        daemon.wait_for_lines(1)
        self.session_file(f"{CLAUDE}/{good}.jsonl", [claude_line(good, "again")])
        status = daemon.wait_for_lines(2)
        self.assertEqual(sum(s["files"] for s in status["sources"]), 1)
        self.assertEqual(daemon.stop(), 0)

    @unittest.skipIf(os.geteuid() != 0, "needs root to run the daemon as somebody who may not read everything")
    def test_an_unreadable_file_is_said_once_and_read_when_it_can_be(self):
        good, hidden = self.good_session(), str(uuid.uuid4())
        file = self.session_file(f"{CLAUDE}/{hidden}.jsonl", [claude_line(hidden, "secret plans")])
        file.chmod(0)
        self.state = self.new_state()
        daemon = self.daemon_as_nobody(self.state).wait_until_up()
        status = daemon.wait_for(lambda s: any(h["code"] == "files_unreadable" for h in s["health"]), "a health item")
        self.assertIn(str(file), str(status["health"]))
        self.session_file(f"{CLAUDE}/{good}.jsonl", [claude_line(good, "again")])
        daemon.wait_for_lines(2)
        file.chmod(0o600)
        status = daemon.wait_for_lines(3)
        self.assertEqual([h for h in status["health"] if h["code"] == "files_unreadable"], [])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.log.count("cannot be read"), 1, daemon.log)

    def test_bad_lines_are_counted_with_their_place_and_the_rest_is_taken(self):
        session = str(uuid.uuid4())
        file = self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "one")])
        with open(file, "ab") as out:
            out.write(b'{"type":"user","message":\n\n\x00\x00\n' + b"[" * 100_000 + b"\n")
            out.write(b'{"type":"user","uuid":"u1","timestamp":"2026-11-20T10:00:00Z","message":{"role":"user","content":"\xff\xfe \\ud83d ok"}}\r\n')
            out.write((claude_line(session, "left") + claude_line(session, "right") + "\n").encode())
        daemon = self.start()
        status = daemon.wait_for_lines(7)
        source = [s for s in status["sources"] if s["lines"]][0]
        self.assertEqual((source["lines"], source["event_lines"], source["skipped_lines"], source["bad_lines"]), (7, 3, 1, 3))
        texts = [e["text"] for e in daemon.get(f"/v1/events?session={session}")["events"]]
        self.assertEqual(texts, ["one", "\ufffd\ufffd \ufffd ok", "left", "right"])

    def test_a_line_of_a_gigabyte_is_skipped_in_little_memory(self):
        session = str(uuid.uuid4())
        file = self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "before")])
        os.truncate(file, file.stat().st_size + 1_000_000_000)  # a hole: reads as one endless line
        with open(file, "a") as out:
            out.write("\n" + claude_line(session, "after") + "\n")
        daemon = self.start()
        status = daemon.wait_for_lines(3)
        self.assertEqual(sum(s["bad_lines"] for s in status["sources"]), 1)
        texts = [e["text"] for e in daemon.get(f"/v1/events?session={session}")["events"]]
        self.assertEqual(texts, ["before", "after"])
        print(f"\nresident after a line of 1 GB: {status['process']['rss_bytes'] / 1e6:.1f} MB")

    def test_a_file_that_is_replaced_while_it_is_read(self):
        session = str(uuid.uuid4())
        file = self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, f"old {i} " + "x" * 900) for i in range(20_000)])
        daemon = self.start()
        daemon.wait_for(lambda s: sum(x["lines"] for x in s["sources"]) > 0, "some lines")
        other = file.with_suffix(".next")
        other.write_text("".join(claude_line(session, f"new {i}") + "\n" for i in range(10)))
        other.rename(file)
        daemon.wait_for(lambda s: any(x["bytes_behind"] == 0 and x["files"] == 1 for x in s["sources"]) and
                        daemon.get(f"/v1/events?session={session}&last=1")["events"][0]["text"] == "new 9", "the new file")
        texts = [e["text"] for e in daemon.get(f"/v1/events?session={session}&last=10")["events"]]
        self.assertEqual(texts, [f"new {i}" for i in range(10)])

    def test_many_files(self):
        print(f"\n{MANY_FILES} files")
        per_directory = 1000
        for n in range(MANY_FILES):
            directory = self.home / f".claude/projects/-w-{n // per_directory}"
            if n % per_directory == 0:
                directory.mkdir(parents=True)
            session = f"{n:08x}-0000-4000-8000-000000000000"
            fd = os.open(f"{directory}/{session}.jsonl", os.O_WRONLY | os.O_CREAT, 0o644)
            os.write(fd, (f'{{"type":"user","uuid":"{session}","timestamp":"2026-11-20T10:00:00.000Z","cwd":"/w",'
                          f'"message":{{"role":"user","content":"prompt {n}"}}}}\n').encode())
            os.close(fd)
        daemon = self.start()
        status = daemon.wait_for_lines(MANY_FILES, deadline=5 * harness.DEADLINE)
        self.assertEqual(status["store"]["sessions"], MANY_FILES)
        print(f"resident with {MANY_FILES} files: {status['process']['rss_bytes'] / 1e6:.1f} MB")
        live = str(uuid.uuid4())
        self.session_file(f"{CLAUDE}/{live}.jsonl", [claude_line(live, "still awake")])
        daemon.wait_for_lines(MANY_FILES + 1)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
