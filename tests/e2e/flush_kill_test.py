"""Sudden ends while rows are sent: kill -9 at chosen and at random moments, SIGTERM during a request. Nothing is lost, nothing is sent
twice, and a batch keeps its key and its rows.

KAIZEN_KILL_ROUNDS (default 20) and KAIZEN_SEED repeat a run."""
import os
import random
import subprocess
import unittest

import harness
from flush_case import FlushCase, posts

ROUNDS = int(os.environ.get("KAIZEN_KILL_ROUNDS", "20"))
SEED = int(os.environ.get("KAIZEN_SEED", str(random.SystemRandom().randrange(1 << 30))))


class FlushKill(FlushCase):
    def test_sigkill_between_answer_and_commit(self):
        server = self.serve({"path": "/events", "hold": True, "times": 1})
        self.sessions.write(1200)
        self.load(server)
        self.go()
        server.wait_for(lambda s: s.held)  # it has the rows
        self.kaizend.kill()
        server.release()
        self.start()
        self.settle()
        self.check(server)
        first = [r.status for r in posts(server) if r.key_number == 1]
        self.assertEqual(first, [202, 409])
        self.assertEqual(len(posts(server)), 4)

    def test_sigkill_with_two_batches_on_the_wire(self):
        server = self.serve({"hold": True, "times": 1, "path": "/events"}, {"hold": True, "times": 1, "path": "/tool-spans"})
        self.sessions.write(600, calls=300)
        self.load(server)
        self.go()
        server.wait_for(lambda s: len(s.held) == 2)
        self.kaizend.kill()
        server.release()
        self.start()
        self.settle()
        self.check(server)
        self.assertEqual(server.statuses().count(409), 2)

    def test_sigkill_after_a_split_keeps_both_halves(self):
        server = self.serve({"rows_over": 499, "status": 413}, {"path": "/events", "skip": 1, "hold": True, "times": 1})
        self.sessions.write(900)
        self.load(server)
        self.go()
        server.wait_for(lambda s: s.held)  # the right half
        self.kaizend.kill()
        server.release()
        self.start()
        self.settle()
        self.check(server)
        self.assertEqual(server.statuses().count(409), 1)

    def test_sigkill_at_random_moments_of_a_flush(self):
        print(f"\nKAIZEN_SEED={SEED} rounds={ROUNDS}")
        chance = random.Random(SEED)
        server = self.serve({"skip": 3, "attempt": 1, "times": 5, "take": True, "cut": "after_body"},
                            {"rows_over": 45, "status": 413, "times": 8})
        self.point_at(server.url, events_per_batch_max=50)
        for _ in range(ROUNDS):
            self.sessions.write(300, calls=20, workspace=chance.choice(["app", "lib", "doc"]))
            self.start_and_kill(server, chance.randrange(1, 9), chance.uniform(0, 0.02))
        self.start()
        self.settle()
        self.check(server)
        again = sum(1 for n in server.attempts.values() if n > 1)
        print(f"{self.sessions.rows} rows, {len(server.requests)} requests, {again} keys came again, "
              f"{server.statuses().count(409)} answers 409")

    def test_sigterm_during_a_request(self):
        server = self.serve({"path": "/events", "hold": True, "times": 1})
        self.sessions.write(1200)
        self.load(server)
        self.go()
        server.wait_for(lambda s: s.held)
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertNotIn("cutting it", self.kaizend.log)
        self.assertIn("stopped", self.kaizend.log)
        self.assertEqual(self.tables()["pending"], 1200)
        server.release()
        self.start()
        self.settle()
        self.check(server)
        self.assertEqual([r.status for r in posts(server) if r.key_number == 1], [202, 409])

    def test_sigterm_while_a_request_is_answered_in_time(self):
        """The batch on the wire is committed, and no other begins."""
        server = self.serve({"path": "/events", "hold": True, "times": 1})
        self.sessions.write(1200)
        self.load(server)
        self.go()
        server.wait_for(lambda s: s.held)
        self.kaizend.process.terminate()
        self.kaizend.wait_for_log("stopping")
        server.release()
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertEqual(self.tables()["pending"], 700)
        self.assertEqual(len(posts(server)), 1)
        self.start()
        self.settle()
        self.check(server)
        self.assertNotIn(409, server.statuses())

    def test_sigterm_while_somebody_waits_for_a_flush(self):
        server = self.serve({"path": "/events", "hold": True, "times": 1})
        self.sessions.write(40)
        self.start(server)
        server.wait_for(lambda s: s.held)
        flush = subprocess.Popen([harness.KAIZENCTL, "flush", "--now"], env=self.kaizend.env, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        self.sync()
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertNotIn("cutting it", self.kaizend.log)
        told, _ = flush.communicate(timeout=harness.DEADLINE)
        self.assertNotEqual(flush.returncode, 0, told)
        self.assertEqual(self.tables()["pending"], 40)

    def test_sigterm_during_back_off_ends_at_once(self):
        server = self.serve({"path": "/events", "status": 503, "headers": {"Retry-After": "3600"}})
        self.sessions.write(40)
        self.start(server)
        self.wait_for_state("backing_off")
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertNotIn("cutting it", self.kaizend.log)
        self.assertEqual(self.tables()["pending"], 40)

    def test_counts_of_what_was_sent_survive_a_restart(self):
        server = self.serve({"path": "/events", "attempt": 1, "times": 1, "status": 500})
        self.sessions.write(40)
        self.start(server)
        self.settle()
        before = self.sync()
        self.assertEqual(self.kaizend.stop(), 0)
        self.start()
        after = self.sync()
        self.assertEqual(after["state"], "idle")
        for name in ("last_success_at_ms", "last_error", "batches_sent", "rows_sent", "rows_deduped"):
            self.assertEqual(after[name], before[name], name)
        self.check(server)


if __name__ == "__main__":
    unittest.main(verbosity=2)
