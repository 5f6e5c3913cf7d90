"""What stands in the outbox: no word of what people and agents said, no name, no secret; and rows, sums and balance that agree with
what is stored. On the corpus where it is there, else on the fixtures, and on files invented here.

KAIZEN_SEED repeats a run of the canaries."""
import collections
import json
import os
import random
import re
import sqlite3
import string
import subprocess
import unittest
import uuid
from datetime import datetime, timedelta, timezone

import harness
import ingest_contract
from harness import KINDS, SYNC
from live_test import CLAUDE
from usage_test import ALL_TIME, objects_of

SEED = int(os.environ.get("KAIZEN_SEED", str(random.SystemRandom().randrange(1 << 30))))
BLANKS = re.compile(r"\s+")
COMMAND_KEYS = ("command", "cmd")


def strings_of(value, keys=True, without=()):
    """All strings of a JSON value, those that are JSON themselves as what they hold; not those under the keys `without`."""
    if isinstance(value, dict):
        for key, member in value.items():
            if keys:
                yield key
            if key not in without:
                yield from strings_of(member, keys, without)
    elif isinstance(value, list):
        for member in value:
            yield from strings_of(member, keys, without)
    elif isinstance(value, str):
        if value[:1] in ("{", "["):
            try:
                yield from strings_of(json.loads(value), keys, without)
                return
            except (ValueError, RecursionError):
                pass
        yield value


class OutboxCase(harness.Case):
    """The home of somebody whose name may stand nowhere."""

    def setUp(self):
        super().setUp()
        self.home = self.home.rename(self.home.with_name("ada"))

    def lay_out(self):
        self.laid_out = harness.corpus_home.lay_out(self.home)
        if self.laid_out == "fixtures":
            print("\nno corpus beside this tree: only the fixtures are looked at")
        self.files = harness.corpus_home.session_files(self.home)
        self.lines = sum(map(harness.count_lines, self.files))

    def start(self, state, env=None):
        return self.daemon(state, env={"USER": "ada", **(env or {})}).wait_until_up()

    def count_lines(self):
        return sum(map(harness.count_lines, harness.corpus_home.session_files(self.home)))

    def imported(self, env=None, text="", **sync):
        """The state of a daemon that has read all there is with sync on, and the daemon."""
        state = self.new_state()
        self.configure(state, text, **{**SYNC, **sync})
        daemon = self.start(state, env)
        daemon.wait_for_lines(self.count_lines())
        self.wait_until_turns_are_closed(state, daemon)
        return state, daemon

    def wait_until_turns_are_closed(self, state, daemon):
        """Of sessions that are over; what came last is a moment later in the outbox than its lines are counted."""
        daemon.wait_for(lambda _: harness.open_turns_of_old(state) == 0, "the turns of sessions that are over are closed")

    def check_balance(self, state, status):
        balance = status["balance"]
        self.assertEqual(balance["enqueued"],
                         balance["delivered"] + balance["pending"] + balance["dead"] + balance["dropped_by_user"])
        self.assertEqual(balance["pending"], sum(status["outbox"]["pending"].values()))
        self.assertEqual(balance["pending"], len(harness.outbox_rows(state)))
        self.assertIsNone(harness.fault_of_balance(state))

    def previewed(self, daemon, session):
        """Its preview, and the rows in it as the outbox would have them: a multiset of (kind, workspace_hash, row)."""
        preview = daemon.get(f"/v1/preview?session={session}")
        rows = collections.Counter()
        for request in preview["requests"]:
            body = json.loads(request["body"])
            key = ingest_contract.KINDS[request["path"]].list_key
            rows.update((request["kind"], body["workspace_hash"], canonical(row)) for row in body[key])
        return preview, rows


def canonical(row):
    """Without what says only that a span left before: a preview and a backfill know how it ended."""
    row = {name: value for name, value in row.items() if name != "late"}
    return harness.without_now(json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def canonical_rows(state):
    return collections.Counter((kind, workspace, canonical(json.loads(row))) for kind, workspace, row in harness.outbox_rows(state))


def last_rows(state):
    """As canonical_rows, of each span the last one: what a server has when it has all."""
    rows = {}
    for number, (kind, workspace, text) in enumerate(harness.outbox_rows(state)):
        row = json.loads(text)
        rows[(row["session_id_hash"], row["span_id_hash"]) if kind == "tool_spans" else number] = (kind, workspace, canonical(row))
    return collections.Counter(rows.values())


def without_workspaces(rows):
    return collections.Counter(dict(((kind, "", row), n) for (kind, _, row), n in rows.items()))


def difference(expected, found, most=3):
    missing, more = expected - found, found - expected
    if not missing and not more:
        return None
    some = lambda rows: "\n    ".join(str(row)[:900] for row in sorted(rows)[:most])
    return f"{sum(missing.values())} missing, {sum(more.values())} too many\n  missing:\n    {some(missing)}\n  too many:\n    {some(more)}"


class Shingles:
    """Finds stretches that a set of texts shares with others, at least `length` long with `blanks` blanks; white space is folded."""
    WORDS = 4  # whole ones that any 40 bytes with 5 blanks hold

    def __init__(self, texts, length=40, blanks=5):
        self.length, self.blanks = length, blanks
        self.texts = [text for text in {BLANKS.sub(" ", text) for text in texts} if len(text) >= length]
        self.places = collections.defaultdict(list)
        for number, text in enumerate(self.texts):
            for at, shingle in self.shingles(text):
                self.places[shingle].append((number, at))

    def shingles(self, text):
        ends = [-1] + [i for i, c in enumerate(text) if c == " "] + [len(text)]
        for i in range(len(ends) - self.WORDS):
            yield ends[i] + 1, text[ends[i] + 1:ends[i + self.WORDS]]

    def common(self, text):
        """The stretches of `text` that stand in one of the texts."""
        text = BLANKS.sub(" ", text)
        if len(text) < self.length or text.count(" ") < self.blanks:
            return
        for at, shingle in self.shingles(text):
            for number, place in self.places.get(shingle, ()):
                stretch = self.around(text, at, self.texts[number], place)
                if self.counts(stretch):
                    yield stretch

    @staticmethod
    def around(text, at, other, place):
        begin, end = 0, 0
        while at - begin > 0 and place - begin > 0 and text[at - begin - 1] == other[place - begin - 1]:
            begin += 1
        while at + end < len(text) and place + end < len(other) and text[at + end] == other[place + end]:
            end += 1
        return text[at - begin:at + end]

    def counts(self, stretch):
        return any(stretch.count(" ", i, i + self.length) >= self.blanks for i in range(len(stretch) - self.length + 1))


def reads_like_prose(stretch):
    """Six plain words in a row."""
    run = 0
    for word in stretch.split():
        run = run + 1 if re.fullmatch(r"['\"(]?[A-Za-z']+[,.;:!?)'\"]*", word) else 0
        if run >= 6:
            return True
    return False


class WhatWasSaid(OutboxCase):
    def test_shingles_find_what_they_should(self):
        shingles = Shingles(["git commit -m fix   the parser and the\nlexer of it, at last"])
        self.assertEqual(set(shingles.common("I said: fix the parser and the lexer of it, at last. Good")),
                         {" fix the parser and the lexer of it, at last"})
        self.assertEqual(list(shingles.common("fix the parser and all else is well in the state")), [])

    def test_a_sentence_is_found_where_it_does_leave(self):
        session, sentence = str(uuid.uuid4()), "the roses want water before the sun is up, and so does the hedge"
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude("user", f"remember: {sentence}")])
        for content, found in (("text", True), ("metadata", False)):
            state, daemon = self.imported(content=content)
            daemon.stop()
            shingles = Shingles(text for _, _, row in harness.outbox_rows(state) for text in strings_of(json.loads(row)))
            self.assertEqual(any(sentence in stretch for stretch in shingles.common(f"He said {sentence}.")), found, content)

    def test_no_sentence_leaves_in_metadata(self):
        self.lay_out()
        state, daemon = self.imported()
        daemon.stop()
        rows = harness.outbox_rows(state)
        texts, commands = set(), set()
        for _, _, row in rows:
            row = json.loads(row)
            command = row.get("payload", {}).pop("command", None)
            texts.update(strings_of(row))
            commands.add(command or "")
        self.assertEqual([t for t in texts if len(t) > 128], [], "long strings outside of commands")
        in_rows, in_commands = Shingles(texts), Shingles(commands)
        leaks, quoted, seen, said = set(), set(), set(), 0
        for file in self.files:
            for line in objects_of(file.read_text(errors="replace")):
                for text in strings_of(line, keys=False, without=COMMAND_KEYS):
                    if text in seen:
                        continue
                    seen.add(text)
                    said += len(text)
                    leaks.update(in_rows.common(text))
                    quoted.update(in_commands.common(text))
        prose = {stretch for stretch in {*quoted, *commands} if reads_like_prose(stretch)}
        print(f"\n{len(rows)} rows, {len(commands)} commands, {said / 1e6:.1f} MB of texts; {len(quoted)} stretches of texts stand in "
              f"outlines of commands, {len(prose)} of them read like prose")
        if os.environ.get("KAIZEN_SHOW"):
            for stretch in sorted(quoted):
                print("   ", stretch[:300])
        self.assertEqual(sorted(leaks), [])
        self.assertEqual(sorted(prose), [], f"all that is shared with commands: {sorted(quoted)}")


