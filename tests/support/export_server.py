"""Servers for what exporters send, on loopback: OTLP, PostHog and Datadog take requests at one, by their paths; and what a file exporter
wrote, read in the same way. They know which row each item is of, and what its receiver would tell a repeat by, so that what came twice is
found.

    with ExportServer(script=[{"path": "/v1/logs", "status": 503, "times": 1}]) as server:
        ...  # exporters of server.url
        server.wait_for(lambda s: s.events())
        assert not server.twice()

Scripts are those of ingest_script.py; the rows of a request are its spans, log records, data points, events or entries.
"""
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from http_connection import json_answer
from ingest_contract import Batch
from ingest_server import IngestServer

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "export"))
import otlp_check  # noqa: E402

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Item:
    """`identity`: ("event", session_id_hash, event_seq) and ("span", span_id_hash) of rows; ("turn" | "chat", span id) and
    ("points", digest of the request) of what OTLP makes of them. `mark`: the same whenever the item comes again."""

    identity: tuple
    mark: str
    content: dict


class Items:
    """What came, in its order."""

    def __init__(self):
        self.items = []
        self.taken = Counter()  # by identity
        self.marks = defaultdict(set)  # by identity

    def take(self, items):
        self.items += items
        for item in items:
            self.taken[item.identity] += 1
            self.marks[item.identity].add(item.mark)

    def of(self, kind):
        return {identity for identity in self.taken if identity[0] == kind}

    def twice(self):
        return {identity: count for identity, count in self.taken.items() if count > 1}

    def unrecognisable(self):
        """What came again as something else."""
        return {identity: marks for identity, marks in self.marks.items() if len(marks) > 1}


def digest(document):
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def attributes_of(element):
    """By key, without what says their types."""
    plain = {}
    for pair in element.get("attributes", []):
        (kind, value), = pair["value"].items()
        plain[pair["key"]] = int(value) if kind == "intValue" else value
    return plain


def elements_of(body, resources, scopes, elements):
    return [element for resource in body[resources] for scope in resource[scopes] for element in scope[elements]]


def spans_in(body):
    for span in elements_of(body, "resourceSpans", "scopeSpans", "spans"):
        plain = attributes_of(span)
        kind = {"execute_tool": "span", "chat": "chat", "invoke_agent": "turn"}[plain["gen_ai.operation.name"]]
        name = plain["gen_ai.tool.call.id"] if kind == "span" else span["spanId"]
        yield Item((kind, name), span["traceId"] + span["spanId"], span)


def records_in(body):
    for record in elements_of(body, "resourceLogs", "scopeLogs", "logRecords"):
        plain = attributes_of(record)
        if "kaizen.event_seq" in plain:
            identity = ("event", plain["gen_ai.conversation.id"], plain["kaizen.event_seq"])
        else:
            identity = ("span", plain["gen_ai.tool.call.id"])
        # When it was put into a batch is no part of it: it may come again in half of that.
        yield Item(identity, digest({key: value for key, value in record.items() if key != "observedTimeUnixNano"}), record)


def points_in(body):
    whole = digest(body)
    points = [{**point, "of": [metric["name"], resource["resource"]]} for resource in body["resourceMetrics"] for scope in resource["scopeMetrics"]
              for metric in scope["metrics"] for point in metric.get("histogram", metric.get("sum"))["dataPoints"]]
    if points:
        yield Item(("points", whole), whole, {"points": points})


def row_identity(row):
    return ("event", row["session_id_hash"], row["event_seq"]) if "event_seq" in row else ("span", row["span_id_hash"])


def posthog_in(body):
    if not isinstance(body["api_key"], str) or not body["api_key"]:
        raise ValueError("no api_key")
    for event in body["batch"]:
        if not UUID.fullmatch(event["uuid"]) or not event["distinct_id"] or not event["event"] or not event["timestamp"]:
            raise ValueError(f"PostHog would not take {event}")
        names = ("session_id_hash", "event_seq", "span_id_hash")
        row = {name: event["properties"]["kaizen." + name] for name in names if "kaizen." + name in event["properties"]}
        identity = row_identity(row) if row else ("response", event["uuid"])
        if not row and event["event"] != "$ai_generation":
            raise ValueError(f"an event of no row: {event}")
        yield Item(identity, event["uuid"], event)


def datadog_in(body):
    for entry in body:
        if (entry["ddsource"], entry["service"]) != ("kaizend", "kaizend") or not entry["message"]:
            raise ValueError(f"not an entry of ours: {entry}")
        yield Item(row_identity(entry["kaizen"]), digest(entry["kaizen"]), entry)


READERS = {"/v1/traces": spans_in, "/v1/logs": records_in, "/v1/metrics": points_in, "/batch/": posthog_in, "/api/v2/logs": datadog_in}


class ExportServer(IngestServer):
    """`echo`: every answer that a script gives a status holds what the request said, credentials and all."""

    def __init__(self, *, echo=False, **options):
        self.echo = echo
        self.store_of_items = Items()
        self.findings = []  # what no server of that kind would take
        super().__init__(keep_bodies=True, **options)

    # What it remembers.

    @property
    def items(self):
        return self.store_of_items.items

    def of(self, kind):
        return self.store_of_items.of(kind)

    def twice(self):
        return self.store_of_items.twice()

    def unrecognisable(self):
        return self.store_of_items.unrecognisable()

    def posts(self, path=""):
        return [request for request in self.requests if request.method == "POST" and request.path.startswith(path)]

    # How it answers.

    def read(self, request, body):
        if request.method != "POST" or request.path not in READERS:
            return None
        try:
            document = json.loads(body)
            finding = otlp_check.finding_in(body.decode()) if request.path.startswith("/v1/") else None
            rows = list(READERS[request.path](document))
        except (ValueError, KeyError, TypeError) as error:
            finding, rows = repr(error), []
        if finding:
            self.findings.append(f"{request.path}: {finding}")
        batch = Batch(request.path, "", "", [item.content for item in rows])
        batch.items = rows
        return batch

    def answer(self, request, batch, step):
        if batch is None:
            return json_answer(404, {})
        if step is None or step.takes_rows():
            with self.changed:
                self.store_of_items.take(batch.items)
        status = (step and step.status) or (202 if request.path == "/api/v2/logs" else 200)
        taken = {"status": 1} if request.path == "/batch/" else {}
        status, headers, body = json_answer(status, taken if status < 300 else {"message": "refused by the script"})
        if step:
            headers = headers + list((step.headers or {}).items())
            body = body if step.body is None else step.body.encode()
            if self.echo:
                body = self.said(request)
        return status, headers, body

    def said(self, request):
        """In the member that clients quote."""
        key = json.loads(request.body).get("api_key", "") if request.path == "/batch/" else ""
        return json.dumps({"message": "you said " + " ".join([key, *request.headers.values()])}).encode()


class ExportFile:
    """What a file exporter wrote. A line says its batch, and a batch has one order: both are its mark."""

    def __init__(self, path):
        self.path = Path(path)

    def read(self):
        items = Items()
        for file in (Path(f"{self.path}.1"), self.path):
            text = file.read_text() if file.exists() else ""
            for line in text.splitlines():
                document = json.loads(line)
                items.take([Item(row_identity(document["row"]), line, document)])
        return items

    @property
    def items(self):
        return self.read().items

    def of(self, kind):
        return self.read().of(kind)

    def twice(self):
        return self.read().twice()

    def unrecognisable(self):
        return self.read().unrecognisable()
