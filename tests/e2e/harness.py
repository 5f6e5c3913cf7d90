"""Runs the built kaizend and kaizenctl on a home of their own. Waiting is for what they say, never for time to pass;
DEADLINE only ends a test that hangs."""
import collections
import contextlib
import http.client
import itertools
import json
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import corpus_home  # noqa: E402

KAIZEND = os.environ["KAIZEND"]
KAIZENCTL = os.environ["KAIZENCTL"]
DEADLINE = 120.0
NOBODY = 65534


# As [sync] has it: all rows wait. Nobody listens there, and no flush begins by itself.
SALT = "5a" * 16 + "c3" * 16
SYNC = {"endpoint": "http://127.0.0.1:9", "team_id": "e2e", "team_salt_hex": SALT, "exclude": [], "flush_interval_ms": 3_600_000,
        "events_per_batch_max": 10_000, "max_body_bytes": 100_000_000}
KINDS = ("events", "tool_spans", "repo_snapshots", "workspace_facts")


def configure(state, text="", **sync):
    """Writes config.toml of `state`: [sync] as given, and `text` behind it."""
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in sync.items()]
    file = Path(state) / "config.toml"
    file.write_text("".join(["[sync]\n", *lines, text]))
    file.chmod(0o600)
    return file


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("kaizend", timeout=DEADLINE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(DEADLINE)
        try:
            self.sock.connect(self.path)
        except OSError:
            self.sock.close()
            raise


class Daemon:
    """One kaizend; `home` holds the session files, `state` is its KAIZEN_HOME."""

    def __init__(self, home, state, *words, env=None, program=KAIZEND, pass_fds=()):
        self.home, self.state = str(home), str(state)
        self.socket = self.state + "/kaizend.sock"
        self.env = {"PATH": os.environ["PATH"], "HOME": self.home, "KAIZEN_HOME": self.state, "TZ": "UTC",
                    "LANG": "C.UTF-8", **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}, **(env or {})}
        self.log = ""
        self.process = subprocess.Popen([program, *words], env=self.env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        pass_fds=pass_fds)

    def read_log(self, timeout):
        """Reads what the daemon says within `timeout` seconds; False when it said nothing more or ended."""
        ready, _, _ = select.select([self.process.stderr], [], [], timeout)
        data = os.read(self.process.stderr.fileno(), 65536) if ready else b""
        self.log += data.decode(errors="replace")
        return bool(data)

    def wait_for_log(self, text):
        until = time.monotonic() + DEADLINE
        while text not in self.log:
            if not self.read_log(max(0, until - time.monotonic())) and text not in self.log:
                raise AssertionError(f"kaizend did not say {text!r}:\n{self.log}")

    def wait_until_up(self):
        self.wait_for_log("is up")
        return self

    def request(self, method, path, body=None, headers=None):
        with contextlib.closing(UnixConnection(self.socket)) as connection:
            connection.request(method, path, body=body, headers=headers or {})
            reply = connection.getresponse()
            text = reply.read()
        return reply.status, json.loads(text) if text else None

    def get(self, path):
        status, answer = self.request("GET", path)
        if status != 200:
            raise AssertionError(f"{path}: {status} {answer}")
        return answer

    def metrics(self):
        connection = UnixConnection(self.socket)
        connection.request("GET", "/v1/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def wait_for(self, condition, what, deadline=DEADLINE):
        """Asks for the status until `condition(status)` holds. Answers wait for nothing, so what the daemon says meanwhile is read."""
        until = time.monotonic() + deadline
        while True:
            status = self.get("/v1/status")
            if condition(status):
                return status
            if time.monotonic() > until:
                raise AssertionError(f"never: {what}; last status: {json.dumps(status, indent=1)}\n{self.log}")
            self.read_log(0.02)

    def wait_for_lines(self, lines, deadline=DEADLINE):
        return self.wait_for(lambda s: sum(x["lines"] for x in s["sources"]) >= lines, f"{lines} lines", deadline)

    def ctl(self, *words, check=True):
        done = subprocess.run([KAIZENCTL, *words], env=self.env, capture_output=True, text=True, timeout=DEADLINE)
        if check and done.returncode != 0:
            while self.read_log(1):
                pass
            raise AssertionError(f"kaizenctl {words}: {done.returncode} {done.stdout}{done.stderr}{self.log}")
        return done

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def stop(self):
        """SIGTERM; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            _, rest = self.process.communicate(timeout=DEADLINE)
            self.log += rest.decode(errors="replace")
        except ValueError:
            pass
        return self.process.returncode


class Case(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="kaizen-e2e-")
        self.addCleanup(self.place.cleanup)
        self.home = Path(self.place.name) / "home"
        self.home.mkdir()
        self.states = 0
        self.daemons = []
        self.addCleanup(lambda: [d.process.poll() is None and d.kill() for d in self.daemons])

    def new_state(self):
        self.states += 1
        state = Path(self.place.name) / f"state{self.states}"
        state.mkdir(mode=0o700)
        return state

    def configure(self, state, text="", **sync):
        return configure(state, text, **sync)

    def daemon(self, state, *words, env=None):
        daemon = Daemon(self.home, state, *words, env=env)
        self.daemons.append(daemon)
        return daemon

    def daemon_as_nobody(self, state):
        """As somebody who may not read and write everything; owns all that is there now. Only root can start it."""
        state = Path(state)
        for path in [*state.parent.glob(state.name), self.home, *self.home.rglob("*"), *state.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        os.chmod(self.place.name, 0o755)
        program = Path(self.place.name) / "kaizend"
        if not program.exists():
            shutil.copy(KAIZEND, program)
            program.chmod(0o755)
        wrapper = Path(self.place.name) / "kaizend-as-nobody"
        wrapper.write_text(f"#!/bin/sh\nexec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups {program} \"$@\"\n")
        wrapper.chmod(0o755)
        daemon = Daemon(self.home, state, program=str(wrapper))
        self.daemons.append(daemon)
        return daemon

    def session_file(self, relative, lines):
        file = self.home / relative
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "a") as out:
            out.write("".join(line + "\n" for line in lines))
        return file


class Askers:
    """Three who ask what costs most, again and again, of a daemon that may come, go and fail: what they are told is not looked at."""
    QUESTIONS = ("/v1/sessions?limit=1000", "/v1/usage?by=session&since=0", "/v1/events?last=1000", "/v1/preview")

    def __init__(self, daemon):
        self.daemon = daemon
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.ask) for _ in range(3)]

    def ask(self):
        for question in itertools.cycle(self.QUESTIONS):
            if self.over.is_set():
                return
            try:
                self.daemon.request("GET", question)
            except (OSError, http.client.HTTPException, ValueError):
                self.over.wait(0.005)  # there is nobody, or nobody any more

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def count_lines(file):
    """Lines as spec "sources" counts them: those with a newline, and a last one that is a whole object."""
    content = file.read_bytes()
    lines = content.count(b"\n")
    rest = content.rsplit(b"\n", 1)[-1].strip()
    if rest:
        try:
            lines += isinstance(json.loads(rest), dict)
        except ValueError:
            pass
    return lines


# Everything that is stored, without the numbers that only this database gives (row ids).
DUMP = {
    "sessions": "SELECT {all} FROM sessions ORDER BY agent, id",
    "events": "SELECT s.agent AS session_agent, s.id AS session_id, {all} FROM events e JOIN sessions s ON s.key = e.session "
              "ORDER BY s.agent, s.id, e.seq",
    "tool_spans": "SELECT s.agent AS session_agent, s.id AS session_id, {all} FROM tool_spans t "
                  "JOIN sessions s ON s.key = t.session ORDER BY s.agent, s.id, t.call_id",
    "files": "SELECT {all} FROM files ORDER BY root, path",
    "line_kinds": "SELECT {all} FROM line_kinds ORDER BY agent, kind, outcome",
    "bad_lines": "SELECT f.path AS file_path, {all} FROM bad_lines b JOIN files f ON f.id = b.file ORDER BY f.path, b.offset",
    "responses": "SELECT s.agent AS session_agent, s.id AS session_id, m.name AS model_name, {all} FROM responses r "
                 "JOIN sessions s ON s.key = r.session JOIN models m ON m.id = r.model ORDER BY r.key",
    "usage": "SELECT s.agent AS session_agent, s.id AS session_id, m.name AS model_name, {all} FROM usage u "
             "JOIN sessions s ON s.key = u.session JOIN models m ON m.id = u.model ORDER BY u.quarter, s.agent, s.id, m.name",
    "price_tables": "SELECT {all} FROM price_tables ORDER BY fingerprint",
    "summary_titles": "SELECT {all} FROM summary_titles ORDER BY uid",
    "agent_starts": "SELECT {all} FROM agent_starts ORDER BY agent, id, call_id",
    "outbox_lanes": "SELECT {all} FROM outbox_lanes ORDER BY kind, workspace_hash",
    "outbox": "SELECT l.kind AS lane_kind, l.workspace_hash AS lane_workspace, {all} FROM outbox o "
              "JOIN outbox_lanes l ON l.id = o.lane ORDER BY l.kind, l.workspace_hash, o.row",
    "dead_letters": "SELECT {all} FROM dead_letters ORDER BY id",
    "outbox_counts": "SELECT {all} FROM outbox_counts ORDER BY name",
}
SURROGATES = {("sessions", "key"), ("events", "id"), ("events", "session"), ("tool_spans", "session"), ("files", "id"),
              ("files", "session"), ("bad_lines", "id"), ("bad_lines", "file"), ("responses", "session"), ("responses", "model"),
              ("usage", "session"), ("usage", "model"), ("outbox_lanes", "id"),
              ("outbox_lanes", "settled"), ("outbox", "id"), ("outbox", "lane"),
              ("outbox", "at_ms"), ("outbox", "only_for"), ("outbox", "settled")}


def read_database(state, query, *values):
    db = sqlite3.connect(f"file:{state}/kaizen.db?mode=ro", uri=True)
    rows = db.execute(query, values).fetchall()
    db.close()
    return rows


def open_turns_of_old(state):
    """Of sessions that are over and leave: these are told of soon."""
    return read_database(state, "SELECT count(*) FROM sessions s WHERE turn_open AND last_activity_ms < ? "
                         "AND (SELECT outgoing FROM events WHERE session = s.key ORDER BY id DESC LIMIT 1) = 1", (time.time() - 86_400) * 1000)[0][0]


def outbox_rows(state):
    """(kind, workspace_hash, row as it is sent), in the order in which they came in."""
    return [(KINDS[kind], workspace, row) for kind, workspace, row in read_database(
        state, "SELECT l.kind, l.workspace_hash, o.row FROM outbox o JOIN outbox_lanes l ON l.id = o.lane ORDER BY o.id")]


STARTED_MS = int(time.time() * 1000)


def without_now(row):
    """An event of which neither file nor session knows a time bears that of its enqueuing: no two runs have the same."""
    return re.sub(r'"ts_ms":(\d+)', lambda m: m.group(0) if int(m.group(1)) < STARTED_MS else '"ts_ms":"now"', row)


TOKENS = ("tokens_in", "tokens_out", "reasoning_tokens", "cache_read_tokens", "cache_creation_tokens", "cost_usd_e6")


def tokens_apart(rows):
    """The rows (kind, workspace_hash, row), sorted, without what model responses used, and the sums of that by agent. Which of the
    files that share a response (forks) said it first depends on the order in which files were read, and that one has the tokens in its
    row; the sum over all rows is the same."""
    bare, sums = [], collections.Counter()
    for kind, workspace, text in rows:
        row = json.loads(without_now(text))
        if "event_seq" in row:
            sums.update({(row["agent"], name): row.pop(name) for name in TOKENS if name in row})
        bare.append((kind, workspace, json.dumps(row, sort_keys=True)))
    return sorted(bare), {key: n for key, n in sums.items() if n}


def fault_of_balance(state):
    """What of the outbox's books does not agree with its tables; None when all does."""
    counts = dict(read_database(state, "SELECT name, number FROM outbox_counts"))
    waiting = dict(read_database(state, "SELECT id, waiting FROM outbox_lanes"))
    there = dict(read_database(state, "SELECT lane, count(*) FROM outbox WHERE NOT settled GROUP BY lane"))
    dead = read_database(state, "SELECT count(*) FROM dead_letters WHERE receiver = 'ingest'")[0][0]
    for lane in waiting.keys() | there.keys():
        if waiting.get(lane, 0) != there.get(lane, 0):
            return f"lane {lane}: {waiting.get(lane)} rows wait, {there.get(lane)} are there"
    sum_of_all = counts.get("delivered", 0) + sum(there.values()) + dead + counts.get("dropped", 0)
    if counts.get("enqueued", 0) != sum_of_all:
        return f"{counts.get('enqueued', 0)} enqueued, {sum_of_all} accounted for: {counts}, {dead} dead"
    return None


def dump(state):
    db = sqlite3.connect(f"file:{state}/kaizen.db?mode=ro", uri=True)
    rows = {}
    for table, query in DUMP.items():
        columns = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})") if (table, name) not in SURROGATES]
        alias = query.split(f"FROM {table} ")[1].split()[0]
        prefix = alias + "." if len(alias) == 1 else ""
        rows[table] = db.execute(query.format(all=", ".join(prefix + c for c in columns))).fetchall()
    db.close()
    rows["outbox"] = sorted((*lane, without_now(row)) for *lane, row in rows["outbox"])
    return rows


def first_difference(expected, found):
    for table in expected:
        if expected[table] == found[table]:
            continue
        for a, b in zip(expected[table], found[table]):
            if a != b:
                return f"{table}:\n  expected {a}\n  found    {b}"
        return f"{table}: {len(expected[table])} rows expected, {len(found[table])} found"
    return None
