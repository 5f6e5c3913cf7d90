"""The database in bad places: a full disk, another program that holds it, damage, other versions, no permission. Nothing is lost or
doubled, it is said once, and work goes on by itself."""
import errno
import json
import os
import resource
import select
import sqlite3
import subprocess
import time
import unittest
import uuid
from datetime import datetime, timezone
from pathlib import Path

import harness
from live_test import CLAUDE, claude_line

PAGE = 4096
EXIT_DATABASE, EXIT_CONFIG = 65, 78
FIRST_SCHEMA = Path(__file__).resolve().parents[1] / "fixtures/store/v1.sql"


def codes(status):
    return [item["code"] for item in status["health"]]


def has(code):
    return lambda status: code in codes(status)


def flip(state, table):
    """Changes a byte of the root page of a table of a database that nobody has open."""
    db = sqlite3.connect(f"{state}/kaizen.db")
    page, = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    db.close()
    with open(f"{state}/kaizen.db", "r+b") as file:
        file.seek((page - 1) * PAGE)
        byte, = file.read(1)
        file.seek((page - 1) * PAGE)
        file.write(bytes([byte ^ 0x55]))


class DatabaseCase(harness.Case):
    def session(self, lines, text="x", session=None):
        session = session or str(uuid.uuid4())
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, f"{text} {i}") for i in range(lines)])
        return session

    def expect_rows_of_an_undisturbed_run(self, state, without=()):
        other = self.new_state()
        daemon = self.daemon(other).wait_until_up()
        daemon.wait_for_lines(sum(map(harness.count_lines, harness.corpus_home.session_files(self.home))))
        self.assertEqual(daemon.stop(), 0)
        found, expected = harness.dump(state), harness.dump(other)
        for table in without:
            del found[table], expected[table]
        self.assertIsNone(harness.first_difference(expected, found))

    def wait_until_up_again(self, daemon):
        until = time.monotonic() + harness.DEADLINE
        while daemon.log.count("is up") < 2:
            self.assertTrue(daemon.read_log(max(0, until - time.monotonic())), daemon.log)

    def log_once(self, daemon, *texts):
        for text in texts:
            self.assertEqual(daemon.log.count(text), 1, f"{text!r} in:\n{daemon.log}")


class FullDisk(DatabaseCase):
    def small_disk(self, megabytes=3):
        state = self.new_state()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", state],
                                               capture_output=True).returncode != 0:
            self.skipTest("a small disk cannot be mounted here")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", state], check=True))
        return state

    def fill(self, state):
        """A file that takes all that is left."""
        path = state / "filler"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while True:
                os.write(fd, bytes(PAGE))
        except OSError as error:
            self.assertEqual(error.errno, errno.ENOSPC)
        os.close(fd)
        return path

    def test_work_stops_and_resumes_when_there_is_room(self):
        state = self.small_disk()
        self.session(3)
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(3)
        filler = self.fill(state)
        with harness.Askers(daemon):
            for _ in range(3):
                self.session(300, "y" * 900)
            status = daemon.wait_for(has("disk_full"), "the full disk in health")
        item = [h for h in status["health"] if h["code"] == "disk_full"][0]
        self.assertEqual(item["severity"], "error")
        self.assertIn("free disk space", item["fix"])
        total = lambda status, name: sum(source[name] for source in status["sources"])
        self.assertLess(total(status, "lines"), 903)
        daemon.wait_for(lambda s: total(s, "bytes_behind") >= (903 - total(s, "lines")) * 900, "what waits is shown")
        filler.unlink()
        status = daemon.wait_for_lines(903)
        self.assertNotIn("disk_full", codes(status))
        self.assertEqual(daemon.stop(), 0)
        self.log_once(daemon, "cannot store events", "events are stored again")
        self.expect_rows_of_an_undisturbed_run(state)

    def test_the_database_itself_fills_the_disk(self):
        """The WAL grows to the end of the disk, checkpoints fail; what was said to be stored is."""
        state = self.small_disk(6)
        daemon = self.daemon(state).wait_until_up()
        filler = state / "filler"
        filler.write_bytes(bytes(3 << 20))
        with harness.Askers(daemon):
            for _ in range(8):
                self.session(400, "z" * 1500)
            daemon.wait_for(has("disk_full"), "the full disk in health")
            filler.unlink()
            subprocess.run(["mount", "-o", "remount,size=40m", state], check=True)
            daemon.wait_for_lines(3200)
        self.assertEqual(daemon.stop(), 0)
        self.expect_rows_of_an_undisturbed_run(state)

    def test_a_start_waits_for_room(self):
        state = self.small_disk(1)
        self.session(3)
        filler = self.fill(state)
        daemon = self.daemon(state)
        daemon.wait_for_log("tried again")
        status, answer = daemon.request("GET", "/v1/status")
        self.assertEqual((status, answer["error"]["code"]), (503, "warming_up"))
        self.assertIn("full", answer["error"]["message"])
        self.assertIn("full", daemon.ctl("status", check=False).stderr)
        filler.unlink()
        daemon.wait_until_up().wait_for_lines(3)
        self.assertEqual(daemon.stop(), 0)
        self.log_once(daemon, "it is tried again", "the database is open")

    def test_prices_that_are_reloaded_while_a_start_waits_are_in_use(self):
        state = self.small_disk(1)
        prices = Path(self.place.name) / "prices.toml"
        prices.write_text("date = 2026-11-01\n")
        self.configure(state, f'[prices]\nfile = "{prices}"\n')
        filler = self.fill(state)
        daemon = self.daemon(state)
        daemon.wait_for_log("tried again")
        prices.write_text("date = 2026-11-02\n")
        status, answer = daemon.request("POST", "/v1/reload")
        self.assertEqual(status, 200, answer)
        filler.unlink()
        daemon.wait_until_up()
        status, answer = daemon.request("POST", "/v1/usage/reprice")
        self.assertEqual((status, answer["date"]), (200, "2026-11-02"))
        self.assertEqual(daemon.stop(), 0)

    def test_a_stop_does_not_wait_for_room(self):
        state = self.small_disk(1)
        self.fill(state)
        daemon = self.daemon(state)
        daemon.wait_for_log("tried again")
        self.assertEqual(daemon.stop(), 0)

    def test_a_limit_of_the_process_is_survived_too(self):
        state = self.new_state()
        self.session(3)
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(3)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        self.session(50, "y" * 900)
        daemon.wait_for(has("store_failing"), "a health item")
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.assertEqual(codes(daemon.wait_for_lines(53)), [])
        self.assertEqual(daemon.stop(), 0)
        self.log_once(daemon, "cannot store events", "events are stored again")
        self.expect_rows_of_an_undisturbed_run(state)


