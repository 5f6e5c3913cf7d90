"""SIGTERM at random moments: while it starts, upgrades its database, imports, sends to a server that hangs, reloads, streams to a client,
enqueues what is stored. It ends with 0 within its time, and the rows are those of a run that nobody disturbed.

KAIZEN_TERM_ROUNDS (default 105) and KAIZEN_SEED repeat a run."""
import os
import random
import signal
import sqlite3
import subprocess
import threading
import unittest
from pathlib import Path

import harness
from flush_case import FlushCase

ROUNDS = int(os.environ.get("KAIZEN_TERM_ROUNDS", "105"))
SEED = int(os.environ.get("KAIZEN_SEED", str(random.SystemRandom().randrange(1 << 30))))
LONGEST_LIFE = 0.25
LIMIT = 5.0  # seconds: 4 for its tasks, 1 for the end
FIRST_SCHEMA = Path(__file__).resolve().parents[1] / "fixtures/store/v1.sql"


class Sigterm(FlushCase):
    def setUp(self):
        super().setUp()
        print(f"\nKAIZEN_SEED={SEED} rounds={ROUNDS}")
        self.random = random.Random(f"{SEED} {self.id()}")

    def begin(self):
        """A daemon that is in main(): before that no program can take a signal."""
        daemon = self.daemon(self.state)
        term = 1 << (signal.SIGTERM - 1)
        while True:
            status = dict(line.split(":\t", 1) for line in Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines())
            if int(status["SigBlk"], 16) & term or int(status["SigCgt"], 16) & term:
                return daemon

    def end(self, daemon, longest_life=LONGEST_LIFE):
        """SIGTERM after a while; reads what it says until then, so that it never waits for us."""
        alarm = threading.Timer(self.random.uniform(0, longest_life), daemon.process.terminate)
        alarm.start()
        alarm.join()
        self.expect_end(daemon)

    def expect_end(self, daemon):
        try:
            _, rest = daemon.process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {LIMIT} s:\n{daemon.log}")
        daemon.log += rest.decode(errors="replace")
        self.assertEqual(daemon.process.returncode, 0, daemon.log)

    def lines(self):
        return sum(map(harness.count_lines, harness.corpus_home.session_files(self.home)))

    def undisturbed(self, sync):
        state = self.new_state()
        if sync:
            self.configure(state, **harness.SYNC)
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(self.lines())
        self.assertEqual(daemon.stop(), 0)
        return harness.dump(state)

    def expect_rows_of_an_undisturbed_run(self, sync=False):
        daemon = self.daemon(self.state).wait_until_up()
        daemon.wait_for_lines(self.lines())
        self.assertEqual(daemon.stop(), 0)
        self.assertIsNone(harness.fault_of_balance(self.state))
        self.assertIsNone(harness.first_difference(self.undisturbed(sync), harness.dump(self.state)))

    def test_while_it_starts_and_imports(self):
        harness.corpus_home.lay_out(self.home)
        for sync in (False, True):
            self.state = self.new_state()
            if sync:
                self.configure(self.state, **harness.SYNC)
            for _ in range(ROUNDS // 7):
                self.end(self.begin())
            self.expect_rows_of_an_undisturbed_run(sync)

    def test_while_it_upgrades_its_database(self):
        old = self.new_state() / "kaizen.db"
        db = sqlite3.connect(old)
        db.executescript(FIRST_SCHEMA.read_text())
        db.executescript("CREATE TABLE filler(x); INSERT INTO filler VALUES (zeroblob(30000000))")
        db.close()
        self.state = self.new_state()
        for _ in range(ROUNDS // 7):
            for file in self.state.glob("kaizen.db*"):
                file.unlink()
            (self.state / "kaizen.db").write_bytes(old.read_bytes())
            self.end(self.begin())
        daemon = self.daemon(self.state).wait_until_up()
        self.assertEqual(len(daemon.get("/v1/events")["events"]), 3)
        self.assertEqual(daemon.stop(), 0)

    def test_while_a_server_hangs(self):
        server = self.serve({"path": "/events", "hold": True})
        self.sessions.write(600, calls=50)
        self.point_at(server.url, events_per_batch_max=50)
        for _ in range(ROUNDS // 7):
            daemon = self.begin()
            daemon.wait_until_up()
            self.end(daemon)
        server.set_script([])
        server.release()
        self.start()
        self.settle()
        self.check(server)

    def test_while_it_reloads(self):
        self.sessions.write(400)
        self.state = self.new_state()
        for round in range(ROUNDS // 7):
            self.configure(self.state, f'[store]\ntext = "preview"\n[log]\nlevel = "{("info", "debug")[round % 2]}"\n')
            daemon = self.begin()
            for _ in range(self.random.randrange(1, 5)):
                daemon.process.send_signal(signal.SIGHUP)
            self.end(daemon)
        self.configure(self.state)
        self.expect_rows_of_an_undisturbed_run()

    def test_while_a_client_follows(self):
        self.state = self.new_state()
        for _ in range(ROUNDS // 7):
            daemon = self.begin().wait_until_up()
            tail = subprocess.Popen([harness.KAIZENCTL, "tail", "--json"], env=daemon.env, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL)
            self.sessions.write(50)
            self.end(daemon)
            tail.communicate(timeout=harness.DEADLINE)
        self.expect_rows_of_an_undisturbed_run()

    def test_while_it_enqueues_what_is_stored(self):
        self.sessions.write(40, sessions=50)
        self.state = self.new_state()
        daemon = self.begin()
        daemon.wait_until_up()
        daemon.wait_for_lines(self.sessions.events)
        self.assertEqual(daemon.stop(), 0)
        self.configure(self.state, **harness.SYNC)
        for _ in range(ROUNDS // 7):
            daemon = self.begin()
            daemon.wait_until_up()
            asked = subprocess.Popen([harness.KAIZENCTL, "sync", "backfill", "--since", "2020-01-01"], env=daemon.env,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.end(daemon)
            asked.wait(timeout=harness.DEADLINE)
            self.assertIsNone(harness.fault_of_balance(self.state))
        daemon = self.daemon(self.state).wait_until_up()
        daemon.ctl("sync", "backfill", "--since", "2020-01-01")
        self.assertEqual(daemon.get("/v1/status")["balance"]["enqueued"], self.sessions.rows)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
