"""A scripted life (an upgrade or a repair, an import, live appends, sync with two exporters, a reload) in which one operation fails: a call for
memory, of a file, of the network or of the database. Whatever it was: nothing is lost, nothing comes twice, nothing is stuck, the
balance is exact. Where the fault ends the process, another one is started, as a service manager does.

Every other life begins with a damaged database instead of an old one. KAIZEN_FAULTS says how many faults are tried (default 30), evenly over all kinds and the whole life, from a random place on;
KAIZEN_FAULTS=memory:1234 tries one. KAIZEN_SEED repeats a run."""
import collections
import json
import os
import random
import sqlite3
import time
import unittest
from pathlib import Path

import harness
from export_case import ExportCase

FAULTS = os.environ.get("KAIZEN_FAULTS", "30")
SEED = int(os.environ.get("KAIZEN_SEED", "1"))  # the same by default, so that a change is judged by the same faults
KINDS = ("file", "network", "database", "memory")
SCHEMA_1 = Path(__file__).resolve().parents[1] / "fixtures/store/v1.sql"
PATIENCE = 60.0  # ends a life that is stuck
SANITIZED = "asan" in harness.KAIZEND or "tsan" in harness.KAIZEND


class Life(ExportCase):
    """One."""

    def begin(self, fault):
        self.fault, self.deaths, self.last_words = fault, 0, ""
        self.endpoint = self.serve()
        self.otlp(), self.file()
        self.sessions.write(30, calls=4, sessions=3).write(20, workspace="other")
        self.point_at(self.endpoint.url, exclude=[])
        database = sqlite3.connect(self.state / "kaizen.db")
        database.executescript(SCHEMA_1.read_text())
        self.lines_before = database.execute("SELECT sum(lines) FROM files").fetchone()[0] or 0
        database.close()
        (self.state / "kaizen.db").chmod(0o600)
        self.damaged = fault is not None and int(fault.split(":")[1]) % 2 == 0
        if self.damaged:
            (self.state / "kaizen.db").write_bytes(b"damaged!" * 4096)
        self.counts = Path(self.place.name) / "counts"
        self.kaizend = self.daemon(self.state, env={
            "LD_PRELOAD": os.environ["FAILING_CALLS"], "KAIZEN_FAIL": fault or "", "KAIZEN_FAIL_COUNTS": str(self.counts)})

    def live(self):
        self.until(lambda: self.ask("GET", "/v1/status"), "it answers")
        self.until(lambda: self.everybody_has_all(), "all of the history is everywhere")
        self.sessions.write(10, calls=2)
        self.until(lambda: self.ask("POST", "/v1/reload"), "a reload")
        self.ask("POST", "/v1/flush", {"now": True, "wait": False})
        self.sessions.write(5, workspace="other")
        self.until(lambda: self.everybody_has_all(), "what was appended is everywhere")
        began = time.monotonic()
        code = self.kaizend.stop()
        took = time.monotonic() - began
        if code != 0:
            self.deaths += 1
            self.last_words = f"exit code {code} at the end"
        self.assertLess(took, 10, f"the end took that long:\n{self.kaizend.log}")

    def until(self, condition, what):
        until = time.monotonic() + PATIENCE
        while not condition():
            if self.kaizend.process.poll() is not None:
                while self.kaizend.read_log(0.1):
                    pass
                self.deaths += 1
                self.last_words = " / ".join(self.kaizend.log.splitlines()[-3:])
                self.assertLess(self.deaths, 3, f"it ends again and again:\n{self.kaizend.log}")
                self.kaizend = self.daemon(self.state)
            self.kaizend.read_log(0.02)
            if time.monotonic() > until:
                status = self.ask("GET", "/v1/status") or {}
                said = {name: status.get(name) for name in ("health", "balance", "sync", "exporters")}
                raise AssertionError(f"never: {what}; {json.dumps(said)}\n{self.kaizend.log}")

    def log(self):
        """Of all processes."""
        for daemon in self.daemons:
            daemon.process.poll() is None and daemon.kill()
        return "\n--\n".join(daemon.log for daemon in self.daemons)

    def lines(self):
        return sum(map(harness.count_lines, harness.corpus_home.session_files(self.home)))

    def ask(self, method, path, body=None):
        """None when it does not answer, or not well."""
        try:
            status, answer = self.kaizend.request(method, path, json.dumps(body) if body is not None else None)
        except (OSError, ValueError, harness.http.client.HTTPException):
            return None
        return answer if status == 200 else None

    def everybody_has_all(self):
        """Of a database that was rebuilt nothing leaves by itself but what comes later: there it is the store that has all."""
        status = self.ask("GET", "/v1/status")
        if self.damaged:
            return status and sum(source["lines"] for source in status["sources"]) == self.lines()
        return (status and status["balance"]["enqueued"] >= self.sessions.rows and status["balance"]["pending"] == 0
                and status["sync"]["state"] == "idle" and all(e["backlog"] == 0 and e["state"] == "idle" for e in status["exporters"]))

    def check_all_is_there(self):
        """An exporter is sent again what it was sent when the process ended, or the answer was lost, before that was noted: it can tell
        by the ids. The endpoint has keys."""
        self.start()
        if self.damaged:
            self.kaizend.wait_for_lines(self.lines())
        else:
            self.settle_all()
            self.check(self.endpoint)
        for name in [] if self.damaged else self.receivers:
            self.check_has_all(name, self.endpoint, again=self.deaths > 0 or "network" in (self.fault or ""))
        self.assertEqual(self.kaizend.stop(), 0)
        self.assertIsNone(harness.fault_of_balance(self.state))
        stored, bad = harness.read_database(self.state, "SELECT sum(lines), sum(bad_lines) FROM files")[0]
        self.assertEqual((stored - (0 if self.damaged else self.lines_before), bad), (self.lines(), 0))
        aside = [p.name for p in Path(self.state).iterdir() if ".corrupt-" in p.name and not p.name.endswith(("-wal", "-shm"))]
        self.assertEqual(len(aside), int(self.damaged), "what was damaged was moved aside, nothing else")


