"""The ingest server of the tests: the contract, each way to break it, and what it remembers."""
import contextlib
import gzip
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from certificates import make_certificates
from ingest_server import DEADLINE, IngestServer

HERE = Path(__file__).resolve().parent
WORKSPACE = "blake3:" + "0" * 64
LIST_KEYS = {"/v1/events": "events", "/v1/tool-spans": "spans", "/v1/repo-snapshots": "snapshots", "/v1/workspace-facts": "facts"}


def hash_of(number):
    return f"blake3:{number:064x}"


def key(number):
    return f"01980000-0000-7000-8000-{number:012x}"


def event(seq, **more):
    return {"session_id_hash": hash_of(1), "event_seq": seq, "ts_ms": 1, "agent": "claude", "model": "unknown", "kind": "message",
            "source": "tail", "payload": {"text": f"event {seq}"}, **more}


def span(number, **more):
    return {"session_id_hash": hash_of(1), "span_id_hash": hash_of(number), "status": "done", "started_at_ms": 1, "ended_at_ms": 2,
            "lead_time_ms": 1, "tokens_in": None, "tokens_out": None, "reasoning_tokens": None, "cost_usd_e6": -5, "path_hashes": [],
            **more}


def file_fact(**more):
    numbers = ["bytes", "loc", "sloc", "complexity_total", "max_fn_complexity", "symbol_count", "import_count", "fan_in", "fan_out",
               "churn_30d", "churn_90d", "authors_90d"]
    return {"path_hash": hash_of(2), "language": "rust", "last_changed_ms": None, **dict.fromkeys(numbers, 3), **more}


def edge(**more):
    return {"from_hash": hash_of(2), "to_hash": hash_of(3), "kind": "CO_CHANGED", "weight": 1, **more}


def snapshot(chunk, **more):
    return {"snapshot_id_hash": hash_of(4), "commit_hash": None, "indexed_at_ms": 1, "dirty": False, "chunk_index": chunk,
            "chunk_total": 2, "file_facts": [file_fact()], "edges": [edge()], **more}


def without(row, name):
    return {k: v for k, v in row.items() if k != name}


