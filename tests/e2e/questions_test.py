"""The questions that the bench at scale asks (tests/bench/scale_questions.py) are all that there are: every GET route with every
parameter, every command that only reads; and each is answered on a small home of the same making."""
import re
import subprocess
import sys
import unittest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import harness

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/bench"))
import scale_home  # noqa: E402
from scale_questions import QUESTIONS, RUN, fill_outbox, places_in  # noqa: E402

# Commands that change something, or ask somebody else than kaizend.
NOT_ASKED = {"usage reprice", "prices import", "forget", "pin", "outbox retry", "outbox drop", "flush", "sync", "sync pause", "sync resume", "sync test", "sync backfill",
             "export", "export test", "service", "service install", "service uninstall", "service start", "service stop",
             "service restart", "service status", "service logs", "reload", "stop"}
ROUTE = re.compile(r'route\("GET", "([^"]+)", &Routes::\w+,(.*?)\),\n(?=        route|    };)', re.DOTALL)
PARAMETER = re.compile(r'(?:text|number|flag|word|page_size)\("(\w+)"')
NO_QUESTIONS = {
    ("/v1/events", "follow"),  # has no end: measured by its lines
    ("/v1/doctor", "full"),  # takes as long as the database is large
}


def routes():
    """(path, parameter or None) of all that can be asked with GET."""
    table = (SOURCE / "daemon/control/routes.cpp").read_text()
    return {(path, name) for path, takes in ROUTE.findall(table) for name in [None, *PARAMETER.findall(takes)]} - NO_QUESTIONS


def asked(paths):
    """The same of the questions; `paths` are those of the routes, first match first as in the daemon."""
    found = set()
    for question in QUESTIONS:
        if question.method != "GET":
            continue
        target = urlsplit(question.words)
        fits = [path for path in paths if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), target.path)]
        path = target.path if target.path in fits else fits[0] if fits else target.path
        found |= {(path, name) for name in [None, *parse_qs(target.query)]}
    return found


def commands():
    """All commands, and those with the first words that they know, as completion does."""
    script = subprocess.run([harness.KAIZENCTL, "completion", "fish"], check=True, capture_output=True, text=True).stdout
    names = re.findall(r"-n __fish_use_subcommand -a (\S+)", script)
    known = re.findall(r"__fish_seen_subcommand_from (\S+); and not .*' -a '([^']*)'", script)
    return set(names) | {f"{name} {action}" for name, actions in known for action in actions.split()}


SESSIONS = 60 + sum(count for count, _, _ in scale_home.NOW)


class Questions(harness.Case):
    def test_name_all_routes_and_their_parameters(self):
        self.assertGreater(len(routes()), 25)
        paths = sorted({path for path, _ in routes()})
        self.assertEqual(routes() - asked(paths), set())
        self.assertEqual(asked(paths) - routes(), set())

    def test_name_all_commands_that_only_read(self):
        run = [question.words for question in QUESTIONS if question.method == RUN]
        found = {words[0] for words in run} | {" ".join(words[:2]) for words in run}
        self.assertGreater(len(commands()), 30)
        self.assertEqual(commands() - found - NOT_ASKED - {"completion"}, set())
        self.assertEqual(NOT_ASKED - commands(), set(), "no longer there")

    def test_are_all_answered(self):
        daemon = self.small_home()
        fill_outbox(daemon)
        places = places_in(daemon)
        for question in [question.at(places) for question in QUESTIONS]:
            with self.subTest(question.name):
                self.expect_answer(daemon, question)
        self.assertNotEqual(daemon.get(f"/v1/sessions?after={places['deep']}")["sessions"], [])
        self.assertGreater(daemon.get(f"/v1/sessions/{places['large']}")["session"]["events"], 20 * scale_home.LARGE_FACTOR // 2)
        for status in ("running", "waiting", "idle", "done"):
            self.assertGreater(len(daemon.get(f"/v1/sessions?status={status}")["sessions"]), 0, status)
        for state in ("pending", "dead"):
            self.assertGreater(len(daemon.get(f"/v1/outbox?state={state}")["rows"]), 0, state)

    def test_are_asked_of_a_home_as_agents_leave_it(self):
        daemon = self.small_home()
        sessions = daemon.get("/v1/sessions?limit=1000")["sessions"]
        self.assertEqual(daemon.get("/v1/status")["store"]["sessions"], SESSIONS)
        self.assertEqual(len(sessions) + sum(session["children"] for session in sessions), SESSIONS, "a sub-agent stands under its parent")
        self.assertEqual({session["agent"] for session in sessions}, {"claude", "codex", "cursor"})
        self.assertGreater(len([session for session in sessions if session["children"]]), 1)
        self.assertEqual([session["id"] for session in sessions if not session["workspace"]], [])
        self.assertEqual([source["bad_lines"] for source in daemon.get("/v1/status")["sources"] if source["bad_lines"]], [])
        unknown = harness.read_database(daemon.state, "SELECT kind FROM line_kinds WHERE outcome NOT IN (0, 1)")
        self.assertEqual(unknown, [])

    def small_home(self):
        plan = scale_home.Plan(str(self.home), sessions=60, events=20, seed=1)
        scale_home.lay_out(plan)
        scale_home.write_now(plan)
        daemon = self.daemon(self.new_state()).wait_until_up()
        daemon.wait_for_lines(sum(map(harness.count_lines, harness.corpus_home.session_files(self.home))))
        return daemon

    def expect_answer(self, daemon, question):
        if question.method == RUN:
            done = daemon.ctl(*question.words, check=False)
            self.assertIn(done.returncode, question.codes, done.stderr)
            self.assertNotEqual(done.stdout, "")
        else:
            connection = harness.UnixConnection(daemon.socket)
            self.addCleanup(connection.close)
            connection.request(question.method, question.words)
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200, answer.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
