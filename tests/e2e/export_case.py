"""What the tests of exporters share: recent sessions, exporters that send them to ExportServers beside the endpoint or without one, and
what must hold after each fault: each receiver has every row, and none twice."""
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import harness
from certificates import make_certificate, make_certificates
from connect_proxy import ConnectProxy
from export_server import ExportFile, ExportServer
from flush_case import FlushCase, Sessions

SITE = "intake.example"
ALL_TIME = "since=0&until=4102444800000"
MOMENT = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z"
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


class RecentSessions(Sessions):
    """Up to a minute ago: some services drop what is from the future, and of what is over the last turn is closed, which is a row more."""

    def lines(self, session, *words):
        """No two are of the same millisecond: what is made of them is never the same by chance."""
        for line in super().lines(session, *words):
            yield {**line, "timestamp": self.dated(line["timestamp"]).replace(".000Z", f".{session[-3:]}Z")}

    def dated(self, timestamp):
        return timestamp

    def recent(self, text):
        """The same moments apart, the last of them a minute ago."""
        times = [datetime.fromisoformat(each[:-1] + "+00:00") for each in set(re.findall(MOMENT, text))]
        later = datetime.now(timezone.utc) - timedelta(minutes=1) - max(times)

        def moved(match):
            moment = datetime.fromisoformat(match[0][:-1] + "+00:00") + later
            return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        return re.sub(MOMENT, moved, text)

    def lay_out_fixtures(self):
        """Sessions as agents write them, with what their responses used. How many lines these are."""
        elsewhere = Path(self.home) / "elsewhere"
        harness.corpus_home.place_claude(FIXTURES / "claude", elsewhere)
        harness.corpus_home.place_codex(FIXTURES / "codex", elsewhere)
        lines = 0
        for number, file in enumerate(harness.corpus_home.session_files(elsewhere)):
            target = Path(self.home) / file.relative_to(elsewhere)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Their calls have the same names in several files; those of agents never do.
            target.write_text(self.recent(file.read_text()).replace('"call_id":"', f'"call_id":"{number}-'))
            lines += harness.count_lines(target)
        return lines


