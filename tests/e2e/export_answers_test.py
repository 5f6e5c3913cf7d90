"""What the services say to exporters, and what comes of it: for that exporter, and for nobody else."""
import json
import os
import random
import time
import unittest
from pathlib import Path

import harness  # noqa: F401  (puts tests/support on the path)
from export_case import ExportCase
from export_server import ExportFile
from flush_case import NEVER_BY_ITSELF, posts

POISON = {"row": "kaputt", "status": 400}


class Poison(ExportCase):
    def poison(self, add, count=1):
        """One exporter refuses rows of workspace "kaputt"; all others, and the endpoint, get everything."""
        endpoint = self.serve()
        add(POISON)
        self.file()
        self.sessions.write(300, calls=10).write(count, text="a kaputt one")
        self.start(endpoint, content="text", **NEVER_BY_ITSELF)
        self.enqueued()
        self.flush()
        self.settle_all()
        return endpoint

    def bad_rows(self, endpoint):
        return {("event", session, seq) for (_, _, session, seq), row in endpoint.rows("events").items() if "kaputt" in json.dumps(row)}

    def found(self, add, name):
        endpoint = self.poison(add)
        bad = self.bad_rows(endpoint)
        self.assertEqual(len(bad), 1)
        self.check(endpoint)
        self.check_has_all("file", endpoint)
        self.check_has_all(name, endpoint, missing=bad, again=True)
        self.assertEqual(self.exporter(name)["dead"], 1)
        self.assertEqual(self.exporter("file")["dead"], 0)
        refused_by = self.exporter(name)["name"]
        self.assertIn(f"exporter_dead:{refused_by}", self.health())
        row, = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertEqual((row["exporter"], row["status"]), (refused_by, 400))
        self.assertIn("refused by the script", row["reason"])
        self.assertIn(name, self.kaizend.ctl("outbox", "dead").stdout)
        self.assertIn(name, self.kaizend.ctl("outbox", "show", str(row["id"])).stdout)
        self.retry_goes_to_it_alone(endpoint, name, row["id"])

    def retry_goes_to_it_alone(self, endpoint, name, row):
        self.receivers[name].set_script([])
        seen = len(posts(endpoint)), len(self.receivers["file"].items)
        self.kaizend.ctl("outbox", "retry", str(row))
        self.flush()
        self.settle_all()
        self.check_has_all(name, endpoint, again=True)
        self.assertEqual((len(posts(endpoint)), len(self.receivers["file"].items)), seen)
        self.assertEqual(self.exporter(name)["dead"], 0)
        self.assertEqual(self.kaizend.get("/v1/outbox?state=dead")["rows"], [])

    def test_a_row_that_posthog_refuses(self):
        self.found(self.posthog, "posthog")
        self.assertEqual(self.receivers["posthog"].twice(), {})

    def test_a_row_that_a_collector_refuses(self):
        self.found(self.otlp, "otlp")
        self.assertEqual(self.receivers["otlp"].twice(), {})


    def test_a_row_that_the_endpoint_refuses_goes_to_exporters(self):
        endpoint = self.serve(POISON)
        self.otlp(), self.file()
        self.sessions.write(60).write(1, text="a kaputt one")
        self.start(endpoint, content="text")
        self.settle_all()
        self.check(endpoint, dead=1)
        self.check_all()
        row, = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertEqual(row["exporter"], None)
        endpoint.set_script([])
        self.kaizend.ctl("outbox", "retry", str(row["id"]))
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)


