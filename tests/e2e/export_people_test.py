"""What people do to exporters: they come and go and are mended by a reload, they are tested, and what they cost while nothing waits.
Nothing that lets one in is ever told."""
import json
import os
import random
import subprocess
import unittest
from pathlib import Path

import harness
from export_case import ExportCase, RecentSessions
from flush_case import NEVER_BY_ITSELF, posts


class LongAgo(RecentSessions):
    def dated(self, timestamp):
        return "2021-01-01" + timestamp[10:]


class Reload(ExportCase):
    def reload_with(self, endpoint, **sync):
        """What kaizenctl reload says."""
        self.point_at(endpoint.url if endpoint else "", **sync)
        return " ".join(self.kaizend.ctl("reload").stdout.split())

    def test_an_exporter_that_is_added_gets_what_waits_and_what_comes(self):
        endpoint = self.serve()
        self.sessions.write(300, calls=20)
        self.start(endpoint, **NEVER_BY_ITSELF)
        self.enqueued()
        self.otlp(), self.file()
        self.reload_with(endpoint, **NEVER_BY_ITSELF)
        self.sessions.write(100, calls=5)
        self.enqueued()
        self.flush()
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)

    def test_an_exporter_that_is_added_first_turns_sync_on(self):
        self.state = self.new_state()
        self.kaizend = self.daemon(self.state).wait_until_up()
        self.file()
        told = self.reload_with(None)
        self.assertIn("sync is on from now on", told)
        self.sessions.write(100, calls=5)
        self.settle_all()
        self.check_all()

    def test_of_an_exporter_that_is_removed_nothing_is_kept(self):
        endpoint = self.serve()
        self.otlp({"status": 503})
        self.file()
        self.sessions.write(300, calls=20)
        self.start(endpoint)
        self.settle_all("otlp")
        self.remove("otlp")
        self.assertIn("what waited for exporter otlp/logs is dropped", self.reload_with(endpoint))
        self.kaizend.wait_for(lambda s: [e["name"] for e in s["exporters"]] == ["file"], "only file")
        self.assertEqual(harness.read_database(self.state, "SELECT count(*) FROM outbox"), [(0,)])
        self.assertEqual(harness.read_database(self.state, "SELECT count(*) FROM outbox_batches"), [(0,)])
        self.sessions.write(100, calls=5)
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)

    def test_an_exporter_that_is_removed_during_a_request(self):
        endpoint = self.serve()
        otlp = self.otlp({"hold": True})
        self.file()
        self.sessions.write(300, calls=20)
        self.start(endpoint)
        otlp.wait_for(lambda s: s.held)
        self.settle_all("otlp")
        self.remove("otlp")
        self.reload_with(endpoint)
        otlp.release()
        self.sessions.write(100, calls=5)
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)
        self.assertEqual(harness.read_database(self.state, "SELECT count(*) FROM outbox"), [(0,)])
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertNotIn("cutting it", self.kaizend.log)

    def test_a_key_that_is_mended_ends_the_pause_at_once(self):
        endpoint = self.serve()
        posthog = self.posthog({"status": 401}, api_key="phc_wrong")
        self.sessions.write(300, calls=20)
        self.start(endpoint)
        self.endpoint_has_all()
        self.assertIn("api_key", self.wait_until_exporter_is("posthog", "paused")["reason"])
        posthog.set_script([])
        self.exporters[0]["api_key"] = "phc_right"
        self.assertIn("export", self.reload_with(endpoint))
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)
        self.assertEqual([json.loads(r.body)["api_key"] for r in posthog.posts() if r.status == 200], ["phc_right"] * 2)

    def test_exporters_go_on_when_the_endpoint_is_removed(self):
        endpoint = self.serve({"status": 503})
        self.otlp(), self.file()
        self.sessions.write(300, calls=20)
        self.start(endpoint)
        for name in self.receivers:
            self.wait_for_exporter(name, lambda e: e["rows_sent"] == 320, "has all")
        self.assertEqual(self.status()["balance"]["pending"], 320)
        self.assertIn("what waited for it goes to the exporters alone", self.reload_with(None))
        self.sessions.write(100, calls=5)
        self.settle_all()
        self.assertEqual(self.status()["balance"], {"enqueued": 425, "delivered": 425, "pending": 0, "dead": 0, "dropped_by_user": 0})
        self.check_all()
        self.assertEqual(endpoint.count("events"), 0)

    def test_fail_open_that_is_turned_on_lets_go_what_the_endpoint_has(self):
        endpoint = self.serve()
        otlp = self.otlp({"status": 503, "headers": {"Retry-After": "3600"}})
        self.export["fail_open"] = False
        self.sessions.write(300, calls=20)
        self.start(endpoint)
        self.endpoint_has_all()
        self.wait_until_exporter_is("otlp", "backing_off")
        self.assertEqual(self.status()["balance"]["pending"], 320)
        self.export["fail_open"] = True
        self.reload_with(endpoint)
        self.settle()
        self.check(endpoint)
        self.assertEqual(len(otlp.of("event")), 0)
        otlp.set_script([])
        self.flush()
        self.settle_all()
        self.check_all(endpoint)

    def test_what_a_removed_exporter_refused_is_not_retried(self):
        endpoint = self.serve()
        self.otlp({"row": "kaputt", "status": 400})
        self.sessions.write(1, text="a kaputt one")
        self.start(endpoint, content="text")
        self.settle_all()
        self.remove("otlp")
        self.reload_with(endpoint, content="text")
        self.settle_all()
        row, = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        done = self.kaizend.ctl("outbox", "retry", str(row["id"]), check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("refused by exporter otlp/logs, which is configured no more", " ".join((done.stdout + done.stderr).split()))
        self.kaizend.ctl("outbox", "drop", str(row["id"]))
        self.assertEqual(self.kaizend.get("/v1/outbox?state=dead")["rows"], [])
        self.check(endpoint)

    def test_a_broken_exporter_is_refused_and_all_goes_on(self):
        endpoint = self.serve()
        self.file()
        self.sessions.write(100, calls=5)
        self.start(endpoint)
        self.settle_all()
        for broken, key in (({"type": "posthog", "name": "p"}, "api_key"),
                            ({"type": "otlp", "name": "o", "endpoint": "nowhere"}, "endpoint"),
                            ({"type": "file", "name": "f"}, "path"), ({"type": "statsd", "name": "s"}, "type"),
                            ({"type": "file", "name": "file", "path": "/tmp/other"}, '"file"')):
            self.exporters.append(broken)
            self.point_at(endpoint.url)
            done = self.kaizend.ctl("reload", check=False)
            self.assertNotEqual(done.returncode, 0, broken)
            self.assertIn(key, done.stdout + done.stderr)
            self.exporters.pop()
        self.sessions.write(100, calls=5)
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)

    def test_one_that_cannot_work_is_said_and_the_others_work(self):
        endpoint = self.serve()
        self.add("datadog", None, site="not a site", api_key="dd-77c0e2")
        self.file()
        self.receivers.pop("datadog")
        self.sessions.write(100, calls=5)
        self.start(endpoint)
        self.settle_all("datadog")
        self.check(endpoint)
        self.check_all(endpoint)
        self.assertEqual(self.exporter("file")["reason"], None)
        broken = self.exporter("datadog")
        self.assertEqual(broken["state"], "disabled")
        self.assertIn("site", broken["reason"])
        self.assertIn("nothing can be sent to exporter datadog: the site", self.health()["exporter_unusable:datadog"]["title"])
        self.assertNotIn("sync_unusable", self.health())
        self.assertIsNone(self.sync()["reason"])
        self.assertIn("datadog", self.kaizend.log)
        self.remove_datadog_and_go_on(endpoint)

    def remove_datadog_and_go_on(self, endpoint):
        self.exporters = [exporter for exporter in self.exporters if exporter["name"] != "datadog"]
        self.reload_with(endpoint)
        self.settle_all()
        self.assertEqual(self.health(), {})

    def test_without_fail_open_one_that_cannot_work_holds_rows_and_flush_says_so(self):
        endpoint = self.serve()
        self.file()
        self.exporters.append({"type": "datadog", "name": "datadog", "site": "not a site", "api_key": "dd-77c0e2"})
        self.export["fail_open"] = False
        self.sessions.write(100, calls=5)
        self.start(endpoint, **NEVER_BY_ITSELF)
        self.enqueued()
        told = " ".join(self.flush(code=1).split())
        self.assertIn("105 rows wait", told)
        self.assertIn("exporter datadog: the site of this Datadog exporter is not the name of one", told)
        self.check_all(endpoint)
        self.exporters.pop()
        self.reload_with(endpoint, **NEVER_BY_ITSELF)
        self.settle_all()
        self.check(endpoint)

    def test_without_fail_open_a_removed_exporter_lets_rows_go(self):
        endpoint = self.serve()
        self.otlp({"status": 503})
        self.export["fail_open"] = False
        self.sessions.write(100, calls=5)
        self.start(endpoint)
        self.endpoint_has_all()
        self.assertEqual(self.status()["balance"]["pending"], 105)
        self.remove("otlp")
        self.reload_with(endpoint)
        self.settle_all()
        self.check(endpoint)

    def test_exporters_turned_off_keep_what_waits_and_another_gets_it(self):
        otlp = self.otlp({"status": 503})
        self.sessions.write(100, calls=5)
        self.start_alone()
        self.enqueued()
        self.wait_until_exporter_is("otlp", "backing_off")
        self.remove("otlp")
        self.assertIn("sync is off; what waits is kept", self.reload_with(None))
        self.assertEqual(self.status()["balance"]["pending"], 105)
        self.file()
        self.reload_with(None)
        self.settle_all()
        self.check_all()
        self.assertEqual((self.status()["balance"]["delivered"], len(otlp.items)), (105, 0))

    def test_a_backfill_says_before_what_an_exporter_dates_by_its_arrival(self):
        self.sessions = LongAgo(self.home)
        self.sessions.write(60, calls=5)
        self.start_alone(**NEVER_BY_ITSELF)
        self.kaizend.wait_for_lines(60)
        self.file(), self.datadog()
        self.point_at("", ca_file=self.ca_file, **NEVER_BY_ITSELF)
        self.reload()
        backfill = ("sync", "backfill", "--since", "2020-01-01")
        told = " ".join(self.kaizend.ctl(*backfill, "--dry-run").stdout.split())
        self.assertIn("would enqueue 61 events and 5 tool spans", told)
        self.assertIn("66 of 66 rows are older than 18 h: datadog takes them under the time of their arrival", told)
        self.assertEqual(self.status()["balance"]["enqueued"], 0)
        self.remove("datadog")
        self.point_at("", **NEVER_BY_ITSELF)
        self.reload()
        self.assertNotIn("18 h", self.kaizend.ctl(*backfill).stdout)
        self.assertEqual(self.status()["balance"]["enqueued"], 66)  # with the end of its turn


