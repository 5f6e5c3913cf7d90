"""Writes the session files of one home into another, line by line in the order in which agents wrote them: by their times, and what a
fork copied when it began."""
import json
import shutil
from datetime import datetime, timezone
from pathlib import Path

MOST_LINES = 50  # of a step


def read(line):
    """(when it was written, in milliseconds; its record's id): None what it does not say."""
    try:
        said = json.loads(line)
        said = said if isinstance(said, dict) else {}
        time, record = said.get("timestamp"), said.get("uuid")
        if isinstance(time, (int, float)) and not isinstance(time, bool):
            return int(time), record
        moment = datetime.fromisoformat(time.replace("Z", "+00:00")) if isinstance(time, str) else None
    except (ValueError, RecursionError):
        return None, None
    if moment is None:
        return None, record
    return int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000), record


def says_when(path):
    return any(read(line)[0] is not None for line in path.read_bytes().splitlines())


class File:
    """Its lines, each with its moment: one that does not say its own goes with the one before it, and never before that one."""

    def __init__(self, path):
        self.path = path
        self.lines = path.read_bytes().splitlines(keepends=True)
        said = [read(line) for line in self.lines]
        self.records = [record for _, record in said]
        latest = next((moment for moment, _ in said if moment is not None), int(path.stat().st_mtime * 1000))
        self.moments = []
        for moment, _ in said:
            latest = max(latest, moment if moment is not None else latest)
            self.moments.append(latest)

    def writes_copies_when_it_forks(self, others):
        """What it copied of `others` bears the times of there, and was written with what is its own first, or in the end."""
        copied = [record in others for record in self.records]
        latest = self.moments[-1] if self.moments else 0
        for place in reversed(range(len(self.lines))):
            if copied[place]:
                self.moments[place] = latest
            elif self.records[place] is not None:
                latest = self.moments[place]
            else:
                self.moments[place] = min(self.moments[place], latest)
        for place in range(1, len(self.lines)):
            self.moments[place] = max(self.moments[place], self.moments[place - 1])


def files_in_order(session_files):
    """Of files that share records the one that ended first has them, the others copied them."""
    files = sorted(map(File, session_files), key=lambda file: (file.moments[:1], file.moments[-1:], file.path))
    known = set()
    for file in files:
        own = {record for record in file.records if record is not None}
        if own & known:
            file.writes_copies_when_it_forks(known)
        known |= own
    return files


def steps(home, session_files):
    """(file, bytes): neighbours in time that stand in one file are one step."""
    everything = [(moment, number, place, file) for number, file in enumerate(files_in_order(session_files))
                  for place, moment in enumerate(file.moments)]
    step, last = [], None
    for _, _, place, file in sorted(everything, key=lambda each: each[:3]):
        if step and (file is not last or len(step) == MOST_LINES):
            yield last.path.relative_to(home), b"".join(step)
            step = []
        last = file
        step.append(file.lines[place])
    if step:
        yield last.path.relative_to(home), b"".join(step)


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
