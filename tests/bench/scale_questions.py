"""Every question that kaizend answers and every command of kaizenctl that only reads, in one table. tests/e2e/questions_test.py holds it
against the daemon's table of routes and the commands that kaizenctl knows."""
import json
import os
import time
from dataclasses import dataclass
from urllib.parse import quote

import harness
from ingest_server import IngestServer

RUN = "kaizenctl"
DEGRADED = 7  # an answer: something is found that is to be mended
DAY = 86_400_000


@dataclass(frozen=True)
class Question:
    name: str
    method: str  # GET, or RUN
    words: object  # the target; of a command its words. {name} is one of places_in()
    codes: tuple = (0,)  # of a command: the exit codes of an answer

    def at(self, places):
        in_target = {name: quote(str(value), safe="") for name, value in places.items()}
        words = self.words.format(**in_target) if self.method == "GET" else [word.format(**places) for word in self.words]
        return Question(self.name, self.method, words, self.codes)


def get(name, target):
    return Question(name, "GET", target)


def run(words, codes=(0,)):
    return Question(f"{RUN} {words}", RUN, tuple(words.split()), codes)


QUESTIONS = [
    get("status", "/v1/status"),
    get("metrics", "/v1/metrics"),
    get("doctor", "/v1/doctor"),
    get("sessions", "/v1/sessions"),
    get("sessions, folded", "/v1/sessions?fold=true"),
    get("sessions, 1000", "/v1/sessions?limit=1000"),
    *[get(f"sessions, {status}", f"/v1/sessions?status={status}") for status in ("running", "waiting", "idle", "done")],
    *[get(f"sessions of {agent}", f"/v1/sessions?agent={agent}") for agent in ("claude", "codex", "cursor")],
    get("sessions in a directory", "/v1/sessions?workspace={workspace}"),
    get("sessions in the one above", "/v1/sessions?workspace={above}"),
    get("sessions since yesterday", "/v1/sessions?since={yesterday}&limit=1000"),
    get("sessions, the last page", "/v1/sessions?after={deep}"),
    get("sessions of codex, running", "/v1/sessions?agent=codex&status=running"),
    get("session, small", "/v1/sessions/{small}"),
    get("session, large", "/v1/sessions/{large}"),
    get("events, the first", "/v1/events"),
    get("events, last 100", "/v1/events?last=100"),
    get("events after the middle", "/v1/events?after={middle}&limit=1000"),
    get("events of codex, last 100", "/v1/events?agent=codex&last=100"),
    get("events of cursor, the first", "/v1/events?agent=cursor"),
    get("events of a session", "/v1/events?session={large}&limit=1000"),
    get("events of a session, last", "/v1/events?session={large}&last=100"),
    *[get(f"usage by {by}, 30 days", f"/v1/usage?by={by}") for by in ("day", "week", "month", "model", "agent", "workspace", "session")],
    *[get(f"usage by {by}, all", f"/v1/usage?by={by}&since={{oldest}}&until={{now}}")
      for by in ("day", "week", "month", "model", "agent", "workspace", "session")],
    get("usage, another time zone", "/v1/usage?since={oldest}&tz=Asia/Kolkata"),
    get("usage of codex", "/v1/usage?since={oldest}&agent=codex"),
    get("usage in a directory", "/v1/usage?since={oldest}&workspace={above}"),
    get("usage by session, 20", "/v1/usage?by=session&since={oldest}&limit=20"),
    get("prices", "/v1/prices"),
    get("prices, all", "/v1/prices?all=true"),
    get("prices of a model", "/v1/prices?model=sonnet"),
    get("outbox", "/v1/outbox"),
    get("outbox, 1000 from a row on", "/v1/outbox?after={row}&limit=1000"),
    get("outbox, dead", "/v1/outbox?state=dead"),
    get("outbox, one row", "/v1/outbox/{row}"),
    get("preview", "/v1/preview"),
    get("preview of a large session", "/v1/preview?session={large}"),
    run("status"),
    run("status --check", (0, DEGRADED)),
    run("doctor", (0, DEGRADED)),
    run("sessions"),
    run("sessions --running"),
    run("sessions --agent codex"),
    run("sessions --workspace {workspace}"),
    run("sessions --since 30d --limit 1000"),
    run("show {small}"),
    run("show {large}"),
    run("tail --no-follow"),
    run("tail {large} --no-follow -n 1000"),
    run("tail --agent codex --no-follow"),
    run("usage"),
    *[run(f"usage --by {by} --since {{oldest_day}}") for by in ("day", "month", "model", "agent", "workspace", "session")],
    run("usage --workspace {above} --agent claude --until {today} --since {oldest_day} --limit 20"),
    run("prices"),
    run("prices --all"),
    run("prices sonnet"),
    run("preview"),
    run("preview {large} --full"),
    run("preview {large} --raw"),
    run("outbox"),
    run("outbox dead"),
    run("outbox show {row}"),
    run("version"),
    run("paths"),
    *[run(f"completion {shell}") for shell in ("bash", "zsh", "fish")],
]


def places_in(daemon):
    """What the questions are asked about, as the daemon itself says; without its list of sessions, which is one of the slow questions."""
    now = int(time.time() * 1000)
    sums = lambda by: daemon.get(f"/v1/usage?by={by}&since=0&until={now}&limit=1000")["rows"]
    busy = [row["key"] for row in sums("workspace") if row["key"]]
    nested = [directory for directory in busy if os.path.dirname(directory) in busy]
    last = daemon.get("/v1/events?last=1")["events"][0]
    large = max(sums("session"), key=lambda row: row["usage"]["responses"])["key"]
    oldest = min(row["start_ms"] for row in sums("day") if row["start_ms"] and row["usage"]["responses"])
    day = lambda ms: time.strftime("%Y-%m-%d", time.gmtime(ms / 1000))
    return {"small": last["session"], "large": large, "workspace": nested[0], "above": os.path.dirname(nested[0]),
            "middle": last["id"] // 2, "row": daemon.get("/v1/outbox?limit=1")["rows"][0]["id"], "yesterday": now - DAY, "oldest": oldest,
            "now": now, "oldest_day": day(oldest), "today": day(now),
            # A page's mark, made by hand: to come by one takes all pages before. <last activity>.<key>
            "deep": f"{oldest + DAY}.0"}


def post(daemon, path, body=None):
    status, answer = daemon.request("POST", path, json.dumps(body or {}))
    if status != 200:
        raise AssertionError(f"{path}: {status} {answer}")


def fill_outbox(daemon):
    """Rows of 30 days wait, a few are dead, and then sync is off again, with requests as large as by default. Nothing but a server that
    refuses some makes dead rows."""
    by_default = {key: value for key, value in harness.SYNC.items() if key not in ("events_per_batch_max", "max_body_bytes")}
    hours_ago = lambda hours: {"since_ms": int(time.time() * 1000) - hours * 3_600_000}
    with IngestServer(script=[{"row": '"tool":"WebFetch"', "status": 422}]) as server:
        harness.configure(daemon.state, **{**by_default, "endpoint": server.url})
        post(daemon, "/v1/reload")
        post(daemon, "/v1/sync/backfill", hours_ago(3))
        post(daemon, "/v1/flush", {"now": True})
    harness.configure(daemon.state, **by_default)
    post(daemon, "/v1/reload")
    post(daemon, "/v1/sync/backfill", hours_ago(30 * 24))
    harness.configure(daemon.state, **{**by_default, "endpoint": ""})
    post(daemon, "/v1/reload")