class Restless(ExportCase):
    def test_exporters_that_come_and_go_disturb_nobody(self):
        """Reloads at random moments. Who is there all the time gets everything once; who comes and goes gets nothing twice."""
        seed = int(os.environ.get("KAIZEN_SEED", str(random.SystemRandom().randrange(1 << 30))))
        print(f"\nKAIZEN_SEED={seed}")
        chance = random.Random(seed)
        endpoint = self.serve({"path": "/events", "skip": 2, "status": 503, "times": 3})
        self.otlp({"skip": 5, "status": 503, "times": 3}), self.file()
        guest = self.serve_export({"delay_ms": 20})
        self.start(endpoint, events_per_batch_max=50)
        for _ in range(20):
            self.sessions.write(chance.randrange(1, 120), calls=0, workspace=chance.choice(["app", "lib"]))
            if "guest" in self.receivers:
                self.remove("guest")
            else:
                self.add("posthog", guest, "guest", host=guest.url, api_key="phc_4d8a1f")
            self.export["fail_open"] = chance.random() < 0.5
            self.point_at(endpoint.url, events_per_batch_max=50)
            self.reload()
            for _ in range(chance.randrange(4)):
                self.status()
        if "guest" in self.receivers:
            self.remove("guest")
            self.point_at(endpoint.url, events_per_batch_max=50)
            self.reload()
        self.enqueued()
        self.kaizend.ctl("flush", "--now", check=False)
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)
        self.assertEqual(guest.unrecognisable(), {})
        self.assertEqual(harness.read_database(self.state, "SELECT count(*) FROM outbox"), [(0,)])