class Client(http.client.HTTPConnection):
    def __init__(self, server):
        super().__init__("127.0.0.1", server.port, timeout=DEADLINE)

    def send_rows(self, rows, number, path="/v1/events", **headers):
        envelope = {"team_id": "team", "workspace_hash": WORKSPACE, LIST_KEYS[path]: rows}
        return self.send_body(gzip.compress(json.dumps(envelope).encode()), number, path, Content_Encoding="gzip", **headers)

    def send_body(self, body, number, path="/v1/events", **headers):
        fields = {"Content-Type": "application/json", "X-Kaizen-Idempotency-Key": key(number),
                  **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.ask("POST", path, body, fields)

    def ask(self, method, path, body=None, headers=None):
        """(status, JSON of the body); the whole answer stays in `reply`."""
        self.request(method, path, body, headers or {})
        self.reply = self.getresponse()
        self.text = self.reply.read()
        return self.reply.status, json.loads(self.text) if self.text else None


class Case(unittest.TestCase):
    def start(self, *script, **more):
        self.server = IngestServer(script=script, **more)
        self.addCleanup(self.server.close)
        return self.client()

    def client(self):
        client = Client(self.server)
        self.addCleanup(client.close)
        return client

    def post_raw(self, path="/v1/health", expect=b""):
        """A socket on which the head of a POST was sent, and `expect` was read back."""
        sock = socket.create_connection(("127.0.0.1", self.server.port), timeout=DEADLINE)
        self.addCleanup(sock.close)
        sock.sendall(f"POST {path} HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode())
        self.assertEqual(read_exactly(sock, len(expect)), expect)
        return sock


def read_exactly(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


class ContractTest(Case):
    def test_rows_are_taken_once(self):
        client = self.start(keep_rows=True)
        self.assertEqual(client.send_rows([event(1), event(2)], 1), (202, {"received": 2, "deduped": 0}))
        self.assertEqual(client.send_rows([event(2), event(3)], 2), (202, {"received": 2, "deduped": 1}))
        self.assertEqual(client.send_rows([event(4)], 2)[0], 409)
        self.assertEqual([identity[3] for identity in self.server.rows("events")], [1, 2, 3])
        self.assertEqual(self.server.rows("events")[("team", WORKSPACE, hash_of(1), 3)], event(3))
        self.assertEqual(self.server.duplicates["events"], 1)

    def test_the_last_span_wins(self):
        for keep_rows in (True, False):
            client = self.start(keep_rows=keep_rows)
            client.send_rows([span(1), span(2)], 1, "/v1/tool-spans")
            self.assertEqual(client.send_rows([span(1), span(2, status="error")], 2, "/v1/tool-spans")[1], {"received": 2, "deduped": 2})
            self.assertEqual((self.server.duplicates["tool_spans"], self.server.updated["tool_spans"]), (1, 1))
            if keep_rows:
                self.assertEqual([row["status"] for row in self.server.rows("tool_spans").values()], ["done", "error"])

    def test_an_event_that_comes_again_with_other_content_is_told_and_not_taken(self):
        client = self.start(keep_rows=True)
        client.send_rows([event(1), event(1, ts_ms=2)], 1)
        self.assertEqual((self.server.duplicates["events"], self.server.updated["events"]), (0, 1))
        self.assertEqual(list(self.server.rows("events").values()), [event(1)])

    def test_chunks_are_known_by_snapshot_and_index_and_facts_by_nothing(self):
        client = self.start()
        self.assertEqual(client.send_rows([snapshot(0), snapshot(1), snapshot(0)], 1, "/v1/repo-snapshots")[1]["deduped"], 1)
        facts = {"skill_slugs": [hash_of(1)], "rule_slugs": []}
        self.assertEqual(client.send_rows([facts, facts], 2, "/v1/workspace-facts")[1]["deduped"], 0)
        self.assertEqual((self.server.count("repo_snapshots"), self.server.count("workspace_facts")), (2, 2))

    def test_rows_that_break_the_contract_are_refused_with_their_place(self):
        client = self.start()
        cases = [
            ("/v1/events", without(event(1), "ts_ms"), 400, "events[1].ts_ms"),
            ("/v1/events", event(1, kind="guess"), 422, "events[1].kind"),
            ("/v1/events", event(1, kind=None), 400, "events[1].kind"),
            ("/v1/events", event(1 << 53), 400, "events[1].event_seq"),
            ("/v1/events", event(1.0), 400, "events[1].event_seq"),
            ("/v1/events", event(True), 400, "events[1].event_seq"),
            ("/v1/events", event(-1), 400, "events[1].event_seq"),
            ("/v1/events", event(1, tool=None), 400, "events[1].tool"),
            ("/v1/events", event(1, tool_call_id="toolu_01"), 400, "events[1].tool_call_id"),
            ("/v1/events", event(1, sample_rate=1), 400, "events[1].sample_rate"),
            ("/v1/events", event(1, payload="text"), 400, "events[1].payload"),
            ("/v1/tool-spans", without(span(1), "tokens_in"), 400, "spans[1].tokens_in"),
            ("/v1/tool-spans", span(1, status="open"), 400, "spans[1].status"),
            ("/v1/tool-spans", span(1, path_hashes=["src/main.rs"]), 400, "spans[1].path_hashes"),
            ("/v1/repo-snapshots", snapshot(0, dirty=0), 400, "snapshots[1].dirty"),
            ("/v1/repo-snapshots", snapshot(0, file_facts=[file_fact()] * 101), 400, "snapshots[1].file_facts"),
            ("/v1/repo-snapshots", snapshot(0, file_facts=[file_fact(loc="3")]), 400, "snapshots[1].file_facts"),
            ("/v1/repo-snapshots", snapshot(0, edges=[edge(kind="LIKES")]), 400, "snapshots[1].edges"),
            ("/v1/workspace-facts", {"skill_slugs": ["tdd"], "rule_slugs": []}, 400, "facts[1].skill_slugs"),
        ]
        good = {"/v1/events": event(0), "/v1/tool-spans": span(0), "/v1/repo-snapshots": snapshot(1),
                "/v1/workspace-facts": {"skill_slugs": [], "rule_slugs": []}}
        for path, row, status, field in cases:
            with self.subTest(field=field, row=row):
                got, answer = client.send_rows([good[path], row], 1, path)
                self.assertEqual((got, answer["field"], set(answer)), (status, field, {"code", "field", "message"}))
        self.assertEqual([self.server.count(kind) for kind in ("events", "tool_spans", "repo_snapshots", "workspace_facts")], [0] * 4)
        self.assertEqual(client.send_rows([event(1, news={"of": "later"})], 1)[0], 202, "a refused key can be used again")

    def test_bodies_that_break_the_contract_are_refused(self):
        client = self.start()
        envelope = {"team_id": "team", "workspace_hash": WORKSPACE, "events": []}
        for body in (b"", b"{", b"[]", b"\xff", b'{"team_id": NaN}', b'{"team_id": "\\ud800"}', b"[" * 100_000, b"9" * 5000,
                     *(json.dumps(without(envelope, name)).encode() for name in envelope),
                     json.dumps({**envelope, "events": [1]}).encode(), json.dumps({**envelope, "workspace_hash": "/w"}).encode()):
            with self.subTest(body=body[:40]):
                self.assertEqual(client.send_body(body, 1)[0], 400)
        good = json.dumps(envelope).encode()
        self.assertEqual(client.send_body(good, 1, Content_Type="text/plain")[1]["field"], "Content-Type")
        self.assertEqual(client.send_body(good, 1, X_Kaizen_Idempotency_Key="7")[1]["field"], "X-Kaizen-Idempotency-Key")
        self.assertEqual(client.send_body(good, 1), (202, {"received": 0, "deduped": 0}))

    def test_bodies_that_cannot_be_read_end_the_connection(self):
        self.start()
        bomb = gzip.compress(b" " * ((64 << 20) + 1), 1)
        for body, encoding, status in ((b"x", "gzip", 400), (gzip.compress(b"{}")[:-1], "gzip", 400), (b"x", "br", 400), (bomb, "gzip", 413)):
            client = self.client()
            self.assertEqual(client.send_body(body, 1, Content_Encoding=encoding)[0], status)
            self.assertEqual(client.reply.getheader("Connection"), "close")
        self.assertEqual(self.server.statuses(), [400, 400, 400, 413])

    def test_chunked_bodies_are_read(self):
        client = self.start()
        body = json.dumps({"team_id": "team", "workspace_hash": WORKSPACE, "events": [event(1)]}).encode()
        client.request("POST", "/v1/events", iter([body[:10], body[10:]]), {"Content-Type": "application/json",
                       "X-Kaizen-Idempotency-Key": key(1)}, encode_chunked=False)
        self.assertEqual(client.getresponse().status, 202)

    def test_a_client_may_ask_whether_to_send_its_body(self):
        self.start()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=DEADLINE) as sock:
            sock.sendall(b"POST /v1/events HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
            self.assertEqual(read_exactly(sock, 25), b"HTTP/1.1 100 Continue\r\n\r\n")
            sock.sendall(b"{")
            self.assertEqual(read_exactly(sock, 12), b"HTTP/1.1 400")

    def test_what_did_not_arrive_whole_is_not_remembered(self):
        self.start()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=DEADLINE) as sock:
            sock.sendall(b"POST /v1/events HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        self.server.wait_for(lambda s: s.connections == 1 and not s.open)
        self.assertEqual(self.server.requests, [])

    def test_what_is_no_http_gets_a_400(self):
        self.start()
        for line in (b"hello\r\n", b"GET / HTTP/3\r\n", b"GET / HTTP/1.1\r\nno colon\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n"):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=DEADLINE) as sock:
                sock.sendall(line + b"\r\n")
                self.assertEqual(read_exactly(sock, 12), b"HTTP/1.1 400")

    def test_tokens(self):
        client = self.start(token="secret")
        self.assertEqual(client.send_rows([event(1)], 1)[0], 401)
        self.assertEqual(client.send_rows([event(1)], 1, Authorization="Bearer other")[0], 401)
        self.assertEqual(client.send_rows([event(1)], 1, Authorization="Bearer secret")[0], 202)
        self.assertEqual(client.ask("GET", "/v1/health")[0], 200)

    def test_other_paths(self):
        client = self.start()
        self.assertEqual(client.ask("GET", "/v1/config")[0], 404)
        self.server.contract.config = {"events_per_batch_max": 10}
        self.assertEqual(client.ask("GET", "/v1/config"), (200, {"events_per_batch_max": 10}))
        self.assertEqual(client.ask("GET", "/v1/nothing")[0], 404)
        self.assertEqual(client.ask("GET", "/v1/events")[0], 405)
        self.assertEqual(client.ask("POST", "/v1/health")[0], 405)

    def test_fast_checks_identities_only(self):
        client = self.start(fast=True)
        self.assertEqual(client.send_rows([event(1, kind="guess")], 1)[0], 202)
        self.assertEqual(client.send_rows([{"event_seq": 1}], 2)[0], 400)
        self.assertEqual(client.send_rows([event([])], 2)[0], 400)

    def test_accept_any(self):
        client = self.start(accept_any=True, keep_bodies=True)
        self.assertEqual(client.ask("POST", "/v1/traces?x=1", gzip.compress(b"spans"), {"Content-Encoding": "gzip"}), (200, {}))
        request = self.server.requests[0]
        self.assertEqual((request.path, request.body, request.body_bytes, request.status), ("/v1/traces", b"spans", 5, 200))


class ScriptTest(Case):
    def test_every_answer_says_that_it_is_an_ingest_endpoint_but_a_foreign_one(self):
        client = self.start({"path": "/events", "foreign": True, "times": 1}, {"path": "/events", "status": 204, "body": "", "times": 1})
        for expected in (None, "1", "1"):
            client.send_rows([event(1)], 1)
            self.assertEqual(client.reply.getheader("X-Kaizen-Ingest"), expected)
        client.ask("GET", "/v1/health")
        self.assertEqual(client.reply.getheader("X-Kaizen-Ingest"), "1")

    def test_a_status_with_headers_for_some_times(self):
        client = self.start({"times": 2, "status": 429, "headers": {"Retry-After": "86400"}})
        self.assertEqual([client.send_rows([event(1)], 1)[0] for _ in range(3)], [429, 429, 202])
        self.assertEqual(self.server.duplicates["events"], 0)

    def test_a_redirect_and_a_body_of_its_own(self):
        client = self.start({"status": 307, "headers": {"Location": "http://elsewhere.example/"}, "body": '"there"'})
        self.assertEqual(client.send_rows([event(1)], 1), (307, "there"))
        self.assertEqual(client.reply.getheader("Location"), "http://elsewhere.example/")

    def test_200_instead_of_202_takes_the_rows_but_not_bad_ones(self):
        client = self.start({"status": 200})
        self.assertEqual(client.send_rows([event(1)], 1), (200, {"received": 1, "deduped": 0}))
        self.assertEqual(client.send_rows([event(1, kind="guess")], 2)[0], 422)

    def test_rows_taken_in_spite_of_a_503(self):
        client = self.start({"status": 503, "take": True, "times": 1})
        self.assertEqual([client.send_rows([event(1)], 1)[0] for _ in range(2)], [503, 409])

    def test_too_many_rows_or_bytes(self):
        client = self.start({"rows_over": 1, "status": 413}, {"bytes_over": 1000, "status": 413})
        self.assertEqual(client.send_rows([event(1), event(2)], 1)[0], 413)
        self.assertEqual(client.send_rows([event(1, payload={"text": "x" * 1000})], 2)[0], 413)
        self.assertEqual(client.send_rows([event(1)], 3)[0], 202)

    def test_a_row_that_is_always_refused(self):
        client = self.start({"row": '"text":"event 2"', "status": 400})
        status, answer = client.send_rows([event(1), event(2)], 1)
        self.assertEqual((status, answer["field"]), (400, "events[1]"))
        self.server.set_script([{"row": '"text":"event 2"', "status": 400, "field": "payload"}])
        self.assertEqual(client.send_rows([event(2)], 1)[1]["field"], "payload")
        self.assertEqual(client.send_rows([event(1)], 1)[0], 202)

    def test_when_a_step_applies(self):
        client = self.start({"path": "spans", "status": 500}, {"key": 2, "status": 501}, {"attempt": 2, "status": 502},
                            {"skip": 1, "times": 1, "status": 503})
        self.assertEqual(client.send_rows([span(1)], 9, "/v1/tool-spans")[0], 500)
        self.assertEqual(client.send_rows([event(1)], 8)[0], 501)
        self.assertEqual([client.send_rows([event(1)], 7)[0] for _ in range(2)], [202, 502])
        self.assertEqual([client.send_rows([event(1)], number)[0] for number in (6, 5)], [503, 202])

    def test_steps_that_cannot_be_played_are_refused(self):
        for step in ({"stauts": 200}, {"status": "200"}, {"row": "("}, {"cut": "sometimes"}, {"drip": "x"},
                     {"cut": "before_body", "row": "x"}):
            with self.subTest(step=step), self.assertRaises(ValueError):
                IngestServer(script=[step])

    def test_held_until_released(self):
        client = self.start({"hold": True})
        thread = threading.Thread(target=client.send_rows, args=([event(1)], 1))
        thread.start()
        self.server.wait_for(lambda s: len(s.held) == 1)
        self.assertEqual(self.server.count("events"), 1, "taken, and not yet answered")
        self.assertFalse(self.server.requests[0].answered)
        self.assertEqual(self.server.release("/tool-spans"), 0)
        self.assertEqual(self.server.release("/events"), 1)
        thread.join()
        self.assertEqual(client.reply.status, 202)
        self.server.wait_for(lambda s: s.requests[0].answered)

    def test_close_ends_what_is_held(self):
        client = self.start({"hold": True})
        client.request("GET", "/v1/health")
        self.server.wait_for(lambda s: s.held)
        self.server.close()
        with self.assertRaises((ConnectionError, http.client.BadStatusLine)):
            client.getresponse()

    def test_a_delay(self):
        client = self.start({"delay_ms": 1})
        self.assertEqual(client.ask("GET", "/v1/health")[0], 200)

    def test_an_answer_lost_after_the_rows_were_taken(self):
        for cut_by, error in (("rst", ConnectionResetError), ("fin", http.client.RemoteDisconnected)):
            client = self.start({"cut": "after_body", "take": True, "times": 1, "cut_by": cut_by})
            with self.assertRaises(error):
                client.send_rows([event(1)], 1)
            client.close()
            self.assertEqual(client.send_rows([event(1)], 1)[0], 409)
            self.assertEqual((self.server.statuses(), self.server.count("events")), ([None, 409], 1))
            self.assertEqual(self.server.duplicates["events"], 0)

    def test_cut_with_the_rows_not_taken(self):
        client = self.start({"cut": "after_body", "times": 1})
        with self.assertRaises(ConnectionResetError):
            client.send_rows([event(1)], 1)
        client.close()
        self.assertEqual(client.send_rows([event(1)], 1)[0], 202)

    def test_cut_before_the_body_is_read(self):
        for cut_by in ("rst", "fin"):
            self.start({"cut": "before_body", "path": "events", "cut_by": cut_by})
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=DEADLINE) as sock:
                sock.sendall(b"POST /v1/events HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n")  # and the body never comes
                with self.assertRaises(ConnectionResetError) if cut_by == "rst" else contextlib.nullcontext():
                    self.assertEqual(sock.recv(1), b"")
            self.assertEqual((self.server.statuses(), self.server.requests[0].path), ([None], "/v1/events"))

    def test_cut_after_some_bytes_of_the_answer(self):
        self.start({"cut": 20, "cut_by": "fin"})
        sock = self.post_raw(expect=b"HTTP/1.1 405 Method ")
        self.assertEqual(sock.recv(1), b"")

    def test_garbage(self):
        self.start({"garbage": "\0no HTTP"})
        self.assertEqual(self.post_raw(expect=b"\0no HTTP").recv(1), b"")

    def test_a_drip_goes_on_until_the_peer_leaves(self):
        for part, text in (("body", b"Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n1\r\n \r\n"), ("headers", b"X-Drip: xxxxx")):
            self.start({"drip": part, "drip_ms": 1})
            sock = self.post_raw()
            data = b""
            while text not in data:
                data += sock.recv(1)
            sock.close()
            self.server.wait_for(lambda s: not s.open)
            self.assertFalse(self.server.requests[0].answered)

    def test_an_endless_body(self):
        self.start({"endless": True})
        sock = self.post_raw()
        self.assertEqual(len(read_exactly(sock, 5_000_000)), 5_000_000)
        sock.close()
        self.server.wait_for(lambda s: not s.open)

    def test_huge_headers(self):
        self.start({"header_bytes": 20_000})
        sock = self.post_raw()
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(65536)
        self.assertGreater(len(head), 20_000)


class ConnectionsTest(Case):
    def test_connections_are_kept_and_numbered(self):
        client = self.start()
        client.ask("GET", "/v1/health")
        client.ask("GET", "/v1/health")
        self.client().ask("GET", "/v1/health")
        self.assertEqual([request.connection for request in self.server.requests], [1, 1, 2])
        client.ask("GET", "/v1/health", headers={"Connection": "close"})
        self.server.wait_for(lambda s: len(s.open) == 1)

    def test_refusing_and_listening_again_on_the_same_port(self):
        client = self.start()
        client.ask("GET", "/v1/health")
        for _ in range(3):
            self.server.stop_listening()
            self.assertEqual(client.sock.recv(1), b"", "what was open has ended")
            client.close()
            with self.assertRaises(ConnectionRefusedError):
                client.connect()
            self.server.listen_again()
            self.assertEqual(client.ask("GET", "/v1/health")[0], 200)

    def test_connections_that_are_reset_at_once(self):
        client = self.start()
        self.server.refuse(2)
        for _ in range(2):
            with self.assertRaises(ConnectionError):
                client.ask("GET", "/v1/health")
            client.close()
        self.assertEqual(client.ask("GET", "/v1/health")[0], 200)
        self.assertEqual((self.server.refused, self.server.connections), (2, 3))

    def test_two_at_once_with_one_key_take_the_rows_once(self):
        self.start({"times": 2, "hold": True})
        clients = [self.client(), self.client()]
        threads = [threading.Thread(target=client.send_rows, args=([event(1)], 1)) for client in clients]
        for thread in threads:
            thread.start()
        self.server.wait_for(lambda s: len(s.held) == 2)
        self.server.release()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(client.reply.status for client in clients), [202, 409])


