#!/usr/bin/env python3
"""Every question to kaizend on a home of years, and on one of a tenth of them: prints figures, asserts nothing.

    tests/bench/run scale       builds release first

KAIZEN_BENCH_SESSIONS (default 50000), KAIZEN_BENCH_EVENTS_PER_SESSION (100), KAIZEN_BENCH_SEED (1), KAIZEN_BENCH_RUNS (50 of a question),
KAIZEN_BENCH_COMMANDS (20 of a command), KAIZEN_BENCH_LINES (500), KAIZEN_BENCH_IDLE_SECONDS (60). KAIZEN_BENCH_KEEP=DIR keeps the homes
and what was imported of them in DIR, and uses them again; each run works on a copy of the state.

A question has four seconds for its runs alone, and less while an import runs, and is asked three times at least: slow ones have fewer runs.
"""
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import scale_home  # noqa: E402
from live_test import CLAUDE  # noqa: E402
from measure import QUIET, Lost, Tail, cpu_seconds, end_in_order, idle_wakeups, percentile, proc, running, wait_until_quiet  # noqa: E402
from scale_clients import PATIENCE, Clients, Timings, answered, leave_open, measure, milliseconds  # noqa: E402
from scale_questions import QUESTIONS, RUN, fill_outbox, places_in  # noqa: E402

SESSIONS = int(os.environ.get("KAIZEN_BENCH_SESSIONS", "50000"))
EVENTS = int(os.environ.get("KAIZEN_BENCH_EVENTS_PER_SESSION", "100"))
SEED = int(os.environ.get("KAIZEN_BENCH_SEED", "1"))
RUNS = int(os.environ.get("KAIZEN_BENCH_RUNS", "50"))
COMMANDS = int(os.environ.get("KAIZEN_BENCH_COMMANDS", "20"))
LINES = int(os.environ.get("KAIZEN_BENCH_LINES", "500"))
IDLE_SECONDS = int(os.environ.get("KAIZEN_BENCH_IDLE_SECONDS", "60"))
KEEP = os.environ.get("KAIZEN_BENCH_KEEP")

ALONE_SECONDS = 4  # for the runs of a question
IMPORT_SECONDS = 0.3  # likewise, while an import runs
BESIDE_SECONDS = 20
TAIL_SECONDS = 60
FRESH_SECONDS = 240  # "running" holds for ten minutes
SLOWEST = 5
OPEN_AT_THE_END = 20
PACE = 5_000_000  # bytes a second that are written to be imported: more, and the home would soon be another one
SILENCE = 600  # seconds without a word of an importing daemon, which says something every second
NAME = 46  # columns


class Home:
    """A home of session files, and the state of a daemon that has read them."""

    def __init__(self, place, sessions):
        self.folder = place / f"{sessions}x{EVENTS}-{SEED}"
        self.plan = scale_home.Plan(str(self.folder / "home"), sessions, EVENTS, SEED)
        self.fresh_until = 0.0

    def prepare(self):
        """The state to work on."""
        imported = self.folder / "imported"
        if not imported.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.lay_out()
            self.import_all()
            imported.touch()
        for left_over in (scale_home.IMPORTED, scale_home.NOW_FOLDER, CLAUDE):
            shutil.rmtree(f"{self.plan.home}/{left_over}", ignore_errors=True)
        if not KEEP:
            return self.folder / "state"
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        return shutil.copytree(self.folder / "state", self.folder / "run")

    def lay_out(self):
        began = time.monotonic()
        size = scale_home.lay_out(self.plan)
        print(f"home    {self.plan.sessions} sessions, {size / 1e6:.0f} MB, written in {time.monotonic() - began:.1f} s")

    def import_all(self):
        state = self.folder / "state"
        state.mkdir(mode=0o700)
        began = time.monotonic()
        with running(self.plan.home, state) as daemon:
            while "history is in" not in daemon.log:
                if not daemon.read_log(SILENCE):
                    raise AssertionError(f"no history:\n{daemon.log}")
            wall, cpu, peak = time.monotonic() - began, cpu_seconds(daemon.process.pid), proc(daemon.process.pid, "VmHWM")
            wait_until_quiet(daemon)
            store = daemon.get("/v1/status")["store"]
            print(f"import  {store['sessions']} sessions, {store['events']} events in {wall:.1f} s, {cpu:.1f} s CPU, "
                  f"{peak:.0f} MiB at the most, database {store['bytes'] / 1e6:.0f} MB")
            daemon.stop()

    def freshen(self):
        """Sessions that run, wait and are idle, however old the home is."""
        if time.monotonic() > self.fresh_until:
            scale_home.write_now(self.plan)
            self.fresh_until = time.monotonic() + FRESH_SECONDS
            return True
        return False


