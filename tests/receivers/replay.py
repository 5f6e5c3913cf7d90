"""Writes the session files of one home into another, line by line in the order in which agents wrote them."""
import json
import shutil
from datetime import datetime, timezone
from pathlib import Path

MOST_LINES = 50  # of a step


def moment_of(line):
    """When it was written, in milliseconds; None when it does not say."""
    try:
        said = json.loads(line)
        said = said.get("timestamp") if isinstance(said, dict) else None
        if isinstance(said, (int, float)) and not isinstance(said, bool):
            return int(said)
        moment = datetime.fromisoformat(said.replace("Z", "+00:00")) if isinstance(said, str) else None
    except (ValueError, RecursionError):
        return None
    if moment is None:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000)


def dated_lines(file):
    """(moment, line): a line that does not say its own goes with the one before it, and never before that one."""
    lines = file.read_bytes().splitlines(keepends=True)
    moments = [moment_of(line) for line in lines]
    latest = next((moment for moment in moments if moment is not None), int(file.stat().st_mtime * 1000))
    for moment, line in zip(moments, lines):
        latest = max(latest, moment if moment is not None else latest)
        yield latest, line


def steps(home, session_files):
    """(file, bytes, lines): neighbours in time that stand in one file are one step."""
    everything = [(moment, number, place, line) for number, file in enumerate(session_files)
                  for place, (moment, line) in enumerate(dated_lines(file))]
    step, file = [], None
    for _, number, _, line in sorted(everything, key=lambda each: each[:3]):
        if step and (number != file or len(step) == MOST_LINES):
            yield session_files[file].relative_to(home), b"".join(step), len(step)
            step = []
        file = number
        step.append(line)
    if step:
        yield session_files[file].relative_to(home), b"".join(step), len(step)


def copy_the_rest(home, session_files, target):
    """What agents keep beside their sessions: notes of sub-agents, names of threads."""
    sessions = set(session_files)
    for file in Path(home).rglob("*"):
        if file.is_file() and file not in sessions:
            place = Path(target) / file.relative_to(home)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)


def append(target, relative, content):
    file = Path(target) / relative
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "ab") as out:
        out.write(content)