class TlsTest(Case):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory(prefix="kaizen-certificates-")
        cls.addClassCleanup(place.cleanup)
        cls.directory = place.name
        cls.ca = make_certificates(place.name)

    def connect(self, name, *script):
        self.start(*script, tls=name, certificate_directory=self.directory)
        client = http.client.HTTPSConnection("127.0.0.1", self.server.port, timeout=DEADLINE,
                                             context=ssl.create_default_context(cafile=self.ca))
        self.addCleanup(client.close)
        return client

    def test_a_good_certificate(self):
        client = self.connect("good")
        client.request("GET", "/v1/health")
        self.assertEqual(client.getresponse().status, 200)
        self.assertTrue(self.server.url.startswith("https:"))

    def test_certificates_to_refuse(self):
        for name, word in (("expired", "expired"), ("wrong-name", "mismatch"), ("self-signed", "self-signed")):
            with self.subTest(name=name), self.assertRaisesRegex(ssl.SSLCertVerificationError, word):
                self.connect(name).connect()
            self.server.wait_for(lambda s: s.tls_failures == 1)
            self.assertEqual(self.server.requests, [])

    def test_cut_connections(self):
        for cut_by, error in (("rst", ConnectionResetError), ("fin", (ssl.SSLEOFError, http.client.RemoteDisconnected))):
            client = self.connect("good", {"cut": "after_body", "cut_by": cut_by})
            client.request("GET", "/v1/health")
            with self.assertRaises(error):
                client.getresponse()


