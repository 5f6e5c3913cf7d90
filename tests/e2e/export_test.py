"""Rows go to several receivers, each at its own pace: the endpoint and exporters of each kind at once, exporters alone, and what the
trouble of one means to the others. Spec "flush"."""
import json
import unittest
from collections import Counter

import harness
from export_case import ALL_TIME, SITE, ExportCase
from export_server import attributes_of
from flush_case import NEVER_BY_ITSELF, posts

DOWN = {"status": 503}


class Together(ExportCase):
    def check_tokens(self, endpoint):
        """What was used is the same in the history, at the endpoint and at each exporter."""
        total = self.kaizend.get(f"/v1/usage?{ALL_TIME}")["total"]["tokens"]
        used = [total[name] for name in ("input", "cache_read", "cache_write", "output")]
        self.assertGreater(min(used), 0)
        members = ("tokens_in", "cache_read_tokens", "cache_creation_tokens", "tokens_out")
        responses = self.responses(endpoint, members)
        self.assertEqual([sum(row.get(member, 0) for row in responses) for member in members], used)
        names = ("$ai_input_tokens", "$ai_cache_read_input_tokens", "$ai_cache_creation_input_tokens", "$ai_output_tokens")
        events = [item.content["properties"] for item in self.receivers["posthog"].items]
        self.assertEqual([sum(event.get(name, 0) for event in events) for name in names], used)
        of_otlp = [sum(used[:3]), used[3]]  # there, input is all of it
        self.assertEqual(self.of_chats(), of_otlp)
        self.assertEqual(self.of_points(), of_otlp)

    def responses(self, endpoint, members):
        """What the rows of each response say together; where none says it, nothing."""
        responses = {}
        for identity, row in endpoint.rows("events").items():
            name = (row["session_id_hash"], row.get("response_id_hash", identity))
            sums = responses.setdefault(name, {})
            for member in members:
                if member in row:
                    sums[member] = sums.get(member, 0) + row[member]
        return responses.values()

    def of_chats(self):
        chats = [attributes_of(item.content) for item in self.receivers["otlp"].items if item.identity[0] == "chat"]
        return [sum(chat.get(name, 0) for chat in chats) for name in ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")]

    def of_points(self):
        """They are cumulative: the last of each series says all."""
        points = [point for item in self.receivers["otlp"].items if item.identity[0] == "points" for point in item.content["points"]
                  if point["of"][0] == "gen_ai.client.token.usage"]
        last = {json.dumps([point["of"], point["attributes"]], sort_keys=True): point
                for point in sorted(points, key=lambda point: int(point["timeUnixNano"]))}
        sums = Counter()
        for point in last.values():
            sums[attributes_of(point)["gen_ai.token.type"]] += point["sum"]
        return [sums["input"], sums["output"]]

    def test_all_four_and_the_endpoint_get_every_row_once(self):
        endpoint = self.serve()
        self.otlp(), self.posthog(), self.datadog(), self.file()
        self.sessions.write(700, calls=40).write(30, workspace="lib")
        self.start(endpoint, env=self.through_proxy(), ca_file=self.ca_file)
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)
        rows = self.sessions.rows
        for exporter in self.status()["exporters"]:
            self.assertEqual((exporter["state"], exporter["rows_sent"], exporter["dead"], exporter["dropped"], exporter["rejected"]),
                             ("idle", rows, 0, 0, 0))
        told = self.kaizend.ctl("status").stdout
        for name in self.receivers:
            self.assertRegex(told, rf"{name} .*{rows} sent")
        self.assertEqual({head.splitlines()[0] for head in self.proxy.heads}, {f"CONNECT http-intake.logs.{SITE}:443 HTTP/1.1"})

    def test_tokens_are_the_same_everywhere(self):
        endpoint = self.serve()
        self.otlp(), self.posthog(), self.file()
        self.point_at(endpoint.url, **NEVER_BY_ITSELF)
        self.sessions.recent = lambda text: text  # over, so that the last response of each is told, too
        lines = self.sessions.lay_out_fixtures()
        self.start()
        self.post("/v1/sync/pause")
        self.kaizend.wait_for_lines(lines)
        self.kaizend.wait_for(lambda _: harness.open_turns_of_old(self.state) == 0, "the turns of sessions that are over are closed")
        self.go()
        self.settle_all()
        self.check_all(endpoint)
        self.check_tokens(endpoint)

    def test_the_environment_says_where_and_with_which_key(self):
        endpoint = self.serve()
        otlp, posthog, datadog = self.otlp(), self.posthog(), self.datadog()
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-team=gardeners,authorization=Bearer%20of-env",
               "POSTHOG_API_KEY": "phc_of_env", "DD_API_KEY": "dd-of-env", "DD_SITE": SITE, **self.through_proxy()}
        for exporter in self.exporters:
            for key in ("endpoint", "api_key", "site"):
                exporter.pop(key, None)
        self.sessions.write(40, calls=4)
        self.start(endpoint, env=env, ca_file=self.ca_file)
        self.settle_all()
        self.check_all(endpoint)
        self.assertEqual({(r.headers["x-team"], r.headers["authorization"]) for r in otlp.posts()}, {("gardeners", "Bearer of-env")})
        self.assertEqual({json.loads(r.body)["api_key"] for r in posthog.posts()}, {"phc_of_env"})
        self.assertEqual({r.headers["dd-api-key"] for r in datadog.posts()}, {"dd-of-env"})


