"""The ingest wire, version 1, as a server holds a client to it: which rows are well-formed, which it has already, and what is answered."""
import itertools
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Callable

from http_connection import json_answer

IS_HASH = re.compile(r"blake3:[0-9a-f]{64}").fullmatch
IS_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch


class Refusal(Exception):
    """The answer to a request that breaks the contract."""

    def __init__(self, status, code, field, message):
        super().__init__(message)
        self.status, self.answer = status, {"code": code, "field": field, "message": message}


def broken(field, message):
    return Refusal(400, "bad_request", field, message)


def text(value):
    return type(value) is str


def hashed(value):
    return type(value) is str and IS_HASH(value) is not None


def u32(value):
    return type(value) is int and 0 <= value < 1 << 32


def u64(value):
    return type(value) is int and 0 <= value < 1 << 53


def i64(value):
    return type(value) is int and -1 << 53 < value < 1 << 53


def boolean(value):
    return type(value) is bool


def mapping(value):
    return type(value) is dict


def rate_below_one(value):
    return type(value) in (int, float) and 0 <= value < 1


def one_of(*words):
    return lambda value: type(value) is str and value in words


def or_null(check):
    return lambda value: value is None or check(value)


def list_of(check, most=sys.maxsize):
    return lambda value: type(value) is list and len(value) <= most and all(map(check, value))


class Table:
    """The fields of one kind of row and what each may hold. Fields that it does not name are accepted."""

    def __init__(self, required, optional=None):
        self.required = frozenset(required)
        self.checks = {**required, **(optional or {})}

    def fault(self, row):
        """The first field that is missing or wrong; "" when the row is no object, None when all is well."""
        if type(row) is not dict:
            return ""
        if not self.required <= row.keys():
            return min(self.required - row.keys())
        checks = self.checks
        for name, value in row.items():
            check = checks.get(name)
            if check is not None and not check(value):
                return name
        return None

    def holds(self, row):
        return self.fault(row) is None


EVENT = Table(
    {"session_id_hash": hashed, "event_seq": u64, "ts_ms": u64, "agent": text, "model": text,
     "kind": one_of("message", "tool_call", "tool_result", "error", "cost", "hook", "lifecycle"), "source": one_of("tail", "hook"),
     "payload": mapping},
    {"tool": text, "tool_call_id": hashed, "tokens_in": u32, "tokens_out": u32, "reasoning_tokens": u32, "cost_usd_e6": i64,
     "cache_read_tokens": u32, "cache_creation_tokens": u32, "turn": u32, "response_id_hash": hashed,
     "parent_session_id_hash": hashed, "sample_rate": rate_below_one})

TOOL_SPAN = Table(
    {"session_id_hash": hashed, "span_id_hash": hashed, "status": one_of("done", "error", "orphaned"),
     "started_at_ms": or_null(u64), "ended_at_ms": or_null(u64), "lead_time_ms": or_null(u64), "tokens_in": or_null(u32),
     "tokens_out": or_null(u32), "reasoning_tokens": or_null(u32), "cost_usd_e6": or_null(i64), "path_hashes": list_of(hashed)},
    {"tool": text, "turn": u32, "agent": text, "model": text, "error_type": text})

FILE_FACT = Table(
    {"path_hash": hashed, "language": text, "bytes": u64, "last_changed_ms": or_null(u64),
     **dict.fromkeys(["loc", "sloc", "complexity_total", "max_fn_complexity", "symbol_count", "import_count", "fan_in", "fan_out",
                      "churn_30d", "churn_90d", "authors_90d"], u32)})

EDGE = Table({"from_hash": hashed, "to_hash": hashed, "kind": one_of("DEPENDS_ON", "CO_CHANGED"), "weight": u32})

REPO_SNAPSHOT = Table(
    {"snapshot_id_hash": hashed, "commit_hash": or_null(hashed), "indexed_at_ms": u64, "dirty": boolean, "chunk_index": u32,
     "chunk_total": u32, "file_facts": list_of(FILE_FACT.holds, 100), "edges": list_of(EDGE.holds, 100)})

WORKSPACE_FACTS = Table({"skill_slugs": list_of(hashed), "rule_slugs": list_of(hashed)})


@dataclass(frozen=True)
class Kind:
    name: str
    list_key: str
    table: Table
    identity: Callable  # of (batch, row); rows of one identity are one row


@dataclass
class Batch:
    kind: Kind
    team_id: str
    workspace_hash: str
    rows: list


ordinals = itertools.count()  # workspace facts have no identity: each is a row of its own
intern = sys.intern
KINDS = {
    "/v1/events": Kind("events", "events", EVENT, lambda batch, row: (
        batch.team_id, batch.workspace_hash, intern(row["session_id_hash"]), row["event_seq"])),
    "/v1/tool-spans": Kind("tool_spans", "spans", TOOL_SPAN, lambda batch, row: (row["span_id_hash"],)),
    "/v1/repo-snapshots": Kind("repo_snapshots", "snapshots", REPO_SNAPSHOT, lambda batch, row: (
        intern(row["snapshot_id_hash"]), row["chunk_index"])),
    "/v1/workspace-facts": Kind("workspace_facts", "facts", WORKSPACE_FACTS, lambda batch, row: (
        batch.team_id, batch.workspace_hash, next(ordinals))),
}


