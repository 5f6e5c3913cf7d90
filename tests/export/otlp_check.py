#!/usr/bin/env python3
"""Checks OTLP/JSON export requests for traces, logs and metrics, field by field, and refuses what it does not know.

Usage: otlp_check.py FILE... A file is one request; one that ends in .ndjson has one on each line. Prints "file: path: finding";
exits 1 when there is one. Written from the public
opentelemetry-proto messages and the section "JSON Protobuf Encoding" of the OTLP specification; it shares nothing with the
exporter. Stricter than a receiver: 64-bit integers must be strings, ids lower-case, attribute keys unique, required members there.
"""

import base64
import binascii
import json
import math
import re
import sys
from pathlib import Path


class Refused(Exception):
    """What is wrong, and where."""


def refuse(path, text):
    raise Refused(f"{path}: {text}")


def need(condition, path, text):
    if not condition:
        refuse(path, text)


# Each checker takes (value, path).


def string(value, path):
    need(isinstance(value, str), path, "must be a string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        refuse(path, "is not valid Unicode")


def boolean(value, path):
    need(isinstance(value, bool), path, "must be true or false")


def small_integer(least, most):
    def check(value, path):
        need(isinstance(value, int) and not isinstance(value, bool), path, "must be an integer number")
        need(least <= value <= most, path, f"is not from {least} to {most}")

    return check


uint32 = small_integer(0, 2**32 - 1)
sint32 = small_integer(-(2**31), 2**31 - 1)


def big_integer(least, most):
    def check(value, path):
        need(isinstance(value, str), path, "must be a 64-bit integer as a decimal string")
        need(re.fullmatch(r"0|-?[1-9][0-9]*", value), path, "is not a decimal integer")
        need(least <= int(value) <= most, path, "is out of the range of its type")

    return check


uint64 = big_integer(0, 2**64 - 1)
int64 = big_integer(-(2**63), 2**63 - 1)


def double(value, path):
    if value in ("NaN", "Infinity", "-Infinity") and isinstance(value, str):
        return
    need(isinstance(value, (int, float)) and not isinstance(value, bool), path, "must be a number")
    need(math.isfinite(value), path, "must be finite, or a word for what is not")


def enum(first, last):
    return small_integer(first, last)  # names of enum values are not allowed in OTLP/JSON


def identity(digits):
    def check(value, path):
        need(isinstance(value, str), path, "must be a string")
        need(re.fullmatch(f"[0-9a-f]{{{digits}}}", value), path, f"must be {digits} lower-case hex digits")
        need(value.strip("0"), path, "must not be all zeroes")

    return check


trace_id = identity(32)
span_id = identity(16)


def octets(value, path):
    string(value, path)
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        refuse(path, "is not base64")


def url(value, path):
    string(value, path)
    need(re.fullmatch(r"https?://[^\s]+", value), path, "is not a URL")


def words(value, path):
    string(value, path)
    need(value, path, "must not be empty")


def many(check):
    def check_all(value, path):
        need(isinstance(value, list), path, "must be a list")
        for index, element in enumerate(value):
            check(element, f"{path}[{index}]")

    return check_all


def message(fields, required=(), one_of=(), also=None):
    """fields: name -> checker; at most one of `one_of`; `also(value, path)` for what holds between fields."""

    def check(value, path):
        need(isinstance(value, dict), path, "must be an object")
        for name, member in value.items():
            need(name in fields, path, f'has no field "{name}"')
            fields[name](member, f"{path}.{name}")
        for name in required:
            need(name in value, path, f'lacks "{name}"')
        chosen = [name for name in one_of if name in value]
        need(len(chosen) <= 1, path, f"has several of a one-of: {', '.join(chosen)}")
        if also:
            also(value, path)

    return check


def later(check_name):
    """For messages that hold themselves."""
    return lambda value, path: globals()[check_name](value, path)


# common.proto, resource.proto. The *Strindex members are for profiles, which alone have a string table: refused here.

VALUES = {
    "stringValue": string, "boolValue": boolean, "intValue": int64, "doubleValue": double,
    "arrayValue": later("array_value"), "kvlistValue": later("key_values"), "bytesValue": octets,
}
any_value = message(VALUES, one_of=tuple(VALUES))
array_value = message({"values": many(any_value)})
key_value = message({"key": words, "value": any_value}, required=("key", "value"))


def unique_keys(value, path):
    many(key_value)(value, path)
    keys = [pair["key"] for pair in value]
    for key in keys:
        need(keys.count(key) == 1, path, f'has "{key}" twice')


key_values = message({"values": unique_keys})


def set_value(value, path):
    """An attribute's value: none is no attribute."""
    any_value(value, path)
    need(value, path, "is empty")


def attributes(value, path):
    unique_keys(value, path)
    for index, pair in enumerate(value):
        set_value(pair["value"], f"{path}[{index}].value")


ATTRIBUTES = {"attributes": attributes, "droppedAttributesCount": uint32}
entity_ref = message({"schemaUrl": url, "type": words, "idKeys": many(words), "descriptionKeys": many(words)}, required=("type", "idKeys"))
resource = message({**ATTRIBUTES, "entityRefs": many(entity_ref)})
scope = message({"name": string, "version": string, **ATTRIBUTES})


def request(resources, scopes, items, item):
    scoped = message({"scope": scope, items: many(item), "schemaUrl": url}, required=(items,))
    of_resource = message({"resource": resource, scopes: many(scoped), "schemaUrl": url}, required=("resource", scopes))
    return message({resources: many(of_resource)}, required=(resources,))


# trace.proto


def in_order(first, last):
    def check(value, path):
        if first in value and last in value:
            need(int(value[first]) <= int(value[last]), path, f"{first} is after {last}")

    return check


event = message({"timeUnixNano": uint64, "name": words, **ATTRIBUTES}, required=("timeUnixNano", "name"))
link = message({"traceId": trace_id, "spanId": span_id, "traceState": string, "flags": uint32, **ATTRIBUTES}, required=("traceId", "spanId"))
status = message({"message": string, "code": enum(0, 2)})
SPAN_TIMES = ("startTimeUnixNano", "endTimeUnixNano")


def of_span(value, path):
    in_order(*SPAN_TIMES)(value, path)
    need(value.get("parentSpanId") != value["spanId"], path, "is its own parent")
    for name in SPAN_TIMES:
        need(int(value[name]) > 0, path, f"{name} is 0: unknown")


span = message(
    {
        "traceId": trace_id, "spanId": span_id, "traceState": string, "parentSpanId": span_id, "flags": uint32, "name": words,
        "kind": enum(1, 5), "startTimeUnixNano": uint64, "endTimeUnixNano": uint64, **ATTRIBUTES, "events": many(event),
        "droppedEventsCount": uint32, "links": many(link), "droppedLinksCount": uint32, "status": status,
    },
    required=("traceId", "spanId", "name", "kind", *SPAN_TIMES),
    also=of_span,
)

# logs.proto


def of_log(value, path):
    need("traceId" in value or "spanId" not in value, path, "has a span without its trace")
    for name in ("timeUnixNano", "observedTimeUnixNano"):
        need(value.get(name) != "0", path, f"{name} is 0: leave it out")


log_record = message(
    {
        "timeUnixNano": uint64, "observedTimeUnixNano": uint64, "severityNumber": enum(1, 24), "severityText": string,
        "body": any_value, **ATTRIBUTES, "flags": uint32, "traceId": trace_id, "spanId": span_id, "eventName": words,
    },
    also=of_log,
)

# metrics.proto

POINT = {"attributes": attributes, "startTimeUnixNano": uint64, "timeUnixNano": uint64, "flags": uint32}
exemplar = message(
    {"filteredAttributes": attributes, "timeUnixNano": uint64, "asDouble": double, "asInt": int64, "spanId": span_id, "traceId": trace_id},
    one_of=("asDouble", "asInt"),
)
EXEMPLARS = {"exemplars": many(exemplar)}


def of_point(value, path):
    in_order("startTimeUnixNano", "timeUnixNano")(value, path)
    need(int(value["timeUnixNano"]) > 0, path, "timeUnixNano is 0")


def of_histogram(value, path):
    of_point(value, path)
    bounds, counts = value.get("explicitBounds", []), value.get("bucketCounts", [])
    need(all(a < b for a, b in zip(bounds, bounds[1:])), path, "explicitBounds do not rise")
    if counts or bounds:
        need(len(counts) == len(bounds) + 1, path, "bucketCounts must be one more than explicitBounds")
        need(sum(map(int, counts)) == int(value["count"]), path, "bucketCounts do not add up to count")
    if "min" in value and "max" in value:
        need(value["min"] <= value["max"], path, "min is above max")
        filled = [i for i, count in enumerate(counts) if int(count)]
        if filled and bounds:
            for name, bucket in (("min", filled[0]), ("max", filled[-1])):
                above = bucket == 0 or value[name] > bounds[bucket - 1]
                below = bucket == len(bounds) or value[name] <= bounds[bucket]
                need(above and below, path, f"{name} is not in the bucket that has it")


number_point = message({**POINT, "asDouble": double, "asInt": int64, **EXEMPLARS}, required=("timeUnixNano",), one_of=("asDouble", "asInt"), also=of_point)
histogram_point = message(
    {**POINT, "count": uint64, "sum": double, "bucketCounts": many(uint64), "explicitBounds": many(double), **EXEMPLARS, "min": double, "max": double},
    required=("timeUnixNano", "count"),
    also=of_histogram,
)
buckets = message({"offset": sint32, "bucketCounts": many(uint64)})
exponential_point = message(
    {
        **POINT, "count": uint64, "sum": double, "scale": sint32, "zeroCount": uint64, "positive": buckets, "negative": buckets,
        **EXEMPLARS, "min": double, "max": double, "zeroThreshold": double,
    },
    required=("timeUnixNano", "count"),
    also=of_point,
)
quantile = message({"quantile": double, "value": double}, required=("quantile", "value"))
summary_point = message({**POINT, "count": uint64, "sum": double, "quantileValues": many(quantile)}, required=("timeUnixNano",), also=of_point)

TEMPORALITY = {"aggregationTemporality": enum(1, 2)}
DATA = {
    "gauge": message({"dataPoints": many(number_point)}, required=("dataPoints",)),
    "sum": message({"dataPoints": many(number_point), **TEMPORALITY, "isMonotonic": boolean}, required=("dataPoints", "aggregationTemporality")),
    "histogram": message({"dataPoints": many(histogram_point), **TEMPORALITY}, required=("dataPoints", "aggregationTemporality")),
    "exponentialHistogram": message({"dataPoints": many(exponential_point), **TEMPORALITY}, required=("dataPoints", "aggregationTemporality")),
    "summary": message({"dataPoints": many(summary_point)}, required=("dataPoints",)),
}


def of_metric(value, path):
    data = [value[name] for name in DATA if name in value]
    need(data, path, "has no data")
    points = data[0]["dataPoints"]
    sets = [json.dumps(sorted(point.get("attributes", []), key=lambda pair: pair["key"])) for point in points]
    need(len(set(sets)) == len(sets), path, "has two data points of one set of attributes")


metric = message({"name": words, "description": string, "unit": string, "metadata": attributes, **DATA}, required=("name",), one_of=tuple(DATA), also=of_metric)

REQUESTS = {
    "resourceSpans": request("resourceSpans", "scopeSpans", "spans", span),
    "resourceLogs": request("resourceLogs", "scopeLogs", "logRecords", log_record),
    "resourceMetrics": request("resourceMetrics", "scopeMetrics", "metrics", metric),
}


def no_repeats(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        need(keys.count(key) == 1, "$", f'an object has "{key}" twice')
    return dict(pairs)


def finding_in(text):
    """What is wrong with the body of an export request; None when nothing is."""
    try:
        body = json.loads(text, object_pairs_hook=no_repeats, parse_constant=lambda word: refuse("$", f"{word} is not JSON"))
        need(isinstance(body, dict), "$", "must be an object")
        signals = [name for name in REQUESTS if name in body]
        need(len(signals) == 1, "$", f"must have one of {', '.join(REQUESTS)}")
        REQUESTS[signals[0]](body, "$")
    except Refused as refused:
        return str(refused)
    except (ValueError, RecursionError) as broken:
        return f"$: not JSON: {broken}"
    return None


def requests_in(name):
    text = Path(name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line] if name.endswith(".ndjson") else [text]


def main(files):
    requests = [(name, text) for name in files for text in requests_in(name)]
    findings = [f"{name}: {found}" for name, text in requests if (found := finding_in(text))]
    print("\n".join(findings) or f"otlp: {len(requests)} requests, clean")
    return 1 if findings or not requests else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