class Import:
    """Sessions that are written into a second root at a steady pace."""

    def __init__(self, plan):
        self.plan = plan
        context = multiprocessing.get_context("fork")
        self.written = context.Value("q", 0)
        self.process = context.Process(target=self.write, daemon=True)

    def write(self):
        began = time.monotonic()
        for size in scale_home.import_more(self.plan):
            self.written.value += size
            time.sleep(max(0, began + self.written.value / PACE - time.monotonic()))

    def __enter__(self):
        self.process.start()
        time.sleep(1)  # so that it is under way
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()


class Scale:
    """One run of all measurements on one home."""

    def __init__(self, home):
        self.home = home
        self.alone, self.importing = defaultdict(Timings), defaultdict(Timings)

    def run(self, smaller=None):
        state = self.home.prepare()
        began = time.monotonic()
        with running(self.home.plan.home, state) as self.daemon:
            self.daemon.wait_until_up()
            self.make_ready(began)
            try:
                self.measure_alone()
                self.measure_idle()
                self.measure_beside()
                self.measure_tail()
                self.measure_importing()
                self.measure_stop()
            finally:
                self.print_table(smaller)

    def make_ready(self, began):
        up = time.monotonic() - began
        wait_until_quiet(self.daemon)
        quiet = time.monotonic() - began
        print(f"start   up after {up:.2f} s, quiet after {quiet:.1f} s")
        fill_outbox(self.daemon)
        self.home.freshen()
        wait_until_quiet(self.daemon)
        places = places_in(self.daemon)
        self.questions = [question.at(places) for question in QUESTIONS]
        self.store = self.daemon.get("/v1/status")["store"]

    def asked(self, question, seconds, least):
        return measure(self.daemon, question, COMMANDS if question.method == RUN else RUNS, seconds, least)

    def measure_alone(self):
        for question in self.questions:
            if self.home.freshen():
                wait_until_quiet(self.daemon)
            self.alone[question.name] = self.asked(question, ALONE_SECONDS, 3)
        gets = [question for question in self.questions if question.method == "GET"]
        self.late = [question for question in gets if self.alone[question.name].late]
        answered_ones = [question for question in gets if question not in self.late]
        self.slowest = sorted(answered_ones, key=lambda question: self.alone[question.name].slowness(), reverse=True)[:SLOWEST]

    def measure_idle(self):
        pid = self.daemon.process.pid
        woken = idle_wakeups(self.daemon, IDLE_SECONDS)
        print(f"idle    after the questions {proc(pid, 'VmRSS'):.1f} MiB resident, {proc(pid, 'VmHWM'):.1f} MiB at the most; "
              f"{woken} wake-ups in {IDLE_SECONDS} s")

    def measure_beside(self):
        status = self.questions[0]
        for question in self.late[:1] + self.slowest:
            with Clients(self.daemon, [question]):
                timings = measure(self.daemon, status, RUNS, BESIDE_SECONDS)
            print(f"beside  {status.name} beside 4 × {question.name:<30} {timings}  ({len(timings.times)} runs)")

    def measure_tail(self):
        with Tail(self.daemon) as tail:
            tail.begin(PATIENCE)
            self.follow(tail, "alone")
            with Clients(self.daemon, self.slowest):
                self.follow(tail, "beside 4 clients that ask the slowest that are answered")
            if self.late:
                with Clients(self.daemon, self.late):
                    self.follow(tail, "beside 4 clients that ask those that come late")

    def follow(self, tail, when):
        lost = ""
        try:
            times = tail.latencies(LINES, TAIL_SECONDS, TAIL_SECONDS)
        except Lost as failure:
            times, lost = failure.times, f"; then none came within {TAIL_SECONDS} s"
        figures = f"p50 {milliseconds(percentile(times, 0.5))} ms, p99 {milliseconds(percentile(times, 0.99))} ms, " if times else ""
        print(f"tail    {when}: {figures}{len(times)} lines{lost}")

    def measure_importing(self):
        before = self.daemon.get("/v1/status")["store"]["events"]
        peak = 0.0
        with Import(self.home.plan) as work:
            for question in self.questions:
                self.home.freshen()
                late = self.alone[question.name].late  # each would hold up the import for as long
                self.importing[question.name] = self.alone[question.name] if late else self.asked(question, IMPORT_SECONDS, 3)
                peak = max(peak, proc(self.daemon.process.pid, "VmRSS"))
        wait_until_quiet(self.daemon)
        more = self.daemon.get("/v1/status")["store"]["events"] - before
        print(f"import  of a second root beside the questions: {work.written.value / 1e6:.0f} MB at {PACE / 1e6:.0f} MB/s, {more} events more; "
              f"resident {peak:.1f} MiB, {proc(self.daemon.process.pid, 'VmHWM'):.1f} MiB at the most")

    def measure_stop(self):
        sockets = leave_open(self.daemon, self.late + self.slowest, OPEN_AT_THE_END)
        time.sleep(0.2)  # so that they are under way
        began = time.monotonic()
        code = self.daemon.stop()
        seconds = time.monotonic() - began
        counts = ", ".join(f"{count} × {what}" for what, count in Counter(answered(sockets)).most_common())
        print(f"stop    SIGTERM amid {OPEN_AT_THE_END} open questions: {seconds:.2f} s, exit {code}; answered: {counts}")

    def print_table(self, smaller):
        """With the p95 as a multiple of that of a smaller home."""
        print(f"\n{self.store['sessions']} sessions, {self.store['events']} events; times in ms")
        print(f"{'':<{NAME}}{'alone':>28}{'while an import runs':>30}" + (f"{'p95 × a tenth':>20}" if smaller else ""))
        print(" " * NAME + f"{'runs':>5}{'p50':>7}{'p95':>8}{'max':>8}{'runs':>7}{'p50':>7}{'p95':>8}{'max':>8}"
              + (f"{'alone':>10}{'import':>10}" if smaller else ""))
        for question in self.questions:
            alone, importing = self.timings(question)
            ratios = [times_as_slow(*both) for both in zip(self.timings(question), smaller.timings(question))] if smaller else []
            print(f"{shortened(question.name):<{NAME}}{len(alone.times):>5}{alone}{len(importing.times):>7}{importing}{''.join(ratios)}")
        print()

    def timings(self, question):
        return self.alone[question.name], self.importing[question.name]


def shortened(name):
    return name if len(name) < NAME else name[:NAME - 2] + "…"


def times_as_slow(timings, smaller):
    figures, others = timings.figures(), smaller.figures()
    return (f"{figures[1] / others[1]:.1f}" if figures and others else "–").rjust(10)


def main():
    sys.stdout.reconfigure(line_buffering=True)
    end_in_order()
    with tempfile.TemporaryDirectory(prefix="kaizen-bench-", dir=QUIET) as directory:
        tenth = Scale(Home(Path(KEEP or directory), SESSIONS // 10))
        tenth.run()
        Scale(Home(Path(KEEP or directory), SESSIONS)).run(tenth)


if __name__ == "__main__":
    main()
