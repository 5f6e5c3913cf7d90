"""kaizenctl doctor: what each check finds where something is at fault, with the daemon and without; and what a bug report does not hold."""
import email.utils
import http.server
import json
import os
import re
import socket
import sqlite3
import stat
import subprocess
import threading
import time
import unittest
from pathlib import Path

import harness
from live_test import CLAUDE, claude_line

DAY = 86_400


class Ingest(http.server.BaseHTTPRequestHandler):
    """A server that takes a batch without rows, and whose clock is `ahead` seconds off."""
    ahead = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"received":0,"deduped":0}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(time.time() + self.ahead, usegmt=True)

    def log_message(self, *_):
        pass


class Doctor(harness.Case):
    def start(self, text="", **sync):
        self.state = self.new_state()
        if text or sync:
            self.configure(self.state, text, **sync)
        return self.daemon(self.state, env={"XDG_RUNTIME_DIR": ""}).wait_until_up()

    def checks(self, daemon, code=None, *options):
        done = daemon.ctl("doctor", "--json", *options, check=False)
        checks = {check["code"]: check for check in json.loads(done.stdout)["checks"]}
        troubled = any(check["severity"] in ("warning", "error") for check in checks.values())
        self.assertEqual(done.returncode, 7 if troubled else 0, checks)
        return checks if code is None else checks[code]

    def transcript(self, torn=False, age_days=0):
        file = self.session_file(f"{CLAUDE}/0b1c2d3e-0000-4000-8000-00000000000{int(torn)}.jsonl",
                                 [claude_line("0b1c2d3e-0000-4000-8000-000000000001", "hello")])
        if torn:
            with open(file, "a") as out:
                out.write('{"type":"us')
        os.utime(file, (time.time() - age_days * DAY,) * 2)
        return file

    def watches_of(self, daemon):
        """As the kernel lists them."""
        listings = [info.read_text() for info in Path(f"/proc/{daemon.process.pid}/fdinfo").iterdir()]
        return sum(line.startswith("inotify ") for listing in listings for line in listing.splitlines())

    def test_both_sides_are_examined(self):
        self.transcript()
        daemon = self.start()
        daemon.wait_for_lines(1)
        checks = self.checks(daemon)
        self.assertEqual([code for code in ("daemon", "service", "permissions", "socket", "store", "config", "sources", "retention",
                                            "watches", "disk", "protections", "sync") if code not in checks], [])
        for code in ("daemon", "permissions", "store", "config", "sources", "retention", "sync"):
            self.assertEqual(checks[code]["severity"], "ok", checks[code])
        self.assertIn("all are read", checks["retention"]["detail"])
        self.assertIn("claude 1 file", checks["sources"]["detail"])
        self.assertRegex(checks["watches"]["detail"], rf"kaizend has {self.watches_of(daemon)};|\b{self.watches_of(daemon)} by kaizend;")

    def test_without_the_daemon_its_own_side_is_examined(self):
        daemon = self.start()
        self.assertEqual(daemon.stop(), 0)
        checks = self.checks(daemon)
        self.assertEqual(checks["daemon"]["severity"], "warning")
        self.assertEqual((checks["permissions"]["severity"], checks["config"]["severity"]), ("ok", "ok"))
        self.assertNotIn("store", checks)

    def test_files_and_directories_that_others_may_read(self):
        daemon = self.start()
        for name in ("kaizen.db", "kaizend.sock", "."):
            path = self.state / name
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(0o755 if name == "." else 0o644)
            check = self.checks(daemon, "permissions")
            self.assertEqual(check["severity"], "warning", name)
            self.assertRegex(check["fix"], rf"^chmod (600|700) {re.escape(str(path))}$")
            path.chmod(mode)
        self.assertEqual(self.checks(daemon, "permissions")["severity"], "ok")

    def test_a_configuration_with_a_secret_that_others_may_read(self):
        state = self.new_state()
        self.configure(state, team_token="c4nary-token").chmod(0o644)
        daemon = self.daemon(state).wait_until_up()
        check = self.checks(daemon, "config")
        self.assertEqual(check["severity"], "warning")
        self.assertIn("chmod 600", check["detail"])
        self.assertEqual(len([c for c in self.checks(daemon).values() if c["severity"] == "warning" and "config.toml" in c["detail"]]), 1)
        self.assertNotIn("c4nary", json.dumps(self.checks(daemon)))
        daemon.stop()
        self.assertEqual(self.checks(daemon, "config")["severity"], "warning")

    def test_transcripts_that_go_before_they_are_read(self):
        self.transcript(torn=True, age_days=29.5)
        daemon = self.start()
        daemon.wait_for_lines(1)
        check = self.checks(daemon, "retention")
        self.assertEqual(check["severity"], "warning")
        self.assertIn("1 is not read to the end, the next goes within a day", check["detail"])
        settings = self.home / ".claude/settings.json"
        settings.write_text('{"cleanupPeriodDays": 365}')
        check = self.checks(daemon, "retention")
        self.assertEqual(check["severity"], "info")
        self.assertIn("after 365 days", check["detail"])
        self.assertIn("in 335 days", check["detail"])
        for nonsense in ('{"cleanupPeriodDays": -1}', '{"cleanupPeriodDays": "x"}', "[" * 100_000, '{"cleanupPeriodDays": 1e300}', ""):
            settings.write_text(nonsense)
            self.assertIn("after 30 days", self.checks(daemon, "retention")["detail"], nonsense[:40])

    def test_a_large_database_is_checked_when_asked_to(self):
        self.start().stop()
        db = sqlite3.connect(self.state / "kaizen.db")
        db.executescript("CREATE TABLE notes (bytes BLOB); INSERT INTO notes VALUES (zeroblob(33000000))")  # somebody's own
        db.close()
        daemon = self.daemon(self.state, env={"XDG_RUNTIME_DIR": ""}).wait_until_up()
        check = self.checks(daemon, "store")
        self.assertEqual((check["severity"], check["fix"]), ("info", "kaizenctl doctor --full"))
        check = self.checks(daemon, "store", "--full")
        self.assertEqual(check["severity"], "ok", check)
        self.assertIn("sound", check["detail"])

    def test_a_damaged_database(self):
        self.transcript()
        daemon = self.start()
        daemon.wait_for_lines(1)
        file = self.state / "kaizen.db"
        db = sqlite3.connect(file)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        page = db.execute("PRAGMA page_size").fetchone()[0]
        db.close()
        size = file.stat().st_size
        with open(file, "r+b") as out:
            out.seek(2 * page)
            out.write(b"\xff" * (size - 2 * page))
        for options in ((), ("--full",)):
            check = self.checks(daemon, "store", *options)
            self.assertEqual(check["severity"], "error", options)
            self.assertIn("kaizenctl stop", check["fix"])

    def serve(self, ahead):
        server = http.server.HTTPServer(("127.0.0.1", 0), type("Handler", (Ingest,), {"ahead": ahead}))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(lambda: (server.shutdown(), thread.join(), server.server_close()))
        return {**harness.SYNC, "endpoint": f"http://127.0.0.1:{server.server_address[1]}"}

    def test_the_teams_server_and_its_clock(self):
        for ahead, severity, word in ((0, "ok", " s"), (3600, "warning", "behind"), (-3600, "warning", "ahead")):
            daemon = self.start(**self.serve(ahead))
            checks = self.checks(daemon)
            self.assertEqual(checks["sync_server"]["severity"], "ok", checks["sync_server"])
            self.assertEqual(checks["sync_clock"]["severity"], severity, checks["sync_clock"])
            self.assertIn(word, checks["sync_clock"]["detail"])
            daemon.stop()

    def test_a_server_that_is_not_there(self):
        checks = self.checks(self.start(**harness.SYNC))
        self.assertEqual(checks["sync_server"]["severity"], "error")
        self.assertIn("refuses", checks["sync_server"]["detail"])
        self.assertNotIn("sync_clock", checks)

    def test_exporters(self):
        (self.home / "file").write_text("in the way")
        text = "".join(f'[[export.to]]\nname = "{name}"\ntype = "file"\npath = "{path}"\n'
                       for name, path in (("good", self.home / "rows.jsonl"), ("bad", self.home / "file/rows.jsonl")))
        self.transcript()
        daemon = self.start(text, team_salt_hex=harness.SALT)
        daemon.wait_for_lines(1)
        daemon.ctl("flush", check=False)
        checks = self.checks(daemon)
        self.assertEqual(checks["exporter:good"]["severity"], "ok", checks)
        self.assertIn(checks["exporter:bad"]["severity"], ("warning", "error"), checks)
        self.assertTrue(checks["exporter:bad"]["detail"], checks)
        self.assertIn("kaizenctl", checks["exporter:bad"]["fix"])

    def test_the_daemon_stops_while_doctor_waits_for_a_silent_server(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            daemon = self.start(**{**harness.SYNC, "endpoint": f"http://127.0.0.1:{server.getsockname()[1]}"})
            doctor = subprocess.Popen([harness.KAIZENCTL, "doctor"], env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            server.settimeout(harness.DEADLINE)
            peer, _ = server.accept()
            with peer:
                self.assertEqual(daemon.stop(), 0)
                doctor.communicate(timeout=harness.DEADLINE)
        self.assertIn(doctor.returncode, (1, 7))

    def test_a_bug_report_holds_no_secret_no_content_and_no_name(self):
        self.session_file(f"{CLAUDE}/0b1c2d3e-0000-4000-8000-000000000001.jsonl",
                          [claude_line("0b1c2d3e-0000-4000-8000-000000000001", "c4nary-prompt")])
        rule = '[[redact.rule]]\nname = "c4nary-rule"\npattern = "C4NARY-[0-9]+"\n[redact]\nallow = ["c4nary-allowed"]\n'
        rule += f'[[export.to]]\nname = "c4nary-exporter"\ntype = "file"\npath = "{self.home}/c4nary.jsonl"\n'
        rule += '[workspace.aliases]\n"~/c4nary-old" = "~/c4nary-new"\n'
        rule += '[store]\ntext = "full"\n[c4nary]\nc4nary = "c4nary-unknown"\n'
        daemon = self.start(rule, **{**harness.SYNC, "endpoint": "http://c4nary-host.invalid:9", "team_token": "c4nary-token",
                                     "team_id": "c4nary-team", "exclude": ["~/c4nary-customer/**"], "team_salt_hex": "c4" * 16 + "ab" * 16})
        daemon.wait_for_lines(1)
        daemon.env.update(USER="c4nary-user", LOGNAME="c4nary-login")
        for report in (self.home / "running.txt", self.home / "stopped.txt"):
            daemon.ctl("doctor", "--bugreport", str(report))
            text = report.read_text()
            self.assertEqual(stat.S_IMODE(report.stat().st_mode), 0o600)
            self.assertTrue(text.startswith("kaizend bug report"), text)
            for section in ("versions", "configuration", "status", "health", "checks"):
                self.assertIn(f"\n  {section}", text.split("\n== ")[0])
                self.assertIn(f"\n== {section}\n", text)
            self.assertIn('store.text = "full"', text)
            self.assertIn("sync.team_token = ***", text)
            for canary in ("c4nary", "C4NARY", "c4c4", str(self.home), self.place.name, harness.SALT):
                self.assertNotIn(canary, text)
            self.assertIsNone(re.search(rf"(?<![A-Za-z0-9]){re.escape(socket.gethostname())}(?![A-Za-z0-9])", text))
            daemon.stop()
        self.assertIn("kaizend does not answer", text)

    def test_a_bug_report_overwrites_nothing(self):
        daemon = self.start()
        there = self.home / "there"
        there.write_text("precious")
        (self.home / "link").symlink_to(self.home / "elsewhere")
        for name in ("there", "link"):
            done = daemon.ctl("doctor", "--bugreport", str(self.home / name), check=False)
            self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(there.read_text(), "precious")
        self.assertFalse((self.home / "elsewhere").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
