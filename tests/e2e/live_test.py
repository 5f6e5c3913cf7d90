"""What agents do while the daemon runs: sessions begin, grow, pause in the middle of a line, move, and are seen at once."""
import json
import subprocess
import unittest
import uuid

import harness

CLAUDE = ".claude/projects/-home-ana-app"


def claude_line(session, text, role="user", **more):
    content = text if role == "user" else [{"type": "text", "text": text}]
    return json.dumps({"type": role, "uuid": str(uuid.uuid4()), "sessionId": session, "timestamp": "2026-11-20T10:00:00.000Z",
                       "cwd": "/home/ana/app", "version": "2.1.330", "isSidechain": False,
                       "message": {"role": role, "content": content, "model": "claude-sonnet-4-5"}, **more})


def codex_line(kind, payload):
    return json.dumps({"timestamp": "2026-11-20T10:00:00.000Z", "type": kind, "payload": payload})


class Live(harness.Case):
    def start(self):
        self.state = self.new_state()
        self.kaizend = self.daemon(self.state).wait_until_up()
        return self.kaizend

    def follow(self, *words):
        tail = subprocess.Popen([harness.KAIZENCTL, "tail", "--json", *words], env=self.kaizend.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (tail.kill(), tail.wait(), tail.stdout.close(), tail.stderr.close()))
        return tail

    def test_tail_prints_what_is_appended_in_directories_that_did_not_exist(self):
        self.start()
        tail = self.follow()
        session = str(uuid.uuid4())
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "first prompt")])
        self.assertEqual(json.loads(tail.stdout.readline())["text"], "first prompt")
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "an answer", "assistant")])
        event = json.loads(tail.stdout.readline())
        self.assertEqual((event["session"], event["role"], event["text"]), (session, "assistant", "an answer"))
        helper = f"{CLAUDE}/{session}/subagents/agent-a0123456789abcdef.jsonl"
        self.session_file(helper, [claude_line(session, "look around", agentId="a0123456789abcdef", isSidechain=True)])
        self.assertEqual(json.loads(tail.stdout.readline())["session"], "agent-a0123456789abcdef")
        thread = str(uuid.uuid4())
        self.session_file(f".codex/sessions/2026/11/20/rollout-2026-11-20T10-00-00-{thread}.jsonl", [
            codex_line("session_meta", {"id": thread, "cwd": "/home/ana/app", "cli_version": "0.169.0"})])
        self.assertEqual(json.loads(tail.stdout.readline())["session"], thread)

    def test_a_stream_that_begins_with_the_last_ones_goes_on_with_what_comes(self):
        self.start()
        session = str(uuid.uuid4())
        file = f"{CLAUDE}/{session}.jsonl"
        self.session_file(file, [claude_line(session, f"old {n}") for n in range(5)])
        self.kaizend.wait_for_lines(5)
        connection = harness.UnixConnection(self.kaizend.socket)
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/events?follow=true&last=2")
        stream = connection.getresponse()
        # Which ones are the last is asked after the head of the answer was sent: until then nothing new may come.
        self.assertEqual([json.loads(stream.readline())["text"] for _ in range(2)], ["old 3", "old 4"])
        self.session_file(file, [claude_line(session, f"new {n}") for n in range(3)])
        self.assertEqual([json.loads(stream.readline())["text"] for _ in range(3)], ["new 0", "new 1", "new 2"])
        self.session_file(file, [claude_line(session, "the end")])
        self.assertEqual(json.loads(stream.readline())["text"], "the end", "nothing came twice")

    def test_half_a_line_waits_for_its_newline(self):
        self.start()
        tail = self.follow()
        session = str(uuid.uuid4())
        file = self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "one")])
        self.assertEqual(json.loads(tail.stdout.readline())["text"], "one")
        line = claude_line(session, "two") + "\n" + claude_line(session, "three") + "\n"
        for cut in (0, 40, 90, len(line) // 2):
            with open(file, "a") as out:
                out.write(line[cut:{0: 40, 40: 90, 90: len(line) // 2}.get(cut)])
        self.assertEqual([json.loads(tail.stdout.readline())["text"] for _ in range(2)], ["two", "three"])
        total = self.kaizend.get("/v1/status")["sources"][0]
        self.assertEqual((total["lines"], total["bad_lines"]), (3, 0))

    def test_a_cursor_line_without_newline_is_taken_once_the_file_is_quiet(self):
        self.start()
        tail = self.follow()
        session = str(uuid.uuid4())
        file = self.home / f".cursor/projects/home-ana-app/agent-transcripts/{session}/{session}.jsonl"
        file.parent.mkdir(parents=True)
        say = lambda text: json.dumps({"role": "user", "message": {"content": [{"type": "text", "text": text}]}})
        file.write_text(say("one"))
        self.assertEqual(json.loads(tail.stdout.readline())["text"], "one")
        with open(file, "a") as out:
            out.write("\n" + say("two"))
        self.assertEqual(json.loads(tail.stdout.readline())["text"], "two")
        cursor = [s for s in self.kaizend.get("/v1/status")["sources"] if s["agent"] == "cursor"][0]
        self.assertEqual((cursor["lines"], cursor["events"], cursor["bad_lines"]), (2, 2, 0))

    def test_a_rewritten_file_is_read_again_and_nothing_is_counted_twice(self):
        session = str(uuid.uuid4())
        lines = [claude_line(session, f"prompt {i}") for i in range(5)]
        file = self.session_file(f"{CLAUDE}/{session}.jsonl", lines)
        self.start()
        self.kaizend.wait_for_lines(5)
        replacement = file.with_suffix(".tmp")
        replacement.write_text("".join(line + "\n" for line in lines[1:] + [claude_line(session, "new")]))
        replacement.rename(file)
        self.kaizend.wait_for_lines(10)
        detail = self.kaizend.get(f"/v1/sessions/{session}")
        self.assertEqual(detail["session"]["events"], 6)
        self.assertEqual(detail["files"][0]["generation"], 1)

    def test_an_archived_codex_session_keeps_its_history(self):
        thread = str(uuid.uuid4())
        name = f"rollout-2026-11-20T10-00-00-{thread}.jsonl"
        file = self.session_file(f".codex/sessions/2026/11/20/{name}", [
            codex_line("session_meta", {"id": thread, "cwd": "/home/ana/app"})])
        self.start()
        self.kaizend.wait_for_lines(1)
        archive = self.home / ".codex/archived_sessions"
        archive.mkdir()
        file.rename(archive / name)
        with open(archive / name, "a") as out:
            out.write(codex_line("event_msg", {"type": "task_started"}) + "\n")
        self.kaizend.wait_for_lines(2)
        detail = self.kaizend.get(f"/v1/sessions/{thread}")
        self.assertEqual([f["path"] for f in detail["files"]], [str(archive / name)])
        self.assertEqual(detail["session"]["events"], 2)

    def test_events_are_paged_and_a_stream_goes_on_where_it_was_left(self):
        session = str(uuid.uuid4())
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, f"prompt {i}") for i in range(10)])
        self.start()
        self.kaizend.wait_for_lines(10)
        texts, after = [], 0
        while True:
            page = self.kaizend.get(f"/v1/events?session={session[:8]}&limit=3&after={after}")
            if not page["events"]:
                break
            texts += [event["text"] for event in page["events"]]
            after = page["next"]
        self.assertEqual(texts, [f"prompt {i}" for i in range(10)])
        last = self.kaizend.get(f"/v1/events?session={session}&last=2")["events"]
        self.assertEqual([event["text"] for event in last], ["prompt 8", "prompt 9"])

    def test_tool_calls_become_spans_with_their_outcome(self):
        session = str(uuid.uuid4())
        def call(call_id, tool, arguments):
            return claude_line(session, "", "assistant", message={"role": "assistant", "id": "msg_" + call_id, "model": "m", "content": [
                {"type": "tool_use", "id": call_id, "name": tool, "input": arguments}]})
        def result(call_id, text, error):
            return claude_line(session, "", message={"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": call_id, "content": text, "is_error": error}]})
        self.session_file(f"{CLAUDE}/{session}.jsonl", [
            claude_line(session, "do it"),
            call("c1", "Read", {"file_path": "/home/ana/app/src/main.cpp"}), result("c1", "int main() {}", False),
            call("c2", "Bash", {"command": "false"}), result("c2", "Exit code 3\nno", True),
            call("c3", "Bash", {"command": "sleep 100"}),
            claude_line(session, "never mind")])
        self.start()
        self.kaizend.wait_for_lines(7)
        detail = self.kaizend.get(f"/v1/sessions/{session}")
        tools = {t["tool"]: (t["calls"], t["errors"], t["orphaned"]) for t in detail["tools"]}
        self.assertEqual(tools, {"Bash": (2, 1, 1), "Read": (1, 0, 0)})
        self.assertEqual(detail["paths"], ["src/main.cpp"])
        codes = [e["exit_code"] for e in detail["recent"] if e["kind"] == "tool_result"]
        self.assertEqual(codes, [None, 3])


if __name__ == "__main__":
    unittest.main(verbosity=2)
