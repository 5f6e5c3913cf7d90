#!/usr/bin/env python3
"""Holds the source tree to the house plan: which folders there are, which may include which, which library is used where.

Usage: includes_lint.py ROOT. Prints "file:line: finding"; exits 1 when there is one. A new arrow is a row in ARROWS with its reason.
"""

import sys
from pathlib import Path

from cpp_tokens import includes_of, source_files

TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
    "common", "ctl", "daemon", "launchd", "proto", "systemd", "tests",
    "build",  # git-ignored: what the presets write
}  # and whatever begins with a dot

# What every station may use beside its own row.
STATION = {
    "common": "what both programs stand on",
    "proto": "the contracts are plain structs, free to be carried through",
    "daemon/runtime": "worker and locks: what every station needs to run",
}

# folder -> {folder it may include: why}. In the order that data passes.
ARROWS = {
    "common": {},
    "proto": {"common": "JSON and errors; the contracts know nothing of either program"},
    "ctl": {
        "common": "paths, text, errors",
        "proto": "what the daemon is asked and answers; nothing of daemon/ is linked",
    },
    "daemon/runtime": {"common": "errors and descriptors; it knows no station"},
    "daemon/watch": {},
    "daemon/tail": {},
    "daemon/parse": {},
    "daemon/session": {"daemon/parse": "events become state, spans and usage"},
    "daemon/store": {
        "daemon/tail": "a file's identity and offset are rows",
        "daemon/parse": "events are rows",
        "daemon/session": "session state and tool spans are rows",
    },
    "daemon/redact": {
        "daemon/parse": "event kinds decide what may leave",
        "daemon/session": "spans and usage are redacted as well",
        "daemon/store": "stored rows go in, redacted rows come out",
    },
    "daemon/outbox": {
        "daemon/redact": "RedactedRow is the only thing that waits here",
        "daemon/store": "it waits in the same database",
    },
    "daemon/ingest": {
        "daemon/tail": "one job takes a slice of a file through all of these, in one transaction",
        "daemon/parse": "the same job",
        "daemon/session": "the same job",
        "daemon/store": "the same job",
        "daemon/redact": "the same job",
        "daemon/outbox": "the same job",
    },
    "daemon/flush": {"daemon/outbox": "batches come from the outbox and from nowhere else"},
    "daemon/export": {
        "daemon/outbox": "a batch of the outbox becomes an exporter's request",
        "daemon/flush": "exporters send through the same sink",
    },
    "daemon/insight": {
        "daemon/parse": "event kinds in questions and answers",
        "daemon/session": "session states in questions and answers",
        "daemon/store": "questions are put to the store",
        "daemon/outbox": "what waits is asked for on the same connections",
    },
    "daemon/control": {
        "daemon/insight": "routes hand questions on; control never sees the store",
        "daemon/outbox": "what waits is shown and mended over the socket",
    },
    "daemon/doctor": {
        "daemon/watch": "what the watcher says of each tree is judged",
        "daemon/store": "the database file is checked on a connection of its own",
        "daemon/redact": "rules of the configuration are judged by what uses them",
        "daemon/flush": "the endpoint is judged by the parser that sends to it",
    },
}
# daemon/daemon.* and daemon/main.cpp are the composition root: they own every station.
ARROWS["daemon"] = {folder: "the composition root owns all parts" for folder in ARROWS if folder != "ctl"}
STATIONS = [folder for folder in ARROWS if folder.startswith("daemon/") and folder != "daemon/runtime"]

# Start of an <include> -> (files or folders that may have it, why only these).
LIBRARIES = {
    "boost/beast": (
        ("daemon/flush/http_sink.cpp", "daemon/control/control_server.cpp", "ctl/client.cpp", "daemon/runtime/boost_impl.cpp"),
        "a Beast file costs six to fifteen seconds of compile time",
    ),
    "boost/": (("daemon/", "ctl/"), "common and proto stay free of Boost"),
    "spdlog/": (("common/log.cpp",), "log.h is the façade: spdlog costs two seconds per file"),
    "SQLiteCpp/": (("daemon/store/",), "only the store speaks SQL"),
    "sqlite3": (("daemon/store/",), "only the store speaks SQL"),
    "openssl/": (("daemon/flush/tls.cpp",), "what TLS checks, and what is said when it fails, stands in one place"),
    "zlib.h": (("daemon/flush/gzip.cpp",), "compression is one function"),
    "re2/": (("daemon/redact/user_rules.cpp",), "our own rules are tables: patterns are the user's"),
    "toml++/": (("common/config.cpp", "daemon/session/price_file.cpp"), "configuration and prices are each read in one place"),
    "CLI/": (("daemon/main.cpp", "ctl/"), "command lines are read at the edge"),
}


def folder_of(path):
    """The folder of the table that a path belongs to."""
    return str(Path(path).parent)


def check_library(path, name):
    for start, (allowed, reason) in LIBRARIES.items():
        if name.startswith(start):
            if any(path == place or (place.endswith("/") and path.startswith(place)) for place in allowed):
                return None
            return f"<{name}> belongs to {', '.join(allowed)} only: {reason}"
    if name.split("/")[0] in ("common", "proto", "daemon", "ctl"):
        return f'<{name}>: our own headers are included with quotes'
    return None


def check_own(root, path, name):
    source, target = folder_of(path), folder_of(name)
    if not any((root / candidate).is_file() for candidate in (name, name + ".in")):
        return f'"{name}" is not a file of the tree, named from its root'
    allowed = dict(ARROWS[source])
    if source in STATIONS:
        allowed.update(STATION)
    if target == source or target in allowed:
        return None
    return f'{source} may not include {target} ("{name}"); it may include {", ".join(allowed) or "nothing"}'


def check_includes(root):
    for relative in source_files(root):
        path = relative.as_posix()
        if folder_of(path) not in ARROWS:
            yield f"{path}:1: {folder_of(path)} is not a folder of the house"
            continue
        for line, name in includes_of((root / path).read_text(encoding="utf-8")):
            if name.startswith('"'):
                finding = check_own(root, path, name.strip('"'))
            elif name.startswith("<"):
                finding = check_library(path, name.strip("<>"))
            else:
                finding = f"#include {name}: only a plain file name can be checked"
            if finding:
                yield f"{path}:{line}: {finding}"


def check_top_level(root):
    for entry in sorted(root.iterdir()):
        if entry.name not in TOP_LEVEL and not entry.name.startswith("."):
            yield f"{entry.name}:1: not in the list of top-level entries"


def check(root):
    root = Path(root)
    return [*check_top_level(root), *check_includes(root)]


if __name__ == "__main__":
    if not any(source_files(sys.argv[1])):
        sys.exit(f"{sys.argv[1]}: no sources there")
    findings = check(sys.argv[1])
    print("\n".join(findings) or "includes: clean")
    sys.exit(1 if findings else 0)
