"""What the tests of sending share: invented sessions, a daemon that sends them to an IngestServer, and what must hold after each fault:
every row accounted for, no row delivered twice, one body for each key."""
import itertools
import json
import re
import sqlite3
import threading
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

import harness
from ingest_server import IngestServer

TOKEN = "kz-test-4f9c1e7ab2"
AN_HOUR = 3_600_000
NEVER_BY_ITSELF = {"flush_interval_ms": AN_HOUR}


class Sessions:
    """Writes Claude session files and knows what has to arrive of them."""

    def __init__(self, home):
        self.home = home
        self.sizes = {}  # session -> its events
        self.spans = 0
        self.numbers = itertools.count(1)

    def write(self, events, calls=0, workspace="app", sessions=1, text="words"):
        """`sessions` files of that many events each; `calls` pairs of these are a tool call and its result, which make a span."""
        for _ in range(sessions):
            session = f"5e550000-0000-4000-8000-{next(self.numbers):012d}"
            self.sizes[session] = events
            self.spans += calls
            folder = Path(self.home) / f".claude/projects/-home-ana-{workspace}"
            folder.mkdir(parents=True, exist_ok=True)
            lines = self.lines(session, events, calls, workspace, text)
            (folder / f"{session}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return self

    def lines(self, session, events, calls, workspace, text):
        contents = []
        for call in range(calls):
            name = f"toolu_{session[-12:]}_{call}"
            contents.append(("assistant", [{"type": "tool_use", "id": name, "name": "Bash", "input": {"command": "true"}}]))
            contents.append(("user", [{"type": "tool_result", "tool_use_id": name, "content": "done"}]))
        contents += [("user", text)] * (events - len(contents))
        # Of today: when a session is over, its last turn is closed, which is one row more.
        began = datetime.now(timezone.utc) - timedelta(seconds=len(contents) + 60)
        for index, (role, content) in enumerate(contents):
            yield {"type": role, "uuid": f"{session}/{index}", "sessionId": session, "cwd": f"/home/ana/{workspace}",
                   "timestamp": f"{began + timedelta(seconds=index):%Y-%m-%dT%H:%M:%S}.000Z",
                   "version": "2.1.330", "isSidechain": False,
                   "message": {"role": role, "content": content, "model": "claude-sonnet-4-5"}}

    @property
    def events(self):
        return sum(self.sizes.values())

    @property
    def rows(self):
        return self.events + self.spans


class FlushCase(harness.Case):
    def setUp(self):
        super().setUp()
        self.sessions = Sessions(self.home)
        self.kaizend = self.state = None

    # Before.

    def serve(self, *script, token=TOKEN, **options):
        server = IngestServer(token=token, script=script, **options)
        self.addCleanup(server.close)
        return server

    def point_at(self, endpoint, token=TOKEN, **sync):
        self.state = self.state or self.new_state()
        self.configure(self.state, **{"endpoint": endpoint, "team_id": "gardeners", "team_token": token, "team_salt_hex": harness.SALT,
                                      "workspace_identity": "path", "flush_interval_ms": 100, **sync})

    def start(self, server=None, env=None, **sync):
        """The daemon, on a configuration that sends to `server`; without one, on the configuration that is there."""
        if server is not None:
            self.point_at(server.url, **sync)
        self.kaizend = self.daemon(self.state, env=env).wait_until_up()
        return self.kaizend

    def load(self, server, env=None, **sync):
        """All sessions wait in the outbox, and sending is paused: go() starts it."""
        self.start(server, env, **sync)
        self.post("/v1/sync/pause")
        self.enqueued()

    def enqueued(self):
        """Waits until all that was written is in the outbox, or went through it."""
        rows = self.sessions.rows
        return self.kaizend.wait_for(lambda s: s["balance"]["enqueued"] == rows, f"{rows} rows enqueued")

    def go(self):
        self.post("/v1/sync/resume")

    def post(self, path, body=None):
        status, answer = self.kaizend.request("POST", path, json.dumps(body or {}))
        self.assertEqual(status, 200, answer)
        return answer

    def reload(self):
        self.kaizend.ctl("reload")

    def start_and_kill(self, server, requests, after):
        """kill -9, `after` seconds after the server has seen so many more."""
        seen = len(server.requests)
        self.start()
        server.wait_for(lambda s: len(s.requests) >= seen + requests)
        killer = threading.Timer(after, self.kaizend.process.kill)
        killer.start()
        killer.join()
        self.kaizend.kill()
        self.tables()

    # While it runs.

    def status(self):
        return self.kaizend.get("/v1/status")

    def sync(self):
        return self.status()["sync"]

    def wait_for_state(self, state):
        return self.kaizend.wait_for(lambda s: s["sync"]["state"] == state, state)["sync"]

    def settle(self, pending=0):
        """Waits until all came in and no more than that waits."""
        rows = self.sessions.rows
        return self.kaizend.wait_for(
            lambda s: s["balance"]["enqueued"] == rows and s["balance"]["pending"] == pending and s["sync"]["state"] != "flushing",
            f"{pending} rows pending of {rows}")

    def flush(self, *words, code=0):
        """kaizenctl flush --now; what it prints."""
        done = self.kaizend.ctl("flush", "--now", *words, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def armed_timer(self):
        """Seconds until the daemon's timer runs out, as the kernel says; 0: it has none. Once armed, Asio leaves it at five minutes,
        which is as good as none (daemon/README.md)."""
        place = Path(f"/proc/{self.kaizend.process.pid}/fdinfo")
        values = []
        for file in place.iterdir():
            try:
                values += re.findall(r"it_value: \((\d+), (\d+)\)", file.read_text())
            except FileNotFoundError:
                pass  # closed meanwhile
        return max((int(seconds) + int(nanos) / 1e9 for seconds, nanos in values), default=0.0)

    # After.

    def check(self, *servers, dead=0, pending=0, dropped=0, withheld=0):
        """No row lost and none twice: each is at a server, or is one of those that may be elsewhere."""
        elsewhere = dead + pending + dropped
        rows = self.sessions.rows - withheld
        expected = {"enqueued": rows, "delivered": rows - elsewhere, "pending": pending, "dead": dead, "dropped_by_user": dropped}
        status = self.status()
        self.assertEqual(status["balance"], expected)
        self.assertEqual(self.tables(), expected)
        self.assertEqual(status["sync"]["rows_sent"], rows - elsewhere)
        self.check_identities(servers, elsewhere + withheld)
        for server in servers:
            self.assertEqual((dict(server.duplicates), dict(server.updated)), ({}, {}), "rows came twice under different keys")
            self.check_keys(server)

    def check_identities(self, servers, missing):
        found = defaultdict(set)
        spans = set()
        for server in servers:
            for team, workspace, session, seq in server.rows("events"):
                self.assertNotIn(seq, found[(team, workspace, session)], "two servers have it")
                found[(team, workspace, session)].add(seq)
            spans |= set(server.rows("tool_spans"))
        self.assertEqual(sum(map(len, found.values())) + len(spans), self.sessions.rows - missing)
        if missing == 0:
            self.assertEqual(Counter(map(len, found.values())), Counter(self.sessions.sizes.values()))
            for seqs in found.values():
                self.assertEqual(max(seqs) - min(seqs) + 1, len(seqs))

    def check_keys(self, server):
        bodies = defaultdict(set)
        for request in server.requests:
            if request.key is not None and request.body_crc is not None:
                bodies[request.key].add((request.path, request.body_crc))
        self.assertEqual([key for key, seen in bodies.items() if len(seen) != 1], [], "one key, several bodies")

    def tables(self):
        """The balance as the tables give it."""
        number = lambda query, *values: harness.read_database(self.state, query, *values)[0][0] or 0
        count = lambda name: number("SELECT max(number) FROM outbox_counts WHERE name = ?", name)
        pending = number("SELECT count(*) FROM outbox WHERE NOT settled")
        self.assertEqual(number("SELECT sum(waiting) FROM outbox_lanes"), pending)
        if pending == 0:
            self.assertEqual(number("SELECT count(*) FROM outbox_batches WHERE receiver = 'ingest'"), 0)
        dead = number("SELECT count(*) FROM dead_letters WHERE receiver = 'ingest'")
        return {"enqueued": count("enqueued"), "delivered": count("delivered"), "pending": pending, "dead": dead,
                "dropped_by_user": count("dropped")}

    def edit_outbox(self, *statements):
        """Of a daemon that is stopped."""
        db = sqlite3.connect(self.state / "kaizen.db")
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.close()


def posts(server):
    return [request for request in server.requests if request.method == "POST"]
