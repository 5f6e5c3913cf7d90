"""What real receivers got, beside the rows that the file exporter wrote of the same sessions and what `kaizenctl usage` says of them."""
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "export"), str(TESTS / "support")]
import bodies_check  # noqa: E402

# As `usage` has them -> class of kaizen.usage.tokens, member of a row, attribute of a chat span, property of a generation.
CLASSES = {
    "input": ("input", "tokens_in", None, "$ai_input_tokens"),
    "cache_read": ("cache_read", "cache_read_tokens", "gen_ai.usage.cache_read.input_tokens", "$ai_cache_read_input_tokens"),
    "cache_write": ("cache_write", "cache_creation_tokens", "gen_ai.usage.cache_creation.input_tokens", "$ai_cache_creation_input_tokens"),
    "output": ("output", "tokens_out", "gen_ai.usage.output_tokens", "$ai_output_tokens"),
    "reasoning": ("reasoning", "reasoning_tokens", "gen_ai.usage.reasoning.output_tokens", "$ai_reasoning_tokens"),
}
LONG_ENOUGH = 1500  # to see what a finding is about
ALL_INPUT = "gen_ai.usage.input_tokens"


class Received(bodies_check.Session):
    """Of all agents together. `again`: sudden ends may have brought some of it twice, and then the same."""

    def __init__(self, bodies, lines, posthog=(), again=False):
        self.name, self.findings, self.again = "all", [], again
        by_release = {"otlp": bodies}
        self.repeated = Counter()
        lines = without_replaced(lines, lambda line: (line["kind"], *identity(line["row"])), lambda line: line["row"].get("late"))
        lines = self.once("row", lines, lambda line: json.dumps(line["row"], sort_keys=True), lambda line: (line["kind"], *identity(line["row"])))
        self.events = [line["row"] for line in lines if line["kind"] == "events"]
        self.tool_spans = [line["row"] for line in lines if line["kind"] == "tool_spans"]
        spans = self.items(by_release, "otlp", "resourceSpans", "scopeSpans", "spans")
        self.spans = self.once("span", spans, whole, lambda span: (span["traceId"], span["spanId"]))
        records = self.items(by_release, "otlp", "resourceLogs", "scopeLogs", "logRecords")
        self.logs = self.once("log record", records, without_observed, without_observed)
        self.metrics = self.items(by_release, "otlp", "resourceMetrics", "scopeMetrics", "metrics")
        posthog = without_replaced(posthog, lambda event: event["uuid"], lambda event: event["properties"].get("kaizen.late"))
        self.posthog = self.once("event", posthog, whole, lambda event: event["uuid"])

    def once(self, kind, items, content, name):
        """Each of them one time. What has the same name has to say the same."""
        known, others = {}, []
        for item in items:
            first = known.setdefault(name(item), item)
            if first is not item:
                self.repeated[kind] += 1
                if content(first) != content(item):
                    others.append(differences(first, item))
        self.need(not others, f"{len(others)} times a {kind} came again as something else, such as {others[:2]}")
        return list(known.values())


def without_replaced(items, name, is_late):
    """Without those that left before their result came, where it did come."""
    late = {name(item) for item in items if is_late(item)}
    return [item for item in items if is_late(item) or name(item) not in late]


def differences(first, second):
    """Of both, what one of them has and the other has not."""
    first, second = ({(kind, key): value for kind, part in parts(item) for key, value in part.items()} for item in (first, second))
    return {".".join(key): (first.get(key), second.get(key)) for key in {**first, **second} if first.get(key) != second.get(key)}


def parts(item):
    for kind in ("row", "attributes", "properties"):
        yield kind, item.get(kind) or {}
    yield "", {key: value for key, value in item.items() if not isinstance(value, (dict, list))}


def whole(item):
    return json.dumps(item, sort_keys=True)


def without_observed(record):
    return whole({key: value for key, value in record.items() if key != "observedTimeUnixNano"})


def identity(row):
    return row["session_id_hash"], row.get("event_seq", row.get("span_id_hash"))


def nothing_came_twice(session):
    session.need(session.again or not session.repeated, f"came more than once: {dict(session.repeated)}")


