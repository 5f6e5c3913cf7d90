"""Questions beside everything else: they wait for no write, end with who asked, and never keep the daemon from ending. What people forget is gone,
and what is too old goes by itself."""
import datetime
import json
import signal
import socket
import sqlite3
import unittest

import harness
from live_test import CLAUDE, claude_line

ROSES, LEAVES = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"


def answer_line(session, number):
    return json.dumps({"type": "assistant", "uuid": f"{session}-{number}", "sessionId": session, "timestamp": "2026-11-20T10:00:00.000Z",
                       "cwd": "/home/ana/app", "message": {"role": "assistant", "id": f"m{session}{number}", "model": "claude-sonnet-4-5",
                                                           "content": [{"type": "text", "text": "x"}], "usage": {"input_tokens": 7, "output_tokens": 1}}})


class Questions(harness.Case):
    def start(self, text="", **sync):
        self.state = self.new_state()
        if text or sync:
            self.configure(self.state, text, **sync)
        return self.restart()

    def restart(self):
        self.kaizend = self.daemon(self.state).wait_until_up()
        return self.kaizend

    def listed(self, query=""):
        return [session["id"] for session in self.kaizend.get("/v1/sessions" + query)["sessions"]]

    def rows(self, table):
        with sqlite3.connect(f"file:{self.state}/kaizen.db?mode=ro", uri=True) as database:
            return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def make_usage_slow(self, rows=600_000):
        """Sums of so many quarters of an hour, which a question about all time adds up."""
        self.kaizend.stop()
        with sqlite3.connect(self.state / "kaizen.db") as database:
            database.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT OR IGNORE INTO usage "
                             "SELECT u.quarter - n.i, u.session, u.model, u.sums FROM n, (SELECT * FROM usage LIMIT 1) u", (rows,))
        database.close()
        self.restart()

    def ask_and_keep(self, target):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(self.kaizend.socket)
        peer.sendall(f"GET {target} HTTP/1.1\r\nHost: kaizend\r\n\r\n".encode())
        return peer

    def test_questions_wait_for_no_write(self):
        self.session_file(f"{CLAUDE}/{ROSES}.jsonl", [claude_line(ROSES, "prune the roses")])
        self.start().wait_for_lines(1)
        other = sqlite3.connect(self.state / "kaizen.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # what the worker wants to write waits from here on
        self.session_file(f"{CLAUDE}/{ROSES}.jsonl", [claude_line(ROSES, "and the hedge")])
        self.kaizend.wait_for_log("cannot store events")
        for target in ("/v1/status", "/v1/sessions", "/v1/sessions?status=done&agent=claude", f"/v1/sessions/{ROSES}", "/v1/events?last=5",
                       "/v1/usage", "/v1/outbox", "/v1/outbox?state=dead", "/v1/preview", "/v1/doctor"):
            with self.subTest(target):
                self.kaizend.get(target)
        self.assertEqual(self.rows("events"), 1)
        other.execute("ROLLBACK")
        self.kaizend.wait_for_lines(2)

    def test_a_question_ends_when_who_asked_goes(self):
        self.session_file(f"{CLAUDE}/{ROSES}.jsonl", [answer_line(ROSES, 1)])
        self.start().wait_for_lines(1)
        self.make_usage_slow()
        for peer in [self.ask_and_keep("/v1/usage?since=0&by=day") for _ in range(40)]:
            peer.close()
        # Were they answered, this one would wait for them beyond its time.
        answer = self.kaizend.get("/v1/usage?since=0&by=month")
        self.assertGreaterEqual(answer["total"]["responses"], 600_000)

    def test_a_peer_that_has_said_all_still_gets_its_answer(self):
        self.start()
        peer = self.ask_and_keep("/v1/sessions")
        peer.shutdown(socket.SHUT_WR)
        self.assertTrue(peer.makefile().readline().startswith("HTTP/1.1 200"))
        peer.close()

    def test_sigterm_amid_open_questions(self):
        self.session_file(f"{CLAUDE}/{ROSES}.jsonl", [answer_line(ROSES, 1)])
        self.start().wait_for_lines(1)
        self.make_usage_slow()
        peers = [self.ask_and_keep("/v1/usage?since=0&by=day") for _ in range(20)]
        self.kaizend.get("/v1/status")  # all of them are under way
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertNotIn("in time", self.kaizend.log)
        self.assertNotIn("is cut", self.kaizend.log)
        for peer in peers:
            peer.close()

    def test_pages_of_large_texts_are_cut_and_go_on(self):
        self.start('[store]\ntext = "full"\n')
        texts = [chr(ord("a") + number) * 900_000 for number in range(12)]
        self.session_file(f"{CLAUDE}/{ROSES}.jsonl", [claude_line(ROSES, text) for text in texts])
        self.kaizend.wait_for_lines(12)
        got, after = [], 0
        while True:
            page = self.kaizend.get(f"/v1/events?after={after}")
            if not page["events"]:
                break
            self.assertLess(len(page["events"]), 12)
            self.assertTrue(page["cut"] or len(got) + len(page["events"]) == 12)
            got += [event["text"] for event in page["events"]]
            after = page["next"]
        self.assertEqual(got, texts)
        last = self.kaizend.get("/v1/events?last=12")
        self.assertTrue(last["cut"])
        self.assertEqual(last["events"][-1]["text"], texts[-1])

    def test_a_sub_agent_whose_parent_is_not_stored_is_listed(self):
        self.session_file(f"{CLAUDE}/{ROSES}/subagents/agent-a0123456789abcdef.jsonl", [claude_line(ROSES, "weed", agentId="a0123456789abcdef")])
        self.start().wait_for_lines(1)
        self.assertEqual(self.listed(), ["agent-a0123456789abcdef"])
        self.assertEqual(self.kaizend.get("/v1/status")["store"]["sessions"], 1)
        self.assertIn("a0123456", self.kaizend.ctl("sessions").stdout)
        self.session_file(f"{CLAUDE}/{ROSES}.jsonl", [claude_line(ROSES, "prune the roses")])
        self.kaizend.wait_for_lines(2)
        self.assertEqual(self.listed(), [ROSES])

    def test_what_is_forgotten_waits_for_nobody_and_does_not_come_back(self):
        for session in (ROSES, LEAVES):
            self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "prune"), answer_line(session, 1)])
        self.start(**harness.SYNC)
        status = self.kaizend.wait_for(lambda s: s["balance"]["pending"] == 4, "four rows wait")
        usage = self.kaizend.get("/v1/usage")["total"]
        said = self.kaizend.ctl("forget", ROSES[:8]).stdout
        self.assertIn("would forget 1 session", said)
        self.assertEqual(sorted(self.listed()), [ROSES, LEAVES])
        forgotten = json.loads(self.kaizend.ctl("forget", ROSES[:8], "--yes", "--json").stdout)
        self.assertEqual([forgotten[key] for key in ("sessions", "events", "outbox_rows")], [1, 2, 2])
        self.assertEqual(self.listed(), [LEAVES])
        status = self.kaizend.get("/v1/status")
        self.assertEqual(status["balance"], {"enqueued": 4, "delivered": 0, "pending": 2, "dead": 0, "dropped_by_user": 2})
        self.assertEqual([status["store"][key] for key in ("sessions", "events")], [1, 2])
        self.assertEqual(self.kaizend.get("/v1/usage")["total"], usage)
        with open(self.state / "kaizen.db", "rb") as file:
            self.assertEqual(file.read().count(ROSES.encode() + b"-"), 0)
        self.kaizend.stop()
        self.restart()
        self.assertEqual(self.listed(), [LEAVES])
        self.assertEqual(self.rows("events"), 2)

    def test_words_of_forget(self):
        self.start()
        for words in (["forget"], ["forget", "abcd", "--before", "30d"]):
            self.assertEqual(self.kaizend.ctl(*words, check=False).returncode, 2)
        self.assertIn("nothing to forget", self.kaizend.ctl("forget", "--before", "1d", "--yes").stdout)
        self.assertIn("no session abcdef", self.kaizend.ctl("forget", "abcdef", check=False).stderr)

    def test_what_is_too_old_goes_by_itself_but_not_what_is_pinned(self):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        old = "cccccccc-0000-4000-8000-000000000003"
        for session, at in ((ROSES, "2025-01-01T10:00:00.000Z"), (old, "2025-01-02T10:00:00.000Z"), (LEAVES, now)):
            self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "prune").replace("2026-11-20T10:00:00.000Z", at)])
        self.start().wait_for_lines(3)
        self.assertIn("is pinned", self.kaizend.ctl("pin", ROSES[:8]).stdout)
        self.configure(self.state, "[store]\nretention_days = 30\n")
        self.assertEqual(json.loads(self.kaizend.ctl("reload", "--json").stdout)["applied"], ["store.retention_days"])
        self.kaizend.wait_for_log("forgot sessions that are too old")
        self.assertEqual(self.listed(), [LEAVES, ROSES])
        self.kaizend.ctl("pin", ROSES[:8], "--off")
        self.kaizend.stop()
        self.restart().wait_for_log("forgot sessions that are too old")
        self.assertEqual(self.listed(), [LEAVES])


if __name__ == "__main__":
    unittest.main()
