#!/usr/bin/env python3
"""Writes the session files of one person's years with the three agents, at a steady rate back in time: a home a tenth as large is the same
rate over a tenth of the time. Half of the sessions are small `claude -p` runs.

    python3 scale_home.py HOME [--sessions 50000] [--events 100] [--seed 1]

The same seed gives the same sessions, but for their times and directories."""
import argparse
import json
import multiprocessing
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from scale_lines import Session, lines_of

MINUTE = 60_000
BETWEEN = 86_400_000 // 50  # fifty sessions a day
PACE = 8_000  # from event to event
# Of the sessions that are no `claude -p` runs, newest first; a sub-agent or a fork is followed by its parent.
KINDS = ("agent", "claude", "fork", "claude", "codex", "claude", "codex", "claude", "cursor", "codex")
LARGE = 10  # index of a session with LARGE_FACTOR times the events of others
LARGE_FACTOR = 50
GROUPS = ("shop", "billing", "search", "mobile", "infra", "data", "site", "docs", "games", "lab", "team", "home-page")
MEMBERS = ("", "/api", "/web", "/web/admin", "/tools")
PIECE = 250  # sessions that a process writes before it takes the next
IMPORTED = ".config/claude/projects"  # the second root of Claude Code
NOW_FOLDER = ".claude/projects/-now"


@dataclass(frozen=True)
class Plan:
    home: str
    sessions: int
    events: int  # in a session, on average
    seed: int
    until: int = field(default_factory=lambda: int(time.time() * 1000))

    def workspace(self, rng):
        """The first ones are worked in most."""
        number = int(len(GROUPS) * len(MEMBERS) * rng.random() ** 2)
        return f"{self.home}/work/{GROUPS[number % len(GROUPS)]}{MEMBERS[number // len(GROUPS)]}"

    def kind(self, index):
        if index % 2:
            return "print"
        kind = KINDS[index // 2 % len(KINDS)]
        return "claude" if kind in ("agent", "fork") and index + 2 >= self.sessions else kind

    def size(self, index, kind, rng):
        small = max(6, self.events // 6)
        if kind == "print":
            return int(small * (0.5 + rng.random()))
        if index == LARGE:
            return LARGE_FACTOR * self.events
        return int((2 * self.events - small) * (0.5 + rng.random()))

    def session(self, index):
        """0 is the newest."""
        rng = Random(f"{self.seed}/{index}")
        kind = self.kind(index)
        parent = self.session(index + 2) if kind in ("agent", "fork") else None
        end = parent.end if kind == "agent" else self.until - 31 * MINUTE - index * BETWEEN
        session = new_session(rng, kind, end, parent.cwd if parent else self.workspace(rng), self.size(index, kind, rng))
        session.parent = parent
        session.starts_agent = kind == "claude" and index >= 2 and self.kind(index - 2) == "agent"
        return session


def new_session(rng, kind, end, cwd, events):
    digits = f"{rng.getrandbits(192):048x}"
    id = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
    if kind == "agent":
        id = f"agent-a{digits[:16]}"
    return Session(id, digits[32:], kind, end - events * PACE, end, cwd, events, rng)


def slug(directory):
    return re.sub(r"[^A-Za-z0-9]", "-", directory)


def path_of(session):
    """Relative to the home."""
    if session.kind == "codex":
        began = time.gmtime(session.begin / 1000)
        return time.strftime(f".codex/sessions/%Y/%m/%d/rollout-%Y-%m-%dT%H-%M-%S-{session.id}.jsonl", began)
    if session.kind == "cursor":
        return f".cursor/projects/{slug(session.cwd)[1:]}/agent-transcripts/{session.id}/{session.id}.jsonl"
    folder = f".claude/projects/{slug(session.cwd)}"
    return f"{folder}/{session.parent.id}/subagents/{session.id}.jsonl" if session.kind == "agent" else f"{folder}/{session.id}.jsonl"


def write_session(session, file):
    """Its bytes."""
    os.makedirs(os.path.dirname(file), exist_ok=True)
    content = "\n".join(lines_of(session))
    if session.kind != "cursor":  # whose files never end in a newline
        content += "\n"
    data = content.encode()
    with open(file, "wb", buffering=0) as out:
        out.write(data)
    os.utime(file, (session.end / 1000, session.end / 1000))
    if session.kind == "agent":
        note = {"agentType": "Explore", "description": "Look around", "toolUseId": f"toolu_{session.parent.base}000000", "spawnDepth": 1}
        Path(file).with_suffix(".meta.json").write_text(json.dumps(note))
    return len(data)


def write_piece(plan, first):
    written = 0
    for index in range(first, min(first + PIECE, plan.sessions)):
        session = plan.session(index)
        written += write_session(session, f"{plan.home}/{path_of(session)}")
    return written


def make_workspaces(home):
    """They have to be there: Cursor's files name their directory only by a slug, which is looked up."""
    for group in GROUPS:
        for member in MEMBERS:
            os.makedirs(f"{home}/work/{group}{member}", exist_ok=True)


def lay_out(plan):
    """Writes all sessions; their bytes."""
    make_workspaces(plan.home)
    with multiprocessing.get_context("fork").Pool() as pool:
        return sum(pool.starmap(write_piece, [(plan, first) for first in range(0, plan.sessions, PIECE)]))


# What is under way, as (count, since the last event, whether a call is open): running, waiting, idle.
NOW = ((3, MINUTE, True), (3, 5 * MINUTE, False), (6, 45 * MINUTE, False))


def write_now(plan):
    """The sessions of this minute: they do not stay so, and are written anew when they are asked for."""
    now = int(time.time() * 1000)
    for group, (count, quiet, is_open) in enumerate(NOW):
        for number in range(count):
            rng = Random(f"{plan.seed}/now/{now}/{group}/{number}")
            session = new_session(rng, "claude", now - quiet, plan.workspace(rng), 12)
            session.is_open = is_open
            write_session(session, f"{plan.home}/{NOW_FOLDER}/{session.id}.jsonl")


def import_more(plan):
    """Writes sessions into a second root, one each time that it is asked for the next; its bytes."""
    now = int(time.time() * 1000)
    for number in range(1 << 30):
        rng = Random(f"{plan.seed}/more/{now}/{number}")
        kind = ("print", "claude")[number % 2]
        end = now - number * 10 * MINUTE
        session = new_session(rng, kind, end, plan.workspace(rng), plan.size(0, kind, rng))
        yield write_session(session, f"{plan.home}/{IMPORTED}/{slug(session.cwd)}/{session.id}.jsonl")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home")
    parser.add_argument("--sessions", type=int, default=50_000)
    parser.add_argument("--events", type=int, default=100, help="in a session, on average")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    chosen = Plan(str(Path(words.home).absolute()), words.sessions, words.events, words.seed)
    began = time.monotonic()
    size = lay_out(chosen)
    write_now(chosen)
    print(f"{chosen.sessions} sessions, {size / 1e6:.0f} MB in {time.monotonic() - began:.1f} s")
