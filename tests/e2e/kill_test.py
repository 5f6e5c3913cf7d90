"""kill -9 at random moments, during import and during appends: the rows are those of a run that nobody disturbed,
those in the outbox too: half of the rounds have sync on.

KAIZEN_KILL_ROUNDS (default 200 in all) and KAIZEN_SEED repeat a run."""
import collections
import contextlib
import json
import os
import random
import threading
import unittest
from pathlib import Path

import harness

ROUNDS = int(os.environ.get("KAIZEN_KILL_ROUNDS", "200"))
SEED = int(os.environ.get("KAIZEN_SEED", str(random.SystemRandom().randrange(1 << 30))))
LONGEST_LIFE = float(os.environ.get("KAIZEN_KILL_SECONDS", "0.25"))


class Kill(harness.Case):
    def setUp(self):
        super().setUp()
        print(f"\nKAIZEN_SEED={SEED} rounds={ROUNDS}")
        self.random = random.Random(SEED)
        harness.corpus_home.lay_out(self.home)

    def lines(self):
        return sum(map(harness.count_lines, harness.corpus_home.session_files(self.home)))

    def state_with(self, sync):
        state = self.new_state()
        if sync:
            self.configure(state, **harness.SYNC)
        return state

    def undisturbed(self, sync):
        state = self.state_with(sync)
        self.finish(state)
        return harness.dump(state)

    def files_of_parents(self):
        state = self.new_state()
        self.finish(state)
        return {Path(root, path) for root, path in harness.read_database(
            state, "SELECT f.root, f.path FROM files f JOIN sessions p ON p.key = f.session "
                   "WHERE EXISTS (SELECT 1 FROM sessions c WHERE c.agent = p.agent AND c.parent = p.id)")}

    def live_and_die(self, state):
        """One life: it may end before the daemon is up, in the middle of a transaction, or while it idles."""
        daemon = self.daemon(state)
        until = self.random.uniform(0, LONGEST_LIFE)
        threading.Timer(until, daemon.process.kill).start()
        with harness.Askers(daemon) if self.random.random() < 0.5 else contextlib.nullcontext():
            while daemon.read_log(harness.DEADLINE):
                pass
            daemon.process.wait()
        daemon.process.stderr.close()
        self.assertEqual(daemon.process.returncode, -9, daemon.log)

    def finish(self, state):
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(self.lines())
        self.assertEqual(daemon.stop(), 0)

    def check_outbox(self, state, sync):
        """Every event once, every ended span, and books that agree with the tables. (A span that ends again is sent again: how often
        each is there is compared with the undisturbed run.)"""
        self.assertIsNone(harness.fault_of_balance(state))
        rows = [(kind, json.loads(row)) for kind, _, row in harness.outbox_rows(state)]
        events = collections.Counter((r["session_id_hash"], r["event_seq"]) for k, r in rows if k == "events")
        spans = {(r["session_id_hash"], r["span_id_hash"]) for k, r in rows if k == "tool_spans"}
        self.assertEqual([row for row, n in events.items() if n > 1], [])
        stored = harness.read_database(state, "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM tool_spans WHERE outgoing = 1)")[0]
        self.assertEqual(len(events), stored[0] if sync else 0)
        self.assertEqual(len(spans), stored[1] if sync else 0)

    def test_during_import(self):
        expected = [self.undisturbed(sync) for sync in (False, True)]
        self.assertNotEqual(expected[True]["outbox"], [])
        deaths = lives = 0
        while deaths < ROUNDS // 2:
            sync = lives % 2 == 1
            state = self.state_with(sync)
            for _ in range(self.random.randrange(1, 12)):
                self.live_and_die(state)
                deaths += 1
            lives += 1
            self.finish(state)
            self.check_outbox(state, sync)
            self.assertIsNone(harness.first_difference(expected[sync], harness.dump(state)), f"after {deaths} deaths, sync {sync}")

    def test_during_appends(self):
        self.die_during_appends((ROUNDS - ROUNDS // 2) // 2, sync=False)

    def test_during_appends_with_sync(self):
        self.die_during_appends(ROUNDS - ROUNDS // 2 - (ROUNDS - ROUNDS // 2) // 2, sync=True)

    def die_during_appends(self, rounds, sync):
        # Files begin cut off somewhere and grow, in pieces that ignore lines, while the daemon lives and dies.
        # Cursor's files stay whole: their times are those of the last change, which depend on when one looks. So do those of sessions
        # with sub-agents: what in them started a sub-agent is there before its file begins.
        parents = self.files_of_parents()
        growing = [f for f in harness.corpus_home.session_files(self.home) if ".cursor" not in f.parts and f not in parents]
        growing = self.random.sample(growing, min(12, len(growing)))
        rest = {}
        for file in growing:
            content = file.read_bytes()
            cut = self.random.randrange(len(content) + 1)
            file.write_bytes(content[:cut])
            rest[file] = content[cut:]
        state = self.state_with(sync)
        for _ in range(rounds):
            for file in self.random.sample(growing, min(3, len(growing))):
                piece = self.random.choice([1, 100, 3000, 40000, 400000])
                with open(file, "ab") as out:
                    out.write(rest[file][:piece])
                rest[file] = rest[file][piece:]
            self.live_and_die(state)
        last = self.daemon(state).wait_until_up()
        for file in growing:
            with open(file, "ab") as out:
                out.write(rest[file])
        last.wait_for_lines(self.lines())
        self.assertEqual(last.stop(), 0)
        self.check_outbox(state, sync)
        expected, found = self.undisturbed(sync), harness.dump(state)
        # Files grew in another order than that in which history is read.
        expected["outbox"], tokens_expected = harness.tokens_apart(expected["outbox"])
        found["outbox"], tokens_found = harness.tokens_apart(found["outbox"])
        self.assertIsNone(harness.first_difference(expected, found))
        self.assertEqual(tokens_expected, tokens_found)


if __name__ == "__main__":
    unittest.main(verbosity=2)