class Others(ExportCase):
    def test_a_batch_that_is_too_large_goes_in_parts(self):
        endpoint = self.serve()
        posthog = self.posthog({"rows_over": 90, "status": 413})
        self.file()
        self.sessions.write(500)
        self.start(endpoint)
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)
        self.assertIn(413, posthog.statuses())

    def test_a_lost_answer_is_followed_by_the_same_events(self):
        endpoint = self.serve()
        lost = {"take": True, "cut": "after_body", "times": 3}
        posthog, datadog = self.posthog(lost), self.datadog(lost)
        self.sessions.write(100, calls=5)
        self.start(endpoint, env=self.through_proxy(), ca_file=self.ca_file)
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint, again=True)
        for server in (posthog, datadog):
            self.assertGreater(len(server.twice()), 0)

    def test_over_plain_http_a_log_in_page_takes_no_row(self):
        """The endpoint has them all the while."""
        page = {"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html>Welcome to the airport</html>", "take": False}
        servers = [self.otlp(page), self.posthog(page)]
        endpoint = self.serve()
        self.sessions.write(20, calls=5)
        self.start(endpoint)
        self.enqueued()
        for name, words in (("otlp", "is not an OTLP receiver"), ("posthog", "is not PostHog")):
            reason = self.wait_until_exporter_is(name, "paused")["reason"]
            self.assertIn(f"what answers (200, a web page) {words}, perhaps a captive portal: log in to the network", reason)
            self.assertIn(words, self.kaizend.ctl("export", "test", self.exporter(name)["name"], check=False).stdout)
        self.endpoint_has_all()
        self.check(endpoint)
        for server in servers:
            server.set_script([])
        self.post("/v1/sync/resume")
        self.settle_all()
        self.check_all(endpoint)

    def test_over_plain_http_a_page_about_an_error_makes_no_dead_rows(self):
        page = {"status": 400, "body": "<html>The plain HTTP request was sent to HTTPS port</html>"}
        servers = [self.otlp(page), self.posthog(page)]
        self.sessions.write(20)
        self.start_alone()
        self.enqueued()
        for name in ("otlp", "posthog"):
            self.assertEqual(self.wait_until_exporter_is(name, "paused")["dead"], 0)
        for server in servers:
            server.set_script([])
        self.post("/v1/sync/resume")
        self.settle_all()
        self.check_all()

    def test_a_body_that_is_cut_or_not_understood_tests_nobody(self):
        server = self.otlp()
        self.start_alone()
        for body in ('{"name": "ot', '{"nam": "otlp"}', '{"name": 1}', '"otlp"', "{}x"):
            status, answer = self.kaizend.request("POST", "/v1/export/test", body)
            self.assertEqual((status, answer["error"]["code"]), (400, "bad_request"), body)
        self.assertEqual(server.requests, [])
        status, answer = self.kaizend.request("POST", "/v1/export/test")
        self.assertEqual((status, answer["exporters"][0]["test"]["ok"]), (200, True))
        self.assertGreater(len(server.posts()), 0)

    def test_a_file_that_cannot_be_written_pauses_and_says_what_to_do(self):
        endpoint = self.serve()
        folder = Path(self.place.name) / "not there"
        self.add("file", ExportFile(folder / "rows.ndjson"), path=str(folder / "rows.ndjson"))
        self.sessions.write(100, calls=5)
        self.start(endpoint)
        self.endpoint_has_all()
        reason = self.wait_until_exporter_is("file", "paused")["reason"]
        self.assertIn("its directory is missing", reason)
        self.assertIn(f"mkdir -p '{folder}'", reason)
        folder.mkdir()
        self.assertIn("it took a test event", self.kaizend.ctl("export", "test").stdout)
        self.receivers["file"].path.unlink()
        self.flush()
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)


    def test_rows_that_a_service_would_drop_are_not_sent_there(self):
        """Of next week, as a wrong clock makes them: PostHog answers 200 and drops them."""
        endpoint = self.serve()
        posthog = self.posthog()
        self.file()
        self.sessions.write(20, calls=2)
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 86400))
        self.sessions.dated = lambda timestamp: day + timestamp[10:]
        self.sessions.write(5)
        self.start(endpoint)
        self.settle_all()
        self.check(endpoint)
        self.check_has_all("file", endpoint)
        self.assertEqual((self.exporter("posthog")["dead"], self.exporter("posthog")["rows_sent"]), (5, 22))
        self.assertEqual((len(posthog.of("event")), len(posthog.of("span")), posthog.twice()), (20, 2, {}))
        for row in self.kaizend.get("/v1/outbox?state=dead")["rows"]:
            self.assertEqual((row["exporter"], row["status"], row["code"]), ("posthog", None, "unfit"))
            self.assertIn("more than a day ahead", row["reason"])