class Alone(ExportCase):
    def test_rows_are_delivered_when_all_exporters_have_them(self):
        otlp = self.otlp(DOWN)
        self.file()
        self.sessions.write(300, calls=20)
        self.start_alone(**NEVER_BY_ITSELF)
        self.enqueued()
        told = self.flush(code=1)
        self.assertIn("320 rows wait", told)
        self.assertIn("503", told)
        self.check_has_all("file")
        self.assertEqual(self.status()["balance"], {"enqueued": 320, "delivered": 0, "pending": 320, "dead": 0, "dropped_by_user": 0})
        self.assertIn("to exporters only", self.kaizend.ctl("status").stdout)
        otlp.set_script([])
        self.go_on()
        self.check_all()
        self.assertEqual(self.status()["balance"]["delivered"], 320)
        self.assertEqual(harness.read_database(self.state, "SELECT count(*) FROM outbox"), [(0,)])

    def test_a_file_alone(self):
        self.file()
        self.sessions.write(300, calls=20)
        self.start_alone(**NEVER_BY_ITSELF)
        self.enqueued()
        self.assertIn("to exporters only", self.kaizend.ctl("status").stdout)
        self.assertEqual(self.status()["balance"]["pending"], 320)
        self.flush()
        self.check_all()
        self.assertEqual(self.status()["balance"]["delivered"], 320)
        self.assertRegex(self.kaizend.ctl("status").stdout, "file .*320 sent")


