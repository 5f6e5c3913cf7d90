"""A server for the ingest wire, version 1, on loopback: keeps to the contract, or breaks it as a script says, and remembers everything.

    with IngestServer(token="secret", script=[{"attempt": 1, "times": 5, "take": True, "cut": "after_body"}]) as server:
        ...  # a client of server.url
        server.wait_for(lambda s: s.count("events") == 10_000)
        assert server.duplicates["events"] == 0

What a step of a script can hold is said in ingest_script.py. The same by hand: kaizen-ingest-stub --help.
"""
import json
import socket
import ssl
import threading
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path


from http_connection import Connection, Malformed, json_answer, unpack, whole
from ingest_contract import KINDS, Batch, Contract, Refusal, RowStore, broken, not_allowed, parse_json, read_batch
from ingest_script import choose, play, steps_of

DEADLINE = 120.0  # ends a test that hangs
KEY_HEADER = "x-kaizen-idempotency-key"
PROOF = ("X-Kaizen-Ingest", "1")  # over plain http, that it is an ingest endpoint which answers
CONTROLS = {"/_seen": "GET", "/_script": "POST", "/_release": "POST", "/_refuse": "POST"}


@dataclass(slots=True)
class Request:
    """One request that arrived, and what came of it."""

    time: float
    connection: int
    method: str = ""  # "" in what was no request at all
    path: str = ""
    headers: dict = field(default_factory=dict)  # by lower-case name
    key: str | None = None
    key_number: int | None = None  # n, when this is the nth key that ever came
    attempt: int | None = None  # n, when this is the nth request with its key
    sent_bytes: int = 0  # of the body, as sent
    body_bytes: int = 0  # unpacked
    body_crc: int | None = None  # of the unpacked body: one key has one body
    rows: int = 0
    status: int | None = None  # None: no answer was to be given
    answered: bool = False  # the answer was sent whole
    body: bytes | None = None  # unpacked; with keep_bodies only


