"""kaizend under a service manager, without one: what it tells it, the socket that it takes from it, and the restart into a newer binary."""
import ctypes
import os
import shutil
import signal
import sqlite3
import stat
import unittest
import uuid
from pathlib import Path

import harness
from live_test import CLAUDE, claude_line
from service_manager import Manager, listening_socket, passing_on

FIRST_SCHEMA = Path(__file__).resolve().parents[1] / "fixtures/store/v1.sql"
EXIT_ANOTHER_RUNS, EXIT_CONFIG, EXIT_NEWER_BINARY = 75, 78, 79
BEAT = 0.01  # half of what the manager of these tests bears
WATCHED = {"WATCHDOG_USEC": str(int(2 * BEAT * 1_000_000))}
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000


class ManagedCase(harness.Case):
    def setUp(self):
        super().setUp()
        self.state = self.new_state()
        self.manager = Manager(self.home.parent / "notify")
        self.addCleanup(self.manager.close)

    def start(self, program=harness.KAIZEND, fds=(), **env):
        daemon = harness.Daemon(self.home, self.state, program=str(program), env={"NOTIFY_SOCKET": self.manager.path, **env},
                                pass_fds=fds)
        self.daemons.append(daemon)
        return daemon

    def session(self, lines):
        session = str(uuid.uuid4())
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, f"line {i}") for i in range(lines)])
        return session


class Notify(ManagedCase):
    def test_it_is_ready_when_the_socket_answers(self):
        daemon = self.start()
        self.manager.wait_for("READY=1")
        self.assertEqual(daemon.get("/v1/status")["state"], "running")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual([m for m in self.manager.take_in() if not m.startswith("STATUS=")], ["READY=1", "STOPPING=1"])

    def test_its_status_follows_what_is_stored_and_what_waits(self):
        self.session(3)
        daemon = self.start()
        self.manager.wait_for("STATUS=watching 1 session, 0 waiting")
        self.session(2)
        seen = self.manager.wait_for("STATUS=watching 2 sessions, 0 waiting")
        self.configure(self.state, **harness.SYNC)
        daemon.ctl("reload")
        session = self.session(2)
        seen = self.manager.wait_for("STATUS=watching 3 sessions, 2 waiting", seen)
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "more")])
        self.manager.wait_for("STATUS=watching 3 sessions, 3 waiting", seen)
        self.assertEqual(daemon.stop(), 0)
        texts = [m for m in self.manager.take_in() if m.startswith("STATUS=")]
        self.assertTrue(all(a != b for a, b in zip(texts, texts[1:])), texts)

    def test_a_reload_begins_and_ends(self):
        daemon = self.start()
        seen = self.manager.wait_for("READY=1")
        for content in ("[log]\nlevel = \"debug\"\n", "[log\n"):  # the second is refused, and ends, too
            (self.state / "config.toml").write_text(content)
            daemon.process.send_signal(signal.SIGHUP)
            begun = self.manager.wait_for("RELOADING=1\nMONOTONIC_USEC=", seen)
            seen = self.manager.wait_for("READY=1", begun)
        self.assertEqual(daemon.ctl("reload", check=False).returncode, 1)
        begun = self.manager.wait_for("RELOADING=1\nMONOTONIC_USEC=", seen)
        self.manager.wait_for("READY=1", begun)
        self.assertEqual(daemon.stop(), 0)

    def test_it_gives_signs_of_life(self):
        daemon = self.start(**WATCHED)
        seen = 0
        for _ in range(5):
            seen = self.manager.wait_for("WATCHDOG=1", seen)
        self.assertLess(self.manager.heard.index("READY=1"), self.manager.heard.index("WATCHDOG=1"))
        self.assertEqual(daemon.stop(), 0)

    def test_it_gives_none_while_its_worker_is_stuck(self):
        daemon = self.start(**WATCHED)
        self.manager.wait_for("WATCHDOG=1")
        with Frozen(self, daemon.process.pid):
            self.manager.take_in()
            before = len(self.manager.heard)
            status, _ = daemon.request("GET", "/v1/no-such-thing")  # the I/O thread is well
            self.assertEqual(status, 404)
            for _ in range(20):
                self.manager.hears(within=BEAT)  # nothing must come in all that time
            late = [m for m in self.manager.heard[before + 1:]]  # one may have been on its way
            self.assertEqual(late, [])
        self.manager.wait_for("WATCHDOG=1", len(self.manager.heard))
        self.assertEqual(daemon.stop(), 0)

    def test_an_upgrade_of_the_database_gets_the_time_it_takes(self):
        db = sqlite3.connect(f"{self.state}/kaizen.db")
        db.executescript(FIRST_SCHEMA.read_text())
        db.executescript("CREATE TABLE filler(x); INSERT INTO filler VALUES (zeroblob(40000000))")
        db.close()
        daemon = self.start()
        self.manager.wait_for("READY=1")
        extended = [i for i, m in enumerate(self.manager.heard) if m.startswith("EXTEND_TIMEOUT_USEC=")]
        self.assertTrue(extended)
        self.assertLess(extended[-1], self.manager.heard.index("READY=1"))
        self.assertEqual(daemon.stop(), 0)

    def test_a_database_that_somebody_holds_does_not_fail_the_start(self):
        self.start().wait_until_up().stop()
        db = sqlite3.connect(f"{self.state}/kaizen.db", isolation_level=None)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        self.manager.take_in()
        before = len(self.manager.heard)
        daemon = self.start()
        self.manager.wait_for("READY=1", before)
        self.manager.wait_for("STATUS=another program holds", before)
        db.execute("COMMIT")
        db.close()
        self.manager.wait_for("STATUS=watching 0 sessions", before)
        self.assertEqual(daemon.stop(), 0)

    def test_a_manager_that_is_gone_harms_nothing(self):
        self.manager.close()
        os.unlink(self.manager.path)
        self.session(2)
        daemon = self.start(**WATCHED).wait_until_up()
        daemon.wait_for_lines(2)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.log.count("the service manager does not hear"), 1, daemon.log)


