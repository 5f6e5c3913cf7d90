#!/usr/bin/env python3
"""Checks what the bodies of all exporters say together of the same rows: that numbers add up, and that spans make whole traces.

Usage: bodies_check.py FOLDER, with files as golden_test.cpp names them: <exporter>_<session>_<anything>. The rows themselves are
those of the file exporter. Prints "session: finding"; exits 1 when there is one. It shares nothing with the exporters.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

SCHEMAS = {"otlp": "https://opentelemetry.io/schemas/1.41.1", "genai": "https://opentelemetry.io/schemas/gen-ai/0.1.0"}
AGENTS = {"claude": ("claude-code", "anthropic"), "codex": ("codex", "openai"), "cursor": ("cursor", None)}
# What rows say -> how a chat span and a $ai_generation say it. Input has another meaning in each, see expected().
COUNTERS = {
    "tokens_in": ("gen_ai.usage.input_tokens", "$ai_input_tokens"),
    "tokens_out": ("gen_ai.usage.output_tokens", "$ai_output_tokens"),
    "cache_read_tokens": ("gen_ai.usage.cache_read.input_tokens", "$ai_cache_read_input_tokens"),
    "cache_creation_tokens": ("gen_ai.usage.cache_creation.input_tokens", "$ai_cache_creation_input_tokens"),
    "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens", "$ai_reasoning_tokens"),
    "cost_usd_e6": ("kaizen.cost_usd", "$ai_total_cost_usd"),
}


def plain(value):
    """An OTLP value as JSON has it."""
    kind, content = next(iter(value.items()))
    if kind == "intValue":
        return int(content)
    return [plain(element) for element in content["values"]] if kind == "arrayValue" else content


def with_attributes(item):
    return {**item, "attributes": {pair["key"]: plain(pair["value"]) for pair in item.get("attributes", [])}}


class Session:
    """Everything that was sent of the sessions of one agent."""

    def __init__(self, folder, name):
        self.name, self.findings = name, []
        bodies = {kind: [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob(f"{kind}_{name}_*.json"))] for kind in (*SCHEMAS, "posthog", "datadog")}
        lines = [json.loads(line) for path in sorted(folder.glob(f"file_{name}_*.ndjson")) for line in path.read_text("utf-8").splitlines()]
        self.events = [line["row"] for line in lines if line["kind"] == "events"]
        self.tool_spans = [line["row"] for line in lines if line["kind"] == "tool_spans"]
        self.spans, self.genai_spans = (self.items(bodies, release, "resourceSpans", "scopeSpans", "spans") for release in SCHEMAS)
        self.logs, self.genai_logs = (self.items(bodies, release, "resourceLogs", "scopeLogs", "logRecords") for release in SCHEMAS)
        self.metrics, self.genai_metrics = (self.items(bodies, release, "resourceMetrics", "scopeMetrics", "metrics") for release in SCHEMAS)
        self.posthog = [event for body in bodies["posthog"] for event in body["batch"]]
        self.datadog = [entry for body in bodies["datadog"] for entry in body]

    def need(self, condition, finding):
        if not condition:
            self.findings.append(f"{self.name}: {finding}")

    def items(self, bodies, release, resources, scopes, items):
        found, schema = [], SCHEMAS[release]
        for resource in (resource for body in bodies[release] for resource in body.get(resources, [])):
            instance = with_attributes(resource["resource"])["attributes"].get("service.instance.id", "")
            self.need(instance.startswith("blake3:"), "a resource does not say whose it is")
            for scope in resource[scopes]:
                self.need(resource["schemaUrl"] == scope["schemaUrl"] == schema, f"another schema than {schema}")
                found += [{**with_attributes(item), "resource": resource["resource"]} for item in scope[items]]
        return found

    def spans_of(self, operation):
        return [span for span in self.spans if span["attributes"]["gen_ai.operation.name"] == operation]


def last_points(metrics, name):
    """Cumulative ones: the last of each series says all."""
    last = {}
    for metric in metrics:
        if metric["name"] == name:
            for point in metric.get("histogram", metric.get("sum"))["dataPoints"]:
                point = with_attributes(point)
                series = json.dumps([metric["resource"], point["attributes"]], sort_keys=True)
                if series not in last or int(point["timeUnixNano"]) > int(last[series]["timeUnixNano"]):
                    last[series] = point
    return list(last.values())


def ended_responses(row):
    return (row.get("payload") or {}).get("ended_responses", [])


def total(rows, key):
    return sum(row.get(key) or 0 for row in rows)


def numbers_add_up(session):
    rows, need = session.events, session.need
    chats = [span["attributes"] for span in session.spans_of("chat")]
    generations = [event["properties"] for event in session.posthog if event["event"] == "$ai_generation"]
    others = [event["properties"] for event in session.posthog if event["event"] != "$ai_generation"]
    cached = total(rows, "cache_read_tokens") + total(rows, "cache_creation_tokens")
    for key, (attribute, property_) in COUNTERS.items():
        said, unit = total(rows, key), 1e6 if key == "cost_usd_e6" else 1
        expected = said + cached if key == "tokens_in" else said
        need(abs(total(chats, attribute) * unit - expected) < 1e-3, f"chat spans: {attribute} is {total(chats, attribute)}, rows say {expected}")
        need(abs(total(generations, property_) * unit - said) < 1e-3, f"generations: {property_} is {total(generations, property_)}, rows say {said}")
        need(total(others, property_) == total(others, f"kaizen.{key}") == 0, f"{property_} is counted beside the generations, too")
    points = last_points(session.metrics, "gen_ai.client.token.usage")
    for kind, expected in (("input", total(rows, "tokens_in") + cached), ("output", total(rows, "tokens_out"))):
        said = sum(point["sum"] for point in points if point["attributes"]["gen_ai.token.type"] == kind)
        need(said == expected, f"metrics: {said} tokens of {kind}, rows say {expected}")
    by_class = {point["attributes"]["kaizen.token_class"]: 0 for point in last_points(session.metrics, "kaizen.usage.tokens")}
    for point in last_points(session.metrics, "kaizen.usage.tokens"):
        by_class[point["attributes"]["kaizen.token_class"]] += int(point["asInt"])
    for kind, key in (("input", "tokens_in"), ("output", "tokens_out"), ("cache_read", "cache_read_tokens"), ("cache_write", "cache_creation_tokens"),
                      ("reasoning", "reasoning_tokens")):
        need(by_class.get(kind, 0) == total(rows, key), f"metrics: {by_class.get(kind, 0)} tokens of class {kind}, rows say {total(rows, key)}")
    cost = sum(point["asDouble"] for point in last_points(session.metrics, "kaizen.usage.cost"))
    need(abs(cost * 1e6 - total(rows, "cost_usd_e6")) < 1e-3, f"metrics: a cost of {cost}, rows say {total(rows, 'cost_usd_e6')} millionths")


def both_releases_say_the_same(session):
    """The GenAI conventions' own release differs in the names alone, and in instruments for the same numbers."""
    need, rows = session.need, session.events
    for ours, theirs in ((session.spans, session.genai_spans), (session.logs, session.genai_logs)):
        renamed = [{**item, "attributes": {key.replace("cache_write", "cache_creation"): value for key, value in item["attributes"].items()}} for item in theirs]
        need(renamed == ours, "genai: spans or logs differ in more than names")
    counted = defaultdict(int)
    for name in {metric["name"] for metric in session.genai_metrics if metric["name"].startswith("gen_ai.client.inference.usage.")}:
        counted[name.removeprefix("gen_ai.client.inference.usage.")] = sum(int(point["asInt"]) for point in last_points(session.genai_metrics, name))
    cached = total(rows, "cache_read_tokens") + total(rows, "cache_creation_tokens")
    expected = {"input_tokens": total(rows, "tokens_in") + cached, "output_tokens": total(rows, "tokens_out"), "reasoning.output_tokens": total(rows, "reasoning_tokens"),
                "cache_read.input_tokens": total(rows, "cache_read_tokens"), "cache_write.input_tokens": total(rows, "cache_creation_tokens")}
    for name, number in expected.items():
        need(counted[name] == number, f"genai counters: {counted[name]} of {name}, rows say {number}")
    timed = sum(row["lead_time_ms"] is not None and bool(row["started_at_ms"] or row["ended_at_ms"]) for row in session.tool_spans)
    points = last_points(session.genai_metrics, "gen_ai.execute_tool.duration")
    need(sum(int(point["count"]) for point in points) == timed, "not one tool duration for each tool span that has one")


