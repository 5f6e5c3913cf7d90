"""kill -9 at random moments, during import and during appends: the rows are those of a run that nobody disturbed.

KAIZEN_KILL_ROUNDS (default 200 in all) and KAIZEN_SEED repeat a run."""
import os
import random
import threading
import unittest

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

    def undisturbed(self):
        state = self.new_state()
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(self.lines())
        self.assertEqual(daemon.stop(), 0)
        return harness.dump(state)

    def live_and_die(self, state):
        """One life: it may end before the daemon is up, in the middle of a transaction, or while it idles."""
        daemon = self.daemon(state)
        until = self.random.uniform(0, LONGEST_LIFE)
        threading.Timer(until, daemon.process.kill).start()
        while daemon.read_log(harness.DEADLINE):
            pass
        daemon.process.wait()
        daemon.process.stderr.close()
        self.assertEqual(daemon.process.returncode, -9, daemon.log)

    def finish(self, state):
        daemon = self.daemon(state).wait_until_up()
        daemon.wait_for_lines(self.lines())
        self.assertEqual(daemon.stop(), 0)

    def test_during_import(self):
        expected = self.undisturbed()
        deaths = 0
        while deaths < ROUNDS // 2:
            state = self.new_state()
            for _ in range(self.random.randrange(1, 12)):
                self.live_and_die(state)
                deaths += 1
            self.finish(state)
            self.assertIsNone(harness.first_difference(expected, harness.dump(state)), f"after {deaths} deaths")

    def test_during_appends(self):
        # Files begin cut off somewhere and grow, in pieces that ignore lines, while the daemon lives and dies.
        # Cursor's files stay whole: their times are those of the last change, which depend on when one looks.
        growing = [f for f in harness.corpus_home.session_files(self.home) if ".cursor" not in f.parts]
        growing = self.random.sample(growing, min(12, len(growing)))
        rest = {}
        for file in growing:
            content = file.read_bytes()
            cut = self.random.randrange(len(content) + 1)
            file.write_bytes(content[:cut])
            rest[file] = content[cut:]
        state = self.new_state()
        for _ in range(ROUNDS - ROUNDS // 2):
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
        self.assertIsNone(harness.first_difference(self.undisturbed(), harness.dump(state)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