class Pause(ExportCase):
    def test_a_pause_by_the_user_is_one_of_all(self):
        endpoint = self.serve()
        self.otlp(), self.file()
        self.start(endpoint)
        self.assertIn("paused by you", self.kaizend.ctl("sync", "pause").stdout)
        self.sessions.write(300, calls=20)
        self.enqueued()
        self.assertIn("paused by you", self.flush(code=1))
        self.assertEqual(self.kaizend.stop(), 0)
        self.start()
        self.assertEqual({e["state"] for e in self.status()["exporters"]}, {"paused"})
        self.posthog()
        self.point_at(endpoint.url)
        self.reload()
        self.kaizend.wait_for(lambda s: [e["state"] for e in s["exporters"]] == ["paused"] * 5, "posthog is paused, too")
        self.assertEqual((endpoint.requests, [len(r.items) for r in self.receivers.values()]), ([], [0, 0, 0]))
        self.kaizend.ctl("sync", "resume")
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)

    def test_a_pause_by_the_user_of_exporters_alone(self):
        self.otlp(), self.file()
        self.start_alone()
        self.assertIn("paused by you", self.kaizend.ctl("sync", "pause").stdout)
        self.sessions.write(300, calls=20)
        self.enqueued()
        self.assertIn("paused by you", self.flush(code=1))
        self.assertIn("paused by you", self.kaizend.ctl("status").stdout)
        self.assertEqual([len(r.items) for r in self.receivers.values()], [0, 0])
        self.kaizend.ctl("sync", "resume")
        self.settle_all()
        self.check_all()