class Trouble(ExportCase):
    def test_an_exporter_that_is_down_delays_nobody_and_catches_up(self):
        endpoint = self.serve()
        otlp = self.otlp()
        self.file()
        otlp.stop_listening()
        for _ in range(3):
            self.sessions.write(100, calls=5)
            if self.kaizend is None:
                self.start(endpoint, events_per_batch_max=50)
            self.endpoint_has_all()
            self.settle_all("otlp")
        self.check(endpoint)
        self.check_has_all("file", endpoint)
        down = self.exporter("otlp")
        self.assertEqual((down["rows_sent"], down["dropped"]), (0, 0))
        self.assertGreaterEqual(down["backlog"], 6)
        self.assertIn("refuses connections", down["last_error"]["message"])
        told = self.flush()  # the endpoint has all: that is what it waits for
        self.assertIn("315 rows wait", told)
        otlp.listen_again()
        self.flush()
        self.settle_all()
        self.check_all(endpoint)
        self.check(endpoint)

    def test_of_a_backlog_that_is_full_the_oldest_are_dropped(self):
        endpoint = self.serve()
        otlp = self.otlp(DOWN)
        self.export["exporter_backlog_max"] = 3
        self.sessions.write(500)
        self.start(endpoint, events_per_batch_max=50)
        self.endpoint_has_all()
        self.wait_for_exporter("otlp", lambda e: e["dropped"] > 0 and e["backlog"] <= 3, "gave up the oldest")
        self.assertEqual(self.health()["exporter_dropped:otlp/logs"]["severity"], "warning")
        otlp.set_script([])
        self.go_on()
        self.settle_all()
        exporter = self.exporter("otlp")
        self.assertEqual(exporter["dropped"] + exporter["rows_sent"], 500)
        self.assertRegex(self.kaizend.ctl("status").stdout, f"{exporter['dropped']} dropped")
        self.assertEqual((len(otlp.of("event")), otlp.twice()), (exporter["rows_sent"], {}))
        newest = sorted(seq for _, _, seq in otlp.of("event"))
        self.assertEqual(newest, list(range(newest[0], newest[0] + len(newest))))
        self.assertEqual(newest[-1], max(seq for _, _, _, seq in endpoint.rows("events")))
        self.check(endpoint)

    def test_without_fail_open_rows_wait_until_all_have_them(self):
        endpoint = self.serve()
        otlp = self.otlp(DOWN)
        self.export.update(fail_open=False, exporter_backlog_max=1)
        self.sessions.write(300, calls=20)
        self.start(endpoint, events_per_batch_max=50)
        self.endpoint_has_all()
        self.wait_until_exporter_is("otlp", "backing_off")
        self.assertEqual(self.status()["balance"]["pending"], 320)
        self.assertEqual(self.exporter("otlp")["dropped"], 0)
        told = self.flush(code=1)
        self.assertIn("320 rows wait", told)
        self.assertIn("otlp", told)
        otlp.set_script([])
        self.go_on()
        self.check_all(endpoint)
        self.check(endpoint)

    def test_a_slow_exporter_holds_up_nobody(self):
        endpoint = self.serve()
        slow = self.otlp({"path": "/logs", "hold": True, "times": 1}, name="slow")
        self.posthog()
        self.sessions.write(1200, calls=100)
        self.start(endpoint)
        slow.wait_for(lambda s: s.held)
        self.settle_all("slow")
        self.check(endpoint)
        self.check_has_all("posthog", endpoint)
        self.assertEqual(len(slow.posts("/v1/logs")), 1)
        self.assertEqual(slow.release(), 1)
        self.settle_all()
        self.check_all(endpoint)

    def test_exporters_work_while_the_endpoint_is_down(self):
        endpoint = self.serve()
        endpoint.stop_listening()
        self.otlp(), self.file()
        self.sessions.write(300, calls=20)
        self.start(endpoint)
        for name in self.receivers:
            self.wait_for_exporter(name, lambda e: e["rows_sent"] == 320, "has all")
        self.assertEqual(self.status()["balance"]["pending"], 320)
        endpoint.listen_again()
        self.flush()
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)

    def test_exporters_work_while_the_endpoint_is_slow(self):
        endpoint = self.serve({"path": "/events", "hold": True, "times": 1})
        self.otlp(), self.file()
        self.sessions.write(1200, calls=100)
        self.start(endpoint)
        endpoint.wait_for(lambda s: s.held)
        for name in self.receivers:
            self.wait_for_exporter(name, lambda e: e["rows_sent"] == 1300, "has all")
        self.assertEqual(len([r for r in posts(endpoint) if r.path == "/v1/events"]), 1)
        endpoint.release()
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)

    def test_rows_that_come_while_all_work_go_to_all(self):
        endpoint = self.serve()
        self.otlp(), self.posthog(), self.file()
        self.start(endpoint)
        for _ in range(5):
            self.sessions.write(40, calls=4)
            self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)


if __name__ == "__main__":
    unittest.main(verbosity=2)
