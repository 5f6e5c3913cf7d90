"""What an earlier version stored is brought up to today's rules: sessions are read again, and their rows are those of a first import."""
import sqlite3
import unittest

import harness

# What earlier rules could have got wrong, in every table.
SPOILED = """
    UPDATE rereading SET rules = 0;
    UPDATE events SET text = 'another', copied = 0, is_error = 1, role = 2 WHERE id % 3 = 0 AND kind <> 0;
    UPDATE sessions SET prompts = prompts + 1, copied_prompts = 0, tool_calls = 99, title = 'another', title_rank = 1, resumed = 7, entry_point = NULL,
        in_task = 1, asks_call = 'x', open_calls = 3, phase = 1, last_activity_ms = 1, started_at_ms = 2, model = 'another';
    UPDATE sessions SET forked_from = 'nobody' WHERE key % 3 = 0;
    UPDATE tool_spans SET tool = 'another', status = 1, paths = NULL;
    DELETE FROM tool_spans WHERE length(call_id) % 2 = 0;
    UPDATE line_kinds SET lines = lines + 5 WHERE outcome = 2;
    INSERT INTO line_kinds VALUES ('claude', 'no longer unknown', 2, 7);
    DELETE FROM bad_lines;
"""


def change(state, statements):
    db = sqlite3.connect(f"{state}/kaizen.db")
    db.executescript(statements)
    db.close()


