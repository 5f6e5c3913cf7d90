#!/usr/bin/env python3
"""otlp_check.py takes what OTLP/JSON allows, and refuses each single thing that it does not."""

import copy
import json
import unittest

from otlp_check import finding_in

ATTRIBUTES = [{"key": "a", "value": {"stringValue": "x"}}, {"key": "b", "value": {"intValue": "-5"}}]
SPAN = {
    "traceId": "0123456789abcdef0123456789abcdef", "spanId": "0123456789abcdef", "parentSpanId": "1123456789abcdef", "name": "chat m",
    "kind": 3, "startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000000000000001", "attributes": ATTRIBUTES,
    "events": [{"timeUnixNano": "1", "name": "e", "attributes": ATTRIBUTES}], "flags": 1, "traceState": "a=b",
    "links": [{"traceId": "0123456789abcdef0123456789abcdef", "spanId": "0123456789abcdef"}], "status": {"code": 2, "message": "m"},
}
LOG = {
    "timeUnixNano": "1", "observedTimeUnixNano": "2", "severityNumber": 9, "severityText": "INFO", "eventName": "e",
    "body": {"kvlistValue": {"values": [{"key": "k", "value": {"arrayValue": {"values": [{"boolValue": True}, {"doubleValue": 1.5}, {}]}}}]}},
    "attributes": ATTRIBUTES, "traceId": "0123456789abcdef0123456789abcdef", "spanId": "0123456789abcdef", "droppedAttributesCount": 0,
}
POINT = {
    "attributes": ATTRIBUTES, "startTimeUnixNano": "1", "timeUnixNano": "2", "count": "3", "sum": 6.5,
    "bucketCounts": ["1", "2", "0"], "explicitBounds": [1, 4], "min": 0.5, "max": 4,
}
METRIC = {"name": "m", "unit": "s", "description": "", "histogram": {"dataPoints": [POINT], "aggregationTemporality": 1}}


def request(resources, scopes, items, item):
    inner = {"scope": {"name": "s", "version": "1"}, items: [item], "schemaUrl": "https://opentelemetry.io/schemas/1.41.1"}
    outer = {"resource": {"attributes": ATTRIBUTES}, scopes: [inner], "schemaUrl": "https://opentelemetry.io/schemas/1.41.1"}
    return {resources: [outer]}


TRACES = ("resourceSpans", "scopeSpans", "spans")
LOGS = ("resourceLogs", "scopeLogs", "logRecords")
METRICS = ("resourceMetrics", "scopeMetrics", "metrics")
GONE = object()


