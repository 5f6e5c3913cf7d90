"""Places to watch that come and go with a reload, and nothing else that is disturbed by it."""
import random
import signal
import unittest
import uuid

import harness
from live_test import CLAUDE, claude_line


def root(agent, path):
    return f'[[watch.root]]\nagent = "{agent}"\npath = "{path}"\n'


class Roots(harness.Case):
    def start(self, text=""):
        self.state = self.new_state()
        self.configure(self.state, text)
        self.kaizend = self.daemon(self.state).wait_until_up()
        return self.kaizend

    def reload(self, text):
        self.configure(self.state, text)
        status, report = self.kaizend.request("POST", "/v1/reload")
        self.assertEqual(status, 200, report)
        self.assertEqual(report["needs_restart"], [])
        return report["applied"]

    def write(self, folder, session, *texts):
        return self.session_file(f"{folder}/-home-ana-app/{session}.jsonl", [claude_line(session, text) for text in texts])

    def source(self, path):
        return [s for s in self.kaizend.get("/v1/status")["sources"] if s["root"] == str(path)]

    def test_a_new_place_is_read_and_followed_and_one_that_is_gone_is_not(self):
        old, new = str(uuid.uuid4()), str(uuid.uuid4())
        backup = self.home / "backup"
        self.write(".claude/projects", old, "in its own place")
        self.write("backup", new, "in the backup")
        self.start()
        self.kaizend.wait_for_lines(1)
        self.assertEqual(self.reload(root("claude", backup)), ["watch.root[1].agent", "watch.root[1].path"])
        self.kaizend.wait_for_lines(2)
        self.write("backup", new, "more in the backup")
        self.write(".claude/projects", old, "more in its own place")
        self.kaizend.wait_for_lines(4)
        self.assertEqual((self.source(backup)[0]["watching"], self.source(backup)[0]["lines"]), ("inotify", 2))

        self.assertEqual(self.reload(""), ["watch.root[1].agent", "watch.root[1].path"])
        self.write("backup", new, "unseen")
        self.write(".claude/projects", old, "seen")
        self.kaizend.wait_for_lines(5)
        self.assertEqual((self.source(backup)[0]["watching"], self.source(backup)[0]["lines"]), (None, 2))
        self.assertEqual(self.kaizend.get(f"/v1/sessions/{new}")["session"]["events"], 2)
        self.assertIn("unwatched", self.kaizend.ctl("status").stdout)

        self.reload(root("claude", backup))
        self.kaizend.wait_for_lines(6)
        self.assertEqual(self.kaizend.get(f"/v1/sessions/{new}")["session"]["events"], 3)
        self.assertEqual(self.kaizend.stop(), 0)

    def test_agents_come_and_go(self):
        session = str(uuid.uuid4())
        self.write(".claude/projects", session, "one")
        self.start('[watch]\nagents = ["codex"]\n')
        self.assertEqual({s["agent"] for s in self.kaizend.get("/v1/status")["sources"]}, {"codex"})
        self.assertEqual(self.reload('[watch]\nagents = ["claude"]\n'), ["watch.agents"])
        self.kaizend.wait_for_lines(1)
        self.assertEqual({s["agent"] for s in self.kaizend.get("/v1/status")["sources"]}, {"claude"})
        self.configure(self.state, '[watch]\nagents = ["cursor"]\n')
        self.kaizend.process.send_signal(signal.SIGHUP)
        self.kaizend.wait_for(lambda s: "cursor" in {x["agent"] for x in s["sources"]}, "SIGHUP does the same")
        self.assertEqual(self.kaizend.stop(), 0)

    def test_nothing_is_lost_or_read_twice_while_places_come_and_go(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        places = {".claude/projects": [str(uuid.uuid4()) for _ in range(3)], "a": [str(uuid.uuid4()) for _ in range(3)],
                  "b": [str(uuid.uuid4()) for _ in range(3)]}
        texts = []

        def write():
            folder = chance.choice(list(places))
            texts.append(f"{folder} {len(texts)}")
            self.write(folder, chance.choice(places[folder]), texts[-1])

        for _ in range(300):
            write()
        self.start()
        for _ in range(60):
            for _ in range(chance.randrange(5)):
                write()
            self.reload("".join(root("claude", self.home / name) for name in ("a", "b") if chance.random() < 0.5))
        self.reload(root("claude", self.home / "a") + root("claude", self.home / "b"))
        for _ in range(50):
            write()
        self.kaizend.wait_for_lines(len(texts))
        self.assertEqual(self.kaizend.stop(), 0)
        stored = [text for text, in harness.read_database(self.state, "SELECT text FROM events WHERE kind = 0")]
        self.assertEqual(sorted(stored), sorted(texts))
        lines, bad, behind = harness.read_database(self.state, "SELECT sum(lines), sum(bad_lines), sum(size - offset) FROM files")[0]
        self.assertEqual((lines, bad, behind), (len(texts), 0, 0))

    def test_a_broken_configuration_changes_no_place(self):
        session = str(uuid.uuid4())
        self.write("backup", session, "one")
        self.start(root("claude", self.home / "backup"))
        self.kaizend.wait_for_lines(1)
        self.configure(self.state, '[watch]\nagents = ["nobody"]\n')
        self.assertEqual(self.kaizend.request("POST", "/v1/reload")[0], 422)
        self.write("backup", session, "two")
        self.kaizend.wait_for_lines(2)
        self.assertEqual(self.kaizend.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