class Persons(OutboxCase):
    # Who recorded them (tests/redact/corpus_test.cpp); the daemon runs as one of them after the other.
    RECORDERS = {"soph": "/Users/soph", "masa": "/Users/masa"}
    PATTERNS = {  # the part in parentheses is what counts
        "home": r"""(?:^|[\s"'=:(\[,])(?:/home|/Users)/([A-Za-z0-9_][A-Za-z0-9._-]*)""",
        "Windows home": r"[A-Za-z]:\\+Users\\+([A-Za-z0-9_][A-Za-z0-9._-]*)",
        "slug": r"""(?:^|[\s"'/])-(?:home|Users)-([A-Za-z0-9]+)-""",
        "mail": r"\b([A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|org|net|de|io|edu|dev))\b",
        "GitHub": r"\b(gh[pousr]_[A-Za-z0-9]{36})",
        "Anthropic": r"(sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{40})",
        "OpenAI": r"(sk-proj-[A-Za-z0-9_-]{40})",
        "AWS": r"\b(A[KS]IA[A-Z2-7]{16})\b",
        "Google": r"(AIza[A-Za-z0-9_-]{35})",
        "Slack": r"(xox[abpers]-[0-9]{10,}-[A-Za-z0-9-]{20})",
        "JWT": r"(eyJhbGciOi[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)",
        "key": r"(-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40})",
        "URL": r"[a-z]://([A-Za-z0-9_-]+:[A-Za-z0-9_-]{8,}@)",
    }
    NOBODY = re.compile(r"user|runner|name|Shared|project|node|username|you|Public|example|.*@example\.com|noreply@.*|git@.*|.*\.example\.com")

    HOST = "ada-tower7"

    def setUp(self):
        """The daemon runs on a host of an unmistakable name, where that can be had."""
        super().setUp()
        self.host = self.HOST
        wrapper = self.home.parent / "kaizend-on-a-host"
        wrapper.write_text(f"#!/bin/sh\nhostname {self.HOST} && exec {harness.KAIZEND} \"$@\"\n")
        wrapper.chmod(0o755)
        if subprocess.run(["unshare", "--uts", "hostname", self.HOST], capture_output=True).returncode != 0:
            print("\nthe daemon's host cannot be given a name here: nothing is said of host names")
            self.host = None
            return
        original, harness.KAIZEND = harness.KAIZEND, str(wrapper)
        wrapper.write_text(f"#!/bin/sh\nexec unshare --uts sh -c 'hostname {self.HOST} && exec \"$0\" \"$@\"' {original} \"$@\"\n")
        self.addCleanup(lambda: setattr(harness, "KAIZEND", original))

    def people_in(self, rows, user):
        """What rows say of persons and secrets."""
        word = re.compile(rf"(?i)(?:^|[^A-Za-z0-9])({re.escape(user)})(?:$|[^A-Za-z0-9])")
        place = re.compile(re.escape(str(self.home)) + "|" + re.escape(self.host or "\0"))
        found = collections.defaultdict(list)
        for _, _, row in rows:
            for text in strings_of(json.loads(row)):
                for what, pattern in self.PATTERNS.items():
                    found[what] += [f"{m} in {text[:300]}" for m in re.findall(pattern, text) if not self.NOBODY.fullmatch(m)]
                for what, pattern in (("user", word), ("place", place)):
                    found[what] += [f"{m.group(0)} in {text[:300]}" for m in pattern.finditer(text)]
        return {what: sorted(set(ones))[:10] for what, ones in found.items() if ones}

    def roots(self):
        return "".join(f'[[watch.root]]\nagent = "{agent}"\npath = "{self.home}/{path}"\n' for agent, path in (
            ("claude", ".claude/projects"), ("codex", ".codex/sessions"), ("cursor", ".cursor/projects")))

    def test_nobody_stands_in_rows_of_either_content(self):
        self.lay_out()
        for content in ("text", "metadata"):
            for user, home in {**self.RECORDERS, "ada": str(self.home)}.items():
                with self.subTest(content=content, user=user):
                    state, daemon = self.imported({"USER": user, "HOME": home}, "" if user == "ada" else self.roots(), content=content)
                    daemon.stop()
                    rows = harness.outbox_rows(state)
                    self.assertGreater(len(rows), 10)
                    self.assertEqual(self.people_in(rows, user), {})
                    self.assertNotIn(user if len(user) > 4 else "/" + user + "/", daemon.log if user != "ada" else "")

    def test_the_local_user_and_host_go_wherever_they_stand(self):
        session, host = str(uuid.uuid4()), self.host
        say = f"I am ada at {host}, my files are in {self.home}/app and ada's are in /home/ada too; see ada@{host}: \"ADA\" (ada)"
        self.session_file(f"{CLAUDE}/{session}.jsonl", [
            claude("user", say, cwd=f"{self.home}/app", gitBranch="ada/main"),
            claude("assistant", [{"type": "tool_use", "id": "c1", "name": "Bash", "input": {"command": f"ssh ada@{host} ls {self.home}/x"}}]),
            claude("user", [{"type": "tool_result", "tool_use_id": "c1", "content": f"total 1\n-rw-r--r-- 1 ada ada 7 {self.home}/x"}])])
        for content in ("text", "metadata"):
            state, daemon = self.imported(content=content)
            daemon.stop()
            rows = harness.outbox_rows(state)
            self.assertGreaterEqual(len(rows), 4)
            self.assertEqual(self.people_in(rows, "ada"), {}, content)