class Rereading(harness.Case):
    def setUp(self):
        super().setUp()
        harness.corpus_home.lay_out(self.home)
        self.state = self.new_state()

    def run_once(self, until):
        daemon = self.daemon(self.state).wait_until_up()
        until(daemon)
        self.assertEqual(daemon.stop(), 0)
        return daemon

    def read_first(self):
        lines = sum(map(harness.count_lines, harness.corpus_home.session_files(self.home)))

        def is_in(daemon):
            daemon.wait_for_lines(lines)
            daemon.wait_for(lambda _: harness.open_turns_of_old(self.state) == 0, "turns that are over are told of")
        self.run_once(is_in)

    def read_again(self):
        return self.run_once(lambda daemon: daemon.wait_for_log("were read again"))

    def ids(self):
        return harness.read_database(self.state, "SELECT id, session, seq, uid, outgoing FROM events ORDER BY id")

    def test_rows_are_those_of_a_first_import(self):
        self.read_first()
        expected, ids = harness.dump(self.state), self.ids()
        change(self.state, SPOILED)
        daemon = self.read_again()
        self.assertIn("left_alone=0", daemon.log)
        found = harness.dump(self.state)
        self.assertIsNone(harness.first_difference(expected, found))
        self.assertEqual(self.ids(), ids, "followers and receivers know events by these")
        self.assertNotIn("read again", self.run_once(lambda d: d).log, "it is done once")

    def test_events_come_and_go(self):
        self.read_first()
        query = "SELECT s.id, e.text, e.text_bytes, e.at_ms FROM events e JOIN sessions s ON s.key = e.session ORDER BY 1, 2, 3, 4"
        expected = harness.read_database(self.state, query), harness.dump(self.state)["usage"]
        change(self.state, "UPDATE events SET uid = uid - 1 WHERE id % 17 = 0; UPDATE rereading SET rules = 0")
        self.read_again()
        self.assertEqual((harness.read_database(self.state, query), harness.dump(self.state)["usage"]), expected)
        [(stored, counted)] = harness.read_database(
            self.state, "SELECT (SELECT count(*) FROM events), (SELECT sum(events) FROM sources) - (SELECT events FROM forgotten_events)")
        self.assertEqual(stored, counted)

    def test_a_session_whose_file_is_gone_or_shorter_stays_as_it_is(self):
        self.read_first()
        change(self.state, SPOILED)
        files = harness.corpus_home.session_files(self.home)
        gone, shorter = [f for f in files if ".claude" in f.parts and "subagents" not in f.parts][:2]
        query = "SELECT e.* FROM events e JOIN sessions s ON s.key = e.session WHERE s.id = ? ORDER BY e.id"
        before = [harness.read_database(self.state, query, f.stem) for f in (gone, shorter)]
        gone.unlink()
        shorter.write_bytes(shorter.read_bytes()[:-20])
        self.assertIn("left_alone=2", self.read_again().log)
        self.assertEqual([harness.read_database(self.state, query, f.stem) for f in (gone, shorter)], before)

    def test_what_is_forgotten_stays_forgotten(self):
        self.read_first()
        session = next(f for f in harness.corpus_home.session_files(self.home) if ".claude" in f.parts and "subagents" not in f.parts)
        self.run_once(lambda daemon: daemon.ctl("forget", session.stem, "--yes"))
        expected = harness.dump(self.state)
        change(self.state, "UPDATE rereading SET rules = 0")
        self.read_again()
        self.assertIsNone(harness.first_difference(expected, harness.dump(self.state)))

    def test_nothing_is_sent_twice(self):
        self.configure(self.state, **harness.SYNC)
        self.read_first()
        expected = harness.dump(self.state)
        self.assertNotEqual(expected["outbox"], [])
        change(self.state, SPOILED)
        self.read_again()
        self.assertIsNone(harness.first_difference(expected, harness.dump(self.state)))
        self.assertIsNone(harness.fault_of_balance(self.state))

    def test_what_comes_later_leaves_by_the_workspace_that_was_found(self):
        self.configure(self.state, **{**harness.SYNC, "exclude": ["/home/ada/garden/**"]})
        self.read_first()
        change(self.state, "UPDATE sessions SET workspace = '/elsewhere', cwd = '/elsewhere'; UPDATE rereading SET rules = 0")
        name = ".claude/projects/-home-ada-garden/aaaaaaaa-0000-4000-8000-000000000000.jsonl"
        line = ('{"type":"user","uuid":"%s","timestamp":"2026-11-20T10:00:59.000Z","sessionId":"aaaaaaaa-0000-4000-8000-000000000000",'
                '"message":{"role":"user","content":"%s"}}')
        self.session_file(name, [line % ("early", "early")])  # read by the workspace that was stored
        daemon = self.daemon(self.state)
        daemon.wait_for_log("were read again")
        self.session_file(name, [line % ("late", "late")])
        daemon.wait_for_lines(sum(map(harness.count_lines, harness.corpus_home.session_files(self.home))))
        self.assertEqual(daemon.stop(), 0)
        rows = harness.read_database(
            self.state, "SELECT e.text, e.outgoing FROM events e JOIN sessions s ON s.key = e.session WHERE e.text IN ('early', 'late') "
                        "AND s.id LIKE 'aaaaaaaa%' ORDER BY e.text")
        self.assertEqual(rows, [("early", 1), ("late", 2)], "1: in the outbox, 2: withheld")

    def test_what_comes_meanwhile_is_stored(self):
        self.read_first()
        change(self.state, SPOILED)
        line = '{"type":"user","uuid":"late","timestamp":"2026-11-20T10:00:59.000Z","message":{"role":"user","content":"late"}}'
        daemon = self.daemon(self.state)
        file = self.session_file(".claude/projects/-home-ada-garden/aaaaaaaa-0000-4000-8000-000000000000.jsonl", [line])
        daemon.wait_for_log("were read again")
        daemon.wait_for_lines(sum(map(harness.count_lines, harness.corpus_home.session_files(self.home))))
        self.assertEqual(daemon.stop(), 0)
        found = harness.dump(self.state)
        fresh = self.new_state()
        self.state = fresh
        self.read_first()
        texts = [{(row[1], row[12]) for row in rows["events"]} for rows in (found, harness.dump(fresh))]
        self.assertEqual(texts[0], texts[1])
        self.assertIn((file.stem, "late"), texts[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