class Anything(ExportCase):
    """Whatever they answer, and however the daemon ends meanwhile. KAIZEN_SEED repeats a run."""

    def steps(self, chance, paths, *more):
        """Some trouble, each of which ends."""
        troubles = [{"status": 503}, {"status": 429, "headers": {"Retry-After": "0"}}, {"status": 401}, {"cut": "after_body", "take": True},
                    {"cut": "after_body"}, {"cut": "before_body"}, {"cut": 9, "take": True}, {"garbage": "HTTP/1.1 2000 what"},
                    {"delay_ms": 50}, *more]
        for _ in range(chance.randrange(2, 6)):
            yield {"path": chance.choice(paths), "skip": chance.randrange(4), "times": chance.randrange(1, 3), **chance.choice(troubles)}

    def test_every_row_gets_everywhere(self):
        seed = int(os.environ.get("KAIZEN_SEED", str(random.SystemRandom().randrange(1 << 30))))
        print(f"\nKAIZEN_SEED={seed}")
        chance = random.Random(seed)
        for round in range(6):
            with self.subTest(round=round):
                self.one_round(chance)

    def one_round(self, chance):
        self.setUp()  # a home of its own
        self.export["fail_open"] = chance.random() < 0.5
        endpoint = self.serve(*self.steps(chance, ["/events", "/tool-spans", "/v1"]))
        too_large = {"status": 413, "rows_over": 10}  # of the endpoint: not after it took them, where each half is new to it
        refuses = {"row": "kaputt", "status": 400}
        self.otlp({**refuses, "path": "/logs"}, *self.steps(chance, ["/traces", "/logs", "/metrics", "/v1"], too_large))
        self.posthog(refuses, *self.steps(chance, ["/batch"], too_large))
        self.file()
        self.point_at(endpoint.url, content="text", events_per_batch_max=chance.choice([20, 60, 500]))
        for _ in range(4):
            self.sessions.write(chance.randrange(60, 150), calls=chance.randrange(20), workspace=chance.choice(["app", "lib"]))
            self.sessions.write(1, text="a kaputt one")
            self.start()
            for _ in range(chance.randrange(5)):
                self.kaizend.ctl("flush", "--now", "--no-wait")
            if chance.random() < 0.5:
                self.assertEqual(self.kaizend.stop(), 0)
            else:
                self.kaizend.kill()
        self.start()
        self.enqueued()
        while any(e["backlog"] > 0 for e in self.status()["exporters"]) or self.status()["balance"]["pending"] > 0:
            self.kaizend.ctl("flush", "--now", check=False)  # past pauses and waits: there is an end of them
        self.settle_all()
        self.check_round(endpoint)
        self.kaizend.kill()

    def check_round(self, endpoint):
        bad = {("event", session, seq) for (_, _, session, seq), row in endpoint.rows("events").items() if "kaputt" in json.dumps(row)}
        self.assertEqual(len(bad), 4)
        self.check(endpoint)
        self.check_has_all("file", endpoint, again=True)
        for name in ("otlp", "posthog"):
            self.check_has_all(name, endpoint, missing=bad, again=True)
            self.assertEqual(self.exporter(name)["dead"], 4)