@unittest.skipIf(SANITIZED, "a sanitizer has calls of its own for memory")
class FaultInjection(unittest.TestCase):
    def one(self, fault):
        life = self.life = Life()
        life.setUp()
        try:
            life.begin(fault)
            life.live()
            life.check_all_is_there()
            return life
        finally:
            life.doCleanups()

    def chosen(self):
        if ":" in FAULTS:
            return [FAULTS]
        life = Life()
        life.setUp()
        life.begin(None)
        life.live()
        counts = dict(line.split() for line in life.counts.read_text().splitlines())
        life.doCleanups()
        print(f"\nKAIZEN_SEED={SEED}; calls in a life: {counts}")
        chance = random.Random(SEED)
        faults, wanted = [], int(FAULTS)
        for left, kind in zip(range(len(KINDS), 0, -1), sorted(KINDS, key=lambda kind: int(counts[kind]))):
            calls = int(counts[kind])
            number = min(calls, wanted // left)
            faults += [f"{kind}:{int((place + chance.random()) * calls / number) + 1}" for place in range(number)]
            wanted -= number
        return faults

    def test_each_fault_is_got_over(self):
        outcomes = collections.Counter()
        for fault in self.chosen():
            with self.subTest(fault):
                began = time.monotonic()
                try:
                    life = self.one(fault)
                except BaseException as error:  # at once: many others follow
                    print(f"{fault}: FAILED, {error}\n{self.life.log()}", flush=True)
                    raise
                outcomes[(fault.split(":")[0], "ended and started again" if life.deaths else "went on")] += 1
                if time.monotonic() - began > 10 or life.deaths:
                    print(f"{fault}: {time.monotonic() - began:.1f} s, {life.deaths} deaths: {life.last_words}", flush=True)
        for (kind, outcome), number in sorted(outcomes.items()):
            print(f"{kind}: {number} {outcome}")


if __name__ == "__main__":
    unittest.main()
