#!/usr/bin/env python3
"""bodies_check.py takes the golden bodies, and finds each single thing that is untrue in them."""

import shutil
import tempfile
import unittest
from pathlib import Path

from bodies_check import findings_in

GOLDEN = Path(__file__).parent / "golden"


class BodiesCheck(unittest.TestCase):
    def findings_with(self, name, old, new):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(GOLDEN, folder, dirs_exist_ok=True)
            file = Path(folder) / name
            text = file.read_text("utf-8")
            self.assertIn(old, text, f"{name} has nothing to spoil")
            file.write_text(text.replace(old, new, 1), "utf-8")
            return findings_in(Path(folder))

    def finds(self, what, name, old, new):
        findings = self.findings_with(name, old, new)
        self.assertTrue(any(what in finding for finding in findings), f"{what!r} is not in {findings}")

    def test_takes_the_golden_bodies(self):
        self.assertEqual(findings_in(GOLDEN), [])

    def test_finds_numbers_that_do_not_add_up(self):
        traces, metrics = "otlp_claude_events_traces.json", "otlp_codex_events_metrics.json"
        for key in ("input_tokens", "output_tokens", "cache_read.input_tokens", "cache_creation.input_tokens"):
            self.finds(f"gen_ai.usage.{key} is", traces, f'"gen_ai.usage.{key}","value":{{"intValue":"', f'"gen_ai.usage.{key}","value":{{"intValue":"9')
        self.finds("kaizen.cost_usd is", traces, '"doubleValue":0.', '"doubleValue":1.')
        self.finds("gen_ai.usage.reasoning.output_tokens is", "otlp_codex_events_traces.json", '"intValue":"26"', '"intValue":"27"')
        self.finds("tokens of input", metrics, '"sum": ', '"sum": 9')
        self.finds("$ai_output_tokens is", "posthog_claude_events.json", '"$ai_output_tokens": ', '"$ai_output_tokens": 9')
        self.finds("beside the generations", "posthog_claude_events.json", '"kaizen.payload"', '"kaizen.tokens_out": 5, "kaizen.payload"')

    def test_finds_what_is_missing_or_doubled(self):
        self.finds("two events of one uuid", "posthog_claude_events.json", '"uuid": "', '"uuid": "a6df7013-f7a9-88d7-bc74-c5e567fb3c82", "was": "')
        self.finds("no hash", "posthog_codex_events.json", '"distinct_id": "blake3:', '"distinct_id": "')
        self.finds("without its time", "posthog_cursor_events.json", '"timestamp"', '"time"')
        self.finds("is of ('claude'", "otlp_claude_tool_spans_traces.json", '"claude-code"', '"claude"')
        self.finds("another schema", "otlp_claude_events_logs.json", "schemas/1.41.1", "schemas/1.0.0")
        self.finds("another schema", "genai_claude_events_logs.json", "schemas/gen-ai/0.1.0", "schemas/1.41.1")
        self.finds("several persons", "posthog_codex_events.json", '"distinct_id": "blake3:', '"distinct_id": "blake3:0')
        self.finds("whose it is", "otlp_codex_events_logs.json", "service.instance.id", "service.instance")
        self.finds("without a line", "otlp_codex_events_logs.json", '"body": {"stringValue":"', '"body": {"x":"')

    def test_finds_releases_that_differ_in_more_than_names(self):
        metrics, tools = "genai_codex_events_metrics.json", "genai_claude_tool_spans_metrics.json"
        self.finds("more than names", "genai_claude_events_traces.json", '"name": "chat', '"name": "chats')
        self.finds("genai counters", metrics, '"asInt": "', '"asInt": "9')
        self.finds("not one tool duration", tools, '"count": "', '"count": "9')

    def test_finds_traces_that_are_not_whole(self):
        traces, tools = "otlp_claude_events_traces.json", "otlp_claude_tool_spans_traces.json"
        self.finds("several traces", tools, '"traceId": "', '"traceId": "0000')
        self.finds("in another trace", tools, '"traceId": "', '"traceId": "0000')
        self.finds("below its turn, which ended", tools, '"parentSpanId": "', '"parentSpanId": "0000')
        self.finds("does not lie below its turn", traces, '"parentSpanId": "381cd8ede06d8111"', '"links": []')
        self.finds("one invoke_agent", traces, '"stringValue":"invoke_agent"', '"stringValue":"chat"')
        self.finds("span ids of several", traces, '"spanId": "', '"spanId": "d9d86eb7e43597fd", "was": "')
        self.finds("than its execute_tool", "posthog_codex_tool_spans.json", '"$ai_trace_id": "', '"$ai_trace_id": "0')
        self.finds("below nothing", "posthog_claude_tool_spans.json", '"$ai_parent_id": "', '"$ai_parent_id": "0')
        self.finds("was not sent", tools, '"spanId": "d9d86eb7e43597fd"', '"spanId": "d9d86eb7e43597f0"')


if __name__ == "__main__":
    unittest.main()