class Test(ExportCase):
    """kaizenctl export test"""

    def export_test(self, *words, code=0):
        done = self.kaizend.ctl("export", "test", *words, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_of_all_and_of_one(self):
        endpoint = self.serve()
        self.otlp(), self.posthog(), self.datadog(), self.file()
        self.sessions.write(30, text="a private word")
        self.start(endpoint, env=self.through_proxy(), ca_file=self.ca_file, **NEVER_BY_ITSELF)
        self.enqueued()
        told = self.export_test()
        for name in self.receivers:
            self.assertIn(name, told)
        self.assertIn("it took a test event", told)
        for name, receiver in self.receivers.items():
            self.check_is_harmless(name, receiver)
        seen = len(self.receivers["otlp"].posts())
        self.assertNotIn("otlp", self.export_test("posthog"))
        self.assertEqual((len(self.receivers["posthog"].posts()), len(self.receivers["otlp"].posts())), (2, seen))
        self.assertEqual(posts(endpoint), [])
        self.assertEqual(self.status()["balance"]["pending"], 30)

    def check_is_harmless(self, name, receiver):
        """One item, of no session and of no workspace."""
        item, = receiver.items
        self.assertEqual(item.identity, ("event", "blake3:" + "0" * 64, 0), name)
        self.assertNotIn("private", json.dumps(item.content))
        self.assertNotIn("ana", json.dumps(item.content))

    def test_of_one_that_is_not_there_exits_4(self):
        self.file()
        self.start_alone()
        self.assertIn('no exporter is called "nobody"', self.export_test("nobody", code=4))

    def test_of_one_that_refuses_exits_1_and_says_why(self):
        self.otlp({"status": 401})
        self.file()
        self.start_alone()
        told = self.export_test(code=1)
        self.assertIn("credentials (401)", told)
        self.assertIn("it took a test event", told)
        self.assertIn("401", self.export_test("otlp", code=1))
        self.export_test("file")

    def test_of_one_that_is_down_exits_1(self):
        self.otlp().stop_listening()
        self.start_alone()
        self.assertIn("refuses connections", self.export_test(code=1))

    def test_of_one_that_cannot_work_says_why(self):
        self.add("datadog", None, site="not a site", api_key="dd-77c0e2")
        self.start_alone()
        self.assertIn("the site of this Datadog exporter is not the name of one", self.export_test(code=1))

    def test_without_a_salt_says_so(self):
        self.file()
        self.point_at("", team_salt_hex="")
        self.start()
        told = self.export_test(code=1)
        self.assertIn("sync.team_salt_hex is not set", told)
        self.assertIn("openssl rand -hex 32", told)
        self.assertIn("sync.team_salt_hex is not set", self.exporter("file")["reason"])

    def test_the_endpoint_that_is_not_there_is_not_missed(self):
        self.file()
        self.start_alone(token="")
        done = self.kaizend.ctl("sync", "test", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("rows go to exporters only", done.stdout)
        self.assertIn("kaizenctl export test", done.stdout)
        self.assertEqual([c["code"] for c in self.kaizend.get("/v1/doctor")["checks"] if c["severity"] not in ("ok", "info")], [])

    def test_without_exporters(self):
        self.start(self.serve())
        self.export_test()


class Secrets(ExportCase):
    SECRETS = ("phc_5ecret_key", "dd5ecretkey77", "Bearer t0ken-of-header", "t0ken-of-header", "gardeners-5ecret-team")

    def start_with_echoes(self, *script):
        endpoint = self.serve()
        self.otlp(*script, echo=True, headers={"authorization": self.SECRETS[2], "x-team": self.SECRETS[4]})
        self.posthog(*script, echo=True, api_key=self.SECRETS[0])
        self.datadog(*script, echo=True, api_key=self.SECRETS[1])
        self.sessions.write(20).write(1, text="a kaputt one")
        self.start(endpoint, env=self.through_proxy(), ca_file=self.ca_file, content="text")
        return endpoint

    def all_that_is_told(self):
        told = ""
        for words in (["status"], ["status", "--json"], ["outbox"], ["outbox", "dead"], ["outbox", "dead", "--json"], ["export", "test"],
                      ["export", "test", "--json"], ["flush", "--now"], ["flush", "--now", "--json"], ["sync", "test"], ["doctor"],
                      ["doctor", "--json"], ["preview"], ["preview", "--json"], ["reload"], ["sync", "resume"]):
            done = self.kaizend.ctl(*words, check=False)
            told += done.stdout + done.stderr
        for row in self.kaizend.get("/v1/outbox?state=dead")["rows"]:
            told += self.kaizend.ctl("outbox", "show", str(row["id"])).stdout
        for path in ("/v1/status", "/v1/doctor", "/v1/preview", "/v1/outbox"):
            told += json.dumps(self.kaizend.request("GET", path)[1])
        told += self.kaizend.metrics() + Path(f"/proc/{self.kaizend.process.pid}/cmdline").read_text()
        checked = subprocess.run([harness.KAIZEND, "--check-config"], env=self.kaizend.env, capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        return told + checked.stdout + checked.stderr

    def check_no_secret(self, told):
        self.assertIn("you said", told)
        self.assertEqual(self.kaizend.stop(), 0)
        told += self.kaizend.log
        for secret in self.SECRETS:
            self.assertNotIn(secret, told)
            for file in self.state.iterdir():
                if file.is_file() and file.name != "config.toml":
                    self.assertNotIn(secret.encode(), file.read_bytes(), file.name)

    def test_a_server_that_echoes_them_with_a_refusal(self):
        endpoint = self.start_with_echoes({"row": "kaputt", "status": 400})
        self.settle_all()
        dead = self.kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertEqual(sorted(row["exporter"] for row in dead), ["datadog", "otlp/logs", "posthog"])
        self.check(endpoint)
        self.check_no_secret(self.all_that_is_told())

    def test_a_server_that_echoes_them_with_what_it_takes(self):
        """Of what it took, a collector may say that it threw some away, and why."""
        partial = {"rejectedLogRecords": "1", "errorMessage": f"you said {self.SECRETS[2]}"}
        self.otlp({"path": "/logs", "body": json.dumps({"partialSuccess": partial})}, headers={"authorization": self.SECRETS[2]})
        self.sessions.write(20)
        self.start(self.serve())
        self.settle_all()
        self.assertEqual(self.exporter("otlp")["rejected"], 1)
        self.check_no_secret(self.all_that_is_told())

    def test_broken_configurations_are_refused_without_them(self):
        self.start(self.serve())
        for exporter in ({"type": "otlp", "headers": self.SECRETS[2]},
                         {"type": "otlp", "headers": {"authorization": self.SECRETS[2] + "\n"}},
                         {"type": "posthog", "api_key": [self.SECRETS[0]]},
                         {"type": "posthog", "api_key": self.SECRETS[0], "host": "nowhere"},
                         {"type": "datadog", "api_key": self.SECRETS[1], "nonsense": self.SECRETS[1]}):
            self.exporters = [exporter]
            self.point_at("")
            done = self.kaizend.ctl("reload", check=False)
            told = done.stdout + done.stderr
            checked = subprocess.run([harness.KAIZEND, "--check-config"], env=self.kaizend.env, capture_output=True, text=True)
            if "nonsense" not in exporter:  # which is a warning
                self.assertNotIn(0, (done.returncode, checked.returncode), exporter)
            for secret in self.SECRETS:
                self.assertNotIn(secret, told + checked.stdout + checked.stderr, exporter)


class Idle(ExportCase):
    def test_exporters_cost_nothing_while_nothing_waits(self):
        endpoint = self.serve()
        self.otlp(), self.posthog(), self.file()
        self.start(endpoint, flush_interval_ms=1000)
        left = self.armed_timer()
        self.assertTrue(left == 0 or left > 60, left)
        for exporter in self.status()["exporters"]:
            self.assertIsNone(exporter["next_attempt_at_ms"])
        self.assertEqual([self.receivers[name].requests for name in ("otlp", "posthog")], [[], []])
        costs = [self.status()["process"]["wakeups"] for _ in range(6)]
        self.assertLess(max(b - a for a, b in zip(costs, costs[1:])), 30)

    def test_one_that_is_paused_waits_for_a_probe_in_minutes(self):
        self.otlp({"status": 401}), self.file()
        self.sessions.write(300, calls=20)
        self.start(self.serve(), flush_interval_ms=1000)
        paused = self.wait_until_exporter_is("otlp", "paused")
        self.settle_all("otlp")
        self.assertGreater(paused["next_attempt_at_ms"] - paused["last_error"]["at_ms"], 240_000)
        self.assertEqual(len(self.receivers["otlp"].requests), len({request.path for request in self.receivers["otlp"].requests}))
        costs = [self.status()["process"]["wakeups"] for _ in range(6)]
        self.assertLess(max(b - a for a, b in zip(costs, costs[1:])), 30)

    def test_nor_after_all_was_sent(self):
        endpoint = self.serve()
        self.otlp(), self.file()
        self.sessions.write(300, calls=20)
        self.start(endpoint, flush_interval_ms=1000)
        self.settle_all()
        self.check_all(endpoint)
        for exporter in self.status()["exporters"]:
            self.assertIsNone(exporter["next_attempt_at_ms"])
        # One look for turns that are over, two seconds after what was stored last; then that of the connections that are kept for 30 s.
        rests = lambda left: left == 0 or left > 3
        self.kaizend.wait_for(lambda _: rests(self.armed_timer()), "no timer that runs out soon")


if __name__ == "__main__":
    unittest.main(verbosity=2)
