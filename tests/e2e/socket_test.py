"""The socket and the programs around it: who may speak, what is refused and how it says so, exit codes, stopping."""
import json
import os
import socket
import subprocess
import unittest

import harness
from live_test import CLAUDE, claude_line


class Socket(harness.Case):
    def start(self, *words, **more):
        self.state = self.new_state()
        return self.daemon(self.state, *words, **more).wait_until_up()

    def run_kaizend(self, state, *words, env=None):
        daemon = self.daemon(state, *words, env=env)
        _, log = daemon.process.communicate(timeout=harness.DEADLINE)
        return daemon.process.returncode, log.decode()

    def test_curl_gets_a_status_of_the_documented_shape(self):
        daemon = self.start()
        done = subprocess.run(["curl", "-s", "-D", "-", "--unix-socket", daemon.socket, "http://kaizend/v1/status"],
                              capture_output=True, text=True, check=True)
        head, body = done.stdout.split("\n\n", 1)
        self.assertIn("Kaizend-Api: 1", head)
        self.assertIn("Kaizend-Version: ", head)
        status = json.loads(body)
        self.assertEqual(status["state"], "running")
        self.assertEqual(status["pid"], daemon.process.pid)
        self.assertEqual((status["sync"]["enabled"], status["sync"]["state"], status["exporters"]), (False, "disabled", []))
        self.assertEqual(status["balance"], {"enqueued": 0, "delivered": 0, "pending": 0, "dead": 0, "dropped_by_user": 0})

    def test_only_the_owner_can_reach_files_and_socket(self):
        daemon = self.start()
        self.assertEqual(os.stat(self.state).st_mode & 0o777, 0o700)
        for name in ("kaizend.sock", "kaizen.db", "kaizen.db-wal", "kaizend.lock"):
            self.assertEqual(os.stat(f"{self.state}/{name}").st_mode & 0o077, 0, name)
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse(os.path.exists(daemon.socket))

    def test_a_second_daemon_says_who_runs_and_leaves_the_first_alone(self):
        daemon = self.start()
        code, log = self.run_kaizend(self.state)
        self.assertEqual(code, 75)
        self.assertIn(f"pid {daemon.process.pid}", log)
        self.assertEqual(daemon.get("/v1/status")["state"], "running")

    def test_a_stale_socket_is_replaced(self):
        daemon = self.start()
        daemon.kill()
        self.assertTrue(os.path.exists(daemon.socket))
        self.daemon(self.state).wait_until_up().get("/v1/status")

    @unittest.skipIf(os.geteuid() != 0, "needs root to become somebody else")
    def test_a_foreign_user_is_closed_unheard(self):
        daemon = self.start()
        os.chmod(self.place.name, 0o755)
        os.chmod(self.state, 0o755)
        os.chmod(daemon.socket, 0o666)
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "curl", "-s", "--unix-socket",
                               daemon.socket, "http://kaizend/v1/status"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        status = daemon.get("/v1/status")
        self.assertEqual((status["state"], status["control"]), ("running", {"refused_peers": 1, "turned_away": 0}))
        self.assertIn("1 connection of other users refused", daemon.ctl("status").stdout)
        self.assertIn("kaizen_control_refused_peers_total 1\n", daemon.metrics())

    def test_connections_over_the_limit_are_counted(self):
        daemon = self.start()
        self.assertNotIn("Socket", daemon.ctl("status").stdout)
        first = harness.UnixConnection(daemon.socket)
        self.addCleanup(first.close)
        peers = []
        while True:  # one that asked before may still be closing
            first.request("GET", "/v1/status")
            if json.loads(first.getresponse().read())["control"]["turned_away"] > 0:
                break
            peers.append(socket.socket(socket.AF_UNIX))
            self.addCleanup(peers[-1].close)
            peers[-1].connect(daemon.socket)
        self.assertGreaterEqual(len(peers), 64)
        first.request("GET", "/v1/metrics")
        self.assertRegex(first.getresponse().read(), rb"kaizen_control_turned_away_total [1-9]")

    def test_refusals_have_one_shape(self):
        daemon = self.start()
        cases = [
            ("GET", "/v1/nothing", {}, None, 404, "not_found"),
            ("DELETE", "/v1/status", {}, None, 405, "method_not_allowed"),
            ("GET", "/v1/status", {"Origin": "http://evil.example"}, None, 403, "forbidden"),
            ("GET", "/v1/status", {"Referer": "http://evil.example/"}, None, 403, "forbidden"),
            ("POST", "/v1/flush", {}, "x" * (2 << 20), 413, "too_large"),
            ("GET", "/v1/events?after=minus", {}, None, 400, "bad_request"),
            ("GET", "/v1/events?last=5&after=1", {}, None, 400, "bad_request"),
            ("GET", "/v1/events?follow=yes", {}, None, 400, "bad_request"),
            ("GET", "/v1/events?follow", {}, None, 400, "bad_request"),
            ("GET", "/v1/sessions?limit=0", {}, None, 400, "bad_request"),
            ("GET", "/v1/sessions?limit=1001", {}, None, 400, "bad_request"),
            ("GET", "/v1/sessions?state=running", {}, None, 400, "bad_request"),
            ("GET", "/v1/sessions?status=asleep", {}, None, 400, "bad_request"),
            ("GET", "/v1/usage?by=hour", {}, None, 400, "bad_request"),
            ("GET", "/v1/status?verbose=1", {}, None, 400, "bad_request"),
            ("GET", "/v1/status", {}, "{", 400, "bad_request"),
            ("DELETE", "/v1/outbox/1", {}, '{"id": 2}', 400, "bad_request"),
            ("POST", "/v1/sync/backfill", {}, '{"since_ms": 1', 400, "bad_request"),
            ("POST", "/v1/sync/backfill", {}, '{"since": 1}', 400, "bad_request"),
            ("POST", "/v1/sync/backfill", {}, None, 400, "bad_request"),
            ("POST", "/v1/sync/pause", {}, '{"for_ms": 60000}', 400, "bad_request"),
            ("POST", "/v1/outbox/retry", {}, '{"id": 5', 400, "bad_request"),
            ("POST", "/v1/usage/reprice", {}, '{"model": "x"}', 400, "bad_request"),
            ("POST", "/v1/reload", {}, "{", 400, "bad_request"),
            ("POST", "/v1/shutdown", {}, '{"in_ms": 60000}', 400, "bad_request"),
            ("GET", "/v1/sessions/ffff", {}, None, 404, "not_found"),
            ("GET", "/v1/sessions/abc", {}, None, 400, "bad_request"),
        ]
        for method, path, headers, body, status, code in cases:
            with self.subTest(path=path, headers=headers):
                try:
                    got, answer = daemon.request(method, path, body, headers)
                except BrokenPipeError:  # the server had heard enough of the body and left
                    continue
                self.assertEqual((got, answer["error"]["code"]), (status, code))
                self.assertEqual(set(answer["error"]) & {"code", "message", "hint", "retryable"}, {"code", "message", "hint", "retryable"})

    def test_an_ambiguous_id_names_the_candidates(self):
        for tail in ("a", "b"):
            session = f"12345678-0000-4000-8000-00000000000{tail}"
            self.session_file(f"{CLAUDE}/{session}.jsonl", [claude_line(session, "hello")])
        daemon = self.start()
        daemon.wait_for_lines(2)
        status, answer = daemon.request("GET", "/v1/sessions/12345678")
        self.assertEqual((status, answer["error"]["code"], len(answer["error"]["candidates"])), (409, "conflict", 2))
        self.assertEqual(daemon.ctl("show", "12345678", check=False).returncode, 5)
        self.assertEqual(daemon.ctl("show", "12345678-0000-4000-8000-00000000000a").returncode, 0)
        self.assertEqual(daemon.ctl("show", "99999999", check=False).returncode, 4)

    def test_a_slow_peer_does_not_hold_up_others(self):
        daemon = self.start()
        slow = socket.socket(socket.AF_UNIX)
        slow.connect(daemon.socket)
        slow.sendall(b"GET /v1/status HTTP/1.1\r\nHost:")
        self.assertEqual(daemon.get("/v1/status")["state"], "running")
        self.assertEqual(daemon.stop(), 0)
        slow.close()

    def test_a_broken_config_is_refused_with_its_place(self):
        state = self.new_state()
        (state / "config.toml").write_text('[watch]\nagents = "claude"\n')
        code, log = self.run_kaizend(state)
        self.assertEqual(code, 78)
        self.assertIn("config.toml:2:10", log)

    def test_words_that_kaizend_does_not_know_are_usage_errors(self):
        self.assertEqual(self.run_kaizend(self.new_state(), "--nonsense")[0], 64)

    def test_reload_says_what_took_effect_and_keeps_the_old_one_when_broken(self):
        daemon = self.start()
        config = self.state / "config.toml"
        config.write_text('[log]\nlevel = "debug"\n[watch]\npoll_interval_ms = 500\n')
        report = json.loads(daemon.ctl("reload", "--json").stdout)
        self.assertEqual((report["applied"], report["needs_restart"]), (["log.level"], ["watch.poll_interval_ms"]))
        config.write_text("[log\n")
        done = daemon.ctl("reload", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("config.toml:1", done.stderr)
        self.assertEqual(daemon.get("/v1/status")["state"], "running")

    def test_sync_is_disabled_and_flush_says_so(self):
        daemon = self.start()
        self.assertEqual(json.loads(daemon.ctl("flush", "--now", "--json").stdout)["outcome"], "disabled")
        self.assertEqual(daemon.ctl("flush", "--now").returncode, 0)

    def test_kaizenctl_stop_ends_it_with_a_follower_attached(self):
        daemon = self.start()
        tail = subprocess.Popen([harness.KAIZENCTL, "tail", "--json"], env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        daemon.wait_for(lambda s: s["state"] == "running", "running")
        self.assertEqual(daemon.ctl("stop").returncode, 0)
        self.assertEqual(daemon.process.wait(timeout=harness.DEADLINE), 0)
        tail.communicate(timeout=harness.DEADLINE)
        self.assertEqual(tail.returncode, 3)
        self.assertEqual(daemon.ctl("status", check=False).returncode, 3)

    def test_sigterm_and_sigint_end_it_cleanly(self):
        for signal in ("SIGTERM", "SIGINT"):
            daemon = self.start()
            subprocess.run(["kill", f"-{signal}", str(daemon.process.pid)], check=True)
            self.assertEqual(daemon.process.wait(timeout=harness.DEADLINE), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