class Locked(DatabaseCase):
    def test_another_program_that_holds_the_database_is_waited_for(self):
        state = self.new_state()
        self.session(3)
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(3)
        other = sqlite3.connect(f"{state}/kaizen.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with harness.Askers(daemon):
            self.session(5)
            daemon.wait_for(has("database_locked"), "the lock in health")
            other.execute("ROLLBACK")
            other.close()
            self.assertEqual(codes(daemon.wait_for_lines(8)), [])
        self.assertEqual(daemon.stop(), 0)
        self.log_once(daemon, "cannot store events", "events are stored again")

    def test_at_the_start_too(self):
        state = self.new_state()
        other = sqlite3.connect(f"{state}/kaizen.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        daemon = self.daemon(state)
        daemon.wait_for_log("tried again")
        other.execute("ROLLBACK")
        other.close()
        daemon.wait_until_up()
        self.assertEqual(daemon.stop(), 0)
        self.log_once(daemon, "it is tried again", "the database is open")


class Refusal(DatabaseCase):
    """A statement that fails is no proof of damage."""

    def test_a_refused_row_costs_its_line_and_not_the_database(self):
        state = self.new_state()
        self.session(3)
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(3)
        other = sqlite3.connect(f"{state}/kaizen.db", isolation_level=None)
        other.execute("CREATE TRIGGER t BEFORE INSERT ON events WHEN NEW.text LIKE '%refused%' BEGIN SELECT RAISE(ABORT, 'no'); END")
        self.session_file(f"{CLAUDE}/mixed.jsonl", [claude_line("m", text) for text in ("one", "refused", "three")])
        self.session(5)
        status = daemon.wait_for_lines(11)
        self.assertEqual(sum(s["bad_lines"] for s in status["sources"]), 1)
        daemon.wait_for_log("the database is whole")
        self.log_once(daemon, "all of it is checked")
        other.execute("DROP TRIGGER t")
        other.close()
        self.assertEqual(codes(daemon.get("/v1/status")), [])
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual([path.name for path in state.iterdir() if "corrupt" in path.name], [])


class Damage(DatabaseCase):
    def sync_state(self):
        state = self.new_state()
        self.configure(state, **harness.SYNC)
        return state

    def aside(self, state):
        return sorted(p for p in state.glob("kaizen.db.corrupt-*") if not p.name.endswith(("-wal", "-shm")))

    def identities(self, state):
        """What the server knows events by, with what they say."""
        return harness.read_database(state, "SELECT s.agent, s.id, e.seq, e.uid, e.text FROM events e JOIN sessions s "
                                            "ON s.key = e.session ORDER BY 1, 2, 3")

    def live_line(self, session, text):
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.loads(claude_line(session, text))
        line["timestamp"] = at
        self.session_file(f"{CLAUDE}/{session}.jsonl", [json.dumps(line)])

    def expect_rebuilt(self, state, daemon):
        status = daemon.wait_for(has("database_rebuilt"), "a health item")
        old, = self.aside(state)
        item = [h for h in status["health"] if h["code"] == "database_rebuilt"][0]
        self.assertIn(str(old), item["title"])
        self.assertIn(str(old), item["fix"])
        daemon.wait_for_lines(sum(map(harness.count_lines, harness.corpus_home.session_files(self.home))))
        self.assertEqual(old.stat().st_mode & 0o777, 0o600)
        return old

    def test_found_at_the_start_it_is_rebuilt_and_nothing_leaves_twice(self):
        state = self.sync_state()
        harness.corpus_home.lay_out(self.home)
        session = self.session(20)
        lines = sum(map(harness.count_lines, harness.corpus_home.session_files(self.home)))
        daemon = self.daemon(state).wait_until_up()
        balance = daemon.wait_for_lines(lines)["balance"]
        self.assertGreater(balance["pending"], 20)
        self.assertEqual(daemon.stop(), 0)
        rows, before = harness.outbox_rows(state), self.identities(state)
        flip(state, "price_tables")
        daemon = self.daemon(state).wait_until_up()
        self.log_once(daemon, "the database is damaged and was moved aside")
        self.expect_rebuilt(state, daemon)
        self.assertEqual(self.identities(state), before)
        self.assertEqual(harness.outbox_rows(state), rows)
        self.assertEqual(daemon.get("/v1/status")["balance"], balance)
        # What comes from now on leaves.
        self.live_line(session, "after the damage")
        daemon.wait_for(lambda s: s["balance"]["pending"] == balance["pending"] + 1, "the new row in the outbox")
        for file in state.glob("kaizen.db.corrupt-*"):
            file.unlink()
        self.assertNotIn("database_rebuilt", codes(daemon.get("/v1/status")))
        self.assertEqual(daemon.stop(), 0)
        self.assertIsNone(harness.fault_of_balance(state))

    def test_found_while_running_the_daemon_begins_anew_by_itself(self):
        state = self.sync_state()
        session = self.session(5)
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(5)
        self.assertEqual(daemon.stop(), 0)
        flip(state, "events_by_uid")
        daemon = self.daemon(state).wait_until_up()
        self.live_line(session, "one more")
        self.wait_until_up_again(daemon)
        self.expect_rebuilt(state, daemon)
        self.assertEqual(daemon.get("/v1/status")["balance"]["pending"], 6)
        self.assertEqual(daemon.stop(), 0)
        self.log_once(daemon, "the database is damaged and was moved aside")
        self.assertIsNone(harness.fault_of_balance(state))

        # Again so soon: it is not done without end.
        flip(state, "events_by_uid")
        daemon = self.daemon(state).wait_until_up()
        self.live_line(session, "and another")
        self.assertEqual(daemon.process.wait(timeout=harness.DEADLINE), EXIT_DATABASE)
        daemon.stop()
        self.assertIn("damaged again", daemon.log)
        self.assertEqual(len(self.aside(state)), 1)

    def test_what_was_stored_before_sync_was_on_does_not_leave_after_it(self):
        state = self.new_state()
        session = self.session(5)
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(5)
        self.assertEqual(daemon.stop(), 0)
        self.configure(state, **harness.SYNC)
        flip(state, "price_tables")
        daemon = self.daemon(state).wait_until_up()
        self.expect_rebuilt(state, daemon)
        self.assertEqual(daemon.get("/v1/status")["balance"]["enqueued"], 0)
        self.live_line(session, "from now on")
        daemon.wait_for(lambda s: s["balance"]["pending"] == 1, "the new row in the outbox")
        # Unless somebody asks for it.
        daemon.ctl("sync", "backfill", "--since", "2026-01-01")
        daemon.wait_for(lambda s: s["balance"]["pending"] == 6, "all rows in the outbox")
        self.assertEqual(daemon.stop(), 0)
        self.assertIsNone(harness.fault_of_balance(state))

    def test_a_kill_in_the_middle_of_the_rebuilding_changes_nothing(self):
        state = self.sync_state()
        self.session(2000, "w" * 400)
        daemon = self.daemon(state).wait_until_up()
        balance = daemon.wait_for_lines(2000)["balance"]
        self.assertEqual(daemon.stop(), 0)
        flip(state, "files")
        daemon = self.daemon(state)
        daemon.wait_for_log("the database is damaged and was moved aside")
        daemon.kill()
        daemon = self.daemon(state).wait_until_up()
        self.assertEqual(daemon.wait_for_lines(2000)["balance"], balance)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(len(self.aside(state)), 1)

    def test_damage_under_a_process_that_was_killed_is_found_before_anything_is_read(self):
        state = self.new_state()
        self.session(5)
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(5)
        self.assertEqual(daemon.stop(), 0)
        flip(state, "bad_lines")  # nothing reads it
        daemon = self.daemon(state).wait_until_up()
        self.session(1)
        self.assertEqual(codes(daemon.wait_for_lines(6)), [])
        daemon.kill()
        daemon = self.daemon(state).wait_until_up()
        self.log_once(daemon, "the database is damaged and was moved aside")
        daemon.wait_for(has("database_rebuilt"), "a health item")
        daemon.wait_for_lines(6)
        self.assertEqual(daemon.stop(), 0)
        self.expect_rows_of_an_undisturbed_run(state, without=("outbox_counts",))


class Versions(DatabaseCase):
    def test_an_older_database_is_upgraded_and_kept_beside(self):
        state = self.new_state()
        db = sqlite3.connect(f"{state}/kaizen.db")
        db.executescript(FIRST_SCHEMA.read_text())
        db.close()
        daemon = self.daemon(state).wait_until_up()
        self.assertEqual(len(daemon.get("/v1/events")["events"]), 3)
        titles = [s["title"] for s in daemon.get("/v1/sessions")["sessions"]]
        self.assertEqual(sorted(titles), ["paint the door", "rake the leaves"])
        self.assertEqual(daemon.stop(), 0)
        copy, = state.glob("kaizen.db.before-v*")
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        db = sqlite3.connect(f"file:{copy}?mode=ro", uri=True)
        self.assertEqual(db.execute("PRAGMA user_version").fetchone(), (1,))
        db.close()
        self.log_once(daemon, "a copy of the database was made")

    def test_without_room_for_the_copy_it_is_upgraded_without(self):
        state = FullDisk.small_disk(self, 3)
        db = sqlite3.connect(f"{state}/kaizen.db")
        db.executescript(FIRST_SCHEMA.read_text())
        db.close()
        daemon = self.daemon(state).wait_until_up()
        self.assertEqual(len(daemon.get("/v1/events")["events"]), 3)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(list(state.glob("kaizen.db.before-v*")), [])
        self.log_once(daemon, "no room for a copy")

    def test_a_newer_database_is_refused_and_left_alone(self):
        state = self.new_state()
        daemon = self.daemon(state).wait_until_up()
        self.assertEqual(daemon.stop(), 0)
        db = sqlite3.connect(f"{state}/kaizen.db")
        db.execute("PRAGMA user_version = 99")
        db.close()
        before = Path(f"{state}/kaizen.db").read_bytes()
        daemon = self.daemon(state)
        self.assertEqual(daemon.process.wait(timeout=harness.DEADLINE), EXIT_DATABASE)
        daemon.stop()
        self.assertIn("was made by a newer kaizend (its schema is version 99", daemon.log)
        self.assertIn("before-v", daemon.log)
        self.assertEqual(Path(f"{state}/kaizen.db").read_bytes(), before)


@unittest.skipIf(os.geteuid() != 0, "needs root to run the daemon as somebody else")
class Permissions(DatabaseCase):
    def end_of(self, state):
        daemon = self.daemon_as_nobody(state)
        code = daemon.process.wait(timeout=harness.DEADLINE)
        daemon.stop()
        return code, daemon.log

    def test_a_database_that_may_not_be_written(self):
        state = self.new_state()
        daemon = self.daemon_as_nobody(state).wait_until_up()
        self.assertEqual(daemon.stop(), 0)
        os.chmod(f"{state}/kaizen.db", 0o400)
        code, log = self.end_of(state)
        self.assertEqual(code, EXIT_DATABASE, log)
        self.assertIn(f"{state}/kaizen.db: Permission denied", log)

    def test_a_directory_that_may_not_be_written(self):
        state = self.new_state()
        os.chmod(state, 0o500)
        code, log = self.end_of(state)
        self.assertEqual(code, EXIT_CONFIG, log)
        self.assertIn(f"{state}/kaizend.lock: Permission denied", log)

    def test_a_home_that_may_not_be_written(self):
        state = self.home / "not there"
        os.chmod(self.home, 0o555)
        code, log = self.end_of(state)
        self.assertEqual(code, EXIT_CONFIG, log)
        self.assertIn(f"{state}: Permission denied", log)


if __name__ == "__main__":
    unittest.main(verbosity=2)