# The last turn of what is over is closed, which is a row more; what was written a minute ago is not over.
RECENT = f"{datetime.now(timezone.utc) - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}.000Z"


def claude(role, content, session="", **more):
    message = {"role": role, "content": content}
    if role == "assistant":
        message |= {"id": f"msg_{uuid.uuid4().hex}", "model": "claude-sonnet-4-5", "usage": {"input_tokens": 3, "output_tokens": 5}}
    message |= more.pop("message", {})
    return json.dumps({"type": role, "uuid": str(uuid.uuid4()), "timestamp": RECENT, "cwd": "/w/app",
                       "version": "2.1.330", "isSidechain": False, "message": message, **more})


def codex(kind, **payload):
    return json.dumps({"timestamp": RECENT, "type": kind, "payload": payload})


def luhn_card(rng):
    digits = [4] + [rng.randrange(10) for _ in range(14)]
    total = sum(d * 2 - 9 * (d > 4) if i % 2 == 0 else d for i, d in enumerate(digits))
    return "".join(map(str, digits + [-total % 10]))


def iban(rng):
    account = "".join(str(rng.randrange(10)) for _ in range(18))
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


class Secrets:
    """Invented secrets of many formats: (name, text that holds one, what of it may stand nowhere)."""
    ALNUM = string.ascii_letters + string.digits
    HEX = "0123456789abcdef"
    URLSAFE = ALNUM + "-_"
    BASE32 = string.ascii_uppercase + "234567"
    # {letter:length} stands for random characters.
    CODES = {
        "aws id": "AKIA{U:16}", "aws temporary": "ASIA{U:16}", "aws secret": "aws_secret_access_key = {A:40}",
        "github": "ghp_{A:36}", "github oauth": "gho_{A:36}", "github server": "ghs_{A:36}", "github fine": "github_pat_{A:22}_{A:59}",
        "gitlab": "glpat-{A:20}", "openai": "sk-{A:20}T3BlbkFJ{A:20}", "openai project": "sk-proj-{A:48}", "anthropic": "sk-ant-api03-{S:93}AA",
        "anthropic session": "sk-ant-sid01-{S:86}", "hugging face": "hf_{A:34}", "groq": "gsk_{A:52}", "replicate": "r8_{A:37}",
        "slack bot": "xoxb-{D:12}-{D:12}-{A:24}", "slack user": "xoxp-{D:12}-{D:12}-{D:12}-{H:32}", "slack app": "xapp-1-A{U:10}-{D:13}-{H:64}",
        "slack hook": "https://hooks.slack.com/services/T{U:10}/B{U:10}/{A:24}", "google": "AIza{S:35}", "google secret": "GOCSPX-{S:28}",
        "stripe": "sk_live_{A:24}", "stripe hook": "whsec_{A:32}", "sendgrid": "SG.{S:22}.{S:43}", "npm": "npm_{A:36}", "pypi": "pypi-AgEIcHlwaS5vcmc{S:80}",
        "digital ocean": "dop_v1_{H:64}", "shopify": "shpat_{H:32}", "docker": "dckr_pat_{S:27}", "vault": "hvs.{S:90}", "doppler": "dp.pt.{A:43}",
        "linear": "lin_api_{A:40}", "notion": "ntn_{D:11}{A:35}", "telegram": "{D:9}:AA{S:33}", "telegram url": "https://api.telegram.org/bot{D:10}:AA{S:33}/getMe", "sentry": "sntrys_{A:60}", "grafana": "glc_eyJvIjoi{A:60}",
        "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI{A:40}.{S:43}", "password": "password={A:14}", "password quoted": "DB_PASSWORD=\"{A:18}\"",
        "yaml": "client_secret: {A:32}", "env line": "export API_TOKEN={A:32}", "option": "--password {A:16}", "option equals": "--api-key={A:32}",
        "bearer": "Authorization: Bearer {A:40}", "basic": "Authorization: Basic {A:36}", "token scheme": "Authorization: Token {H:40}",
        "api header": "X-Api-Key: {A:32}", "cookie": "Cookie: session_id={A:40}; theme=dark", "set cookie": "Set-Cookie: sid={A:40}; HttpOnly",
        "user info": "https://deploy:{A:16}@git.acme-corp.io/app.git", "token as user": "https://{A:32}@git.acme-corp.io/app.git",
        "postgres": "postgres://app:{A:16}@db.acme-corp.io:5432/main", "redis": "redis://:{A:20}@cache.acme-corp.io:6379/0",
        "mongo": "mongodb+srv://app:{A:20}@c0.acme-corp.io/x", "connection string": "Server=tcp:db;User Id=sa;Password={A:16};",
        "storage": "AccountName=acme;AccountKey={A:86}==", "query": "https://api.acme-corp.io/v1?api_key={A:32}&page=2", "curl": "curl -u admin:{A:16} localhost",
        "mysql": "mysql -u root -p{A:14} shop", "netrc": "machine git.acme-corp.io login bot password {A:16}", "npmrc": "//registry.npmjs.org/:_authToken={A:36}",
        "mail": "{L:9}.{L:8}@{L:8}-corp.com", "home": "/home/{L:10}/app/main.c", "mac home": "/Users/{L:10}/app/main.c", "windows home": "C:\\Users\\{L:10}\\app",
        "phone": "+49 151 {D:8}", "ipv6": "2a01:4f8:{H:4}:{H:4}:{H:4}:{H:4}:{H:4}:{H:4}", "mac address": "3c:22:fb:{H:2}:{H:2}:{H:2}",
    }

    def __init__(self, rng):
        self.rng = rng
        self.all = []
        letters = {"A": self.ALNUM, "H": self.HEX, "S": self.URLSAFE, "U": self.BASE32, "D": string.digits, "L": string.ascii_lowercase}
        for name, code in self.CODES.items():
            cores = []

            def drawn(match):
                alphabet, length = letters[match.group(1)], int(match.group(2))
                word = rng.choice(alphabet.strip("-_")) + "".join(rng.choice(alphabet) for _ in range(length - 2)) + rng.choice(alphabet.strip("-_"))
                cores.append(word)
                return word
            text = re.sub(r"\{([AHSUDL]):(\d+)\}", drawn, code)
            # Where the parts are short, all of it together counts.
            self.add(name, text, [c for c in cores if len(c) >= 8] or [text])
        body = "\n".join("".join(rng.choice(self.ALNUM + "+/") for _ in range(64)) for _ in range(6))
        self.add("pem", f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----", body.split("\n"))
        self.add("card", luhn_card(rng))
        self.add("iban", iban(rng))
        self.add("ipv4", ".".join(map(str, (185, rng.randrange(100, 256), rng.randrange(100, 256), rng.randrange(100, 256)))))

    def add(self, name, text, cores=None):
        self.all.append((name, text, cores or [text]))

    def vendor(self):
        return [s for s in self.all if s[0] in ("aws id", "github", "gitlab", "slack bot", "stripe", "anthropic", "npm", "google")]

    def pieces(self, bytes_in_a_row=8):
        """Each piece of that length, and the name of its secret."""
        return {core[i:i + bytes_in_a_row]: name for name, _, cores in self.all for core in cores for i in range(len(core) - bytes_in_a_row + 1)}


def found_pieces(pieces, text):
    """The names of secrets of which a piece stands in the text, and where."""
    size = len(next(iter(pieces)))
    found = {}
    for i in range(len(text) - size + 1):
        name = pieces.get(text[i:i + size])
        if name is not None and name not in found:
            found[name] = text[max(0, i - 80):i + 60]
    return found


class Canaries(OutboxCase):
    def setUp(self):
        super().setUp()
        print(f"\nKAIZEN_SEED={SEED}")
        rng = random.Random(SEED)
        self.secrets = Secrets(rng)
        self.pieces = self.secrets.pieces()
        self.session, self.thread = str(uuid.UUID(int=rng.getrandbits(128), version=4)), str(uuid.UUID(int=rng.getrandbits(128), version=4))
        self.write_claude()
        self.write_codex()

    def write_claude(self):
        lines = []
        vendor = self.secrets.vendor()
        for n, (name, text, _) in enumerate(self.secrets.all):
            tool = lambda tool_name, **arguments: claude("assistant", [
                {"type": "tool_use", "id": f"t{n}{tool_name}", "name": tool_name, "input": arguments}])
            result = lambda tool_name, content: claude("user", [{"type": "tool_result", "tool_use_id": f"t{n}{tool_name}", "content": content}])
            lines += [
                claude("user", f"please use this one: {text} and tell nobody"),
                claude("assistant", [{"type": "thinking", "thinking": f"They gave me\n{text}\nto use."}, {"type": "text", "text": f"I use `{text}` now."}]),
                tool("Bash", command=text if name in ("curl", "mysql") else f"echo '{text}' > x; run-it \"{text}\"", description=f"stores {text}"),
                result("Bash", f"stored\n{text}\nexit"),
                tool("Write", file_path="/w/app/.env", content=f"# settings\n{text}\n"), result("Write", "ok"),
                tool("Edit", file_path="/w/app/a.txt", old_string=f"x {text}", new_string=f"y {text} z"), result("Edit", f"-x {text}\n+y {text} z"),
                tool("mcp__box__run", env={"SETTING": text}, settings={"password": text, "list": [text, {"deep": text}]}),
                result("mcp__box__run", json.dumps({"out": text, "env": {"A": text}})),
                tool("mcp__box__plain", values=[text], note=text), result("mcp__box__plain", f"Error: {text}"),
            ]
        for n, (_, text, _) in enumerate(vendor):
            lines += [
                claude("assistant", [{"type": "tool_use", "id": f"call_{text}", "name": f"mcp__{text}__x", "input": {text: 1, "a": {text: text}}}],
                       message={"model": f"house-{text}", "id": f"msg_{text}"}, requestId=f"req_{text}", cwd=f"/w/{text}", gitBranch=f"fix/{text}"),
                claude("user", [{"type": "tool_result", "tool_use_id": f"call_{text}", "content": "ok"}], cwd=f"/w/{text}", gitBranch=f"fix/{text}"),
                json.dumps({"type": "ai-title", "aiTitle": f"Rotate {text}", "sessionId": self.session}),
                json.dumps({"type": "custom-title", "customTitle": f"Rotate {text}", "sessionId": self.session}),
                json.dumps({"type": "system", "subtype": f"note_{n}", "content": text, "uuid": str(uuid.uuid4()), "timestamp": RECENT}),
                json.dumps({"type": "assistant", "isApiErrorMessage": True, "error": text, "uuid": str(uuid.uuid4()), "timestamp": RECENT,
                            "message": {"role": "assistant", "model": "<synthetic>", "content": [{"type": "text", "text": f"API Error: {text}"}]}}),
            ]
        self.session_file(f"{CLAUDE}/{self.session}.jsonl", lines)
        hidden = vendor[0][1]
        self.session_file(f"{CLAUDE}/{hidden}.jsonl", [claude("user", "an id like no other", sessionId=hidden)])

    def write_codex(self):
        lines = [codex("session_meta", id=self.thread, cwd="/w/app", cli_version="0.169.0", git={"branch": "x/" + self.secrets.vendor()[0][1]}),
                 codex("turn_context", cwd="/w/app", model="gpt-5.1-codex")]
        for n, (name, text, _) in enumerate(self.secrets.all):
            command = text if name in ("curl", "mysql") else f"echo '{text}' > x; run-it \"{text}\""
            lines += [
                codex("response_item", type="message", role="user", content=[{"type": "input_text", "text": f"use {text}"}]),
                codex("response_item", type="reasoning", summary=[{"type": "summary_text", "text": f"so {text} it is"}]),
                codex("response_item", type="message", role="assistant", content=[{"type": "output_text", "text": f"done with {text}"}]),
                codex("response_item", type="function_call", name="shell", call_id=f"a{n}", arguments=json.dumps({"command": ["bash", "-lc", command]})),
                codex("response_item", type="function_call_output", call_id=f"a{n}", output=json.dumps({"output": f"{text}\n", "metadata": {"exit_code": 0}})),
                codex("response_item", type="function_call", name="exec_command", call_id=f"b{n}", arguments=json.dumps({"cmd": command, "env": {"X": text}})),
                codex("response_item", type="function_call_output", call_id=f"b{n}", output=f"Exit code: 1\n{text}"),
                codex("response_item", type="custom_tool_call", name="apply_patch", call_id=f"c{n}",
                      input=f"*** Begin Patch\n*** Update File: a.txt\n+{text}\n*** End Patch"),
                codex("response_item", type="custom_tool_call_output", call_id=f"c{n}", output="ok"),
                codex("event_msg", type="error", message=f"it broke: {text}"),
            ]
        for _, text, _ in self.secrets.vendor():
            lines += [codex("turn_context", cwd=f"/w/{text}", model=f"m-{text}"),
                      codex("response_item", type="function_call", name=f"x_{text}", call_id=text, arguments=json.dumps({text: text})),
                      codex("response_item", type="function_call_output", call_id=text, output="ok")]
        self.session_file(f".codex/sessions/2026/11/20/rollout-2026-11-20T10-00-00-{self.thread}.jsonl", lines)

    def test_no_eight_bytes_of_a_secret_leave(self):
        self.assertGreaterEqual(len(self.secrets.all), 60)
        for content in ("metadata", "text"):
            state, daemon = self.imported(content=content, text='[store]\ntext = "full"\n[log]\nlevel = "debug"\n')
            places = {"preview " + s: daemon.ctl("preview", s, "--raw").stdout for s in (self.session, self.thread)}
            status = daemon.get("/v1/status")
            self.check_balance(state, status)
            self.assertEqual(status["outbox"]["refused"], 0, status["health"])
            self.assertEqual(daemon.stop(), 0)
            rows = harness.outbox_rows(state)
            self.assertGreater(len(rows), 20 * len(self.secrets.all))
            places["rows"] = "\n".join("\n".join(strings_of(json.loads(row))) for _, _, row in rows)
            places["rows as sent"] = "\n".join(row for _, _, row in rows)
            places["log"] = daemon.log
            places["session_secrets"] = "\n".join(bytes(s).decode(errors="replace") if isinstance(s, bytes) else s for s, in
                                                  harness.read_database(state, "SELECT state FROM session_secrets"))
            for place, text in places.items():
                with self.subTest(content=content, place=place):
                    found = found_pieces(self.pieces, text)
                    self.assertEqual(found, {}, f"{len(found)} of {len(self.secrets.all)} secrets")


class AfterARestart(OutboxCase):
    def test_a_secret_is_known_that_stood_where_a_row_was_cut_off(self):
        session, secret = str(uuid.uuid4()), "Zq7" + "".join(random.Random(SEED).choices(Secrets.ALNUM, k=21))
        call = lambda n, command: [
            claude("assistant", [{"type": "tool_use", "id": f"c{n}", "name": "Bash", "input": {"command": command}}]),
            claude("user", [{"type": "tool_result", "tool_use_id": f"c{n}", "content": "ok"}])]
        self.session_file(f"{CLAUDE}/{session}.jsonl", call(1, "ls " + "some-file-name " * 100 + f"--password={secret}"))
        state, daemon = self.imported()
        self.assertEqual(daemon.stop(), 0)
        self.assertNotIn("REDACTED", str(harness.outbox_rows(state)))
        self.session_file(f"{CLAUDE}/{session}.jsonl", call(2, f"run-it {secret}"))
        daemon = self.start(state)
        daemon.wait_for_lines(4)
        self.assertNotIn(secret, str(harness.outbox_rows(state)))


class TurnsThatNothingEnds(OutboxCase):
    def test_one_of_an_agent_that_was_killed_is_told_of_when_it_has_been_quiet(self):
        """The rules alone would wait for a day."""
        session, other = str(uuid.uuid4()), str(uuid.uuid4())
        long_ago = f"{datetime.now(timezone.utc) - timedelta(minutes=15):%Y-%m-%dT%H:%M:%S}.000Z"
        for name in (session, other):
            self.session_file(f"{CLAUDE}/{name}.jsonl", [claude("user", "and?", entrypoint="cli", timestamp=long_ago)])
        for name, pid in ((session, 2 ** 22 + 1), (other, os.getpid())):  # beyond the largest there is, and one that is there
            entry = self.home / f".claude/sessions/{pid}.json"
            entry.parent.mkdir(parents=True, exist_ok=True)
            entry.write_text(json.dumps({"pid": pid, "sessionId": name, "status": "busy"}))
        state, daemon = self.imported()
        daemon.wait_for(lambda _: len(harness.outbox_rows(state)) == 3, "one turn is told of")
        closing, = [row for row in canonical_rows(state) if "turn_closed" in row[2]]
        (_, rows), (_, others) = self.previewed(daemon, session), self.previewed(daemon, other)
        self.assertIn(closing, rows)
        self.assertEqual((rows.total(), others.total()), (2, 1))


class Rows(OutboxCase):
    def test_rows_keep_to_the_contract_and_sum_up_to_the_usage(self):
        self.lay_out()
        state, daemon = self.imported()
        rows = harness.outbox_rows(state)
        for kind, workspace, row in rows:
            self.assertTrue(ingest_contract.hashed(workspace))
            table = next(k.table for k in ingest_contract.KINDS.values() if k.name == kind)
            self.assertIsNone(table.fault(ingest_contract.parse_json(row.encode())), row)
        events = [(workspace, json.loads(row)) for kind, workspace, row in rows if kind == "events"]
        identities = collections.Counter((w, e["session_id_hash"], e["event_seq"]) for w, e in events)
        self.assertEqual([i for i, n in identities.items() if n > 1], [])
        for session, count in harness.read_database(state, "SELECT session, count(*) FROM events GROUP BY session HAVING count(*) != max(seq) + 1"):
            self.fail(f"session {session}: {count} events")
        of_files = [event for _, event in events if event["event_seq"] < 1 << 40]  # the others say that a turn is over
        self.assertEqual(len(of_files), harness.read_database(state, "SELECT count(*) FROM events")[0][0])
        self.check_spans(state, [json.loads(row) for kind, _, row in rows if kind == "tool_spans"])
        self.check_balance(state, daemon.get("/v1/status"))
        self.check_sums(state, daemon, [e for _, e in events])

    def check_spans(self, state, spans):
        """A span is sent when it ends, and again when it ends otherwise; what a fork repeats is sent with its original."""
        ended = harness.read_database(state, "SELECT session, call_id FROM tool_spans WHERE outgoing = 1")
        self.assertEqual(len({(s["session_id_hash"], s["span_id_hash"]) for s in spans}), len(ended))
        sent = collections.Counter((s["session_id_hash"], s["span_id_hash"]) for s in spans)
        again = sum(n - 1 for n in sent.values())
        shared = len(sent) - len({span for _, span in sent})
        print(f"\n{len(spans)} spans, {again} of them sent again, {shared} under the id of another session's span")

    def check_sums(self, state, daemon, events):
        found = collections.defaultdict(collections.Counter)
        names = {"tokens_in": "input", "tokens_out": "output", "cache_read_tokens": "cache_read", "cache_creation_tokens": "cache_write",
                 "reasoning_tokens": "reasoning", "cost_usd_e6": "cost"}
        for event in events:
            found[event["agent"]].update({name: event[key] for key, name in names.items() if key in event})
        answer = daemon.get(f"/v1/usage?by=agent&{ALL_TIME}")
        for row in answer["rows"]:
            usage = row["usage"]
            for name in ("input", "output", "cache_read", "cache_write", "reasoning"):
                with self.subTest(agent=row["key"], counter=name):
                    self.assertEqual(found[row["key"]][name], usage["tokens"][name] or 0)
        # A session's rows sum up to its cost.
        told = collections.Counter()
        for event in events:
            told[event["session_id_hash"]] += event.get("cost_usd_e6", 0)
        costs = [row["usage"]["cost_usd_e6"] for row in daemon.get(f"/v1/usage?by=session&limit=1000&{ALL_TIME}")["rows"]]
        self.assertEqual(sorted(filter(None, told.values())), sorted(filter(None, costs)))
        print("\n".join(f"{agent}: {dict(sums)}" for agent, sums in sorted(found.items())))


class Chosen(OutboxCase):
    """Which sessions leave."""

    def small(self, cwd, lines=3, session=None):
        session = session or str(uuid.uuid4())
        self.session_file(f".claude/projects/{cwd.replace('/', '-')}/{session}.jsonl", [claude("user", f"line {n}", cwd=cwd) for n in range(lines)])
        return session

    def sent(self, state):
        """Rows by session hash."""
        return collections.Counter(json.loads(row)["session_id_hash"] for _, _, row in harness.outbox_rows(state))

    def test_globs_choose_by_workspace(self):
        for cwd in ("/w/app", "/w/app/deep", "/w/apple", "/private/x"):
            self.small(cwd)
        self.small(f"{self.home}/private/notes")
        of = lambda **sync: self.leaving(**sync)
        self.assertEqual(of(), 15)
        self.assertEqual(of(exclude=["/w/app/**"]), 9)
        self.assertEqual(of(include=["/w/app/**"]), 6)
        self.assertEqual(of(include=["/w/**"], exclude=["/w/app/deep"]), 6)
        self.assertEqual(of(include=["/nowhere"]), 0)
        self.assertEqual(of(exclude=["~/private/**"]), 12)

    def leaving(self, **sync):
        state, daemon = self.imported(**sync)
        status = daemon.get("/v1/status")
        daemon.stop()
        self.check_balance(state, status)
        self.assertEqual(status["outbox"]["excluded"], 15 - status["balance"]["pending"])
        return status["balance"]["pending"]

    def test_a_sample_is_of_whole_sessions_and_always_the_same(self):
        sessions = [self.small("/w/app", 4) for _ in range(60)]
        samples = []
        for _ in range(2):
            state, daemon = self.imported(sample_rate=0.5)
            status = daemon.get("/v1/status")
            self.check_balance(state, status)
            daemon.stop()
            sent = self.sent(state)
            self.assertEqual(set(sent.values()), {4})
            self.assertEqual({json.loads(row).get("sample_rate") for _, _, row in harness.outbox_rows(state)}, {0.5})
            self.assertEqual(status["outbox"]["sampled_out"], 4 * (len(sessions) - len(sent)))
            samples.append(set(sent))
        self.assertEqual(samples[0], samples[1])
        self.assertTrue(10 < len(samples[0]) < 50, len(samples[0]))  # by chance once in 10^8
        state, daemon = self.imported(sample_rate=0.9)
        self.assertTrue(samples[0] <= set(self.sent(state)))

    def late(self, cwd):
        """A session whose first lines name no directory."""
        session = str(uuid.uuid4())
        lines = [json.loads(claude("user", f"line {n}", cwd=cwd)) for n in range(5)]
        lines[1] = json.loads(claude("assistant", [{"type": "tool_use", "id": "c1", "name": "Bash", "input": {"command": "ls"}}]))
        lines[2] = json.loads(claude("user", [{"type": "tool_result", "tool_use_id": "c1", "content": "a b c"}]))
        for line in lines[:3]:
            del line["cwd"]
        self.session_file(f".claude/projects/-late/{session}.jsonl", map(json.dumps, lines))
        return session

    def test_a_workspace_that_becomes_known_late(self):
        session = self.late("/w/late")
        for sync in ({"exclude": ["/private/**"]}, {"include": ["/w/**"]}):
            with self.subTest(**sync):
                state, daemon = self.imported(**sync)
                status = daemon.get("/v1/status")
                preview, rows = self.previewed(daemon, session)
                daemon.stop()
                self.assertEqual(status["outbox"]["excluded"], 0)
                self.check_balance(state, status)
                events = [json.loads(row)["event_seq"] for kind, _, row in harness.outbox_rows(state) if kind == "events"]
                self.assertEqual(events, list(range(5)))
                self.assertEqual(len({workspace for _, workspace, _ in harness.outbox_rows(state)}), 1)
                self.assertIsNone(difference(rows, canonical_rows(state)))

    def test_an_excluded_workspace_that_becomes_known_late_never_enters(self):
        self.late("/private/plans")
        state, daemon = self.imported(exclude=["/private/**"])
        status = daemon.get("/v1/status")
        daemon.stop()
        self.assertEqual((status["balance"]["enqueued"], status["outbox"]["excluded"]), (0, 6))
        self.check_balance(state, status)

    def test_lines_without_a_directory_wait_for_one_while_the_session_is_live(self):
        state = self.new_state()
        self.configure(state, **{**SYNC, "exclude": ["/private/**"]})
        daemon = self.start(state)
        kept, left = str(uuid.uuid4()), str(uuid.uuid4())
        early = json.loads(claude("user", "early"))
        del early["cwd"]
        for session in (kept, left):
            self.session_file(f".claude/projects/-late/{session}.jsonl", [json.dumps({**early, "uuid": str(uuid.uuid4())})])
        daemon.wait_for_lines(2)
        self.assertEqual(harness.outbox_rows(state), [])
        self.session_file(f".claude/projects/-late/{kept}.jsonl", [claude("user", "late", cwd="/private/x")])
        self.session_file(f".claude/projects/-late/{left}.jsonl", [claude("user", "late", cwd="/w/x")])
        status = daemon.wait_for_lines(4)
        self.assertEqual([json.loads(row)["event_seq"] for _, _, row in harness.outbox_rows(state)], [0, 1])
        self.assertEqual(status["outbox"]["excluded"], 2)
        self.check_balance(state, status)


    def test_a_directory_that_appears_places_the_sessions_of_its_name(self):
        """Cursor names the directory in the path of the file, in a way that only a directory that is there makes readable."""
        app = self.home / "apps" / "shed"
        session = str(uuid.uuid4())
        slug = re.sub("[^A-Za-z0-9]", "-", str(app).strip("/"))  # the name of the temporary directory may hold a "_"
        file = f".cursor/projects/{slug}/agent-transcripts/{session}/{session}.jsonl"
        say = lambda text: json.dumps({"role": "user", "message": {"content": [{"type": "text", "text": text}]}})
        self.session_file(file, [say("one"), say("two")])
        state, daemon = self.imported(exclude=["/nowhere/**"])
        self.assertEqual(daemon.get("/v1/status")["outbox"]["excluded"], 2)
        daemon.stop()
        app.mkdir(parents=True)
        self.session_file(file, [say("three")])
        daemon = self.start(state)
        status = daemon.wait_for_lines(3)
        self.assertEqual([json.loads(row)["event_seq"] for _, _, row in harness.outbox_rows(state)], [0, 1, 2])
        self.assertEqual(status["outbox"]["excluded"], 0)
        self.check_balance(state, status)


class Alike(OutboxCase):
    """Live import, preview and backfill make the same rows."""

    def by_session(self, rows):
        sessions = collections.defaultdict(collections.Counter)
        for (kind, workspace, row), n in rows.items():
            sessions[json.loads(row)["session_id_hash"]][kind, workspace, row] += n
        return sessions

    def sessions(self, state, agents=1):
        """Their ids; some stand in the corpus under two agents."""
        return [session for session, in harness.read_database(state, "SELECT id FROM sessions GROUP BY id HAVING count(*) = ?", agents)]

    def has_left(self, state, session):
        return bool(harness.read_database(state, "SELECT 1 FROM events e JOIN sessions s ON s.key = e.session WHERE s.id = ? AND outgoing = 1 LIMIT 1",
                                          session))

    def explained(self, live, rows):
        """Both without what a later look knows better: whose sub-agent a session is (the first lines only guess), the time of events
        before the first that has one, the tool and the beginning of a call whose result came first, which sessions are forks of others that
        were read after them, and tokens that files share; the sum of those is compared elsewhere."""
        read = [[(kind, workspace, json.loads(text), n) for (kind, workspace, text), n in side.items()] for side in (live, rows)]
        timeless = {(row["session_id_hash"], row["event_seq"]) for side in read for kind, _, row, _ in side if row.get("ts_ms") == "now"}
        forks = {row["session_id_hash"] for side in read for kind, _, row, _ in side if (row.get("payload") or {}).get("copied")}
        late = {row["span_id_hash"] for side in read for kind, _, row, _ in side if kind == "tool_spans" and row["started_at_ms"] is None}

        def bare(side):
            for kind, workspace, row, n in side:
                if row["session_id_hash"] in forks:
                    continue
                unknown = ["parent_session_id_hash", *harness.TOKENS] if kind == "events" else []
                if row.get("kind") == "tool_result":
                    unknown.append("tool")
                if (row["session_id_hash"], row.get("event_seq")) in timeless:
                    unknown.append("ts_ms")
                if row.get("span_id_hash") in late:
                    unknown += ["tool", "started_at_ms", "lead_time_ms"]
                yield from [(kind, workspace, canonical({key: value for key, value in row.items() if key not in unknown}))] * n
        return tuple(collections.Counter(bare(side)) for side in read)

    # With globs a session whose workspace is not known yet waits, and stays when it never gets one. Without any it leaves at once: then
    # rows from before the workspace was known stand in another lane than a preview or a backfill, which know it, puts them into.
    SHAPES = [("metadata", ["/nowhere/**"]), ("text", ["/nowhere/**"]), ("metadata", [])]

    def test_a_preview_shows_what_is_enqueued(self):
        self.lay_out()
        for content, exclude in self.SHAPES:
            place = (lambda rows: rows) if exclude else without_workspaces
            state, daemon = self.imported(content=content, exclude=exclude)
            live = self.by_session(place(last_rows(state)))
            off = self.new_state()
            self.configure(off, **{**SYNC, "endpoint": "", "exclude": exclude, "content": content})
            silent = self.start(off)
            silent.wait_for_lines(self.lines)
            self.assertEqual(harness.outbox_rows(off), [])
            compared = beyond = withheld = exact = 0
            ambiguous = sum(1 for session in self.sessions(state, 2) if self.has_left(state, session))
            wrong = {}
            for session in self.sessions(state):
                preview, rows = self.previewed(daemon, session)
                quiet, quiet_rows = self.previewed(silent, session)
                self.assertEqual((preview["enabled"], quiet["enabled"]), (True, False))
                withheld += preview["withheld"] is not None
                if preview["rows_left_out"] or not rows:
                    beyond += preview["rows_left_out"] > 0
                    continue
                compared += 1
                expected = live.pop(json.loads(next(iter(rows))[2])["session_id_hash"])
                for which, shown in (("on", rows), ("off", quiet_rows)):
                    exact += expected == place(shown)
                    different = difference(*self.explained(expected, place(shown)))
                    if different:
                        wrong[session, which] = different
            print(f"\n{content}, without {exclude}: {compared} sessions compared, {beyond} do not fit into one request, {withheld} withheld, "
                  f"{2 * compared - exact} of {2 * compared} previews differ, {len(wrong)} of them without a reason")
            with self.subTest(content=content, exclude=exclude):
                self.assertEqual(len(live), beyond + ambiguous)
                self.assertEqual(len(wrong), 0, "\n".join(f"{k}: {v}" for k, v in list(wrong.items())[:6]))
            daemon.stop(), silent.stop()

    def test_a_backfill_enqueues_what_a_live_import_would_have(self):
        self.lay_out()
        for content, exclude in self.SHAPES:
            place = (lambda rows: rows) if exclude else without_workspaces
            live, daemon = self.imported(content=content, exclude=exclude)
            daemon.stop()
            state = self.new_state()
            self.configure(state, content=content, exclude=exclude)
            daemon = self.start(state)
            daemon.wait_for_lines(self.lines)
            done = daemon.ctl("sync", "backfill", "--since", "20000d", check=False)
            self.assertEqual(done.returncode, 5, done.stdout + done.stderr)
            self.configure(state, **{**SYNC, "content": content, "exclude": exclude})
            self.assertIn("kaizenctl sync backfill --since 7d", " ".join(daemon.ctl("reload").stdout.split()))
            asked = json.loads(daemon.ctl("sync", "backfill", "--since", "20000d", "--dry-run", "--json").stdout)
            self.assertEqual(daemon.get("/v1/status")["balance"]["enqueued"], 0)
            done = json.loads(daemon.ctl("sync", "backfill", "--since", "20000d", "--json").stdout)
            self.assertEqual({**asked, "dry_run": False}, done)
            status = daemon.get("/v1/status")
            self.check_balance(state, status)
            self.assertEqual(done["events"] + done["tool_spans"], status["balance"]["enqueued"])
            with self.subTest(content=content, exclude=exclude):
                expected, found = place(last_rows(live)), place(canonical_rows(state))
                print(f"\n{content}, without {exclude}: {sum((expected - found).values())} of {expected.total()} rows differ")
                self.assertIsNone(difference(*self.explained(expected, found), 12))
                self.assertEqual(harness.tokens_apart(expected.elements())[1], harness.tokens_apart(found.elements())[1])
            again = json.loads(daemon.ctl("sync", "backfill", "--since", "20000d", "--json").stdout)
            self.assertEqual((again["events"], again["tool_spans"]), (0, 0))
            waiting = status["balance"]["pending"]
            self.configure(state)
            daemon.ctl("reload")
            status = daemon.get("/v1/status")
            self.assertEqual((status["balance"]["pending"], status["sync"]["enabled"]), (waiting, False))
            item = [h for h in status["health"] if h["code"] == "outbox_waits"]
            self.assertEqual(len(item), 1, status["health"])
            self.assertIn(str(waiting), item[0]["title"])
            daemon.stop()


class Refusals(OutboxCase):
    def one_session(self):
        session = str(uuid.uuid4())
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude("user", "hello"), claude("assistant", [{"type": "text", "text": "yes"}])])

    BAD_RULE = '[redact]\n[[redact.rule]]\nname = "ticket"\npattern = "ACME-[0-9"\n'

    def test_what_is_configured_badly_sends_nothing_and_says_why(self):
        self.one_session()
        for name, sync, text, word in (("no salt", {"team_salt_hex": ""}, "", "salt"), ("bad rule", {}, self.BAD_RULE, "ticket")):
            with self.subTest(name):
                state, daemon = self.imported(text=text, **sync)
                status = daemon.get("/v1/status")
                self.assertEqual((status["balance"]["enqueued"], status["sync"]["enabled"]), (0, False))
                item = [h for h in status["health"] if h["code"] == "sync_unusable"]
                self.assertEqual(len(item), 1, status["health"])
                self.assertIn(word, item[0]["title"])
                doctor = daemon.ctl("doctor", check=False)
                self.assertEqual(doctor.returncode, 7, doctor.stdout)
                self.assertIn(word, doctor.stdout)
                self.assertEqual(daemon.ctl("status", "--check", check=False).returncode, 7)
                self.configure(state, **SYNC)
                daemon.ctl("reload")
                status = daemon.get("/v1/status")
                self.assertTrue(status["sync"]["enabled"])
                self.assertEqual([h for h in status["health"] if h["code"] == "sync_unusable"], [])
                daemon.stop()

    def test_a_salt_that_is_none_is_an_error_of_the_configuration(self):
        state = self.new_state()
        self.configure(state, **{**SYNC, "team_salt_hex": "12zz"})
        daemon = self.daemon(state)
        self.assertEqual(daemon.process.wait(harness.DEADLINE), 78)
        self.assertFalse(daemon.stop() == 0)
        self.assertIn("openssl rand -hex 32", daemon.log)

    def test_a_reload_with_a_bad_one_is_refused_and_the_old_one_stays(self):
        self.one_session()
        state, daemon = self.imported()
        before = daemon.get("/v1/status")["balance"]["enqueued"]
        for sync, text in (({"team_salt_hex": ""}, ""), ({"team_salt_hex": "12"}, ""), ({}, self.BAD_RULE)):
            self.configure(state, text, **{**SYNC, **sync})
            status, answer = daemon.request("POST", "/v1/reload", "{}", {"Content-Type": "application/json"})
            self.assertEqual(status, 422, answer)
        self.one_session()
        daemon.wait_for_lines(4)
        status = daemon.get("/v1/status")
        self.assertTrue(status["sync"]["enabled"])
        self.assertEqual(status["balance"]["enqueued"], before + 2)

    def test_a_token_file_that_others_may_read(self):
        self.one_session()
        token = self.home / "token"
        token.write_text("t0ken")
        token.chmod(0o644)
        state, daemon = self.imported(team_token_file=str(token))
        check = next(c for c in daemon.get("/v1/doctor")["checks"] if c["code"] == "sync_token")
        self.assertEqual((check["severity"], check["fix"]), ("warning", f"chmod 600 {token}"))
        self.assertIn("644", check["detail"])
        self.assertEqual(daemon.ctl("doctor", check=False).returncode, 7)
        token.chmod(0o600)
        self.assertEqual(next(c for c in daemon.get("/v1/doctor")["checks"] if c["code"] == "sync_token")["severity"], "ok")

    # Never ends, so that each place where it could begin costs the longest match there may be.
    SLOW_RULE = '[store]\ntext = "full"\n[[redact.rule]]\nname = "slow"\npattern = "ACME-[A-Z-]*!"\n'

    def test_what_the_redactor_refuses_stays_here_and_harms_nothing_else(self):
        session = str(uuid.uuid4())
        slow = "ACME-" * 400_000
        self.session_file(f"{CLAUDE}/{session}.jsonl", [
            claude("user", "before"), claude("user", slow),
            claude("assistant", [{"type": "tool_use", "id": "c1", "name": "Bash", "input": {"command": "ls"}}]),
            claude("user", [{"type": "tool_result", "tool_use_id": "c1", "content": slow}]), claude("user", "after")])
        state, daemon = self.imported(text=self.SLOW_RULE, content="text")
        status = daemon.get("/v1/status")
        preview, rows = self.previewed(daemon, session)
        texts = [len(e["text"]) for e in daemon.get(f"/v1/events?session={session}")["events"]]
        daemon.stop()
        self.assertEqual(status["outbox"]["refused"], 2)
        self.assertEqual([h["severity"] for h in status["health"] if h["code"] == "redaction_failing"], ["warning"])
        self.assertEqual(status["store"]["events"], 5)
        self.assertEqual(len(texts), 5)
        self.assertEqual([json.loads(row)["event_seq"] for kind, _, row in harness.outbox_rows(state) if kind == "events"], [0, 2, 4])
        self.assertEqual(sum(kind == "tool_spans" for kind, _, _ in harness.outbox_rows(state)), 1)
        self.check_balance(state, status)
        self.assertEqual(preview["refused"], 2)
        self.assertEqual(preview["rows_left_out"], 0)
        self.assertIsNone(difference(canonical_rows(state), rows))
        self.assertNotIn("ACME-ACME", daemon.log)


