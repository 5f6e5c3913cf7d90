"""What the benchmarks measure with: a process's memory, time and wake-ups, times in order, and lines on their way to `kaizenctl tail`."""
import contextlib
import json
import os
import random
import select
import signal
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path

import harness
from live_test import CLAUDE, claude_line

QUIET = "/var/tmp"  # a home's parents are watched for roots that appear, and in /tmp there is always something new


def proc(pid, field):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024  # kB to MiB
    return 0.0


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wakeups(pid):
    """How often its threads went to sleep, which is how often they woke."""
    return sum(int(line.split()[1]) for task in Path(f"/proc/{pid}/task").iterdir()
               for line in (task / "status").read_text().splitlines() if line.startswith("voluntary_ctxt_switches"))


def end_in_order():
    """A SIGTERM to us ends the daemon and removes its home, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


class Kaizend(harness.Daemon):
    def __init__(self, home, state, program=harness.KAIZEND):
        super().__init__(home, state, program=program)
        self.program = program

    def begin_again(self):
        self.stop()
        self.__init__(self.home, self.state, self.program)
        self.wait_until_up()
        wait_until_quiet(self)


@contextlib.contextmanager
def running(home, state, program=harness.KAIZEND):
    """A kaizend that is not left behind, whatever happens."""
    daemon = Kaizend(home, state, program)
    try:
        yield daemon
    finally:
        if daemon.process.poll() is None:
            daemon.kill()


def wait_until_quiet(daemon):
    """Until it used no CPU for a second: what it had to look at after its start is done."""
    used, quiet = cpu_seconds(daemon.process.pid), 0
    while quiet < 10:
        time.sleep(0.1)
        now = cpu_seconds(daemon.process.pid)
        quiet = quiet + 1 if now == used else 0
        used = now


def idle_wakeups(daemon, seconds):
    """Wake-ups in so many seconds of a daemon that has nothing to do: its last timers run out some seconds after its last work."""
    pid = daemon.process.pid
    until = time.monotonic() + 60
    before = None
    while before != wakeups(pid) and time.monotonic() < until:
        before = wakeups(pid)
        time.sleep(5)
    before = wakeups(pid)
    time.sleep(seconds)
    return wakeups(pid) - before


def percentile(times, share):
    times = sorted(times)
    return times[min(len(times) - 1, int(len(times) * share))]


def spread(times):
    """(p50, p95, max)"""
    return statistics.median(times), percentile(times, 0.95), max(times)


class Lost(Exception):
    """A line did not come; `times` are those of the lines before."""

    def __init__(self, times):
        super().__init__(f"line {len(times)} did not come")
        self.times = times


class Tail:
    """`kaizenctl tail` and a session file to whose lines it listens."""

    def __init__(self, daemon):
        session = str(uuid.uuid4())
        self.session = session
        self.file = Path(daemon.home) / CLAUDE / f"{session}.jsonl"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen([harness.KAIZENCTL, "tail", "--json"], env=daemon.env, stdout=subprocess.PIPE,
                                        bufsize=0)
        self.rest = b""

    def append(self, text, role="assistant"):
        line = claude_line(self.session, text, role) + "\n"
        with open(self.file, "a") as out:
            began = time.monotonic()
            out.write(line)
        return began

    def read_until(self, text, patience):
        """Whether the line with that text came; others may come before it."""
        until = time.monotonic() + patience
        while True:
            *lines, self.rest = self.rest.split(b"\n")
            if any(json.loads(line)["text"] == text for line in lines):
                return True
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            more = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not more:
                return False
            self.rest += more

    def begin(self, patience):
        """Until a line comes through. One that is there before kaizenctl asks may be older than what it begins with."""
        until = time.monotonic() + patience
        n = 0
        while time.monotonic() < until:
            self.append(f"warm up {n}", "user")
            if self.read_until(f"warm up {n}", 0.5):
                return
            n += 1
        raise AssertionError(f"no line came through kaizenctl tail within {patience} s; it ended with {self.process.poll()}")

    def latencies(self, lines, patience, seconds=float("inf")):
        """Milliseconds from write() to the line on standard output, of `lines` lines or as many as come in `seconds`. Lost when one does
        not come within `patience`."""
        times = []
        until = time.monotonic() + seconds
        for n in range(lines):
            time.sleep(random.uniform(0, 0.02))  # an agent's pace; not a wait for anything
            if time.monotonic() > until:
                break
            began = self.append(f"line {n}")
            if not self.read_until(f"line {n}", patience):
                raise Lost(times)
            times.append((time.monotonic() - began) * 1000)
        return times

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
