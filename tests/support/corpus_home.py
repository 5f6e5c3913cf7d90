"""Lays session files out as a home directory: the corpus where it is there, else (and also) the fixtures of tests/.

    python3 corpus_home.py HOME [--megabytes N] [--agents claude,codex,cursor]

--megabytes repeats it under other session ids until it is that large (for benchmarks).
"""
import argparse
import itertools
import json
import os
import re
import shutil
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
CORPUS = SOURCE.parent / "shared" / "corpus"
FIXTURES = SOURCE / "tests" / "fixtures"
# Of all files: a session in which no line says a time is as old as its file, and a corpus as old as its checkout.
WRITTEN_AT = 1795176000  # 2026-11-20 12:00 UTC
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    target.chmod(0o644)


def slug(path):
    return "-" + re.sub(r"[^A-Za-z0-9]", "-", "-".join(path.parts))


def place_claude(root, home):
    for file in sorted(root.rglob("*.jsonl")):
        parts = file.relative_to(root).parts
        keep = 3 if "subagents" in parts else 1
        copy(file, home / ".claude/projects" / slug(Path(*parts[:-keep] or ("flat",))) / Path(*parts[-keep:]))


def place_codex(root, home):
    for file in sorted(root.rglob("*.jsonl")):
        if file.name in ("history.jsonl", "session_index.jsonl"):
            copy(file, home / ".codex" / file.name)
            continue
        parts = file.relative_to(root).parts
        day = parts[-4:-1] if parts[-5:-4] == ("sessions",) else ("2026", "01", "01")
        name = file.name if file.name.startswith("rollout-") else "rollout-" + slug(file.relative_to(root))[1:]
        copy(file, home / ".codex/sessions" / Path(*day) / (name if name.endswith(".jsonl") else name + ".jsonl"))


def place_cursor(root, home):
    for file in sorted(root.rglob("*.jsonl")):
        parts = file.relative_to(root).parts
        base = home / ".cursor/projects" / slug(Path(parts[0]))[1:] / "agent-transcripts"
        if "subagents" in parts:
            copy(file, base / "parent" / "subagents" / file.name)
        else:
            copy(file, base / file.stem / file.name)


def place_invented(home):
    """One session of each agent under the names that agents give, for machines without the corpus."""
    main, thread, composer = (f"{n}{n}{n}{n}{n}{n}{n}{n}-0000-4000-8000-000000000000" for n in "abc")
    record = itertools.count(1)

    def claude(role, content, **more):
        return json.dumps({"type": role, "uuid": f"00000000-0000-4000-8000-{next(record):012}", "sessionId": main,
                           "timestamp": f"2026-11-20T10:00:{next(record):02}.000Z", "cwd": "/home/ada/garden", "isSidechain": False,
                           "version": "2.1.330", "message": {"role": role, "content": content, "model": "claude-sonnet-4-5"}, **more})

    def codex(kind, **payload):
        return json.dumps({"timestamp": f"2026-11-20T11:00:{next(record):02}.000Z", "type": kind, "payload": payload})

    project = home / ".claude/projects/-home-ada-garden"
    write(project / f"{main}.jsonl", [
        claude("user", "water the roses"),
        claude("assistant", [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "hose --on"}}]),
        claude("user", [{"type": "tool_result", "tool_use_id": "t1", "content": "Exit code 1\nno water", "is_error": True}]),
        claude("assistant", [{"type": "text", "text": "The tap is closed."}])])
    write(project / main / "subagents" / "agent-a0123456789abcdef.jsonl", [
        claude("user", "look at the tap", isSidechain=True, agentId="a0123456789abcdef"),
        claude("assistant", [{"type": "text", "text": "It is closed."}], isSidechain=True, agentId="a0123456789abcdef")])
    write(home / f".codex/sessions/2026/11/20/rollout-2026-11-20T11-00-00-{thread}.jsonl", [
        codex("session_meta", id=thread, cwd="/home/ada/garden", cli_version="0.169.0"),
        codex("turn_context", cwd="/home/ada/garden", model="gpt-5.1-codex"),
        codex("response_item", type="message", role="user", content=[{"type": "input_text", "text": "rake the leaves"}]),
        codex("event_msg", type="task_complete")])
    write(home / f".cursor/projects/home-ada-garden/agent-transcripts/{composer}/{composer}.jsonl", [
        json.dumps({"role": "user", "message": {"content": [{"type": "text", "text": "<user_query>\nmow\n</user_query>"}]}})])


def write(file, lines):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(line + "\n" for line in lines))


def lay_out(home):
    """Returns what it laid out: 'corpus' or 'fixtures'."""
    home = Path(home)
    place_invented(home)
    place_claude(FIXTURES / "claude", home)
    place_codex(FIXTURES / "codex", home)
    place_cursor(FIXTURES / "cursor", home)
    if CORPUS.is_dir():
        place_corpus(home)
    for file in session_files(home):
        os.utime(file, (WRITTEN_AT, WRITTEN_AT))
    return "corpus" if CORPUS.is_dir() else "fixtures"


def place_corpus(home):
    for scenario in sorted((CORPUS / "recorded").iterdir()):
        for file in sorted((scenario / "home").rglob("*")) if (scenario / "home").is_dir() else []:
            if file.is_file() and file.relative_to(scenario / "home").parts[0] in (".claude", ".codex"):
                copy(file, home / file.relative_to(scenario / "home"))
    place_claude(CORPUS / "public/claude-code", home)
    place_codex(CORPUS / "public/codex", home)
    place_cursor(CORPUS / "public/cursor", home)


def session_files(home):
    home = Path(home)
    return sorted([*home.glob(".claude/projects/**/*.jsonl"), *home.glob(".codex/sessions/**/rollout-*.jsonl"),
                   *home.glob(".cursor/projects/**/*.jsonl")])


def repeat(home, bytes_wanted):
    """Copies what is there under other session and record ids until it is `bytes_wanted` large."""
    originals = [(file, file.read_text(errors="surrogateescape")) for file in session_files(home)]
    size = sum(file.stat().st_size for file, _ in originals)
    number = 0
    while size < bytes_wanted and originals:
        number += 1
        renumber = lambda match: f"{number:04x}" + match.group(0)[4:]
        for file, text in originals:
            relative = str(file.relative_to(home))
            renamed = UUID.sub(renumber, relative)
            if renamed == relative or "agent-" in file.name:
                renamed = str(Path(relative).parent.parent / f"{Path(relative).parent.name}-{number}" / file.name)
            target = Path(home) / renamed
            target.parent.mkdir(parents=True, exist_ok=True)
            body = UUID.sub(renumber, text).replace('"msg_', f'"msg_{number}_').replace('"resp_', f'"resp_{number}_')
            target.write_text(body, errors="surrogateescape")
            size += target.stat().st_size
            if size >= bytes_wanted:
                return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home")
    parser.add_argument("--megabytes", type=int, default=0)
    words = parser.parse_args()
    print("laid out:", lay_out(words.home), file=sys.stderr)
    repeat(words.home, words.megabytes * 1_000_000)