class IngestServer:
    """Listens from the start until close(). Everything it remembers is read under its lock, or in wait_for."""

    def __init__(self, *, port=0, token=None, config=None, script=(), tls=None, certificate_directory=None, accept_any=False,
                 fast=False, keep_rows=False, keep_bodies=False):
        self.accept_any, self.keep_bodies = accept_any, keep_bodies
        self.steps = steps_of(script)
        self.changed = threading.Condition()  # guards all that follows
        self.requests = []
        self.store = RowStore(keep_rows)
        self.contract = Contract(self.store, self.changed, token, config, fast)
        self.attempts = Counter()  # by key
        self.key_numbers = {}
        self.held = []  # (request, event) of answers that wait for release()
        self.connections = 0
        self.refused = 0  # connections reset because of refuse()
        self.to_refuse = 0
        self.tls_failures = 0
        self.open = set()
        self.stopping = threading.Event()
        self.tls = self.make_tls(tls, certificate_directory) if tls else None
        self.reserve_port(port)
        self.listen_again()

    def make_tls(self, name, directory):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(directory) / f"{name}.pem")
        return context

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # What it remembers.

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def rows(self, kind):
        """Identity -> row (None without keep_rows), in the order of arrival, each once. Identities as in wire.md:
        events (team_id, workspace_hash, session_id_hash, event_seq), tool_spans (span_id_hash,),
        repo_snapshots (snapshot_id_hash, chunk_index), workspace_facts (team_id, workspace_hash, a running number)."""
        return self.store.by_kind[kind]

    def count(self, kind):
        return len(self.rows(kind))

    @property
    def duplicates(self):
        """By kind: rows that came again."""
        return self.store.duplicates

    @property
    def updated(self):
        """By kind: rows that came again with other content. Without keep_rows this is known of spans only."""
        return self.store.updated

    def statuses(self):
        return [request.status for request in self.requests]

    def wait_for(self, predicate, deadline=DEADLINE):
        """Until `predicate(self)` holds; it is asked after everything that happens, under the lock."""
        with self.changed:
            if not self.changed.wait_for(lambda: predicate(self), deadline):
                raise AssertionError(f"never came to be; seen: {json.dumps(self.summary())}; last statuses: {self.statuses()[-20:]}")

    def summary(self):
        return {"taken": {kind.name: self.count(kind.name) for kind in KINDS.values()}, "duplicates": self.duplicates,
                "updated": self.updated, "requests": len(self.requests), "held": len(self.held), "connections": self.connections,
                "refused": self.refused, "tls_failures": self.tls_failures}

    def seen(self, with_rows, with_bodies):
        document = self.summary()
        document["requests"] = [describe(request, with_bodies) for request in self.requests]
        if with_rows:
            kept = self.store.keep_rows
            document["rows"] = {kind.name: list(self.rows(kind.name).values() if kept else self.rows(kind.name))
                                for kind in KINDS.values()}
        return document

    # What a test does to it.

    def set_script(self, steps):
        with self.changed:
            self.steps = steps_of(steps)

    def release(self, path=""):
        """Lets go the answers that are held now, or those of them to requests whose path ends so; how many they were."""
        with self.changed:
            released = [(request, event) for request, event in self.held if request.path.endswith(path)]
            self.held = [held for held in self.held if held not in released]
            for _, event in released:
                event.set()
            self.changed.notify_all()
        return len(released)

    def refuse(self, connections):
        """Resets that many of the next connections right after they are made."""
        with self.changed:
            self.to_refuse = connections

    def stop_listening(self):
        """Connections are refused from now on, and those that are open end."""
        self.listening = False
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()
        self.interrupt_all()

    def listen_again(self):
        self.listener = new_socket(self.port)
        self.listener.listen(128)
        self.listening = True
        self.accepting = threading.Thread(target=self.accept, args=(self.listener,), daemon=True)
        self.accepting.start()

    def close(self):
        self.stopping.set()
        if self.listening:
            self.stop_listening()
        self.release()
        self.reserved.close()
        with self.changed:
            self.changed.wait_for(lambda: not self.open, DEADLINE)

    # Connections.

    def reserve_port(self, port):
        """A socket that never listens keeps the port while nothing else does."""
        self.reserved = new_socket(port)
        self.port = self.reserved.getsockname()[1]

    def interrupt_all(self):
        with self.changed:
            for connection in self.open:
                connection.interrupt()

    def accept(self, listener):
        while self.listening:
            try:
                sock, _ = listener.accept()
            except OSError:
                continue
            with self.changed:
                self.connections += 1
                connection = Connection(sock, self.connections)
                refuse = self.to_refuse > 0
                if refuse:
                    self.to_refuse -= 1
                    self.refused += 1
                else:
                    self.open.add(connection)
                self.changed.notify_all()
            if refuse:
                connection.reset()
            else:
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            if self.tls is None or self.start_tls(connection):
                while self.serve_one(connection):
                    pass
        except (OSError, ValueError):  # the peer left, or close() ended it
            pass
        finally:
            connection.close()
            with self.changed:
                self.open.discard(connection)
                self.changed.notify_all()

    def start_tls(self, connection):
        try:
            connection.start_tls(self.tls)
            return True
        except OSError:
            with self.changed:
                self.tls_failures += 1
                self.changed.notify_all()
            return False

    # Requests.

    def serve_one(self, connection):
        """Whether the connection goes on."""
        request = Request(time.time(), connection.number)
        try:
            return self.serve_request(connection, request)
        except Malformed as error:
            with self.changed:
                request.status = error.status
                self.remember(request)
            connection.send(whole(*json_answer(error.status, broken("", str(error)).answer, Connection="close")))
            return connection.finish()

    def serve_request(self, connection, request):
        request.method, target, request.headers = connection.read_head()
        request.path, _, query = target.partition("?")
        goes_on = request.headers.get("connection", "").lower() != "close"
        if request.path in CONTROLS:
            body = unpack(request.headers, connection.read_body(request.headers))
            connection.send(whole(*self.control(request, query, body)))
            return goes_on
        with self.changed:
            self.count_attempt(request)
            step = choose(self.steps, request, [], before_body=True)
            if step:
                self.remember(request)
        if step:
            return play(step, connection, json_answer(200, {}), self.pause)
        return self.serve_body(connection, request) and goes_on

    def serve_body(self, connection, request):
        sent = connection.read_body(request.headers)
        body = unpack(request.headers, sent)
        request.sent_bytes, request.body_bytes, request.body_crc = len(sent), len(body), zlib.crc32(body)
        request.body = body if self.keep_bodies else None
        batch = self.read(request, body)
        rows = batch.rows if type(batch) is Batch else []
        request.rows = len(rows)
        with self.changed:
            step = choose(self.steps, request, rows, before_body=False)
        answer = self.answer(request, batch, step)
        with self.changed:
            request.status = None if step and (step.leaves_unheard() or step.garbage is not None) else answer[0]
            self.remember(request)
        return self.send(connection, request, step, answer)

    def count_attempt(self, request):
        request.key = request.headers.get(KEY_HEADER)
        if request.key is not None:
            self.attempts[request.key] += 1
            request.attempt = self.attempts[request.key]
            request.key_number = self.key_numbers.setdefault(request.key, len(self.key_numbers) + 1)

    def remember(self, request):
        self.requests.append(request)
        self.changed.notify_all()

    def read(self, request, body):
        """The batch of a POST to one of the four paths, the Refusal that it deserves, or None for any other request."""
        if self.accept_any or request.method != "POST" or request.path not in KINDS:
            return None
        try:
            return read_batch(request.path, body)
        except Refusal as refusal:
            return refusal

    def answer(self, request, batch, step):
        """(status, headers, body)"""
        if step is None or step.takes_rows():
            status, headers, body = json_answer(200, {}) if self.accept_any else self.contract.answer(request, batch)
            if step and step.status and status < 300:
                status = step.status
        else:
            status, headers, body = json_answer(step.status or 202, {})
            if status >= 400 and type(batch) is Batch:
                body = step.refusal(batch.kind, batch.rows)
        if step:
            headers = headers + list((step.headers or {}).items())
            body = body if step.body is None else step.body.encode()
        if not (step and step.foreign):
            headers = headers + [PROOF]
        return status, headers, body

    def send(self, connection, request, step, answer):
        if step is None:
            connection.send(whole(*answer))
            goes_on = True
        else:
            self.wait_to_send(request, step)
            goes_on = bool(play(step, connection, answer, self.pause))
        with self.changed:
            request.answered = goes_on
            self.changed.notify_all()
        return goes_on

    def wait_to_send(self, request, step):
        if step.delay_ms:
            self.pause(step.delay_ms / 1000)
        if not step.hold:
            return
        event = threading.Event()
        with self.changed:
            if self.stopping.is_set():
                return
            self.held.append((request, event))
            self.changed.notify_all()
        event.wait()

    def pause(self, seconds):
        """Whether to go on after it."""
        return not self.stopping.wait(seconds)

    # Its own paths.

    def control(self, request, query, body):
        if request.method != CONTROLS[request.path]:
            return not_allowed(CONTROLS[request.path])
        try:
            return json_answer(200, self.control_answer(request.path, query, body))
        except Refusal as refusal:
            return json_answer(refusal.status, refusal.answer)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            return json_answer(400, broken("", str(error)).answer)

    def control_answer(self, path, query, body):
        if path == "/_seen":
            with self.changed:
                return self.seen("rows=1" in query.split("&"), "bodies=1" in query.split("&"))
        if path == "/_release":
            return {"released": self.release()}
        document = parse_json(body)
        if path == "/_script":
            self.set_script(document)
        else:
            self.refuse(int(document["connections"]))
        return {}


def new_socket(port):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock


def describe(request, with_body):
    document = {x.name: getattr(request, x.name) for x in fields(request)}
    document["body"] = request.body.decode(errors="replace") if with_body and request.body is not None else None
    return document
