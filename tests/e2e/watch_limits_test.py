"""Where the kernel gives out no more watches, status and doctor say which limit to raise, and how; and all is read nevertheless."""
import json
import os
import unittest
import uuid
from pathlib import Path

import harness
from live_test import claude_line

SANITIZED = "asan" in harness.KAIZEND or "tsan" in harness.KAIZEND


@unittest.skipIf(SANITIZED, "a sanitizer wants to be the first library")
class WatchLimits(harness.Case):
    def advice(self, env, limit, sources):
        for n in range(20):
            session = str(uuid.uuid4())
            self.session_file(f".claude/projects/-home-ana-{n}/{session}.jsonl", [claude_line(session, "here")])
        daemon = self.daemon(self.new_state(), env={"LD_PRELOAD": os.environ["FAILING_INOTIFY"], **env}).wait_until_up()
        daemon.wait_for_lines(20)
        self.session_file(f".claude/projects/-home-ana-0/{session}.jsonl", [claude_line(session, "there")])
        status = daemon.wait_for_lines(21)  # by looking
        self.assertEqual([s["agent"] for s in status["sources"] if s["watching"] == "poll"], sources)
        present = Path(f"/proc/sys/fs/inotify/{limit}").read_text().strip()
        items = [h for h in status["health"] if h["code"].startswith("watch")]
        self.assertEqual([(h["code"], h["severity"]) for h in items], [(f"watch_limit:{limit}", "warning")])
        checks = {c["code"]: c for c in json.loads(daemon.ctl("doctor", "--json", check=False).stdout)["checks"]}
        self.assertEqual(checks["watches"]["severity"], "warning")
        self.assertEqual(checks["sources"]["severity"], "ok", "it is not about permissions")
        for fix in (items[0]["fix"], checks["watches"]["fix"]):
            self.assertIn(f"it is {present} now", fix)
            self.assertIn(f"\nsudo sysctl fs.inotify.{limit}=", fix)
            self.assertIn(f"\necho fs.inotify.{limit}=", fix)
            self.assertIn("/etc/sysctl.d/", fix)
            self.assertNotIn("ls -l", fix)
        self.assertIn(f"    sudo sysctl fs.inotify.{limit}=", daemon.ctl("doctor", check=False).stdout)
        self.assertIn(f"fs.inotify.{limit} is too low", daemon.ctl("status").stdout)
        self.assertEqual(daemon.stop(), 0)

    def test_no_watch_is_left(self):
        self.advice({"KAIZEN_INOTIFY_WATCHES": "20"}, "max_user_watches", ["claude"])

    def test_no_instance_is_left(self):
        self.advice({"KAIZEN_INOTIFY_INSTANCES": "0"}, "max_user_instances", ["claude", "claude", "codex", "codex", "cursor"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