class ExportCase(FlushCase):
    def setUp(self):
        super().setUp()
        self.sessions = RecentSessions(self.home)
        self.exporters = []  # as [[export.to]] has them
        self.export = {}  # as [export] has it
        self.receivers = {}  # by name: what the exporter sends to

    # Before.

    def configure(self, state, text="", **sync):
        """[sync] as given, and the exporters that there are."""
        lines = ["[export]", *(f"{key} = {json.dumps(value)}" for key, value in self.export.items())]
        for exporter in self.exporters:
            lines += ["[[export.to]]", *(f"{key} = {in_toml(value)}" for key, value in exporter.items())]
        return harness.configure(state, "\n".join(lines) + "\n" + text, **sync)

    def serve_export(self, *script, **options):
        server = ExportServer(script=script, **options)
        self.addCleanup(server.close)
        return server

    def add(self, kind, receiver, name=None, **keys):
        self.exporters.append({"type": kind, "name": name or kind, **keys})
        self.receivers[name or kind] = receiver
        return receiver

    def remove(self, name):
        self.exporters = [exporter for exporter in self.exporters if exporter["name"] != name]
        return self.receivers.pop(name)

    def otlp(self, *script, name="otlp", echo=False, **keys):
        server = self.serve_export(*script, echo=echo)
        return self.add("otlp", server, name, endpoint=server.url, **keys)

    def posthog(self, *script, name="posthog", echo=False, api_key="phc_4d8a1f", **keys):
        server = self.serve_export(*script, echo=echo)
        return self.add("posthog", server, name, host=server.url, api_key=api_key, **keys)

    def file(self, name="file", **keys):
        path = f"{self.place.name}/{name}.ndjson"
        return self.add("file", ExportFile(path), name, path=path, **keys)

    def datadog(self, *script, echo=False, api_key="dd-77c0e2", **keys):
        """Its address is never ours: the daemon needs the environment of through_proxy() and the ca_file of this."""
        directory = TemporaryDirectory(prefix="kaizen-certificates-")
        self.addCleanup(directory.cleanup)
        self.ca_file = str(make_certificates(directory.name))
        make_certificate(Path(directory.name), "intake", f"DNS:http-intake.logs.{SITE}", signed_by=("-CA", "ca.pem", "-CAkey", "ca.key"))
        server = self.serve_export(*script, tls="intake", certificate_directory=directory.name, echo=echo)
        self.proxy = ConnectProxy(server.port)
        self.addCleanup(self.proxy.close)
        return self.add("datadog", server, site=SITE, api_key=api_key, **keys)

    def through_proxy(self):
        return {"HTTPS_PROXY": f"http://127.0.0.1:{self.proxy.port}"}

    def serve(self, *script, **options):
        return super().serve(*script, keep_rows=True, **options)

    def start_alone(self, env=None, **sync):
        """Without an endpoint."""
        self.point_at("", **sync)
        return self.start(env=env)

    # While it runs.

    def exporter(self, name):
        """By its name; of "otlp" the signal that most is asked about."""
        return self.exporter_in(self.status(), name)

    def exporter_in(self, status, name):
        names = (name, f"{name}/logs")
        return next(exporter for exporter in status["exporters"] if exporter["name"] in names)

    def wait_for_exporter(self, name, condition, what):
        of = lambda status: self.exporter_in(status, name)
        return of(self.kaizend.wait_for(lambda status: condition(of(status)), f"{name} {what}"))

    def wait_until_exporter_is(self, name, state):
        return self.wait_for_exporter(name, lambda exporter: exporter["state"] == state, state)

    def endpoint_has_all(self):
        """Whatever the exporters do."""
        rows = self.sessions.rows
        return self.kaizend.wait_for(lambda s: s["sync"]["rows_sent"] == rows and s["sync"]["state"] == "idle",
                                     f"{rows} rows at the endpoint")

    def settle_all(self, *without):
        """Until everybody but these exporters has everything."""
        rows = self.sessions.rows
        done = lambda exporter: exporter["name"].split("/")[0] in without or (exporter["backlog"] == 0 and exporter["state"] == "idle")
        return self.kaizend.wait_for(
            lambda s: s["balance"]["enqueued"] >= rows and s["balance"]["pending"] == 0 and s["sync"]["state"] in ("idle", "disabled")
            and all(map(done, s["exporters"])), f"{rows} rows at everybody's")

    def go_on(self):
        """Now that they answer again. A try that began before may be the one that this flush waits for: then the next one comes by itself."""
        self.kaizend.ctl("flush", "--now", check=False)
        self.settle_all()

    def health(self):
        return {item["code"]: item for item in self.status()["health"]}

    # After.

    def check_has_all(self, name, endpoint=None, missing=(), again=False):
        """Every row of `endpoint` (or as many as there are) but `missing`, each once; with `again` what came twice can be told."""
        receiver = self.receivers[name]
        events, spans = self.wanted(endpoint, is_otlp=self.kind_of(name) == "otlp")
        self.assertEqual(receiver.unrecognisable(), {})
        if not again:
            self.assertEqual(receiver.twice(), {})
        for kind, rows in (("event", events), ("span", spans)):
            if endpoint is not None:
                self.assertEqual(receiver.of(kind), rows - set(missing), (name, kind))
            else:
                self.assertEqual(len(receiver.of(kind)), len(rows), (name, kind))
        self.assertEqual(getattr(receiver, "findings", []), [])

    def check_all(self, endpoint=None, again=False):
        for name in self.receivers:
            self.check_has_all(name, endpoint, again=again)

    def kind_of(self, name):
        return next(exporter["type"] for exporter in self.exporters if exporter["name"] == name)

    def wanted(self, endpoint, is_otlp):
        """Identities; where nobody says which, as many. OTLP says of a call and its result nothing but its span."""
        if endpoint is None:
            calls = 2 * self.sessions.spans if is_otlp else 0
            return range(self.sessions.events - calls), range(self.sessions.spans)
        events = {("event", session, seq) for (_, _, session, seq), row in endpoint.rows("events").items()
                  if not (is_otlp and row["kind"] in ("tool_call", "tool_result"))}
        return events, {("span", span) for span, in endpoint.rows("tool_spans")}


def in_toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {json.dumps(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)
