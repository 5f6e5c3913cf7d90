"""The server that stands for OTLP, PostHog and Datadog finds what it is there to find: repeats, other repeats, and what nobody would take."""
import gzip
import http.client
import json
import unittest

from export_server import ExportServer

UUID = "00000000-0000-8000-8000-00000000000{}"


def event(number, **more):
    return {"uuid": UUID.format(number), "event": "kaizen.message", "distinct_id": "s", "timestamp": "2026-11-20T10:00:00Z",
            "properties": {"kaizen.session_id_hash": "s", "kaizen.event_seq": number}, **more}


def record(seq, **more):
    return {"timeUnixNano": "1", "attributes": [{"key": "event.name", "value": {"stringValue": "kaizen.message"}},
                                                {"key": "gen_ai.conversation.id", "value": {"stringValue": "s"}},
                                                {"key": "kaizen.event_seq", "value": {"intValue": str(seq)}}], **more}


def logs(*records):
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": list(records)}]}]}


class Server(unittest.TestCase):
    def serve(self, *script, **options):
        server = ExportServer(script=script, **options)
        self.addCleanup(server.close)
        return server

    def post(self, server, path, document, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request("POST", path, gzip.compress(json.dumps(document).encode()), {"Content-Encoding": "gzip", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def test_what_is_taken_once(self):
        server = self.serve()
        self.assertEqual(self.post(server, "/batch/", {"api_key": "k", "batch": [event(1), event(2)]})[0], 200)
        self.assertEqual(self.post(server, "/v1/logs", logs(record(3)))[0], 200)
        entry = {"ddsource": "kaizend", "service": "kaizend", "message": "m", "kaizen": {"span_id_hash": "p"}}
        self.assertEqual(self.post(server, "/api/v2/logs", [entry])[0], 202)
        self.assertEqual(server.of("event"), {("event", "s", n) for n in (1, 2, 3)})
        self.assertEqual((server.of("span"), server.twice(), server.unrecognisable(), server.findings), ({("span", "p")}, {}, {}, []))

    def test_what_comes_again(self):
        server = self.serve()
        for _ in range(2):
            self.post(server, "/v1/logs", logs(record(3)))
        self.assertEqual((server.twice(), server.unrecognisable()), ({("event", "s", 3): 2}, {}))

    def test_what_comes_again_as_something_else(self):
        server = self.serve()
        self.post(server, "/batch/", {"api_key": "k", "batch": [event(1)]})
        self.post(server, "/batch/", {"api_key": "k", "batch": [event(1, uuid=UUID.format(7))]})
        self.assertEqual(list(server.unrecognisable()), [("event", "s", 1)])

    def test_what_nobody_would_take(self):
        server = self.serve()
        self.post(server, "/v1/logs", logs(record(3, timeUnixNano=1)))
        self.post(server, "/batch/", {"batch": [event(1)]})
        self.post(server, "/batch/", {"api_key": "k", "batch": [event(1, uuid="1")]})
        self.post(server, "/api/v2/logs", [{}])
        self.assertEqual([finding.split(":")[0] for finding in server.findings], ["/v1/logs", "/batch/", "/batch/", "/api/v2/logs"])

    def test_what_is_refused_is_not_taken(self):
        server = self.serve({"row": "poison", "status": 400}, {"status": 503, "times": 1, "path": "/logs"})
        self.assertEqual(self.post(server, "/batch/", {"api_key": "k", "batch": [event(1), event(2, distinct_id="poison")]})[0], 400)
        self.assertEqual(self.post(server, "/v1/logs", logs(record(3)))[0], 503)
        self.assertEqual((server.items, server.statuses()), ([], [400, 503]))

    def test_an_echo_holds_all_that_lets_one_in(self):
        server = self.serve({"status": 400}, echo=True)
        said = self.post(server, "/batch/", {"api_key": "the-key", "batch": [event(1)]}, {"authorization": "Bearer abc"})[1]
        self.assertIn("the-key", said)
        self.assertIn("Bearer abc", said)

    def test_other_paths_are_not_there(self):
        server = self.serve()
        self.assertEqual(self.post(server, "/v1/events", {})[0], 404)
        self.assertEqual(server.items, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