class Otlp(ExportCase):
    """A batch is up to three requests there, each of which is taken or not."""

    def bodies(self, server, path):
        return [request.body for request in server.posts(path)]

    def load_all_three(self, *script):
        """Batches that make all three."""
        endpoint = self.serve()
        otlp = self.otlp(*script)
        self.point_at(endpoint.url, **NEVER_BY_ITSELF)
        lines = self.sessions.lay_out_fixtures()
        self.start()
        self.kaizend.wait_for_lines(lines)
        return endpoint, otlp

    def test_a_request_that_was_taken_is_not_made_again_with_the_rest(self):
        endpoint, otlp = self.load_all_three({"path": "/logs", "status": 503, "times": 2}, {"path": "/metrics", "status": 429, "times": 2})
        self.kaizend.ctl("flush", "--now", check=False)
        self.settle_all()
        self.check_has_all("otlp", endpoint)
        for path in ("/v1/traces", "/v1/logs", "/v1/metrics"):
            answered = [(request.body, request.status) for request in otlp.posts(path)]
            taken = [body for body, status in answered if status == 200]
            self.assertEqual(len(taken), len(set(taken)), path)
            for body, status in answered:
                self.assertIn(body, taken, f"{path} was made again with another body after {status}")
        self.assertEqual({s: otlp.statuses().count(s) for s in (503, 429)}, {503: 2, 429: 2})

    def test_what_was_taken_is_remembered_over_a_restart(self):
        endpoint, otlp = self.load_all_three({"path": "/logs", "status": 503})
        self.kaizend.ctl("flush", "--now", check=False)
        self.wait_until_exporter_is("otlp", "backing_off")
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertGreater(len(otlp.posts("/v1/traces")), 0)
        otlp.set_script([])
        self.start()
        self.kaizend.ctl("flush", "--now", check=False)
        self.settle_all()
        self.check_has_all("otlp", endpoint)
        self.assertEqual(len(self.bodies(otlp, "/v1/traces")), len(set(self.bodies(otlp, "/v1/traces"))))

    def test_what_a_collector_throws_away_is_counted_and_shown(self):
        endpoint = self.serve()
        answer = json.dumps({"partialSuccess": {"rejectedLogRecords": "7", "errorMessage": "too old for us"}})
        self.otlp({"path": "/logs", "body": answer, "take": True, "times": 1})
        self.sessions.write(300)
        self.start(endpoint)
        self.settle_all()
        self.check(endpoint)
        self.check_has_all("otlp", endpoint)
        exporter = self.exporter("otlp")
        self.assertEqual((exporter["rejected"], exporter["dead"], exporter["rows_sent"]), (7, 0, 300))
        self.assertIn("too old for us", exporter["last_error"]["message"])
        self.assertRegex(self.kaizend.ctl("status").stdout, "7 rejected by it")

    def test_retry_is_on_the_statuses_that_the_specification_names(self):
        endpoint = self.serve()
        otlp = self.otlp(*({"path": "/logs", "times": 1, "status": status} for status in (429, 502, 503, 504)))
        self.sessions.write(300)
        self.start(endpoint)
        self.endpoint_has_all()
        self.settle_all()
        self.check_has_all("otlp", endpoint)
        logs = otlp.posts("/v1/logs")
        self.assertEqual([request.status for request in logs], [429, 502, 503, 504, 200])
        self.assertEqual(len({request.body for request in logs}), 1)

    def test_other_errors_are_about_a_row(self):
        endpoint = self.serve()
        otlp = self.otlp({"path": "/logs", "status": 500, "row": "kaputt"})
        self.sessions.write(60).write(1, text="a kaputt one")
        self.start(endpoint, content="text")
        self.settle_all()
        self.check(endpoint)
        refused = [request.body for request in otlp.posts("/v1/logs") if request.status == 500]
        self.assertGreater(len(refused), 1)
        self.assertEqual(len(set(refused)), len(refused), "a request that was refused came again")
        self.assertEqual((self.exporter("otlp")["dead"], len(otlp.of("event"))), (1, 60))

    def test_401_pauses_that_exporter_alone(self):
        endpoint = self.serve()
        otlp = self.otlp({"status": 401})
        self.posthog()
        self.sessions.write(300, calls=10)
        self.start(endpoint)
        self.endpoint_has_all()
        paused = self.wait_until_exporter_is("otlp", "paused")
        self.settle_all("otlp")
        self.assertIn("credentials (401)", paused["reason"])
        self.assertIn("OTEL_EXPORTER_OTLP_HEADERS", paused["reason"])
        self.assertEqual(self.sync()["state"], "idle")
        self.assertIn("exporter_paused:otlp/logs", self.health())
        self.assertNotIn("sync_paused", self.health())
        self.check(endpoint)
        self.check_has_all("posthog", endpoint)
        self.assertEqual(len(otlp.posts()), len({request.path for request in otlp.posts()}), "one attempt for each signal")
        otlp.set_script([])
        self.kaizend.ctl("sync", "resume")
        self.settle_all()
        self.check_all(endpoint)
        self.assertNotIn("exporter_paused:otlp/logs", self.health())

    def test_a_collector_with_a_traces_pipeline_alone_gets_its_traces(self):
        for status in (404, 501):
            with self.subTest(status=status):
                self.setUp()
                endpoint = self.serve()
                otlp = self.otlp({"path": "/logs", "status": status}, {"path": "/metrics", "status": status})
                self.sessions.lay_out_fixtures()
                self.start(endpoint)
                for signal in ("logs", "metrics"):
                    self.wait_until_exporter_is(f"otlp/{signal}", "paused")
                self.settle_all("otlp")
                self.wait_for_exporter("otlp/traces", lambda exporter: exporter["backlog"] == 0 and exporter["rows_sent"] > 0, "has all")
                spans = {span for span, in endpoint.rows("tool_spans")}
                self.assertEqual({span for _, span in otlp.of("span")}, spans)
                self.assertEqual(self.exporter("otlp/traces")["dead"] + self.exporter("otlp/logs")["dead"], 0)
                said = " ".join(self.kaizend.ctl("doctor", check=False).stdout.split())
                self.assertIn("no OTLP receiver for logs there", said)
                self.assertIn("leave logs out of signals", said)
                self.exporters[0]["signals"] = ["traces"]
                self.point_at(endpoint.url)
                self.kaizend.ctl("reload")
                self.assertEqual([exporter["name"] for exporter in self.status()["exporters"]], ["otlp/traces"])
                self.assertNotIn("exporter_paused:otlp/logs", self.health())
                self.kaizend.kill()


if __name__ == "__main__":
    unittest.main(verbosity=2)