class MemoryTest(Case):
    def test_what_is_seen(self):
        client = self.start(keep_rows=True)
        client.send_rows([event(1), event(1)], 1, X_Kaizen_Client="kaizend/0")
        _, seen = client.ask("GET", "/_seen?rows=1")
        request = seen["requests"][0]
        self.assertEqual((request["path"], request["key"], request["key_number"], request["attempt"], request["status"], request["rows"]),
                         ("/v1/events", key(1), 1, 1, 202, 2))
        self.assertEqual(request["headers"]["x-kaizen-client"], "kaizend/0")
        self.assertGreater(request["body_bytes"], request["sent_bytes"])
        self.assertEqual((seen["taken"]["events"], seen["duplicates"], seen["rows"]["events"]), (1, {"events": 1}, [event(1)]))
        self.assertEqual(len(seen["requests"]), 1, "its own paths are not remembered")

    def test_without_rows_only_identities(self):
        client = self.start()
        client.send_rows([event(1)], 1)
        self.assertEqual(client.ask("GET", "/_seen?rows=1")[1]["rows"]["events"], [["team", WORKSPACE, hash_of(1), 1]])
        self.assertNotIn("rows", client.ask("GET", "/_seen")[1])

    def test_one_key_with_two_bodies_can_be_told(self):
        client = self.start({"status": 503})
        client.send_rows([event(1)], 1)
        client.send_rows([event(1)], 1)
        client.send_rows([event(2)], 1)
        first, second, third = (request.body_crc for request in self.server.requests)
        self.assertEqual(first, second)
        self.assertNotEqual(first, third)

    def test_bodies(self):
        client = self.start(keep_bodies=True)
        client.send_body(b"{", 1)
        self.assertEqual(client.ask("GET", "/_seen?bodies=1")[1]["requests"][0]["body"], "{")
        self.assertIsNone(client.ask("GET", "/_seen")[1]["requests"][0]["body"])

    def test_waiting_in_vain_says_what_was_seen(self):
        self.start()
        with self.assertRaisesRegex(AssertionError, '"requests": 0'):
            self.server.wait_for(lambda s: s.count("events") == 1, deadline=0)


