"""The table of spec "flush", the part that is about a server which is away, unwilling or gone in between: nothing is lost, nothing is
sent twice, and people are told. Large and refused batches: flush_batches_test.py; odd answers and TLS: flush_answers_test.py; what people
do: flush_people_test.py; sudden ends: flush_kill_test.py."""
import email.utils
import time
import unittest

from flush_case import AN_HOUR, NEVER_BY_ITSELF, FlushCase, posts

A_DAY = {"Retry-After": "86400"}


class Flush(FlushCase):
    def test_10_000_good_rows(self):
        server = self.serve()
        self.sessions.write(1500, calls=200, workspace="app", sessions=4).write(1600, calls=200, workspace="lib", sessions=2)
        self.assertEqual(self.sessions.rows, 10_400)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        for session, order in self.orders(server).items():
            self.assertEqual(order, sorted(order), session)
        # Lanes: 6 000 and 3 200 events, 800 and 400 spans, of 500 a batch.
        self.assertEqual(len(posts(server)), 12 + 7 + 2 + 1)
        self.assertEqual(set(server.statuses()) - {404}, {202})  # 404: it has no overrides

    def orders(self, server):
        """Of each session the numbers of its events as they came."""
        orders = {}
        for _, _, session, seq in server.rows("events"):
            orders.setdefault(session, []).append(seq)
        return orders

    def test_no_more_than_max_in_flight_lanes_at_once_and_one_batch_of_each(self):
        server = self.serve({"path": "/v1/(events|tool)", "hold": True, "times": 2})
        for workspace in ("app", "lib", "doc"):
            self.sessions.write(1100, calls=20, workspace=workspace)
        self.load(server)
        self.go()
        server.wait_for(lambda s: len(s.held) == 2)
        for _ in range(5):
            self.sync()
        self.assertEqual(len(server.held), 2)
        server.release()
        self.settle()
        self.check(server)

    def test_a_database_that_was_lost_sends_the_same_identities_and_content(self):
        server = self.serve(keep_rows=True)
        self.sessions.write(700, calls=100, sessions=2)
        self.start(server)
        self.settle()
        self.check(server)
        self.assertEqual(self.kaizend.stop(), 0)
        self.state = None
        self.start(server)
        self.settle()
        self.assertEqual(self.sync()["rows_deduped"], self.sessions.rows)
        self.assertEqual((server.count("events"), server.count("tool_spans")), (1400, 200))
        self.assertEqual((dict(server.duplicates), dict(server.updated)), ({"events": 1400, "tool_spans": 200}, {}))

    def test_rows_of_many_small_lanes_interleaved_make_few_requests(self):
        server = self.serve()
        self.sessions.write(8, calls=3, sessions=200)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        self.assertEqual(len(posts(server)), 4 + 2)  # 1 600 events, 600 spans

    def test_endpoint_refuses_connections_for_30_flushes_then_works(self):
        server = self.serve()
        server.stop_listening()
        self.sessions.write(1200, calls=100)
        self.start(server)
        self.enqueued()
        for _ in range(30):
            told = self.flush(code=1)
            self.assertIn("not sent", told)
            self.assertIn("1,300 rows wait", told)
            self.assertIn("refuses connections", told)
        sync = self.sync()
        self.assertIn(sync["state"], ("backing_off", "flushing"))
        self.assertIn("refuses connections", sync["last_error"]["message"])
        self.check(server, pending=1300)
        server.listen_again()
        self.flush()
        self.settle()
        self.check(server)
        self.assertEqual(self.sync()["state"], "idle")
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertEqual(self.kaizend.log.count("they wait"), 1, self.kaizend.log)
        self.assertEqual(self.kaizend.log.count("delivered again"), 1, self.kaizend.log)
        self.assertEqual(self.kaizend.log.count("127.0.0.1:"), 2, self.kaizend.log)

    def test_answer_lost_after_the_server_took_the_batch_5_times(self):
        server = self.serve({"key": 1, "times": 5, "take": True, "cut": "after_body"})
        self.sessions.write(800)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        first = [r.status for r in posts(server) if r.key_number == 1]
        self.assertEqual(first, [None] * 5 + [409])
        self.assertEqual(len(posts(server)), 5 + 2)

    def test_answers_of_5_batches_lost(self):
        server = self.serve({"attempt": 1, "times": 5, "take": True, "cut": "after_body"})
        self.sessions.write(3000)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        self.assertEqual(server.statuses().count(409), 5)
        self.assertEqual(len(posts(server)), 6 + 5)

    def test_401_for_a_while_then_the_token_is_mended_and_reloaded(self):
        server = self.serve(token="the-new-token")
        self.sessions.write(1100, calls=50)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        sync = self.wait_for_state("paused")  # 500 rows wait: that is enough to begin
        self.assertIn("does not accept the token (401)", sync["reason"])
        self.assertIn("check sync.team_token", sync["reason"])
        self.assertIn("check sync.team_token", self.kaizend.ctl("status").stdout)
        self.assertEqual([h["code"] for h in self.status()["health"] if h["code"] == "sync_paused"], ["sync_paused"])
        before = len(posts(server))
        self.assertIn("does not accept the token", self.flush(code=1))
        self.assertEqual(len(posts(server)), before + 1, "a flush that is asked for probes once")
        self.assertLessEqual(self.sync()["next_attempt_at_ms"], self.sync()["last_error"]["at_ms"] + 300_000)
        self.check(server, pending=1150)
        self.point_at(server.url, token="the-new-token", **NEVER_BY_ITSELF)
        self.reload()
        self.settle()
        self.check(server)
        sync = self.sync()
        self.assertEqual((sync["state"], sync["reason"]), ("idle", None))
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertEqual(self.kaizend.log.count("sending is paused"), 1, self.kaizend.log)
        self.assertEqual(self.kaizend.log.count("delivered again"), 1, self.kaizend.log)

    def test_403_404_405_410_pause_with_words_and_sync_resume_probes_at_once(self):
        words = {403: "may not write", 404: "no ingest endpoint", 405: "no ingest endpoint", 410: "no ingest endpoint", 418: "answers 418"}
        server = self.serve()
        self.sessions.write(30)
        self.load(server, **NEVER_BY_ITSELF)
        for status, text in words.items():
            server.set_script([{"path": "/events", "status": status}])
            self.go()
            self.kaizend.wait_for(lambda s: text in (s["sync"]["reason"] or ""), text)
            self.assertEqual(self.sync()["state"], "paused")
            self.check(server, pending=30)
        server.set_script([])
        self.go()
        self.settle()
        self.check(server)
        self.assertEqual(len({r.key for r in posts(server)}), 1)

    # Later.

    def later(self, status, headers, least, most):
        """The server is busy once and says until when; status tells the next attempt, which is that far away, and a flush that is
        asked for goes past it."""
        server = self.serve({"path": "/events", "status": status, "headers": headers, "times": 1})
        self.sessions.write(40)
        self.load(server, **NEVER_BY_ITSELF)
        self.go()
        self.kaizend.wait_for(lambda s: s["sync"]["last_error"] is not None, "the first answer")
        if least > 0:
            sync = self.wait_for_state("backing_off")
            self.assertIn(str(status), sync["reason"])
            away = sync["next_attempt_at_ms"] - sync["last_error"]["at_ms"]
            self.assertTrue(least <= away <= most, away)
            self.check(server, pending=40)
            self.assertIn("all sent", self.flush())
        self.settle()
        self.check(server)
        self.assertEqual([r.status for r in posts(server)], [status, 202])
        self.assertEqual(len({r.key for r in posts(server)}), 1)

    def test_429_with_retry_after_of_a_day_waits_one_hour_at_most(self):
        self.later(429, A_DAY, AN_HOUR, AN_HOUR)

    def test_429_with_retry_after_that_is_a_date(self):
        date = email.utils.formatdate(time.time() + 1200, usegmt=True)
        self.later(429, {"Retry-After": date}, 1_000_000, 1_200_000)

    def test_429_with_a_date_counts_by_the_clock_of_the_server(self):
        headers = {"Date": "Sun, 06 Nov 1994 08:00:00 GMT", "Retry-After": "Sun, 06 Nov 1994 08:10:00 GMT"}
        self.later(429, headers, 600_000, 600_200)

    def test_429_with_garbage_backs_off(self):
        self.later(429, {"Retry-After": "soon, perhaps"}, 0, 200)

    def test_429_with_nothing_backs_off(self):
        self.later(429, {}, 0, 200)

    def test_503_with_retry_after(self):
        self.later(503, {"Retry-After": "120"}, 120_000, 120_000)

    def test_an_older_answer_does_not_call_off_a_wait(self):
        """Two batches are on the wire: one is told to come in a day, then the other one is taken."""
        server = self.serve({"path": "/tool-spans", "hold": True, "times": 1},
                            {"path": "/events", "hold": True, "status": 429, "headers": A_DAY, "times": 1})
        self.sessions.write(40, calls=10)
        self.load(server)
        self.go()
        server.wait_for(lambda s: len(s.held) == 2)
        server.release("/events")
        told = self.kaizend.wait_for(lambda s: s["sync"]["last_error"] is not None, "429 is heard")["sync"]
        server.release()
        self.kaizend.wait_for(lambda s: s["balance"]["pending"] == 40, "the spans are taken")
        sync = self.wait_for_state("backing_off")
        self.assertEqual(sync["next_attempt_at_ms"], told["last_error"]["at_ms"] + AN_HOUR)
        self.check(server, pending=40)
        self.flush()
        self.check(server)
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertEqual(self.kaizend.log.count("delivered again"), 1, self.kaizend.log)

    def test_an_older_answer_does_not_end_a_pause(self):
        server = self.serve({"path": "/tool-spans", "hold": True, "times": 1},
                            {"path": "/events", "hold": True, "status": 401, "times": 1})
        self.sessions.write(40, calls=10)
        self.load(server)
        self.go()
        server.wait_for(lambda s: len(s.held) == 2)
        server.release("/events")
        self.wait_for_state("paused")
        server.release()
        self.kaizend.wait_for(lambda s: s["balance"]["pending"] == 40, "the spans are taken")
        self.assertIn("(401)", self.wait_for_state("paused")["reason"])
        self.check(server, pending=40)
        self.flush()
        self.check(server)

    def test_408_425_500_are_tried_again_by_themselves(self):
        server = self.serve(*({"path": "/events", "attempt": n, "status": status} for n, status in enumerate((408, 425, 500), 1)))
        self.sessions.write(40)
        self.start(server)
        self.settle()
        self.check(server)
        self.assertEqual([r.status for r in posts(server)], [408, 425, 500, 202])

    def test_the_time_of_the_next_attempt_is_kept_over_a_restart(self):
        server = self.serve({"path": "/events", "status": 429, "headers": A_DAY, "times": 1})
        self.sessions.write(40)
        self.start(server)
        before = self.wait_for_state("backing_off")
        self.assertEqual(self.kaizend.stop(), 0)
        seen = len(posts(server))
        self.start()
        after = self.wait_for_state("backing_off")
        self.assertEqual(after["next_attempt_at_ms"], before["next_attempt_at_ms"])
        self.assertEqual(after["last_error"], before["last_error"])
        self.assertEqual(len(posts(server)), seen)
        self.flush()
        self.check(server)

    # Other servers.

    def test_200_204_and_an_empty_202_are_taken_as_well(self):
        server = self.serve({"key": 1, "status": 200}, {"key": 2, "status": 204, "body": ""}, {"key": 3, "body": ""},
                            {"key": 4, "status": 200, "body": "thanks"})
        self.sessions.write(2000)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        self.assertEqual([r.status for r in posts(server)], [200, 204, 202, 200])

    def test_counts_that_cannot_be_are_not_believed(self):
        server = self.serve({"path": "/events", "body": '{"received": -7, "deduped": 9223372036854775807}'})
        self.sessions.write(1200)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        self.assertLessEqual(self.sync()["rows_deduped"], 1200)

    def test_sync_turned_on_later_sends_what_comes_and_a_backfill_the_rest_once(self):
        server = self.serve()
        self.sessions.write(700, calls=50)
        before = self.sessions.rows
        self.state = self.new_state()
        self.start()
        self.kaizend.wait_for_lines(700)
        self.assertIn("nothing waits" if self.status()["sync"]["enabled"] else "sync is off", self.flush())
        self.point_at(server.url)
        self.reload()
        self.sessions.write(20)
        self.kaizend.wait_for(lambda s: s["balance"]["delivered"] == 20, "what came after")
        self.assertIn("enqueued", self.kaizend.ctl("sync", "backfill", "--since", "2020-01-01").stdout)
        self.settle()
        self.check(server)
        self.assertIn("nothing new", self.kaizend.ctl("sync", "backfill", "--since", "2020-01-01").stdout)
        self.check(server)
        self.assertEqual(server.count("events") + server.count("tool_spans"), before + 20)

    def test_the_endpoint_changes_by_reload_while_rows_wait(self):
        old = self.serve({"path": "/v1/", "skip": 1, "status": 503, "headers": A_DAY})  # the first one asks for overrides
        new = self.serve(token="another-token")
        self.sessions.write(1200, calls=100)
        self.start(old, **NEVER_BY_ITSELF)
        self.wait_for_state("backing_off")
        self.enqueued()
        seen = len(old.requests)
        self.point_at(new.url + "/", token="another-token", **NEVER_BY_ITSELF)
        self.reload()
        self.settle()
        self.check(new)
        self.assertEqual((len(old.requests), old.count("events"), old.count("tool_spans")), (seen, 0, 0))
        self.assertEqual(self.sync()["endpoint"], new.url)

    def test_few_rows_that_wait_are_tried_at_once_after_a_reload(self):
        server = self.serve({"path": "/events", "status": 503, "headers": A_DAY, "times": 1})
        self.sessions.write(20)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        self.flush(code=1)
        self.reload()
        self.settle()
        self.check(server)

    def test_the_endpoint_changes_by_reload_in_the_middle_of_a_flush(self):
        old = self.serve({"path": "/events", "skip": 1, "hold": True, "times": 1})
        new = self.serve()
        self.sessions.write(5000)
        self.load(old, **NEVER_BY_ITSELF)
        self.go()
        old.wait_for(lambda s: s.held)
        self.point_at(new.url, **NEVER_BY_ITSELF)
        self.reload()
        old.release()
        self.settle()
        self.check(old, new)
        self.assertEqual((old.count("events"), new.count("events")), (1000, 4000), "no batch begins at the old one after the reload")

    def test_server_overrides_are_obeyed(self):
        server = self.serve(config={"events_per_batch_max": 70, "max_body_bytes": 9000})
        self.sessions.write(1000)
        self.load(server)
        self.go()
        self.settle()
        self.check(server)
        self.assertEqual(max(r.rows for r in posts(server)) <= 70, True)
        self.assertLessEqual(max(r.body_bytes for r in posts(server)), 9000)
        self.assertLess(len(posts(server)), 1000 // 10)

    def test_server_overrides_are_asked_for_again_when_the_server_was_away(self):
        server = self.serve(config={"events_per_batch_max": 70})
        server.stop_listening()
        self.sessions.write(1000)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        self.flush(code=1)
        server.listen_again()
        self.flush()
        self.check(server)
        # The batch that was begun before keeps its rows.
        self.assertEqual([r.rows > 70 for r in posts(server)], [True] + [False] * (len(posts(server)) - 1))

    def test_overrides_that_the_server_takes_back_are_asked_for_again_by_a_reload(self):
        server = self.serve(config={"events_per_batch_max": 70})
        self.sessions.write(100)
        self.start(server, **NEVER_BY_ITSELF)
        self.enqueued()
        self.flush()
        server.contract.config = None
        self.sessions.write(300)
        self.enqueued()
        self.reload()  # asks again
        self.settle()
        self.check(server)
        self.assertEqual([r.rows for r in posts(server)][2:], [300])

    def test_a_lower_sample_rate_of_the_server_is_obeyed_for_new_sessions(self):
        server = self.serve(config={"sample_rate": 0.5}, keep_rows=True)
        self.sessions.write(20)
        self.start(server)
        self.settle()
        self.check(server)
        self.assertEqual([row for row in server.rows("events").values() if "sample_rate" in row], [])
        self.kaizend.wait_for_log("the server asks for fewer sessions")
        self.sessions.write(7, sessions=40)
        rows = self.sessions.rows
        status = self.kaizend.wait_for(
            lambda s: s["balance"]["enqueued"] + s["outbox"]["sampled_out"] == rows and s["balance"]["pending"] == 0, "all came in")
        out = status["outbox"]["sampled_out"]
        self.assertTrue(0 < out < 280 and out % 7 == 0, out)
        self.check(server, withheld=out)
        sampled = [row for row in server.rows("events").values() if "sample_rate" in row]
        self.assertEqual({row["sample_rate"] for row in sampled}, {0.5})
        sizes = {}
        for row in sampled:
            sizes[row["session_id_hash"]] = sizes.get(row["session_id_hash"], 0) + 1
        self.assertEqual(set(sizes.values()), {7}, "a sampled session is whole")
        self.assertEqual(len(sampled), 280 - out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
