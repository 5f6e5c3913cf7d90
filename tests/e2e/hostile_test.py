"""Session files that are made to stop kaizend: a bad line costs a line, never the daemon. Everything else is read, status answers, SIGTERM
ends it, memory stays small."""
import json
import os
import resource
import signal
import time
import unittest
import uuid
from pathlib import Path

import harness
from flush_case import FlushCase
from live_test import CLAUDE, claude_line

MEGABYTE = 1 << 20
SANITIZED = any(name.endswith("SAN_OPTIONS") for name in os.environ) or any(f"/{name}/" in harness.KAIZEND for name in ("asan", "tsan"))


def of_process(pid, field):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return 0


def ones(size):
    """`{"e":[1,1,…]}` of about `size` bytes."""
    return '{"e":[' + "1," * (size // 2) + "1]}"


HOSTILE = {
    "a number with 360 zeros": '{"type":"user","n":0.' + "0" * 360 + "7}",
    "a number with 100,000 digits": '{"type":"user","n":' + "9" * 100_000 + "}",
    "a million digits behind the point": '{"type":"user","n":0.' + "3" * 1_000_000 + "}",
    "a mebibyte of records": '{"a":1}' * (MEGABYTE // 7),
    "a mebibyte of zeros": "0 " * (MEGABYTE // 2),
    "4 MB of ones": ones(4_000_000),
    "16 MB of ones": ones(16_000_000),
    "32 MB of ones": ones(32_000_000),
    "63 MB of ones": ones(63_000_000),
    "a million members": "{" + ",".join(f'"k{i}":{i}' for i in range(1_000_000)) + "}",
    "two million brackets": "[" * 2_000_000,
    "two million objects": '{"a":' * 2_000_000,
    "quotes and backslashes": '{"type":"' + '\\\\"' * 500_000,
    "a long string": '{"type":"user","message":{"role":"user","content":"' + "x" * 60_000_000 + '"}}',
    "bytes that are no text": "\udcff" * 500_000,
    "nothing but NUL": "\0" * 1_000_000,
    "half surrogates": '{"type":"user","message":{"role":"user","content":"' + "\\ud800" * 200_000 + '"}}',
}


class Files(harness.Case):
    def file_with(self, name, *lines):
        session = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        file = self.home / CLAUDE / f"{session}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "ab") as out:
            for line in lines:
                out.write(line.encode(errors="surrogateescape") + b"\n")
        return session

    def texts(self, daemon):
        events = daemon.get("/v1/events?last=1000")["events"]
        return {event.get("text") for event in events}


class Hostile(Files):
    def test_each_costs_a_line_and_nothing_else(self):
        for name, line in HOSTILE.items():
            with self.subTest(name):
                self.setUp()
                session = self.file_with(name, claude_line("s", "before"), line, claude_line("s", "behind"))
                self.file_with("another", claude_line("t", "elsewhere"))
                daemon = self.daemon(self.new_state()).wait_until_up()
                began = time.monotonic()
                status = daemon.wait_for_lines(4)
                took = time.monotonic() - began
                source = next(s for s in status["sources"] if s["lines"])
                self.assertEqual(source["lines"], source["event_lines"] + source["skipped_lines"] + source["bad_lines"])
                self.assertLessEqual({"before", "behind", "elsewhere"}, self.texts(daemon))
                peak = of_process(daemon.process.pid, "VmHWM") / MEGABYTE
                if not SANITIZED:  # a line is held as it is and as it is parsed
                    self.assertLess(peak, 160 if name == "a long string" else 128, "MiB")
                self.assertEqual(daemon.stop(), 0)
                print(f"{name}: {took * 1000:.0f} ms until all was read, {peak:.0f} MiB at the most, {source['bad_lines']} bad")
                self.assertIn("stopped", daemon.log)

    @unittest.skipIf(SANITIZED, "address sanitizer needs more address space than this leaves")
    def test_a_line_for_which_there_is_no_memory_is_bad(self):
        (self.home / CLAUDE).mkdir(parents=True)
        daemon = self.daemon(self.new_state()).wait_until_up()
        daemon.wait_for(lambda status: any(source["watching"] for source in status["sources"]), "it watches")
        enough_for_one = of_process(daemon.process.pid, "VmSize") + 90 * MEGABYTE
        resource.prlimit(daemon.process.pid, resource.RLIMIT_AS, (enough_for_one, enough_for_one))
        self.file_with("large", claude_line("s", "before"), HOSTILE["a long string"], claude_line("s", "behind"))
        self.file_with("another", claude_line("t", "elsewhere"))
        status = daemon.wait_for_lines(4)
        self.assertEqual(sum(s["bad_lines"] for s in status["sources"]), 1)
        self.assertLessEqual({"before", "behind", "elsewhere"}, self.texts(daemon))
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("reading a session file failed", daemon.log)


ODD_NUMBERS = ["0." + "0" * 360 + "7", "9" * 400, "1e308", "-0.0e-999", "2204451831295347e296", "0." + "3" * 100_000]


class Elsewhere(FlushCase):
    """The same where a server or a prompt says it."""

    def test_an_answer_of_the_ingest_endpoint(self):
        bodies = [f'{{"received":10,"deduped":{number}}}' for number in ODD_NUMBERS]
        bodies += ["[" * 100_000, ones(3_000_000), '{"received":' * 1000, '{"received":10}' * 1000, "\0" * 1000]
        server = self.serve(*[{"path": "events", "status": 202, "body": body, "times": 1, "take": True} for body in bodies])
        self.sessions.write(10)
        self.start(server)
        for _ in bodies:
            self.sessions.write(10)
            self.settle()
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertEqual(harness.read_database(self.state, "SELECT count(*) FROM outbox")[0][0], 0)

    def test_a_preview_of_a_prompt(self):
        self.sessions.write(3)
        for number in ODD_NUMBERS:
            for text in (number, f'{{"n":{number}}}', ones(300_000), "[" * 5_000):
                self.sessions.write(1, text=text)
        self.start(self.serve(), content="text")
        self.settle()
        for session in self.sessions.sizes:
            status, answer = self.kaizend.request("GET", f"/v1/preview?session={session}")
            self.assertEqual(status, 200, answer)
        self.assertEqual(self.kaizend.stop(), 0)


class Deaths(Files):
    """What nobody foresaw: a line at which kaizend dies, or never comes back."""

    def dying(self, state):
        return self.daemon(state, env={"LD_PRELOAD": os.environ["CRASH_ON_TEXT"], "ASAN_OPTIONS": "verify_asan_link_order=0"})

    def test_after_the_second_death_the_line_is_bad_and_reading_goes_on(self):
        self.file_with("deadly", claude_line("s", "before"), claude_line("s", "KAIZEN-CRASH"), claude_line("s", "behind"))
        self.file_with("another", claude_line("t", "elsewhere"))
        state = self.new_state()
        for death in range(2):
            daemon = self.dying(state)
            while daemon.read_log(harness.DEADLINE):
                pass
            self.assertNotEqual(daemon.process.wait(), 0, f"death {death + 1}")
            daemon.process.stderr.close()
        daemon = self.dying(state).wait_until_up()
        status = daemon.wait_for_lines(4)
        self.assertEqual(sum(s["bad_lines"] for s in status["sources"]), 1)
        self.assertLessEqual({"before", "behind", "elsewhere"}, self.texts(daemon))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(harness.read_database(state, "SELECT line, reason FROM bad_lines"),
                         [(2, "kaizend died twice while it read it")])
        self.assertEqual(os.stat(state / "reading").st_size, 0, "it was got over")

    def test_a_line_that_never_comes_back_is_bad_after_the_second_time(self):
        """As a service manager ends us that gets no sign of life, and as a user does who wants us to stop."""
        self.file_with("endless", claude_line("s", "before"), claude_line("s", "KAIZEN-HANG"), claude_line("s", "behind"))
        state = self.new_state()
        for end in (signal.SIGABRT, signal.SIGTERM):
            daemon = self.dying(state)
            daemon.wait_for_log("never comes back")
            daemon.process.send_signal(end)
            began = time.monotonic()
            code = daemon.process.wait(timeout=harness.DEADLINE)
            self.assertEqual(code, -signal.SIGABRT if end == signal.SIGABRT else 0)
            print(f"{end.name}: ended after {time.monotonic() - began:.1f} s")
            daemon.process.stderr.close()
        daemon = self.dying(state).wait_until_up()
        status = daemon.wait_for_lines(3)
        self.assertEqual(sum(s["bad_lines"] for s in status["sources"]), 1)
        self.assertLessEqual({"before", "behind"}, self.texts(daemon))
        self.assertEqual(daemon.stop(), 0)

    def test_kill_9_says_nothing_against_a_line(self):
        self.file_with("plain", *[claude_line("s", f"line {n}") for n in range(2000)])
        state = self.new_state()
        for _ in range(3):
            daemon = self.daemon(state).wait_until_up()
            daemon.kill()
        daemon = self.daemon(state).wait_until_up()
        status = daemon.wait_for_lines(2000)
        self.assertEqual(sum(s["bad_lines"] for s in status["sources"]), 0)
        self.assertEqual(daemon.stop(), 0)


class Removed(harness.Case):
    """Files of ours that somebody removes while kaizend runs."""

    def lay_out(self):
        self.session_file(f"{CLAUDE}/one.jsonl", [claude_line("s", "first")])
        state = self.new_state()
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(1)
        return state, daemon

    def grow(self, daemon, state, lines):
        """Until a job notices; each line is one."""
        daemon.log = ""
        until = time.monotonic() + harness.DEADLINE
        while "is up" not in daemon.log:
            self.session_file(f"{CLAUDE}/one.jsonl", [claude_line("s", f"more {lines}")])
            lines += 1
            daemon.read_log(0.2)
            self.assertLess(time.monotonic(), until, daemon.log)
        return lines

    def test_the_database_the_lock_or_all_of_it(self):
        for victims in (["kaizen.db"], ["kaizend.lock"], ["kaizend.sock"], ["."]):
            with self.subTest(victims[0]):
                self.setUp()
                state, daemon = self.lay_out()
                for victim in victims:
                    if victim == ".":
                        os.rename(state, str(state) + ".gone")
                    else:
                        os.unlink(state / victim)
                lines = self.grow(daemon, state, 1)
                self.assertIn("was removed or replaced", daemon.log)
                daemon.wait_for_lines(lines)
                other = self.daemon(state)
                self.assertEqual(other.process.wait(timeout=harness.DEADLINE), 75, "another one runs")
                self.assertEqual(daemon.stop(), 0)
                stored = harness.read_database(state, "SELECT count(*) FROM events")[0][0]
                self.assertEqual(stored, lines)

    def test_no_second_daemon_begins_while_the_first_has_not_noticed(self):
        state, daemon = self.lay_out()
        os.unlink(state / "kaizend.lock")
        other = self.daemon(state)
        self.assertEqual(other.process.wait(timeout=harness.DEADLINE), 75)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