def nothing_is_missing(session):
    need = session.need
    rows = len(session.events) + len(session.tool_spans)
    need(all(record["body"].get("stringValue") and record["eventName"] for record in session.logs), "a log record without a line or a name")
    ended = sum(len(ended_responses(row)) for row in session.events)
    need(len(session.posthog) == rows + ended and len(session.datadog) == rows,
         f"{rows} rows and {ended} responses, {len(session.posthog)} events, {len(session.datadog)} entries")
    need(len({event["uuid"] for event in session.posthog}) == rows + ended, "two events of one uuid")
    need(len(session.spans_of("chat")) == ended, "not one chat for each response that ended")
    need(all(event["distinct_id"].startswith("blake3:") for event in session.posthog), "a distinct_id is no hash")
    need(len({event["distinct_id"] for event in session.posthog}) == 1, "one member is several persons")
    need(all("timestamp" in event for event in session.posthog), "an event without its time")
    need(sum(event["event"] == "$ai_span" for event in session.posthog) == len(session.tool_spans), "not one $ai_span for each tool span")
    timed = sum(bool(row["started_at_ms"] or row["ended_at_ms"]) for row in session.tool_spans)
    need(len(session.spans_of("execute_tool")) == timed, "not one execute_tool for each tool span that has a time")
    repeated = [identity for identity, count in Counter(span["spanId"] for span in session.spans).items() if count > 1]
    need(not repeated, f"span ids of several spans: {repeated}")
    agent, provider = AGENTS[session.name]
    for span in session.spans:
        said = span["attributes"].get("gen_ai.agent.name"), span["attributes"].get("gen_ai.provider.name")
        need(said == (agent, provider), f"{span['name']} is of {said}")


