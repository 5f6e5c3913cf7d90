#!/usr/bin/env python3
"""Speed and memory of the built programs, on real input: prints figures, asserts nothing.

    tests/bench/run [import|tail|idle|usage|hostile …]       default: all; builds release first

KAIZEN_BENCH_EVENTS (default 1000000), KAIZEN_BENCH_MEGABYTES (default 500), KAIZEN_BENCH_LINES (default 500), KAIZEN_BENCH_IDLE_SECONDS (default 60).
"""
import datetime
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402
from hostile_test import HOSTILE  # noqa: E402
from live_test import CLAUDE  # noqa: E402
from measure import Tail, cpu_seconds, percentile, proc  # noqa: E402

EVENTS = int(os.environ.get("KAIZEN_BENCH_EVENTS", "1000000"))
MEGABYTES = int(os.environ.get("KAIZEN_BENCH_MEGABYTES", "500"))
LINES = int(os.environ.get("KAIZEN_BENCH_LINES", "500"))
IDLE_SECONDS = int(os.environ.get("KAIZEN_BENCH_IDLE_SECONDS", "60"))


def bench_import(place):
    """All of the history from nothing, with sync off and on. The files are read once before, so that the disk is not what is measured."""
    home = place / "home"
    home.mkdir()
    harness.corpus_home.lay_out(home)
    harness.corpus_home.repeat(home, MEGABYTES * 1_000_000)
    files = harness.corpus_home.session_files(home)
    megabytes = sum(len(file.read_bytes()) for file in files) / 1e6
    cpu_off = None
    for content in (None, "metadata", "text"):
        state = place / f"state-{content}"
        state.mkdir(mode=0o700)
        if content:
            harness.configure(state, **{**harness.SYNC, "content": content})
        began = time.monotonic()
        daemon = harness.Daemon(home, state)
        daemon.wait_for_log("history is in")
        wall = time.monotonic() - began
        cpu = cpu_seconds(daemon.process.pid)
        cpu_off = cpu_off or cpu
        peak = proc(daemon.process.pid, "VmHWM")
        daemon.get("/v1/status")  # answered behind the job that gives memory back
        idle = proc(daemon.process.pid, "VmRSS")
        rows = daemon.get("/v1/status")["balance"]["enqueued"]
        print(f"import  {len(files)} files, {megabytes:.0f} MB, sync {content or 'off'}: {megabytes / wall:.0f} MB/s ({wall:.1f} s), "
              f"{megabytes / cpu:.0f} MB per CPU second; resident {peak:.1f} MiB at the most, {idle:.1f} MiB idle"
              + (f"; {rows} rows enqueued, throughput per CPU second {cpu_off / cpu:.2f} of that with sync off" if content else ""))
        daemon.stop()
        shutil.rmtree(state)


def bench_tail(place):
    """From write() of a line by an agent to the line on kaizenctl's standard output."""
    home = place / "home"
    home.mkdir()
    state = place / "state"
    state.mkdir(mode=0o700)
    daemon = harness.Daemon(home, state).wait_until_up()
    with Tail(daemon) as tail:
        tail.begin(harness.DEADLINE)
        times = tail.latencies(LINES, harness.DEADLINE)
    daemon.stop()
    print(f"tail    {LINES} lines: p50 {statistics.median(times):.2f} ms, p99 {percentile(times, 0.99):.2f} ms, max {max(times):.2f} ms")


def bench_idle(place):
    """System calls of a daemon that has its history and nothing to do."""
    home = place / "home"
    home.mkdir()
    harness.corpus_home.lay_out(home)
    state = place / "state"
    state.mkdir(mode=0o700)
    daemon = harness.Daemon(home, state)
    daemon.wait_for_log("history is in")
    # Not below the home's parents: those are watched for roots that appear, and a new file there is a change.
    trace = Path(tempfile.mkstemp(prefix="kaizen-strace-", dir="/var/tmp")[1])
    time.sleep(3)  # Cursor's unterminated last lines are taken two seconds after the files were laid out
    cpu = cpu_seconds(daemon.process.pid)
    strace = subprocess.Popen(["strace", "-f", "-q", "-o", str(trace), "-p", str(daemon.process.pid)],
                              stderr=subprocess.DEVNULL)
    time.sleep(IDLE_SECONDS)
    strace.terminate()
    strace.wait()
    calls = [line for line in trace.read_text().splitlines() if "detached" not in line and "unfinished" not in line
             and not line.rstrip().endswith("<ptrace(SYSCALL):No such process>")]
    returned = [line for line in calls if "= " in line or "resumed" in line]
    print(f"idle    {IDLE_SECONDS} s: {len(returned)} system calls returned, {cpu_seconds(daemon.process.pid) - cpu:.2f} s CPU, "
          f"resident {proc(daemon.process.pid, 'VmRSS'):.1f} MiB")
    for line in returned[:5]:
        print("        " + line)
    trace.unlink()
    daemon.stop()