def no_constant(word):
    raise ValueError(f"{word} is not JSON")


def parse_json(body):
    """Strict where Python is lenient: no NaN, no lone surrogates."""
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=no_constant)
        if re.search(rb"\\u[dD]", body):
            json.dumps(document, ensure_ascii=False).encode("utf-8")
        return document
    except (ValueError, RecursionError) as error:
        raise broken("", f"the body is not JSON: {error}")


def read_batch(path, body):
    kind = KINDS[path]
    document = parse_json(body)
    if type(document) is not dict:
        raise broken("", "the body is not an object")
    for name, check in (("team_id", text), ("workspace_hash", hashed), (kind.list_key, list_of(mapping))):
        if name not in document:
            raise broken(name, "is missing")
        if not check(document[name]):
            raise broken(name, "has a wrong type or value")
    return Batch(kind, intern(document["team_id"]), intern(document["workspace_hash"]), document[kind.list_key])


def check_rows(batch):
    for index, row in enumerate(batch.rows):
        field = batch.kind.table.fault(row)
        if field is None:
            continue
        place = f"{batch.kind.list_key}[{index}].{field}"
        if field not in row:
            raise broken(place, "is missing")
        if batch.kind.table is EVENT and field == "kind" and type(row["kind"]) is str:
            raise Refusal(422, "unknown_kind", place, "is none of the kinds")
        raise broken(place, "has a wrong type or value")


class RowStore:
    """The rows taken, by identity, in the order of arrival. Without keep_rows only their identities stay in memory."""

    def __init__(self, keep_rows):
        self.keep_rows = keep_rows
        self.by_kind = {kind.name: {} for kind in KINDS.values()}
        self.duplicates = Counter()  # by kind: rows that came again
        self.updated = Counter()  # by kind: rows that came again with other content; without keep_rows this is known of spans only

    def take(self, batch):
        """How many of the rows were there already."""
        kind, held = batch.kind, self.by_kind[batch.kind.name]
        try:
            identities = [kind.identity(batch, row) for row in batch.rows]
            hash(tuple(identities))
        except (KeyError, TypeError) as error:  # only where rows go unchecked
            raise broken(kind.list_key, f"a row has no identity: {error}")
        deduped = 0
        for identity, row in zip(identities, batch.rows):
            kept = self.kept(kind, row)
            if identity not in held:
                held[identity] = kept
                continue
            deduped += 1
            (self.duplicates if held[identity] == kept else self.updated)[kind.name] += 1
            if kind.table is TOOL_SPAN:  # the last one wins
                held[identity] = kept
        return deduped

    def kept(self, kind, row):
        if self.keep_rows:
            return row
        return hash(json.dumps(row, sort_keys=True)) if kind.table is TOOL_SPAN else None


def not_allowed(method):
    return json_answer(405, {"code": "method_not_allowed", "field": "", "message": f"only {method}"}, Allow=method)


class Contract:
    """What a server that keeps to the contract answers: (status, headers, body)."""

    def __init__(self, store, lock, token=None, config=None, fast=False):
        self.store, self.lock, self.token, self.config, self.fast = store, lock, token, config, fast
        self.keys_taken = set()

    def answer(self, request, batch):
        """`batch`: what read_batch() said of the body, or the Refusal that it raised."""
        if request.path == "/v1/health":
            return json_answer(200, {"status": "ok"}) if request.method == "GET" else not_allowed("GET")
        if request.path not in KINDS and request.path != "/v1/config":
            return json_answer(404, {"code": "not_found", "field": "", "message": "no such path"})
        if self.token is not None and request.headers.get("authorization") != f"Bearer {self.token}":
            return json_answer(401, {"code": "unauthorized", "field": "Authorization", "message": "bad token"})
        if request.path == "/v1/config":
            return self.overrides(request)
        if request.method != "POST":
            return not_allowed("POST")
        try:
            return self.take(request, batch)
        except Refusal as refusal:
            return json_answer(refusal.status, refusal.answer)

    def overrides(self, request):
        if request.method != "GET":
            return not_allowed("GET")
        if self.config is None:
            return json_answer(404, {"code": "not_found", "field": "", "message": "no overrides"})
        return json_answer(200, self.config)

    def take(self, request, batch):
        if not IS_KEY(request.key or ""):
            raise broken("X-Kaizen-Idempotency-Key", "is no UUIDv7")
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise broken("Content-Type", "is not application/json")
        if isinstance(batch, Refusal):
            raise batch
        if not self.fast:
            check_rows(batch)
        with self.lock:
            if request.key in self.keys_taken:
                raise Refusal(409, "duplicate", "X-Kaizen-Idempotency-Key", "this key was taken before")
            deduped = self.store.take(batch)
            self.keys_taken.add(request.key)
        return json_answer(202, {"received": len(batch.rows), "deduped": deduped})