def no_span_is_an_orphan(session):
    there = {(span["traceId"], span["spanId"]) for span in session.spans}
    orphans = [span for span in session.spans if span.get("parentSpanId") and (span["traceId"], span["parentSpanId"]) not in there]
    session.need(not orphans, f"{len(orphans)} spans have a parent that is not in their trace: {Counter(span['name'].split()[0] for span in orphans)}")
    return orphans


def each_trace_has_one_root(session):
    roots, traces = defaultdict(list), {span["traceId"] for span in session.spans}
    for span in session.spans:
        if not span.get("parentSpanId"):
            roots[span["traceId"]].append(span)
    odd = {trace: len(roots[trace]) for trace in traces if len(roots[trace]) != 1}
    session.need(not odd, f"{len(odd)} of {len(traces)} traces have no root, or several: {dict(list(odd.items())[:5])}")
    repeated = [name for name, count in Counter(span["spanId"] for span in session.spans).items() if count > 1]
    session.need(not repeated, f"span ids of several spans: {repeated[:5]}")


def work_is_told_once(session, stored):
    """`stored`: (responses, calls that have a time) as the history has them."""
    responses, calls = stored
    chats, tools = session.spans_of("chat"), session.spans_of("execute_tool")
    ended = sum(len(bodies_check.ended_responses(row)) for row in session.events)
    session.need(len(chats) == ended, f"{len(chats)} chats, {ended} responses ended in rows")
    session.need(len(chats) == responses, f"{len(chats)} chats, {responses} responses with tokens are stored")
    session.need(len(tools) == calls, f"{len(tools)} execute_tool, {calls} calls are stored")


def sums_are_those_of(session, usage):
    """`usage`: total of `kaizenctl usage --json`. Rows of a session sum up to its cost in whole micro-dollars, usage adds up before it
    rounds."""
    need, total = session.need, bodies_check.total
    wanted = {name: usage["tokens"][name] or 0 for name in CLASSES}
    chats = [span["attributes"] for span in session.spans_of("chat")]
    generations = [event["properties"] for event in session.posthog if event["event"] == "$ai_generation"]
    points = Counter()
    for point in bodies_check.last_points(session.metrics, "kaizen.usage.tokens"):
        points[point["attributes"]["kaizen.token_class"]] += int(point["asInt"])
    for name, (of_points, of_rows, of_chats, of_generations) in CLASSES.items():
        found = {"rows": total(session.events, of_rows), "metrics": points[of_points]}
        if of_chats:
            found["traces"] = total(chats, of_chats)
        if session.posthog:
            found["PostHog"] = total(generations, of_generations)
        for where, said in found.items():
            need(said == wanted[name], f"{where}: {said} tokens of {name}, usage says {wanted[name]}")
    all_input = wanted["input"] + wanted["cache_read"] + wanted["cache_write"]
    need(total(chats, ALL_INPUT) == all_input, f"traces: {total(chats, ALL_INPUT)} tokens of input in all, usage says {all_input}")
    costs = {"rows": total(session.events, "cost_usd_e6"), "traces": total(chats, "kaizen.cost_usd") * 1e6,
             "metrics": sum(point["asDouble"] for point in bodies_check.last_points(session.metrics, "kaizen.usage.cost")) * 1e6}
    if session.posthog:
        costs["PostHog"] = total(generations, "$ai_total_cost_usd") * 1e6
    need(max(costs.values()) - min(costs.values()) < 0.01, f"not the same cost everywhere: {costs}")
    sessions = len({event["session_id_hash"] for event in session.events})
    for where, said in costs.items():
        need(abs(said - (usage["cost_usd_e6"] or 0)) <= sessions / 2, f"{where}: {said:.3f} micro-dollars, usage says {usage['cost_usd_e6']}")


def findings_of(session, stored, usage):
    nothing_came_twice(session)
    no_span_is_an_orphan(session)
    each_trace_has_one_root(session)
    work_is_told_once(session, stored)
    sums_are_those_of(session, usage)
    if session.posthog:
        bodies_check.numbers_add_up(session)
    bodies_check.traces_are_whole(session)
    return [finding[:LONG_ENOUGH] for finding in dict.fromkeys(session.findings)]
