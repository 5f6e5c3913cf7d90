"""History: every line is accounted for, and sessions say what the files say (read here by other means than ours)."""
import json
import unittest

import harness


def claude_facts(file):
    """What a plain reading of a Claude Code file gives."""
    facts = {"cwd": None, "model": None, "times": []}
    for raw in file.read_text(errors="replace").split("\n"):
        try:
            line = json.loads(raw)
        except ValueError:
            continue
        if not isinstance(line, dict):
            continue
        facts["cwd"] = facts["cwd"] or line.get("cwd")
        message = line.get("message") if isinstance(line.get("message"), dict) else {}
        if line.get("type") == "assistant" and message.get("model") not in (None, "<synthetic>"):
            facts["model"] = message["model"]
        blocks = message.get("content") if isinstance(message.get("content"), list) else []
        answers = any(isinstance(block, dict) and block.get("type") == "tool_result" for block in blocks)
        if line.get("timestamp") and (line.get("type") == "assistant" and blocks or line.get("type") == "user" and answers):
            facts["times"].append(line["timestamp"])
    return facts


def codex_facts(file):
    facts = {"cwd": None, "model": None, "parent": None, "id": None, "first": None}
    for raw in file.read_text().split("\n"):
        try:
            line = json.loads(raw)
        except ValueError:
            continue
        payload = line.get("payload", {})
        if line.get("type") == "session_meta" and facts["id"] is None:
            facts.update(id=payload.get("id"), cwd=payload.get("cwd"), parent=payload.get("parent_thread_id"),
                         first=line["timestamp"])
        if line.get("type") == "turn_context":
            facts["model"] = payload.get("model") or facts["model"]
    return facts


class Import(harness.Case):
    def setUp(self):
        super().setUp()
        self.laid_out = harness.corpus_home.lay_out(self.home)
        self.files = harness.corpus_home.session_files(self.home)
        self.lines = sum(map(harness.count_lines, self.files))
        self.state = self.new_state()
        self.kaizend = self.daemon(self.state).wait_until_up()
        self.status = self.kaizend.wait_for_lines(self.lines)

    def session(self, session_id):
        return self.kaizend.get(f"/v1/sessions/{session_id}")

    def test_every_line_is_an_event_a_skip_or_bad(self):
        total = {key: sum(s[key] for s in self.status["sources"]) for key in
                 ("lines", "event_lines", "skipped_lines", "bad_lines", "files")}
        self.assertEqual(total["lines"], self.lines)
        # A line may hold a record and half of another: it counts as both.
        self.assertGreaterEqual(total["event_lines"] + total["skipped_lines"] + total["bad_lines"], total["lines"])
        self.assertLessEqual(total["event_lines"] + total["skipped_lines"], total["lines"])
        self.assertEqual(total["files"], len(self.files))
        self.assertEqual(sum(s["bytes_behind"] for s in self.status["sources"]),
                         sum(f.stat().st_size for f in self.files) - sum(s["bytes_read"] for s in self.status["sources"]))
        print(f"\n{self.laid_out}: {total}")

    def test_a_second_start_reads_nothing_twice(self):
        before = harness.dump(self.state)
        self.assertEqual(self.kaizend.stop(), 0)
        again = self.daemon(self.state).wait_until_up()
        again.wait_for(lambda s: all(x["present"] or not x["files"] for x in s["sources"]), "roots seen")
        self.assertEqual(again.stop(), 0)
        self.assertIsNone(harness.first_difference(before, harness.dump(self.state)))

    def test_claude_sessions_say_what_their_files_say(self):
        checked = 0
        for file in self.home.glob(".claude/projects/*/*-*-*-*-*.jsonl"):
            if len(file.stem) != 36:
                continue
            facts = claude_facts(file)
            if not facts["times"]:
                continue
            detail = self.session(file.stem)
            session = detail["session"]
            with self.subTest(file=file.name):
                self.assertEqual(session["agent"], "claude")
                self.assertIsNone(session.get("parent"))
                self.assertEqual(session.get("workspace"), facts["cwd"])
                self.assertEqual(session.get("model"), facts["model"])
                times = sorted(facts["times"])
                self.assertLessEqual(session["started_at_ms"], to_ms(times[0]))
                self.assertGreaterEqual(session["last_activity_ms"], to_ms(times[-1]))
                self.assertIn(str(file), [f["path"] for f in detail["files"]])
                checked += 1
        self.assertGreater(checked, 0)
        print(f"\n{checked} Claude sessions checked")

    def test_claude_helpers_belong_to_their_parents(self):
        checked = 0
        for file in self.home.glob(".claude/projects/*/*/subagents/agent-*.jsonl"):
            with self.subTest(file=file.name):
                self.assertEqual(self.session(file.stem)["session"]["parent"], file.parents[1].name)
                checked += 1
        self.assertGreater(checked, 0)

    def test_codex_sessions_say_what_their_files_say(self):
        checked = 0
        for file in self.home.glob(".codex/sessions/**/rollout-*.jsonl"):
            facts = codex_facts(file)
            if facts["id"] is None or not file.stem.endswith(facts["id"]):
                continue
            session = self.session(facts["id"])["session"]
            with self.subTest(file=file.name):
                self.assertEqual(session["agent"], "codex")
                self.assertEqual(session.get("workspace"), facts["cwd"])
                self.assertEqual(session.get("model"), facts["model"])
                self.assertEqual(session.get("parent"), facts["parent"])
                self.assertEqual(session["started_at_ms"], to_ms(facts["first"]))
                checked += 1
        self.assertGreater(checked, 0)
        print(f"\n{checked} Codex sessions checked")

    def test_cursor_sessions_are_there_with_unknown_numbers(self):
        page = self.kaizend.get("/v1/sessions?agent=cursor&limit=1000")
        files = [f for f in self.files if ".cursor" in f.parts]
        roots = [s for s in page["sessions"] if not s["parent"]]
        self.assertEqual(len(roots), len([f for f in files if harness.count_lines(f) and "subagents" not in f.parts]))
        # The others are sub-agents whose parent is not stored.
        ids = {s["id"] for s in roots}
        self.assertEqual([s["id"] for s in page["sessions"] if s["parent"] in ids], [])
        self.assertTrue(all(s["tokens"] is None and s["cost_usd_e6"] is None for s in page["sessions"]))


def to_ms(text):
    import datetime
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
