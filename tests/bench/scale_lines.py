"""The lines of one invented session, as each agent writes them (tests/fixtures; spec "sources"): built from templates, since a home at
scale has millions of them."""
import json
import time
from dataclasses import dataclass
from random import Random

PROMPTS = ["Why does the importer skip the last row when the file has no newline at its end?",
           "Please make the retry wait longer each time, and write a test for it.",
           "The page is slow with a thousand rows. Find out where the time goes before you change anything.",
           "Rename `fetch_all` to `load_orders` everywhere, also in the docs.",
           "Go on.", "Now the same for the other two endpoints.", "Run the tests again and tell me what is left."]
ANSWERS = ["I look at the code first.", "The test fails for the reason that we expected: the last row is cut.",
           "Done. The wait doubles up to one minute, and the test covers the first, the second and the longest wait. Nothing else "
           "had to change; the old constant is gone, since nobody reads it any more.",
           "There are two places that do this. I change the one in the loader, because the other is only reached from the script."]
THOUGHTS = ["The loader reads by blocks, so the newline may be in the next one.", "First see whether the test fails at all without it."]
RESULTS = [json.dumps(text) for text in (
    "ok", "src/load.py:41:    rows = fetch_all(source)\nsrc/load.py:77:    return fetch_all(self.source)",
    "\n".join(f"     {n}\tdef row_{n}(self): return self.rows[{n}]" for n in range(1, 6)),
    "..........................................\n42 passed in 1.38s",
    "The file /work/src/load.py has been updated.", "Exit code 1\nFAILED tests/test_load.py::test_last_row - assert 11 == 12")]
FAILED = len(RESULTS) - 1
CALLS = [("Read", '{"file_path":"%s/src/load.py","limit":80}'), ("Bash", '{"command":"python3 -m pytest -q tests","description":"Tests"}'),
         ("Grep", '{"pattern":"fetch_all","path":"%s/src"}'), ("WebFetch", '{"url":"https://docs.example.org/retry","prompt":"defaults"}'),
         ("Edit", '{"file_path":"%s/src/load.py","old_string":"sleep(1)","new_string":"sleep(wait)"}')]
SHELL = [json.dumps(json.dumps({"cmd": command})) for command in ("rg -n fetch_all src", "sed -n 1,80p src/load.py", "pytest -q", "git diff")]
CLAUDE_MODELS = ["claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", "house-model"]
CODEX_MODELS = ["gpt-5.1-codex", "gpt-5.2"]
ROUNDS = 8  # calls between a prompt and the end of its turn


@dataclass(slots=True)
class Session:
    id: str
    base: str  # sixteen digits of its own, in the ids of all its records
    kind: str  # print, claude, agent, fork, codex, cursor
    begin: int  # ms
    end: int
    cwd: str
    events: int  # about
    rng: Random
    parent: "Session | None" = None  # of a sub-agent and of a fork
    starts_agent: bool = False  # its first call is that of a sub-agent
    is_open: bool = False  # ends with a call that has no result yet


class Days(dict):
    def __missing__(self, day):
        self[day] = time.strftime("%Y-%m-%dT", time.gmtime(day * 86_400))
        return self[day]


DAYS = Days()
CLOCK = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]


def stamp(ms):
    day, rest = divmod(ms, 86_400_000)
    return f"{DAYS[day]}{CLOCK[rest // 1000]}.{rest % 1000:03d}Z"


