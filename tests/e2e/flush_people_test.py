"""What people do to sending: flush --now with its words and exit codes, pause and resume; and what sending costs while nothing waits."""
import json
import signal
import subprocess
import time
import unittest
from pathlib import Path

import harness
from flush_case import NEVER_BY_ITSELF, FlushCase, posts

HOLD = {"path": "/events", "hold": True, "times": 1}


class People(FlushCase):
    def ctl(self, *words):
        """kaizenctl in the background."""
        process = subprocess.Popen([harness.KAIZENCTL, *words], env=self.kaizend.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.communicate()))
        return process

    def ask_to_flush(self):
        """As kaizenctl does, but the question is with the daemon when this returns."""
        connection = harness.UnixConnection(self.kaizend.socket)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/flush", body='{"now": true, "wait": true, "timeout_ms": 60000}')
        return connection

    def told(self, connection):
        return json.loads(connection.getresponse().read())

    def ended(self, process):
        out, err = process.communicate(timeout=harness.DEADLINE)
        return process.returncode, out, err

    # flush --now

    def test_flush_says_what_was_sent_and_exits_0_when_nothing_is_left(self):
        server = self.serve()
        self.sessions.write(1200, calls=100)
        self.load(server, **NEVER_BY_ITSELF)
        self.assertEqual(self.kaizend.stop(), 0)
        self.edit_outbox("UPDATE receivers SET paused = NULL")
        self.start()
        self.settle()  # what was left over goes at once
        self.assertEqual(self.flush(), "✔ nothing waits\n")
        self.check(server)

    def test_flush_of_what_waits(self):
        server = self.serve()
        self.sessions.write(300, calls=10)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        self.assertEqual(self.flush(), "✔ all sent  310 rows in 2 batches\n")
        self.assertEqual(json.loads(self.flush("--json")),
                         {"outcome": "drained", "batches": 0, "rows": 0, "deduped": 0, "dead": 0, "pending": 0, "error": None, "exporters": []})
        self.check(server)

    def test_flush_exits_1_and_says_what_waits_and_why(self):
        server = self.serve({"path": "/tool-spans", "status": 503})
        self.sessions.write(300, calls=10)
        self.start(server, max_in_flight=1, **NEVER_BY_ITSELF)
        self.enqueued()
        told = self.flush(code=1)
        self.assertIn("▲ not all sent  300 rows in 1 batch · 10 rows wait", told)
        self.assertIn("the server has trouble (503)", told)
        self.check(server, pending=10)
        server.set_script([])
        self.assertRegex(self.flush(), "all sent|nothing waits")  # a retry may have been faster
        self.check(server)

    def leaves_alone(self, answer, state, why):
        server = self.serve({"path": "/events", **answer})
        self.sessions.write(30)
        self.start(server)
        self.wait_for_state(state)
        seen = len(posts(server))
        self.kaizend.ctl("flush", check=False)  # the run that was refused may not be over yet: then this one is answered with it
        done = self.kaizend.ctl("flush", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        told = " ".join(done.stdout.split())
        for words in ("▲ not sent 30 rows wait", why, "kaizenctl flush --now tries at once"):
            self.assertIn(words, told)
        self.assertEqual(self.post("/v1/flush")["outcome"], "partial")
        self.assertEqual(self.post("/v1/flush", {"now": False})["pending"], 30)
        self.assertEqual(len(posts(server)), seen, "it was sent all the same")
        self.assertIn(why, self.flush(code=1))
        self.assertEqual(len(posts(server)), seen + 1)
        server.set_script([])
        self.assertIn("all sent", self.flush())
        self.check(server)
        self.assertEqual(self.kaizend.ctl("flush").stdout, "✔ nothing waits\n")

    def test_flush_without_now_leaves_a_back_off_alone(self):
        self.leaves_alone({"status": 503, "headers": {"Retry-After": "3600"}}, "backing_off", "the server has trouble (503)")

    def test_flush_without_now_leaves_a_pause_alone(self):
        self.leaves_alone({"status": 401}, "paused", "does not accept the token (401)")

    def test_a_body_that_is_cut_or_not_understood_sends_nothing(self):
        server = self.serve()
        self.sessions.write(30)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        for body in ('{"now": tru', "{", "now=true", "[]", '{"now": "yes"}', '{"wait": 1}', '{"timeout_ms": "5"}', '{"timeout_ms": 0}',
                     '{"nwo": true}', '{"now": true} {"now": true}', "\xff"):
            status, answer = self.kaizend.request("POST", "/v1/flush", body.encode("latin-1"))
            self.assertEqual((status, answer["error"]["code"]), (400, "bad_request"), body)
        status, answer = self.kaizend.request("POST", "/v1/flush?now=true", "{}")
        self.assertEqual((status, answer["error"]["message"]), (400, 'there is no parameter "now" here'))
        status, answer = self.kaizend.request("POST", "/v1/flush", '{"now": tru')
        self.assertIn("the body is not JSON: ", answer["error"]["message"])
        self.assertRegex(answer["error"]["message"], r"\(byte \d+\)$")
        self.assertEqual(server.requests, [])
        status, answer = self.kaizend.request("POST", "/v1/flush")
        self.assertEqual((status, answer["outcome"]), (200, "drained"))
        self.check(server)

    def test_flush_that_takes_too_long_exits_9_and_goes_on(self):
        server = self.serve(HOLD)
        self.sessions.write(300)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        told = self.flush("--timeout", "1", code=9)
        self.assertIn("not done in time", told)
        self.assertIn("300 rows wait", told)
        server.release()
        self.settle()
        self.check(server)
        self.assertEqual(len(posts(server)), 1)

    def test_flush_without_waiting(self):
        server = self.serve(HOLD)
        self.sessions.write(300)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        done = self.kaizend.ctl("flush", "--now", "--no-wait", check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "✔ sending begins  300 rows wait\n"))
        server.wait_for(lambda s: s.held)
        server.release()
        self.settle()
        self.check(server)

    def test_flush_with_sync_off_says_so_and_exits_0(self):
        self.state = self.new_state()
        self.kaizend = self.daemon(self.state).wait_until_up()
        self.assertEqual(self.flush(), "sync is off: there is nothing to send, and nothing leaves this machine\n")

    def test_sync_turned_off_keeps_what_waits_and_says_so(self):
        server = self.serve()
        self.sessions.write(30)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        self.point_at("", **NEVER_BY_ITSELF)
        self.reload()
        told = self.flush()
        self.assertIn("sync is off", told)
        self.assertIn("30 rows wait", told)
        self.assertIn("outbox_waits", [h["code"] for h in self.status()["health"]])
        self.point_at(server.url, **NEVER_BY_ITSELF)
        self.reload()
        self.flush()
        self.check(server)

    def test_a_flush_during_a_flush_joins_it(self):
        server = self.serve(HOLD)
        self.sessions.write(300)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        first = self.ctl("flush", "--now", "--json")
        server.wait_for(lambda s: s.held)
        # The other one is with the daemon before the answer goes out: a later question was answered.
        connection = self.ask_to_flush()
        self.assertEqual(self.sync()["state"], "flushing")
        server.release()
        second = self.told(connection)
        code, out, _ = self.ended(first)
        self.assertEqual((code, json.loads(out)), (0, second))
        self.assertEqual((second["outcome"], second["rows"], second["batches"]), ("drained", 300, 1))
        self.check(server)
        self.assertEqual(len(posts(server)), 1)

    def test_two_that_wait_for_one_flush_cost_nothing_meanwhile(self):
        server = self.serve(HOLD)
        self.sessions.write(300)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        both = [self.ask_to_flush() for _ in range(2)]
        server.wait_for(lambda s: s.held)
        self.sync()
        self.wait_until_asleep()
        server.release()
        for connection in both:
            self.assertEqual(self.told(connection)["outcome"], "drained")
        self.check(server)

    def wait_until_asleep(self):
        """Until every thread of the daemon was seen waiting in the kernel, which one that runs in circles never does."""
        until = time.monotonic() + harness.DEADLINE
        awake = True
        while awake:
            self.assertLess(time.monotonic(), until, "a thread runs in circles")
            tasks = Path(f"/proc/{self.kaizend.process.pid}/task").iterdir()
            awake = any((task / "stat").read_text().rpartition(")")[2].split()[0] != "S" for task in tasks)

    def test_a_flush_that_a_reload_ends_says_so_and_the_rest_goes_on(self):
        server = self.serve(HOLD)
        self.sessions.write(1200)
        self.load(server, **NEVER_BY_ITSELF)
        self.go()
        server.wait_for(lambda s: s.held)
        connection = self.ask_to_flush()
        self.reload()
        server.release()
        told = self.told(connection)
        self.assertEqual((told["outcome"], told["rows"], told["pending"]), ("partial", 500, 700))
        self.assertIn("the configuration changed", told["error"])
        self.settle()
        self.check(server)

    def test_rows_that_come_during_a_flush_leave_too(self):
        server = self.serve(HOLD)
        self.sessions.write(300)
        self.start(server)
        server.wait_for(lambda s: s.held)
        self.sessions.write(200)
        self.enqueued()
        server.release()
        self.settle()
        self.check(server)

    def test_ctrl_c_of_flush_leaves_the_daemon_undisturbed(self):
        server = self.serve(HOLD)
        self.sessions.write(300)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        flush = self.ctl("flush", "--now")
        server.wait_for(lambda s: s.held)
        flush.send_signal(signal.SIGINT)
        code, _, _ = self.ended(flush)
        self.assertIn(code, (130, -signal.SIGINT))  # a shell shows both as 130
        self.assertEqual(self.sync()["state"], "flushing")
        server.release()
        self.settle()
        self.check(server)
        self.assertEqual(self.kaizend.stop(), 0)

    # pause and resume

    def test_pause_by_user_is_kept_over_a_restart_and_flush_says_so(self):
        server = self.serve()
        self.start(server)
        told = self.kaizend.ctl("sync", "pause").stdout
        self.assertIn("paused by you", told)
        self.sessions.write(1200)
        self.enqueued()
        told = self.flush(code=1)
        self.assertIn("paused by you", told)
        self.assertIn("kaizenctl sync resume", told)
        self.assertIn("1,200 rows wait", told)
        self.assertEqual(self.kaizend.stop(), 0)
        self.start()
        sync = self.wait_for_state("paused")
        self.assertIn("paused by you", sync["reason"])
        self.assertNotIn("next_attempt_at_ms", {k for k, v in sync.items() if v is not None})
        self.assertIn("paused by you", self.flush(code=1))
        self.reload()
        self.assertEqual(self.sync()["state"], "paused", "a reload does not end what the user decided")
        self.assertEqual(server.requests, [])
        self.check(server, pending=1200)
        self.kaizend.ctl("sync", "resume")
        self.settle()
        self.check(server)
        self.assertEqual(self.sync()["state"], "idle")

    def pause_while_held(self, **step):
        """Pauses while an answer is held, which then comes."""
        server = self.serve({**HOLD, **step})
        self.sessions.write(1200)
        self.load(server)
        self.go()
        server.wait_for(lambda s: s.held)
        self.post("/v1/sync/pause")
        server.release()
        server.wait_for(lambda s: posts(s)[0].answered)
        return server

    def goes_on_when_asked(self, server, pending):
        sync = self.sync()
        self.assertEqual(sync["state"], "paused")
        self.assertIn("paused by you", sync["reason"])
        self.assertIn("paused by you", self.flush(code=1))
        self.assertEqual(len(posts(server)), 1)
        self.check(server, pending=pending)
        self.kaizend.ctl("sync", "resume")
        self.settle()
        self.check(server)

    def test_a_pause_during_a_request_that_is_taken_stays(self):
        server = self.pause_while_held()
        self.kaizend.wait_for(lambda s: s["balance"]["pending"] == 700, "the batch on the wire is committed")
        self.goes_on_when_asked(server, 700)

    def pause_and_restart(self, status):
        """The end of the daemon waits for what becomes of the answer."""
        server = self.pause_while_held(status=status)
        self.assertEqual(self.kaizend.stop(), 0)
        self.start()
        self.goes_on_when_asked(server, 1200)

    def test_a_pause_during_a_request_that_is_answered_401_stays(self):
        self.pause_and_restart(401)

    def test_a_pause_during_a_request_that_is_answered_413_stays(self):
        self.pause_and_restart(413)

    def test_a_pause_during_a_request_that_is_answered_400_stays(self):
        self.pause_and_restart(400)

    def test_a_pause_during_a_request_that_is_answered_503_stays(self):
        self.pause_and_restart(503)

    def test_sync_test_says_how_it_is(self):
        server = self.serve()
        self.start(server)
        told = self.kaizend.ctl("sync", "test").stdout
        self.assertIn("works", told)
        self.assertIn("the header X-Kaizen-Ingest shows that it is the endpoint", told)
        server.set_script([{"path": "/events", "foreign": True}])
        self.assertIn("the body of the answer shows that it is the endpoint", self.kaizend.ctl("sync", "test").stdout)
        self.assertEqual(server.count("events"), 0, "a test sends no row")
        server.set_script([{"path": "/events", "foreign": True, "status": 200, "take": False, "body": "<html>log in</html>"}])
        done = self.kaizend.ctl("sync", "test", check=False)
        self.assertEqual(done.returncode, 1)
        for words in ("what answers (200, a web page) is not the ingest endpoint, perhaps a captive portal",
                      "neither header nor body shows that it is the endpoint", "→ log in to the network"):
            self.assertIn(words, " ".join(done.stdout.split()))
        server.stop_listening()
        done = self.kaizend.ctl("sync", "test", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("refuses connections", done.stdout)

    def test_a_reload_during_sync_test_cuts_it(self):
        server = self.serve({"path": "/events", "hold": True, "times": 1})
        self.start(server)
        test = self.ctl("sync", "test")
        server.wait_for(lambda s: s.held)
        self.reload()
        code, out, _ = self.ended(test)
        self.assertEqual(code, 1, out)
        server.release()
        self.assertIn("works", self.kaizend.ctl("sync", "test").stdout)
        self.assertEqual(self.kaizend.stop(), 0)

    # Idle

    def test_an_idle_daemon_with_nothing_waiting_has_no_timer_and_makes_no_requests(self):
        server = self.serve()
        self.start(server, flush_interval_ms=1000)
        left = self.armed_timer()
        self.assertTrue(left == 0 or left > 60, left)
        self.assertIsNone(self.sync()["next_attempt_at_ms"])
        self.assertEqual((server.requests, server.connections), ([], 0))
        costs = []
        for _ in range(6):
            costs.append(self.status()["process"]["wakeups"])
        self.assertLess(max(b - a for a, b in zip(costs, costs[1:])), 30)

    def test_an_idle_daemon_has_no_flush_timer_after_it_sent_all(self):
        server = self.serve()
        self.sessions.write(300)
        self.start(server, flush_interval_ms=1000)
        self.settle()
        self.check(server)
        self.assertIsNone(self.sync()["next_attempt_at_ms"])
        # One look for turns that are over, two seconds after what was stored last; then that of the connection that is kept for 30 s.
        rests = lambda left: left == 0 or left > 3
        self.kaizend.wait_for(lambda _: rests(self.armed_timer()), "no timer that runs out soon")
        self.assertEqual(len(posts(server)), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