class OtlpCheck(unittest.TestCase):
    def finding(self, signal, item):
        return finding_in(json.dumps(request(*signal, item)))

    def refuses(self, signal, item, *path_and_value):
        *path, value = path_and_value
        broken = copy.deepcopy(item)
        at = broken
        for step in path[:-1]:
            at = at[step]
        if value is GONE:
            del at[path[-1]]
        else:
            at[path[-1]] = value
        self.assertIsNotNone(self.finding(signal, broken), f"{path} = {value!r}")

    def test_takes_whole_requests(self):
        self.assertIsNone(self.finding(TRACES, SPAN))
        self.assertIsNone(self.finding(LOGS, LOG))
        self.assertIsNone(self.finding(METRICS, METRIC))
        number = {"dataPoints": [{"timeUnixNano": "1", "asInt": "5"}, {"timeUnixNano": "1", "asDouble": 2, "attributes": ATTRIBUTES}]}
        self.assertIsNone(self.finding(METRICS, {"name": "g", "gauge": number}))
        self.assertIsNone(self.finding(METRICS, {"name": "s", "sum": {**number, "aggregationTemporality": 2, "isMonotonic": True}}))

    def test_refuses_broken_spans(self):
        for name in ("traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"):
            self.refuses(TRACES, SPAN, name, GONE)
        for value in ("0" * 32, "0123456789ABCDEF0123456789ABCDEF", "0123", "", 5, None, "ASNFZ4mrze8BI0VniavN7w=="):
            self.refuses(TRACES, SPAN, "traceId", value)
        for value in ("0" * 16, "0123456789abcde", None):
            self.refuses(TRACES, SPAN, "spanId", value)
            self.refuses(TRACES, SPAN, "parentSpanId", value)
        self.refuses(TRACES, SPAN, "parentSpanId", SPAN["spanId"])
        for value in (0, 6, -1, "SPAN_KIND_CLIENT", "3", True, 3.0, None):
            self.refuses(TRACES, SPAN, "kind", value)
        for value in (1790000000000000000, "1.5", "-1", "01", "1e18", "", "18446744073709551616", "0", None):
            self.refuses(TRACES, SPAN, "startTimeUnixNano", value)
        self.refuses(TRACES, SPAN, "endTimeUnixNano", "1789999999999999999")
        for value in (3, -1, "2", "STATUS_CODE_ERROR"):
            self.refuses(TRACES, SPAN, "status", "code", value)
        self.refuses(TRACES, SPAN, "trace_id", SPAN["traceId"])
        self.refuses(TRACES, SPAN, "duration", "5")
        self.refuses(TRACES, SPAN, "name", "")
        self.refuses(TRACES, SPAN, "events", 0, "severityNumber", 9)
        self.refuses(TRACES, SPAN, "links", 0, "spanId", GONE)

    def test_refuses_broken_attributes(self):
        for value in ("x", 5, None, [], {"string_value": "x"}, {"stringValue": 5}, {"intValue": 5}, {"intValue": "5.0"}, {"boolValue": 1},
                      {"intValue": "9223372036854775808"}, {"doubleValue": "1.5"}, {"doubleValue": True}, {"bytesValue": "?"}, {},
                      {"stringValue": "x", "intValue": "5"}, {"arrayValue": [1]}, {"arrayValue": {"values": ["x"]}},
                      {"kvlistValue": {"values": [{"key": "", "value": {}}]}}, {"stringValue": "\ud800"}, {"stringValue": None}):
            self.refuses(TRACES, SPAN, "attributes", 0, "value", value)
        self.refuses(TRACES, SPAN, "attributes", 0, "key", "b")
        self.refuses(TRACES, SPAN, "attributes", 0, "key", GONE)
        self.refuses(TRACES, SPAN, "attributes", 0, "value", GONE)
        self.refuses(TRACES, SPAN, "attributes", {"a": "x"})

    def test_refuses_broken_logs(self):
        for value in (0, 25, "9", "INFO"):
            self.refuses(LOGS, LOG, "severityNumber", value)
        self.refuses(LOGS, LOG, "traceId", GONE)
        self.refuses(LOGS, LOG, "timeUnixNano", "0")
        self.refuses(LOGS, LOG, "body", "text")
        self.refuses(LOGS, LOG, "event_name", "e")
        self.refuses(LOGS, LOG, "name", "e")

    def test_refuses_broken_metrics(self):
        data = ("histogram", "dataPoints", 0)
        for value in (3, ["3"], "-3", "4"):
            self.refuses(METRICS, METRIC, *data, "count", value)
        for value in (["1", "2"], [1, 2, 0], ["1", "1", "0"]):
            self.refuses(METRICS, METRIC, *data, "bucketCounts", value)
        for value in ([4, 1], [1, 1], ["1", "4"]):
            self.refuses(METRICS, METRIC, *data, "explicitBounds", value)
        self.refuses(METRICS, METRIC, *data, "max", 4.5)
        self.refuses(METRICS, METRIC, *data, "sum", "6.5")
        self.refuses(METRICS, METRIC, *data, "startTimeUnixNano", "3")
        self.refuses(METRICS, METRIC, *data, "asInt", "5")
        self.refuses(METRICS, METRIC, "histogram", "dataPoints", [POINT, POINT])
        for value in (0, 3, "AGGREGATION_TEMPORALITY_DELTA", GONE):
            self.refuses(METRICS, METRIC, "histogram", "aggregationTemporality", value)
        self.refuses(METRICS, METRIC, "gauge", {"dataPoints": []})
        self.refuses(METRICS, METRIC, "histogram", GONE)
        self.refuses(METRICS, METRIC, "name", GONE)

    def test_refuses_other_envelopes(self):
        whole = request(*TRACES, SPAN)
        for text in ("", "[]", "{}", "null", "{", '{"resourceSpans": {}}', '{"resource_spans": []}', '{"resourceSpans": [{}]}',
                     json.dumps({**whole, "more": 1}), json.dumps({**whole, "resourceLogs": []}), json.dumps(whole)[:-1],
                     '{"resourceSpans": [], "resourceSpans": []}', "[" * 100000):
            self.assertIsNotNone(finding_in(text), text[:60])
        for scoped in ({"spans": [], "schema_url": "https://a"}, {"scope": "s", "spans": []}, {"instrumentationLibrary": {}, "spans": []}, {}):
            self.assertIsNotNone(finding_in(json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [scoped]}]})), scoped)


if __name__ == "__main__":
    unittest.main()