class Writer:
    """What the agents' files have in common: a clock that goes on with each record, and a count of events."""

    def __init__(self, session):
        self.session, self.rng = session, session.rng
        self.lines, self.events, self.calls = [], 0, 0
        self.at = session.begin
        self.step = max(1, (session.end - session.begin) // max(1, session.events))

    def tick(self):
        """The time of the next record; the last ones of a file that became longer than planned share theirs."""
        self.at = min(self.at + self.step, self.session.end)
        return stamp(self.at)

    def lacks(self, events):
        """Whether the session is still to have so many events."""
        return self.events + events <= self.session.events

    def pick(self, texts):
        return texts[int(self.rng.random() * len(texts))]


class ClaudeWriter(Writer):
    def __init__(self, session):
        super().__init__(session)
        agent = session.kind == "agent"
        owner = session.parent.id if agent else session.id
        self.side = "true" if agent else "false"
        entry = "sdk-cli" if session.kind == "print" else "cli"
        about_agent = f'"agentId":"{session.id.removeprefix("agent-")}",' if agent else ""
        self.tail = (f'{about_agent}"userType":"external","entrypoint":"{entry}","cwd":"{session.cwd}","sessionId":"{owner}",'
                     f'"version":"2.1.330","gitBranch":"main"}}')
        self.model = self.own_model = self.pick(CLAUDE_MODELS)
        self.uuid, self.records, self.responses = "", 0, 0

    def record(self, kind, middle):
        before = f'"{self.uuid}"' if self.uuid else "null"
        base = self.session.base
        self.uuid = f"{base[:8]}-{base[8:12]}-4000-8{base[13:]}-{self.records:012x}"
        self.records += 1
        self.lines.append(f'{{"parentUuid":{before},"isSidechain":{self.side},{middle}"type":"{kind}","uuid":"{self.uuid}",'
                          f'"timestamp":"{self.tick()}",{self.tail}')

    def bare(self, kind, members):
        """A record that is no part of the conversation."""
        self.lines.append(f'{{"type":"{kind}",{members},"sessionId":"{self.session.id}"}}')

    def prompt(self, text):
        self.record("user", f'"promptSource":"user","message":{{"role":"user","content":{json.dumps(text)}}},')
        self.events += 1

    def respond(self, blocks, stop="tool_use"):
        """One model response: a line for each of its blocks, each with the response's usage."""
        bits = self.rng.getrandbits(54)
        self.responses += 1
        number = f"{self.session.base}{self.responses:06x}"
        written = bits >> 10 & 0xfff
        usage = (f'"usage":{{"input_tokens":{bits & 0x3ff},"cache_creation_input_tokens":{written},'
                 f'"cache_read_input_tokens":{bits >> 22 & 0x1ffff},"output_tokens":{bits >> 39 & 0xfff},'
                 f'"cache_creation":{{"ephemeral_5m_input_tokens":{written},"ephemeral_1h_input_tokens":0}}}}')
        for block in blocks:
            self.record("assistant", f'"message":{{"id":"msg_{number}","type":"message","role":"assistant","model":"{self.model}",'
                                     f'"content":[{block}],"stop_reason":"{stop}",{usage}}},"requestId":"req_{number}",')
        self.events += len(blocks)

    def call_id(self):
        return f"toolu_{self.session.base}{self.calls:06x}"

    def call(self):
        name, arguments = CALLS[self.calls % len(CALLS)]
        if "%s" in arguments:
            arguments %= self.session.cwd
        if self.calls == 0 and self.session.starts_agent:
            name, arguments = "Agent", '{"description":"Look around","prompt":"Find all callers.","subagent_type":"Explore"}'
        blocks = [f'{{"type":"tool_use","id":"{self.call_id()}","name":"{name}","input":{arguments}}}']
        if self.calls % 3 == 0:
            blocks.insert(0, f'{{"type":"text","text":{json.dumps(self.pick(ANSWERS))}}}')
        elif self.calls % 5 == 0:
            blocks.insert(0, f'{{"type":"thinking","thinking":{json.dumps(self.pick(THOUGHTS))},"signature":"c2ln"}}')
        self.respond(blocks)

    def result(self):
        which = int(self.rng.random() * len(RESULTS))
        error = '"is_error":true,' if which == FAILED else ""
        self.record("user", f'"message":{{"role":"user","content":[{{"tool_use_id":"{self.call_id()}","type":"tool_result",{error}'
                            f'"content":{RESULTS[which]}}}]}},')
        self.events += 1
        self.calls += 1

    def answer(self):
        self.respond([f'{{"type":"text","text":{json.dumps(self.pick(ANSWERS))}}}'], "end_turn")

    def turn(self):
        # Now and then another model answers, as when the user chooses a quicker one for a while.
        self.model = self.pick(CLAUDE_MODELS) if self.rng.random() < 0.1 else self.own_model
        self.prompt(self.pick(PROMPTS))
        for _ in range(ROUNDS):
            if not self.lacks(3):
                break
            self.call()
            self.result()
        self.answer()


def claude_lines(session):
    writer = ClaudeWriter(session)
    if session.kind == "print":
        writer.lines.append(f'{{"type":"queue-operation","operation":"enqueue","timestamp":"{stamp(session.begin)}",'
                            f'"sessionId":"{session.id}"}}')
    elif session.kind == "fork":
        return fork_lines(session, writer)
    elif session.kind == "claude":
        writer.bare("mode", '"mode":"normal"')
    writer.turn()
    if session.kind == "claude":
        title = json.dumps(f"{writer.pick(PROMPTS)[:40]} ({session.base[:4]})")
        writer.bare("ai-title", f'"aiTitle":{title}')
        writer.events += 1
    while writer.lacks(4):
        writer.turn()
    if session.is_open:
        writer.call()
    if session.kind == "print":
        writer.bare("cost-state", f'"totalCostUSD":0.0{int(session.rng.random() * 1000):03d},"totalDuration":{session.end - session.begin}')
    return writer.lines


def fork_lines(session, writer):
    """The first half of the parent's records under the fork's id, which keep their ids and times, and then its own."""
    copied = claude_lines(session.parent)
    copied = copied[:len(copied) // 2]
    writer.lines = [line.replace(session.parent.id, session.id) for line in copied]
    writer.events = len(copied)
    writer.at = session.end - session.events * writer.step // 2
    writer.turn()
    while writer.lacks(4):
        writer.turn()
    return writer.lines


class CodexWriter(Writer):
    def __init__(self, session):
        super().__init__(session)
        self.model = self.pick(CODEX_MODELS)
        self.totals = [0, 0, 0]  # input, cached, output

    def record(self, kind, payload):
        self.lines.append(f'{{"timestamp":"{self.tick()}","type":"{kind}","payload":{{{payload}}}}}')

    def message(self, role, text):
        part = "input_text" if role == "user" else "output_text"
        self.record("response_item", f'"type":"message","role":"{role}","content":[{{"type":"{part}","text":{json.dumps(text)}}}]')
        self.events += 1

    def call(self):
        call_id = f"call_{self.session.base}{self.calls:06x}"
        self.calls += 1
        self.record("response_item", f'"type":"function_call","name":"exec_command","arguments":{self.pick(SHELL)},"call_id":"{call_id}"')
        return call_id

    def round(self):
        call_id = self.call()
        which = int(self.rng.random() * len(RESULTS))
        output = json.dumps(f"Chunk ID: {call_id[-6:]}\nWall time: 0.4 seconds\nProcess exited with code {int(which == FAILED)}\nOutput:\n"
                            + json.loads(RESULTS[which]))
        self.record("response_item", f'"type":"function_call_output","call_id":"{call_id}","output":{output}')
        self.usage()
        self.events += 2

    def usage(self):
        bits = self.rng.getrandbits(40)
        last = [(bits & 0x3fff) + (bits >> 14 & 0x3fff), bits >> 14 & 0x3fff, bits >> 28 & 0xfff]
        self.totals = [total + more for total, more in zip(self.totals, last)]
        said = ",".join(f'"{name}":{{"input_tokens":{n[0]},"cached_input_tokens":{n[1]},"output_tokens":{n[2]},"total_tokens":{n[0] + n[2]}}}'
                        for name, n in (("total_token_usage", self.totals), ("last_token_usage", last)))
        self.record("event_msg", f'"type":"token_count","info":{{{said},"model_context_window":258400}},"rate_limits":null')
        self.events += 1

    def turn(self):
        turn = f"turn_{self.session.base}{self.calls:06x}"
        self.record("event_msg", f'"type":"task_started","turn_id":"{turn}"')
        self.record("turn_context", f'"cwd":"{self.session.cwd}","approval_policy":"on-request","model":"{self.model}","turn_id":"{turn}"')
        self.message("user", self.pick(PROMPTS))
        for _ in range(ROUNDS):
            if not self.lacks(5):
                break
            self.round()
        self.message("assistant", self.pick(ANSWERS))
        self.record("event_msg", f'"type":"task_complete","turn_id":"{turn}"')
        self.events += 2


def codex_lines(session):
    writer = CodexWriter(session)
    began = stamp(session.begin)
    writer.record("session_meta", f'"id":"{session.id}","timestamp":"{began}","cwd":"{session.cwd}","originator":"codex-tui",'
                                  f'"cli_version":"0.104.0","source":"cli","git":{{"branch":"main"}}')
    writer.events += 1
    writer.turn()
    while writer.lacks(6):
        writer.turn()
    return writer.lines


def cursor_lines(session):
    """A transcript has no times but those in its prompts, no results and no tokens."""
    writer = Writer(session)
    while writer.lacks(5) or not writer.lines:
        written = time.strftime("%A, %b %d, %Y, %I:%M %p (UTC)", time.gmtime(writer.at // 1000))
        prompt = f"<timestamp>{written}</timestamp>\n<user_query>\n{writer.pick(PROMPTS)}\n</user_query>"
        writer.lines.append(f'{{"role":"user","message":{{"content":[{{"type":"text","text":{json.dumps(prompt)}}}]}}}}')
        writer.events += 1
        for _ in range(ROUNDS):
            if not writer.lacks(3):
                break
            name, arguments = CALLS[writer.calls % len(CALLS)]
            writer.calls += 1
            writer.lines.append(f'{{"role":"assistant","message":{{"content":[{{"type":"text","text":{json.dumps(writer.pick(ANSWERS))}}},'
                                f'{{"type":"tool_use","name":"{name}","input":{arguments.replace("%s", session.cwd)}}}]}}}}')
            writer.events += 2
        writer.lines.append('{"type":"turn_ended","status":"success"}')
        writer.events += 1
        writer.at = min(writer.at + writer.step * ROUNDS * 2, session.end)
    return writer.lines


def lines_of(session):
    if session.kind == "codex":
        return codex_lines(session)
    return cursor_lines(session) if session.kind == "cursor" else claude_lines(session)