class DeadLetters(OutboxCase):
    def test_retry_and_drop(self):
        session = str(uuid.uuid4())
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude("user", f"line {n}") for n in range(8)])
        state, daemon = self.imported()
        daemon.ctl("sync", "pause")  # no row is put into a batch then
        daemon.stop()
        self.bury(state, 5)
        daemon = self.start(state)
        status = daemon.get("/v1/status")
        self.assertEqual((status["balance"]["dead"], status["balance"]["pending"], status["outbox"]["dead"]), (5, 3, 5))
        self.assertEqual(len([h for h in status["health"] if h["code"] == "outbox_dead"]), 1)
        self.check_balance(state, status)
        dead = [row["id"] for row in json.loads(daemon.ctl("outbox", "dead", "--json").stdout)["rows"]]
        self.assertEqual(len(dead), 5)
        self.assertIn("422", daemon.ctl("outbox", "dead").stdout)
        shown = json.loads(daemon.ctl("outbox", "show", str(dead[0]), "--json").stdout)
        self.assertEqual((shown["state"], shown["status"], shown["code"], shown["reason"]), ("dead", 422, "bad", "made by hand"))

        daemon.ctl("outbox", "retry", str(dead[0]))
        self.assertEqual(daemon.ctl("outbox", "retry", str(dead[0]), check=False).returncode, 4)
        daemon.ctl("outbox", "drop", str(dead[1]))
        self.assertEqual(daemon.ctl("outbox", "drop", str(dead[1]), check=False).returncode, 4)
        pending = daemon.get("/v1/outbox?state=pending")["rows"]
        self.assertEqual(len(pending), 4)
        self.assertGreater(pending[-1]["id"], max(dead))  # behind all others
        daemon.ctl("outbox", "drop", str(pending[0]["id"]))
        self.assertEqual(daemon.ctl("outbox", "show", "999999", check=False).returncode, 4)
        status = daemon.get("/v1/status")
        self.assertEqual([status["balance"][k] for k in ("enqueued", "pending", "dead", "dropped_by_user")], [8, 3, 3, 2])
        self.check_balance(state, status)

        daemon.ctl("outbox", "retry", "--all")
        status = daemon.get("/v1/status")
        self.assertEqual([status["balance"][k] for k in ("enqueued", "pending", "dead", "dropped_by_user")], [8, 6, 0, 2])
        self.check_balance(state, status)
        daemon.stop()
        daemon = self.start(state)
        self.session_file(f"{CLAUDE}/{session}.jsonl", [claude("user", "one more")])
        daemon.wait_for_lines(9)
        status = daemon.get("/v1/status")
        self.check_balance(state, status)
        ids = [i for i, in harness.read_database(state, "SELECT id FROM outbox")]
        self.assertEqual((len(ids), len(set(ids))), (7, 7))

    def bury(self, state, number):
        db = sqlite3.connect(f"{state}/kaizen.db")
        db.execute("INSERT INTO dead_letters (id, lane, at_ms, row, died_at_ms, status, code, reason) "
                   "SELECT id, lane, at_ms, row, at_ms, 422, 'bad', 'made by hand' FROM outbox ORDER BY id LIMIT ?", (number,))
        db.execute("DELETE FROM outbox WHERE id IN (SELECT id FROM dead_letters)")
        db.execute("DELETE FROM outbox_batches")
        db.execute("UPDATE outbox_cursors SET frozen = 0, passed = 0")
        db.execute("UPDATE outbox_lanes SET waiting = (SELECT count(*) FROM outbox WHERE lane = outbox_lanes.id)")
        db.execute("UPDATE outbox_lanes SET enqueued = waiting")
        db.commit()
        db.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
