#!/usr/bin/env python3
"""Two builds of kaizend on the same home, in runs by turns, so that what else the machine does falls on both: prints the median of each,
their ratio (new : old, by round), and how far the rounds are apart. Asserts nothing.

    tests/bench/run compare OLD_KAIZEND       against this tree's release build

KAIZEN_BENCH_SESSIONS (default 5000), KAIZEN_BENCH_EVENTS_PER_SESSION (100), KAIZEN_BENCH_SEED (1), KAIZEN_BENCH_ROUNDS (7),
KAIZEN_BENCH_LINES (300 in a round), KAIZEN_BENCH_IDLE_SECONDS (10 in a round).
"""
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402
import scale_home  # noqa: E402
from measure import QUIET, Tail, cpu_seconds, end_in_order, idle_wakeups, percentile, proc, running  # noqa: E402

SESSIONS = int(os.environ.get("KAIZEN_BENCH_SESSIONS", "5000"))
EVENTS = int(os.environ.get("KAIZEN_BENCH_EVENTS_PER_SESSION", "100"))
SEED = int(os.environ.get("KAIZEN_BENCH_SEED", "1"))
ROUNDS = int(os.environ.get("KAIZEN_BENCH_ROUNDS", "7"))
LINES = int(os.environ.get("KAIZEN_BENCH_LINES", "300"))
IDLE_SECONDS = int(os.environ.get("KAIZEN_BENCH_IDLE_SECONDS", "10"))
PATIENCE = 30.0


def one_run(program, home, state):
    """Figures by name, of a daemon that begins with nothing."""
    state.mkdir(mode=0o700)
    began = time.monotonic()
    with running(home, state, program) as daemon:
        pid = daemon.process.pid
        daemon.wait_for_log("history is in")
        figures = {"import, s": time.monotonic() - began, "import, CPU s": cpu_seconds(pid), "importing, MiB at the most": proc(pid, "VmHWM")}
        figures |= tail_figures(daemon)
        figures[f"idle, wake-ups in {IDLE_SECONDS} s"] = idle_wakeups(daemon, IDLE_SECONDS)
        figures["idle, MiB resident"] = proc(pid, "VmRSS")
        daemon.stop()
    shutil.rmtree(state)
    return figures


def tail_figures(daemon):
    with Tail(daemon) as tail:
        tail.begin(PATIENCE)
        times = tail.latencies(LINES, PATIENCE)
    shutil.rmtree(tail.file.parent)  # the next run is to import the same
    return {"append to tail, p50 ms": percentile(times, 0.5), "append to tail, p99 ms": percentile(times, 0.99)}


def print_figures(rounds):
    print(f"{'':<30}{'old':>10}{'new':>10}{'new : old':>12}{'by round':>18}")
    for name in rounds[0][0]:
        old, new = ([figures[which][name] for figures in rounds] for which in (0, 1))
        ratios = [b / a for a, b in zip(old, new) if a]
        ratio = f"{statistics.median(ratios):.3f}" if ratios else "–"
        spread = f"{min(ratios):.3f}–{max(ratios):.3f}" if ratios else "–"
        print(f"{name:<30}{statistics.median(old):>10.2f}{statistics.median(new):>10.2f}{ratio:>12}{spread:>18}")


def main(old, new):
    end_in_order()
    with tempfile.TemporaryDirectory(prefix="kaizen-bench-", dir=QUIET) as directory:
        home = Path(directory) / "home"
        size = scale_home.lay_out(scale_home.Plan(str(home), SESSIONS, EVENTS, SEED))
        for file in harness.corpus_home.session_files(home):
            file.read_bytes()  # so that the disk is not what is measured
        print(f"{SESSIONS} sessions, {size / 1e6:.0f} MB, {ROUNDS} rounds\nold  {old}\nnew  {new}", flush=True)
        rounds = []
        for number in range(ROUNDS):
            order = (0, 1) if number % 2 == 0 else (1, 0)
            done = {which: one_run((old, new)[which], home, Path(directory) / "state") for which in order}
            rounds.append((done[0], done[1]))
        print_figures(rounds)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tests/bench/run compare OLD_KAIZEND")
    main(os.path.abspath(sys.argv[1]), harness.KAIZEND)
