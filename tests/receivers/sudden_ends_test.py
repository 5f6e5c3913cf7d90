"""Sudden ends of kaizend and of the Collector while signals go to several Collectors: each gets everything. What comes again is what
was not answered, and can be told by its ids; metrics are cumulative, so that the last point of each series says all.

KAIZEN_KILL_ROUNDS (default 6) and KAIZEN_SEED repeat a run."""
import os
import random
import threading
import unittest

import receivers
from lane_case import PATIENCE, LaneCase, harness

ROUNDS = int(os.environ.get("KAIZEN_KILL_ROUNDS", "6"))
SEED = int(os.environ.get("KAIZEN_SEED", str(random.SystemRandom().randrange(1 << 30))))


class SuddenEnds(LaneCase):
    def test_of_kaizend_and_of_the_collector(self):
        print(f"\nKAIZEN_SEED={SEED} rounds={ROUNDS}")
        chance = random.Random(SEED)
        one, other = self.collector("one"), self.collector("other")
        self.posthog()
        self.file(name="rows", max_bytes=1_000_000_000)
        lines = self.lay_out()
        self.point_at("", exclude=[], events_per_batch_max=100)
        for number in range(ROUNDS):
            began = one.written.stat().st_size if one.written.exists() else 0
            self.start()
            receivers.wait_until(lambda: one.written.exists() and one.written.stat().st_size > began or self.has_all(one), "something arrives")
            victim = chance.choice(["kaizend", "collector", "both"])
            killers = [threading.Timer(chance.uniform(0, 0.15), each.kill)
                       for name, each in (("kaizend", self.kaizend.process), ("collector", one)) if victim in (name, "both")]
            for killer in killers:
                killer.start()
            for killer in killers:
                killer.join()
            self.kaizend.kill()
            if victim != "kaizend":
                one.start()
        self.start()
        self.kaizend.wait_for_lines(lines, PATIENCE)
        self.told_of_all(self.kaizend, self.state)
        for collector in (one, other):
            collector.stop()
            with self.subTest(collector.name):
                self.check_received(collector, self.kaizend, self.state, again=True)
                self.assertEqual(collector.complaints(), [])

    def has_all(self, _):
        return harness.read_database(self.state, "SELECT count(*) FROM outbox")[0][0] == 0


class OfSomeSignals(LaneCase):
    def test_a_collector_for_traces_alone_gets_them(self):
        traces = self.collector("traces", signals=["traces"])
        self.file(name="rows", max_bytes=1_000_000_000)
        lines = self.lay_out()
        self.start_alone(exclude=[])
        self.kaizend.wait_for_lines(lines, PATIENCE)
        self.kaizend.wait_for(lambda _: harness.open_turns_of_old(self.state) == 0, "turns that are over are closed", PATIENCE)
        self.kaizend.ctl("flush", "--now", check=False)
        wanted = {"traces/traces": "idle", "traces/logs": "paused", "traces/metrics": "paused", "rows": "idle"}
        states = self.kaizend.wait_for(lambda s: self.states_in(s) == wanted and self.exporter_in(s, "traces/traces")["backlog"] == 0,
                                       "traces alone are taken", PATIENCE)
        for name in ("traces/logs", "traces/metrics"):
            exporter = self.exporter_in(states, name)
            self.assertEqual((exporter["dropped"], exporter["dead"]), (0, 0), name)
            self.assertGreater(exporter["backlog"], 0, name)
            signal = name.split("/")[1]
            self.assertIn(f"no OTLP receiver for {signal} there (404)", exporter["reason"])
        for words in (("status",), ("doctor",)):
            told = " ".join(self.kaizend.ctl(*words, check=False).stdout.split())
            for signal in ("logs", "metrics"):
                self.assertIn(f"traces/{signal}", told, words)
                self.assertIn(f"no OTLP receiver for {signal} there (404)", told, words)
        traces.stop()
        bodies = traces.bodies()
        self.assertEqual({next(iter(body)) for body in bodies}, {"resourceSpans"})
        spans = [span for body in bodies for resource in body["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]
        calls = {(span["traceId"], span["spanId"]) for span in spans if span["name"].startswith("execute_tool")}
        self.assertEqual(len(calls), self.stored(self.state)[1])
        self.assertEqual(traces.complaints(), [])

    def states_in(self, status):
        return {exporter["name"]: exporter["state"] for exporter in status["exporters"]}


if __name__ == "__main__":
    unittest.main(verbosity=2)
