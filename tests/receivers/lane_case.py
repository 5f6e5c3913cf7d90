"""What the tests of this lane share: homes of real session files, daemons that export them, and how one sees that all has left."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402
import receivers  # noqa: E402
from export_case import ExportCase  # noqa: E402
from received import Received, findings_of  # noqa: E402

ALL_TIME = ("--since", "2000-01-01", "--until", "2100-01-01")
PATIENCE = 300.0
TOO_LONG_TO_PRINT = 40
RESPONSES = ("SELECT count(*) FROM responses "
             "WHERE coalesce(input, 0) + coalesce(cache_read, 0) + coalesce(cache_write, 0) + coalesce(output, 0) > 0")
CALLS = "SELECT count(*) FROM tool_spans WHERE outgoing = 1 AND coalesce(started_at_ms, ended_at_ms) IS NOT NULL"


class LaneCase(ExportCase):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.folder = Path(self.place.name) / "receivers"

    def run_receiver(self, receiver):
        self.addCleanup(receiver.stop)
        return receiver.start()

    def collector(self, name="collector", to=None, **options):
        """A Collector that runs, and an exporter to it."""
        collector = receivers.Collector(self.folder, name, **options)
        self.exporters.append({"type": "otlp", "name": name, "endpoint": collector.url, **(to or {})})
        return self.run_receiver(collector)

    def lay_out(self, home=None):
        """How many lines wait to be read."""
        home = home or self.home
        self.assertEqual(harness.corpus_home.lay_out(home), "corpus")
        return sum(map(harness.count_lines, harness.corpus_home.session_files(home)))

    def told_of_all(self, kaizend, state):
        """Until turns of sessions that are over are closed and everybody has everything."""
        kaizend.wait_for(lambda _: harness.open_turns_of_old(state) == 0, "turns of sessions that are over are closed", PATIENCE)
        self.empty_the_outbox(kaizend, state)

    def empty_the_outbox(self, kaizend, state):
        kaizend.ctl("flush", "--now", check=False)
        kaizend.wait_for(lambda s: s["balance"]["pending"] == 0 and all(e["backlog"] == 0 and e["state"] == "idle" for e in s["exporters"]),
                         "everybody has everything", PATIENCE)
        self.assertEqual(harness.read_database(state, "SELECT count(*) FROM outbox"), [(0,)])
        # PostHog takes nothing without a time, and a call of a file without times has none.
        dead = kaizend.get("/v1/outbox?state=dead")["rows"]
        self.assertEqual([row for row in dead if (row["exporter"], row["code"]) != ("posthog", "unfit")], [])

    def usage(self, kaizend):
        return json.loads(kaizend.ctl("usage", "--json", *ALL_TIME).stdout)["total"]

    def stored(self, state):
        """Model responses that used tokens, and tool calls with a time that are done."""
        responses = harness.read_database(state, RESPONSES)[0][0]
        calls = harness.read_database(state, CALLS)[0][0]
        return responses, calls

    def check_received(self, collector, kaizend, state, again=False):
        """The rows are those of the file exporter "rows"; PostHog is there where an exporter "posthog" is."""
        lines = [json.loads(line) for file in sorted(Path(self.place.name).glob("rows*.ndjson*")) for line in file.read_text("utf-8").splitlines()]
        posthog = [item.content for item in self.receivers["posthog"].items] if "posthog" in self.receivers else []
        received = Received(collector.bodies(), lines, posthog, again)
        findings = findings_of(received, self.stored(state), self.usage(kaizend))
        print(f"\n{len(received.spans)} spans in {len({span['traceId'] for span in received.spans})} traces, {len(received.spans_of('chat'))} chats, "
              f"{len(received.spans_of('execute_tool'))} calls, {len(received.logs)} log records, {len(posthog)} events; came again: {dict(received.repeated)}")
        print(json.dumps(self.usage(kaizend)))
        self.assertEqual("\n".join(findings[:TOO_LONG_TO_PRINT]), "")
        return received
