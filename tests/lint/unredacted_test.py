#!/usr/bin/env python3
"""Nothing in flush/ or export/ can name an unredacted type: design.md, promise 4.

By source: whatever their headers and those of outbox/ bring in, a program that includes all of them cannot name an event, a
session, a span as they are stored, nor make a RedactedRow. By symbols: none of their objects refers to a function of the stations
where unredacted rows live.

Usage: unredacted_test.py SOURCE_DIR COMPILE_COMMANDS BUILD_DIR"""
import json
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE, COMMANDS, BUILD = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
BEHIND = ("flush", "export")  # stations behind the outbox

# What holds what agents wrote; and the store's and ingest's ways to it.
UNREDACTED = ["parse::Event", "parse::ParsedLine", "parse::SessionFacts", "session::SessionState", "session::ToolSpan",
              "store::EventRow", "store::SessionRow", "store::EventTable", "store::SpanTable", "store::Database",
              "redact::Projection", "redact::Redactor", "ingest::Gate", "ingest::Outbound", "ingest::Replay"]
FORBIDDEN_SYMBOLS = re.compile(r"kaizen::(parse|session|store|ingest|insight|tail|redact)::")


def headers():
    found = [h for station in ("outbox", *BEHIND) for h in sorted((SOURCE / "daemon" / station).glob("*.h"))]
    return [h.relative_to(SOURCE).as_posix() for h in found]


def flags():
    """Those with which one of our files is compiled."""
    for entry in json.loads(COMMANDS.read_text()):
        if entry["file"].endswith("daemon/outbox/outbox.cpp"):
            words = shlex.split(entry["command"])
            words = words[next(i for i, w in enumerate(words) if re.search(r"(\+\+|c\+\+)(-\d+)?$", w)):]
            return [w for w in words if not w.startswith(("-M", "-o", "-c", "-W")) and not w.endswith((".o", ".d", ".cpp"))]
    raise AssertionError("outbox.cpp is not compiled")


def errors_of(*lines):
    """Compiles a program that includes all headers and then has these lines; for each, what the compiler finds wrong with it."""
    before = [f'#include "{header}"' for header in headers()] + ["namespace kaizen {"]
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write("\n".join([*before, *lines, "}"]) + "\n")
        file.flush()
        done = subprocess.run([*flags(), "-fsyntax-only", file.name], capture_output=True, text=True, check=False)
        found = re.findall(rf"{re.escape(file.name)}:(\d+):\d+: error: (.*)", done.stderr)
    if done.returncode != 0 and not found:
        raise AssertionError(done.stderr)
    return ["; ".join(text for line, text in found if int(line) == len(before) + 1 + i) for i in range(len(lines))]


class Unredacted(unittest.TestCase):
    def test_types_cannot_be_named(self):
        known, *unknown = errors_of("outbox::Batch known();", *[f"{name}* unredacted();" for name in UNREDACTED])
        self.assertEqual(known, "")
        for name, error in zip(UNREDACTED, unknown):
            self.assertRegex(error, "has not been declared|does not name a type|is not a member|was not declared|"  # g++
                             "undeclared identifier|no type named|no member named",  # clang
                             f"{name} can be named from {', '.join(headers())}")

    def test_a_redacted_row_cannot_be_made(self):
        [error] = errors_of('inline auto row() { return redact::RedactedRow(proto::ingest::Kind::events, "", "{}"); }')
        self.assertIn("private", error)

    def test_objects_refer_to_nothing_unredacted(self):
        objects = [o for station in BEHIND for o in (BUILD / "daemon" / station).rglob("*.o")]
        if not objects:
            print("no objects of flush/ or export/ yet: nothing to look at")
        for file in objects:
            names = subprocess.run(["nm", "-C", "-u", file], capture_output=True, text=True, check=True).stdout
            for line in names.splitlines():
                self.assertNotRegex(line, FORBIDDEN_SYMBOLS, f"{file.name} refers to it")

    def test_only_the_projection_is_a_friend(self):
        text = (SOURCE / "daemon/redact/redacted_row.h").read_text()
        self.assertEqual(re.findall(r"friend [^;]+;", text), ["friend class Projection;"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
