"""Agents that keep their sessions where their own environment says, which only their processes know."""
import json
import os
import subprocess
import unittest
import uuid
from pathlib import Path

import harness
from live_test import claude_line

MANY = 50  # requests


@unittest.skipUnless(Path("/proc/self/environ").exists(), "/proc tells the environment of a process")
class Unwatched(harness.Case):
    def process(self, name="agent", **env):
        """A program that waits, called `name`."""
        program = Path(self.place.name) / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.exists() or program.symlink_to("/bin/sleep")
        waits = subprocess.Popen([str(program), "1000"], env=env)
        self.addCleanup(lambda: (waits.kill(), waits.wait()))
        return waits

    def elsewhere(self, *parts):
        place = Path(self.place.name).joinpath("else where", *parts)
        place.mkdir(parents=True)
        return place

    def start(self, text="", program=None):
        self.state = self.new_state()
        self.configure(self.state, text)
        daemon = harness.Daemon(self.home, self.state, program=program) if program else self.daemon(self.state)
        self.daemons.append(daemon)
        return daemon.wait_until_up()

    def expect_advice(self, daemon, root, agent):
        toml = f'[[watch.root]]\nagent = "{agent}"\npath = "{root}"\n'
        doctor = daemon.ctl("doctor", check=False)
        self.assertEqual(doctor.returncode, 7)
        self.assertIn("".join(f"    {line}\n" for line in toml.splitlines()), doctor.stdout)
        self.assertIn("kaizenctl reload", doctor.stdout)
        self.assertNotIn("all well", doctor.stdout)
        text = " ".join(daemon.ctl("status").stdout.split())
        self.assertIn(f'[[watch.root]] agent = "{agent}" path = "{root}"', text)
        self.assertIn(f"not watched: {agent} in {root}", " ".join(daemon.ctl("sessions").stdout.split()))
        return toml

    def test_a_place_that_only_a_process_knows_is_named_until_it_is_watched(self):
        place = self.elsewhere("codex", "sessions")
        process = self.process(CODEX_HOME=str(place.parent), HOME="/nowhere")
        daemon = self.start()
        status = daemon.get("/v1/status")
        self.assertEqual(status["agents"]["unwatched"],
                         [{"agent": "codex", "root": str(place), "variable": "CODEX_HOME", "pid": process.pid}])
        self.assertEqual([(h["code"], h["severity"]) for h in status["health"]], [(f"unwatched:{place}", "warning")])
        toml = self.expect_advice(daemon, place, "codex")
        self.configure(self.state, toml)
        daemon.ctl("reload")
        status = daemon.get("/v1/status")
        self.assertEqual((status["agents"]["unwatched"], status["health"]), ([], []))
        checks = {c["code"]: c for c in json.loads(daemon.ctl("doctor", "--json", check=False).stdout)["checks"]}
        self.assertEqual(checks["agents"]["severity"], "ok")
        self.assertEqual(daemon.stop(), 0)

    def test_each_agents_variable_is_known_and_what_is_of_no_interest_is_not_named(self):
        claude, cursor = self.elsewhere("claude", "projects"), self.elsewhere("cursor", "projects")
        (self.home / ".codex/sessions").mkdir(parents=True)
        link = self.home / "link"
        link.symlink_to(self.home / ".codex")
        self.process(CLAUDE_CONFIG_DIR=f"{claude.parent}, /no/such/place", CURSOR_HOME=str(cursor.parent))
        self.process(CLAUDE_CONFIG_DIR=f"{claude.parent}", CODEX_HOME=str(link))  # the same; watched by another name
        self.process(CODEX_HOME="", XCODEX_HOME="/tmp")
        self.process(CODEX_HOME="relative")
        daemon = self.start()
        found = {(u["agent"], u["root"]) for u in daemon.get("/v1/status")["agents"]["unwatched"]}
        self.assertEqual(found, {("claude", str(claude)), ("cursor", str(cursor))})
        self.configure(self.state, '[watch]\nagents = ["cursor"]\n')
        daemon.ctl("reload")
        found = {(u["agent"], u["root"]) for u in daemon.get("/v1/status")["agents"]["unwatched"]}
        self.assertEqual(found, {("cursor", str(cursor))}, "an agent that is switched off is nobody's business")
        self.assertEqual(daemon.stop(), 0)

    def test_processes_are_not_looked_at_for_each_question(self):
        daemon = self.start()
        before = daemon.get("/v1/status")["agents"]["unwatched"]
        place = self.elsewhere("codex", "sessions")
        self.process(CODEX_HOME=str(place.parent))
        answers = [daemon.get("/v1/status")["agents"]["unwatched"] for _ in range(MANY)]
        self.assertEqual(answers, [before] * len(answers), "within half a minute nobody looks again")
        self.assertEqual(daemon.stop(), 0)

    def test_where_the_daemon_may_not_look_kaizenctl_does(self):
        if subprocess.run(["unshare", "--user", "--map-root-user", "true"], capture_output=True).returncode != 0:
            self.skipTest("no user namespaces here")
        place = self.elsewhere("claude", "projects")
        self.process(CLAUDE_CONFIG_DIR=str(place.parent))
        wrapper = Path(self.place.name) / "hidden"
        wrapper.write_text(f'#!/bin/sh\nexec unshare --user --map-root-user "{harness.KAIZEND}" "$@"\n')
        wrapper.chmod(0o755)
        daemon = self.start(program=str(wrapper))
        agents = daemon.get("/v1/status")["agents"]
        self.assertEqual((agents["hidden"], agents["unwatched"]), (True, []))
        self.expect_advice(daemon, place, "claude")
        self.assertEqual(daemon.ctl("status", "--check", check=False).returncode, 7)
        self.assertEqual(daemon.stop(), 0)

    def test_an_agent_that_runs_and_was_never_seen_is_named(self):
        self.process("codex")
        self.process("claude")
        session = str(uuid.uuid4())
        self.session_file(f".claude/projects/-home-ana-app/{session}.jsonl", [claude_line(session, "hello")])
        daemon = self.start()
        daemon.wait_for_lines(1)
        self.assertEqual(sorted(daemon.get("/v1/status")["agents"]["running"]), ["claude", "codex"])
        self.assertIn("codex runs, and no session of it was ever seen", " ".join(daemon.ctl("sessions").stdout.split()))
        daemon = self.start('[watch]\nagents = ["codex"]\n')
        text = " ".join(daemon.ctl("sessions").stdout.split())
        self.assertIn("no sessions yet", text)
        self.assertIn("codex runs, and no session of it was ever seen", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
