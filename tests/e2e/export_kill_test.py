"""Sudden ends while exporters work: nothing is lost, and what comes again is what its receiver can tell: the same span ids, the same
lines of the same batch.

KAIZEN_KILL_ROUNDS (default 20) and KAIZEN_SEED repeat a run."""
import os
import random
import unittest

import harness  # noqa: F401  (puts tests/support on the path)
from export_case import ExportCase

ROUNDS = int(os.environ.get("KAIZEN_KILL_ROUNDS", "20"))
SEED = int(os.environ.get("KAIZEN_SEED", str(random.SystemRandom().randrange(1 << 30))))
HOLD = {"path": "/logs", "hold": True, "times": 1}


class ExportKill(ExportCase):
    def start_and_hold(self):
        """The collector has what it was sent, and its answer is not given."""
        endpoint = self.serve()
        otlp = self.otlp(HOLD)
        self.posthog(), self.file()
        self.sessions.write(700, calls=50)
        self.start(endpoint)
        otlp.wait_for(lambda s: s.held)
        self.settle_all("otlp")
        return endpoint, otlp

    def go_on(self, endpoint, otlp):
        otlp.release()
        self.start()
        self.settle_all()
        self.check(endpoint)
        self.check_has_all("otlp", endpoint, again=True)
        self.assertEqual(len(otlp.posts("/v1/logs")), len({r.body for r in otlp.posts("/v1/logs")}) + 1, "one request came again")
        for name in ("posthog", "file"):
            self.check_has_all(name, endpoint)

    def test_sigkill_between_answer_and_commit(self):
        endpoint, otlp = self.start_and_hold()
        self.kaizend.kill()
        self.go_on(endpoint, otlp)

    def test_sigterm_during_a_request(self):
        endpoint, otlp = self.start_and_hold()
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertNotIn("cutting it", self.kaizend.log)
        self.assertIn("stopped", self.kaizend.log)
        self.go_on(endpoint, otlp)

    def test_sigterm_while_exporters_hang(self):
        self.otlp({"hold": True}), self.posthog({"drip": "body"})
        self.sessions.write(300)
        self.start(self.serve())
        for name in self.receivers:
            self.receivers[name].wait_for(lambda s: s.posts())
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertNotIn("cutting it", self.kaizend.log)

    def test_a_restart_keeps_what_waits_for_one_exporter(self):
        endpoint = self.serve()
        otlp = self.otlp({"status": 503})
        self.file()
        self.sessions.write(300, calls=20)
        self.start(endpoint)
        self.settle_all("otlp")
        self.wait_until_exporter_is("otlp", "backing_off")
        before = self.exporter("otlp")
        self.assertEqual(self.kaizend.stop(), 0)
        self.start()
        after = self.exporter("otlp")
        for name in ("backlog", "rows_sent"):
            self.assertEqual(after[name], before[name], name)
        otlp.set_script([])
        self.flush()
        self.settle_all()
        self.check(endpoint)
        self.check_all(endpoint)

    def test_sigkill_at_random_moments(self):
        endpoint = self.serve({"skip": 3, "attempt": 1, "times": 5, "take": True, "cut": "after_body"})
        self.kill_at_random_moments(endpoint)
        self.check(endpoint)

    def test_sigkill_at_random_moments_of_exporters_alone(self):
        self.kill_at_random_moments(None)
        rows = self.sessions.rows
        self.assertEqual(self.status()["balance"], {"enqueued": rows, "delivered": rows, "pending": 0, "dead": 0, "dropped_by_user": 0})

    def kill_at_random_moments(self, endpoint):
        print(f"\nKAIZEN_SEED={SEED} rounds={ROUNDS}")
        chance = random.Random(SEED)
        otlp = self.otlp({"skip": 4, "times": 6, "take": True, "cut": "after_body"}, {"skip": 9, "times": 5, "status": 503})
        file = self.file()
        self.point_at(endpoint.url if endpoint else "", events_per_batch_max=50)
        for _ in range(ROUNDS):
            self.sessions.write(150, calls=10, workspace=chance.choice(["app", "lib", "doc"]))
            self.start_and_kill(otlp, chance.randrange(1, 7), chance.uniform(0, 0.02))
        self.start()
        self.enqueued()
        self.kaizend.ctl("flush", "--now", check=False)  # past a wait that is left over
        self.settle_all()
        self.check_all(endpoint, again=True)
        print(f"{self.sessions.rows} rows, {len(otlp.requests)} requests to the collector; came again: {len(otlp.twice())} items there, "
              f"{len(file.twice())} lines")


if __name__ == "__main__":
    unittest.main(verbosity=2)