def turn_of(item):
    return item["attributes"]["gen_ai.conversation.id"], item["attributes"].get("kaizen.turn", 0)


def traces_are_whole(session):
    need = session.need
    ended = {(row["session_id_hash"], end["turn"]) for row in session.events if (end := (row.get("payload") or {}).get("ended_turn"))
             and (end["turn"] or "parent_span_id_hash" not in row)}  # what a known call started lies below that
    turns = {turn_of(span): span for span in session.spans_of("invoke_agent")}
    need(set(turns) == ended and len(session.spans_of("invoke_agent")) == len(ended), "not one invoke_agent for each turn that ended")
    traces = defaultdict(set)
    for span in session.spans:
        traces[turn_of(span)].add(span["traceId"])
    need(all(len(of_turn) == 1 for of_turn in traces.values()), "a turn has several traces")
    sent = {span["spanId"]: span for span in session.spans}
    for span in session.spans:
        above = sent.get(span.get("parentSpanId"))
        need(above is None or above["traceId"] == span["traceId"], f"the parent of {span['name']} is in another trace")
        if span in turns.values():
            need(above or "parentSpanId" not in span, f"the call above {span['name']} was not sent")
        elif turn_of(span) in ended:
            need(above is turns.get(turn_of(span)), f"{span['name']} does not lie below its turn, which ended")
        elif turn_of(span)[1]:
            need("parentSpanId" in span and above is None, f"{span['name']} does not lie below its turn, which goes on")
    tools = {(span["attributes"]["gen_ai.conversation.id"], span["attributes"]["gen_ai.tool.call.id"]): span["traceId"]
             for span in session.spans_of("execute_tool")}
    calls = {call for _, call in tools}
    for event in (event["properties"] for event in session.posthog if event["event"] == "$ai_span"):
        trace = tools.get((event["$ai_session_id"], event["$ai_span_id"]), event["$ai_trace_id"])
        need(trace == event["$ai_trace_id"], "a $ai_span is in another trace than its execute_tool")
        need(event["$ai_parent_id"] in (event["$ai_trace_id"], *calls), "a $ai_span lies below nothing")
    for record in session.logs:
        above = sent.get(record.get("spanId"))
        need(above is None or above["traceId"] == record["traceId"], f"the span of {record['eventName']} is in another trace")


def findings_in(folder):
    found = []
    for name in AGENTS:
        session = Session(folder, name)
        session.need(session.events and session.tool_spans and session.logs, "rows or bodies are missing")
        for check in (numbers_add_up, both_releases_say_the_same, nothing_is_missing, traces_are_whole):
            check(session)
        found += session.findings
    return found


def main(folder):
    findings = findings_in(Path(folder))
    print("\n".join(findings) or "bodies: clean")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