class Frozen:
    """All threads of a process but its first stand still."""

    def __init__(self, case, pid):
        self.ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self.ptrace.restype = ctypes.c_long
        self.threads = [int(name) for name in os.listdir(f"/proc/{pid}/task") if int(name) != pid]
        case.assertTrue(self.threads)
        for thread in self.threads:
            if self.ptrace(PTRACE_SEIZE, thread, None, None) != 0:
                case.skipTest("threads may not be stopped here")

    def __enter__(self):
        for thread in self.threads:
            self.ptrace(PTRACE_INTERRUPT, thread, None, None)
            os.waitpid(thread, WALL)

    def __exit__(self, *_):
        for thread in self.threads:
            self.ptrace(PTRACE_DETACH, thread, None, None)


class Activation(ManagedCase):
    def activate(self, listening):
        listening.set_inheritable(True)
        return self.start(passing_on(self.home.parent, listening.fileno()), fds=[listening.fileno()])

    def test_a_question_put_before_the_start_is_answered(self):
        path = self.state / "kaizend.sock"
        with listening_socket(path) as listening:
            inode = path.stat().st_ino
            for _ in range(2):  # the second takes the same socket
                early = harness.UnixConnection(str(path))
                early.request("GET", "/v1/status")
                daemon = self.activate(listening)
                self.assertEqual(early.getresponse().status, 200)
                early.close()
                other = self.daemon(self.state)
                other.process.wait(timeout=harness.DEADLINE)
                self.assertEqual(other.stop(), EXIT_ANOTHER_RUNS, other.log)
                self.assertEqual(daemon.ctl("status", "--json").returncode, 0)
                self.assertEqual(daemon.stop(), 0)
                self.assertEqual(path.stat().st_ino, inode)
            self.assertTrue(stat.S_ISSOCK(path.stat().st_mode))

    def test_what_is_no_listening_socket_is_refused(self):
        with open(self.home / "notes", "w+") as file:
            os.set_inheritable(file.fileno(), True)
            daemon = self.start(passing_on(self.home.parent, file.fileno()), fds=[file.fileno()])
            self.assertEqual(daemon.process.wait(timeout=harness.DEADLINE), EXIT_CONFIG)
            daemon.stop()
            self.assertIn("does not listen for kaizenctl", daemon.log)

    def test_a_socket_elsewhere_is_said(self):
        with listening_socket(self.home / "elsewhere.sock") as listening:
            daemon = self.activate(listening)
            daemon.wait_for_log("is up")
            self.assertIn(f"{self.home}/elsewhere.sock", daemon.log)
            self.assertEqual(daemon.stop(), 0)


class NewerBinary(ManagedCase):
    def setUp(self):
        super().setUp()
        self.program = self.home.parent / "bin/kaizend"
        self.program.parent.mkdir()
        shutil.copy(harness.KAIZEND, self.program)

    def install(self):
        shutil.copy(harness.KAIZEND, f"{self.program}.new")
        os.rename(f"{self.program}.new", self.program)

    def expect_newer(self, daemon):
        daemon.process.wait(timeout=harness.DEADLINE)
        self.assertEqual(daemon.stop(), EXIT_NEWER_BINARY, daemon.log)
        self.assertIn("a new kaizend is installed", daemon.log)

    def items(self, status):
        return [item for item in status["health"] if item["code"] == "binary_replaced"]

    def test_by_hand_it_says_so_and_stays(self):
        daemon = self.start(self.program, NOTIFY_SOCKET="").wait_until_up()
        self.assertEqual(self.items(daemon.get("/v1/status")), [])
        self.install()
        item, = self.items(daemon.get("/v1/status"))
        self.assertEqual((item["severity"], "restart" in item["fix"]), ("info", True))
        self.session(2)
        daemon.wait_for_lines(2)  # it goes on
        self.assertEqual(daemon.stop(), 0)

    def test_under_a_manager_a_question_makes_it_notice(self):
        daemon = self.start(self.program).wait_until_up()
        self.install()
        self.assertEqual(len(self.items(daemon.get("/v1/status"))), 1)
        self.expect_newer(daemon)

    def test_under_a_manager_work_makes_it_notice_and_nothing_is_lost(self):
        session = self.session(5)
        daemon = self.start(self.program).wait_until_up()
        daemon.wait_for_lines(5)
        self.install()
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "more")])
        self.expect_newer(daemon)
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "while nobody looks")])
        again = self.start(self.program).wait_until_up()
        again.wait_for_lines(7)
        self.assertEqual(again.stop(), 0)
        self.assertEqual(harness.read_database(self.state, "SELECT count(*) FROM events"), [(7,)])

    def test_under_a_manager_that_watches_a_beat_makes_it_notice(self):
        daemon = self.start(self.program, **WATCHED).wait_until_up()
        self.install()
        self.expect_newer(daemon)


if __name__ == "__main__":
    unittest.main(verbosity=2)