class StubTest(unittest.TestCase):
    """The program."""

    def start(self, *words):
        self.process = subprocess.Popen([sys.executable, "-B", HERE / "kaizen-ingest-stub", "--port", "0", *words], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.process.communicate)
        self.addCleanup(self.process.kill)
        url = self.process.stdout.readline()
        self.assertRegex(url, r"^listening on https?://127\.0\.0\.1:\d+\n$")
        self.port = int(url.rsplit(":", 1)[1])
        client = Client(self)
        self.addCleanup(client.close)
        return client

    def test_its_own_paths(self):
        client = self.start()
        self.assertEqual(client.ask("POST", "/_script", '[{"times": 1, "status": 503}, {"hold": true}]')[0], 200)
        self.assertEqual(client.send_rows([event(1)], 1)[0], 503)
        held = Client(self)
        self.addCleanup(held.close)
        thread = threading.Thread(target=held.send_rows, args=([event(1)], 1))
        thread.start()
        while client.ask("GET", "/_seen")[1]["held"] == 0:
            pass
        self.assertEqual(client.ask("POST", "/_release")[1], {"released": 1})
        thread.join()
        self.assertEqual(held.reply.status, 202)
        self.assertEqual(client.ask("POST", "/_refuse", '{"connections": 1}')[0], 200)
        other = Client(self)
        with self.assertRaises(ConnectionError):
            other.ask("GET", "/v1/health")
        for path, body in (("/_script", '[{"stauts": 1}]'), ("/_script", "7"), ("/_script", "x"), ("/_refuse", "{}")):
            self.assertEqual(client.ask("POST", path, body)[0], 400)
        self.assertEqual(client.ask("GET", "/_script")[0], 405)

    def test_files_and_a_token(self):
        with tempfile.TemporaryDirectory() as place:
            (Path(place) / "config.json").write_text('{"sample_rate": 0.5}')
            (Path(place) / "script.json").write_text('[{"path": "health", "status": 500}]')
            client = self.start("--config", f"{place}/config.json", "--script", f"{place}/script.json", "--token", "secret")
        self.assertEqual(client.ask("GET", "/v1/config", headers={"Authorization": "Bearer secret"}), (200, {"sample_rate": 0.5}))
        self.assertEqual(client.ask("GET", "/v1/config")[0], 401)
        self.assertEqual(client.ask("GET", "/v1/health")[0], 500)

    def test_it_says_where_its_authority_is(self):
        self.start("--tls", "good")
        ca = self.process.stdout.readline().removeprefix("trust ").strip()
        client = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=DEADLINE, context=ssl.create_default_context(cafile=ca))
        self.addCleanup(client.close)
        client.request("GET", "/v1/health")
        self.assertEqual(client.getresponse().status, 200)
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.assertFalse(Path(ca).exists())

    def test_it_ends_with_stdin(self):
        self.start("--stop-with-stdin")
        self.assertEqual((self.process.communicate(timeout=DEADLINE), self.process.returncode), (("", ""), 0))

    def test_it_ends_quietly_with_ctrl_c(self):
        self.start()
        self.process.send_signal(signal.SIGINT)
        self.assertEqual((self.process.communicate(timeout=DEADLINE), self.process.returncode), (("", ""), 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
