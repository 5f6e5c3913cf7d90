"""Two daemons started at once on one directory: exactly one runs, the other exits with 75, and the one that runs takes a SIGTERM at any
moment.

KAIZEN_RACE_ROUNDS (default 1000: 13 s, with sanitizers a minute)."""
import os
import signal
import subprocess
import unittest

import harness

ROUNDS = int(os.environ.get("KAIZEN_RACE_ROUNDS", "1000"))
EXIT_ANOTHER_RUNS = 75
# The thread sanitizer puts signals off to the next call that it knows, and sleeps in that one when they come just before it: there the
# races are without SIGTERM.
END = signal.SIGKILL if "/tsan/" in harness.KAIZEND else signal.SIGTERM
LOOKS = 20  # in every such round the winner is also asked who it is


class TwoDaemons(harness.Case):
    def race(self, env, look):
        """Both at once. The first to end is the loser: the other one holds the lock."""
        both = {}
        for _ in range(2):
            process = subprocess.Popen([harness.KAIZEND], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            both[process.pid] = process
        pid, status = os.wait()
        loser = both.pop(pid)
        loser.returncode = os.waitstatus_to_exitcode(status)
        winner, = both.values()
        said = loser.stderr.read().decode()
        self.assertEqual(loser.returncode, EXIT_ANOTHER_RUNS, said)
        self.assertIn("another kaizend runs here", said)
        if look:
            self.ask(winner, env)
        winner.send_signal(END)
        _, said = winner.communicate(timeout=harness.DEADLINE)
        self.assertEqual(winner.returncode, 0 if END == signal.SIGTERM else -END, said.decode())
        loser.stderr.close()

    def ask(self, winner, env):
        while b"is up" not in (line := winner.stderr.readline()):
            self.assertTrue(line, "the winner ended")
        connection = harness.UnixConnection(env["KAIZEN_HOME"] + "/kaizend.sock")
        connection.request("GET", "/v1/status")
        self.assertIn(f'"pid":{winner.pid},', connection.getresponse().read().decode())
        connection.close()

    def test_exactly_one_runs(self):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "KAIZEN_HOME": str(self.new_state()),
               **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}
        for round in range(ROUNDS):
            with self.subTest(round=round):
                self.race(env, look=round % LOOKS == 0)
        print(f"{ROUNDS} races{'' if END == signal.SIGTERM else ', ended by SIGKILL under the thread sanitizer'}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