def year_of_sessions(home, events):
    """About `events` events of a year in sessions of 40 to 200, at working hours, in 25 directories, by two agents. A session has a
    model of its own, and now and then a small one."""
    random.seed(1)
    models = ["claude-opus-4-5", "claude-sonnet-4-5", "gpt-5.1-codex", "house-model"]
    year = datetime.datetime(2025, 11, 26, tzinfo=datetime.timezone.utc)
    written = number = 0
    while written < events:
        number += 1
        at = year + datetime.timedelta(days=random.randrange(364), seconds=random.randrange(8 * 3600, 20 * 3600))
        cwd = f"/home/ana/project{random.randrange(25)}"
        codex = random.random() < 0.3
        own = random.choice(models)
        session = str(uuid.UUID(int=random.getrandbits(128), version=4))
        lines = []
        if codex:
            lines.append(codex_line(at, "session_meta", id=session, cwd=cwd))
            lines.append(codex_line(at, "turn_context", cwd=cwd, model=models[2]))
        for n in range(random.randrange(20, 100)):  # each a response with a call, and its result
            at += datetime.timedelta(seconds=random.randrange(5, 60))
            tokens = {"input": random.randrange(2000), "cached": random.randrange(100_000), "out": random.randrange(3000)}
            lines += (codex_turn if codex else claude_turn)(at, session, n, cwd, own if random.random() < 0.9 else "claude-haiku-4-5", tokens)
            written += 3 if codex else 2
        name = (f".codex/sessions/{at:%Y/%m/%d}/rollout-{at:%Y-%m-%dT%H-%M-%S}-{session}.jsonl" if codex
                else f".claude/projects/{cwd.replace('/', '-')}/{session}.jsonl")
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return number


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def codex_line(at, kind, **payload):
    return {"timestamp": stamp(at), "type": kind, "payload": payload}


def codex_turn(at, session, n, cwd, model, tokens):
    usage = {"input_tokens": tokens["input"] + tokens["cached"], "cached_input_tokens": tokens["cached"],
             "output_tokens": tokens["out"], "total_tokens": tokens["input"] + tokens["cached"] + tokens["out"]}
    return [codex_line(at, "response_item", type="function_call", name="shell", arguments="{}", call_id=f"c{n}"),
            codex_line(at, "response_item", type="function_call_output", call_id=f"c{n}", output="ok"),
            codex_line(at, "token_usage_record", response_id=f"resp_{session}_{n}", usage=usage)]


def claude_turn(at, session, n, cwd, model, tokens):
    usage = {"input_tokens": tokens["input"], "cache_read_input_tokens": tokens["cached"], "output_tokens": tokens["out"]}
    line = {"timestamp": stamp(at), "cwd": cwd, "sessionId": session}
    return [{**line, "type": "assistant", "uuid": f"{session}a{n}", "requestId": f"req_{session}_{n}",
             "message": {"id": f"msg_{session}_{n}", "model": model, "usage": usage,
                         "content": [{"type": "tool_use", "id": f"t{n}", "name": "Read", "input": {}}]}},
            {**line, "type": "user", "uuid": f"{session}u{n}",
             "message": {"content": [{"type": "tool_result", "tool_use_id": f"t{n}", "content": "ok"}]}}]


def bench_usage(place):
    """Questions about usage over a year. What the socket and JSON take is the time of a question without rows."""
    home = place / "home"
    home.mkdir()
    sessions = year_of_sessions(home, EVENTS)
    state = place / "state"
    state.mkdir(mode=0o700)
    daemon = harness.Daemon(home, state)
    daemon.wait_for_log("history is in")
    store = daemon.get("/v1/status")["store"]
    since = int(datetime.datetime(2025, 11, 1, tzinfo=datetime.timezone.utc).timestamp() * 1000)
    until = since + 400 * 86_400_000

    def asked(question):
        times = []
        for _ in range(31):
            began = time.monotonic()
            daemon.get(question)
            times.append((time.monotonic() - began) * 1000)
        return f"{statistics.median(times):.1f} (max {max(times):.1f})"

    print(f"usage   {store['events']} events, {sessions} sessions, ms at the socket, median of 31: "
          f"nothing {asked('/v1/usage?since=0&until=900000')}")
    for by in ("day", "week", "month", "model", "agent", "workspace", "session"):
        print(f"        by {by:<9} " + ", ".join(
            f"{name} {asked(f'/v1/usage?by={by}&since={since}&until={until}&limit={limit}{more}')}" for name, more, limit in
            (("all", "", 1000 if by in ("day", "week", "month") else 20), ("in India", "&tz=Asia/Kolkata", 20),
             ("one directory", "&workspace=/home/ana/project7", 20))))
    daemon.stop()


def bench_hostile(place):
    """How long status takes at the most while lines are read that were made to stop kaizend, and a SIGTERM amid them."""
    worst = {}
    for number, (name, line) in enumerate(HOSTILE.items()):
        home, state = place / f"home{number}", place / f"state{number}"
        (home / CLAUDE).mkdir(parents=True)
        state.mkdir(mode=0o700)
        content = (line + "\n").encode(errors="surrogateescape") * 3
        daemon = harness.Daemon(home, state).wait_until_up()
        (home / CLAUDE / "a.jsonl").write_bytes(content)
        longest, lines = 0.0, 0
        while lines < 3:
            began = time.monotonic()
            lines = sum(source["lines"] for source in daemon.get("/v1/status")["sources"])
            longest = max(longest, time.monotonic() - began)
        peak = proc(daemon.process.pid, "VmHWM")
        (home / CLAUDE / "b.jsonl").write_bytes(content)
        began = time.monotonic()
        daemon.stop()
        worst[name] = (longest * 1000, (time.monotonic() - began) * 1000, peak)
    for name, (status, stop, peak) in sorted(worst.items(), key=lambda one: -one[1][0]):
        print(f"hostile {name:<32} status {status:5.0f} ms at the most, SIGTERM {stop:5.0f} ms, {peak:4.0f} MiB at the most")


BENCHES = {"import": bench_import, "tail": bench_tail, "idle": bench_idle, "usage": bench_usage, "hostile": bench_hostile}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHES:
        with tempfile.TemporaryDirectory(prefix="kaizen-bench-") as directory:
            BENCHES[name](Path(directory))
