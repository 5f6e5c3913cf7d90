#!/usr/bin/env python3
"""The include lint sees what it is there for: one bad tree per rule."""

import tempfile
import unittest
from pathlib import Path

import includes_lint


class IncludesLint(unittest.TestCase):
    def findings(self, files):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in files.items():
                path = Path(directory) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return includes_lint.check(directory)

    def assert_one(self, files, expected):
        findings = self.findings(files)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(expected, findings[0])

    def test_a_clean_tree_passes(self):
        files = {
            "common/text.h": "#include <string>\n",
            "common/version.h.in": "",
            "proto/control.cpp": '#include "common/text.h"\n',
            "daemon/parse/event.h": '#include "common/version.h"\n',
            "daemon/session/state.cpp": '#include "daemon/parse/event.h"\n#include "daemon/session/state.h"\n',
            "daemon/session/state.h": "// #include <boost/beast.hpp>\n/*\n#include \"nowhere.h\"\n*/\n",
            "daemon/runtime/worker.h": "#include <boost/asio/thread_pool.hpp>\n",
            "daemon/store/database.cpp": '#include <SQLiteCpp/Database.h>\n#include "daemon/runtime/worker.h"\n',
            "daemon/daemon.cpp": '#include "daemon/store/database.h"\n',
            "daemon/store/database.h": "",
            "ctl/client.cpp": "#include <boost/beast/http.hpp>\n",
            ".ci/run": "", ".gitignore": "", "README.md": "", "build/x/y.cpp": "",
        }
        self.assertEqual(self.findings(files), [])

    def test_arrows_that_are_not_in_the_table(self):
        target = {"common/text.h": "", "proto/control.h": "", "daemon/store/store.h": "", "daemon/parse/event.h": "",
                  "daemon/insight/history.h": "", "daemon/flush/sink.h": "", "daemon/daemon.h": "", "ctl/client.h": ""}
        for source, included in (
            ("common/json.cpp", "proto/control.h"),
            ("common/json.cpp", "daemon/parse/event.h"),
            ("proto/control.cpp", "daemon/parse/event.h"),
            ("ctl/render.cpp", "daemon/parse/event.h"),
            ("daemon/parse/codex.cpp", "daemon/store/store.h"),
            ("daemon/control/routes.cpp", "daemon/store/store.h"),
            ("daemon/control/routes.cpp", "daemon/daemon.h"),
            ("daemon/store/store.cpp", "daemon/flush/sink.h"),
            ("daemon/runtime/worker.cpp", "daemon/parse/event.h"),
            ("daemon/daemon.cpp", "ctl/client.h"),
        ):
            with self.subTest(source=source, included=included):
                folder = source.rsplit("/", 1)[0]
                self.assert_one({**target, source: f'\n#include "{included}"\n'}, f"{source}:2: {folder} may not include")

    def test_libraries_outside_their_place(self):
        for source, header in (
            ("daemon/control/routes.cpp", "boost/beast/core.hpp"),
            ("ctl/render.cpp", "boost/beast.hpp"),
            ("common/json.cpp", "boost/asio/awaitable.hpp"),
            ("proto/control.cpp", "boost/json.hpp"),
            ("common/text.cpp", "spdlog/spdlog.h"),
            ("daemon/insight/history.cpp", "SQLiteCpp/SQLiteCpp.h"),
            ("ctl/render.cpp", "sqlite3.h"),
            ("common/config_report.cpp", "toml++/toml.h"),
            ("daemon/daemon.cpp", "CLI/CLI.hpp"),
        ):
            with self.subTest(source=source, header=header):
                self.assert_one({source: f"#  include  <{header}> // why\n"}, f"{source}:1: <{header}> belongs to")

    def test_names_that_hide_an_arrow(self):
        self.assert_one({"common/a.cpp": '#include "a.h"\n', "common/a.h": ""}, "named from its root")
        self.assert_one({"daemon/parse/a.cpp": '#include "../store/a.h"\n', "daemon/store/a.h": ""}, "named from its root")
        self.assert_one({"common/a.cpp": "#include <daemon/a.h>\n"}, "with quotes")
        self.assert_one({"common/a.cpp": "#include HEADER\n"}, "plain file name")

    def test_folders_and_entries_beyond_the_plan(self):
        self.assert_one({"daemon/misc/a.cpp": ""}, "daemon/misc is not a folder of the house")
        self.assert_one({"common/detail/a.h": ""}, "common/detail is not a folder of the house")
        self.assert_one({"daemon/parse/impl/a.h": ""}, "daemon/parse/impl is not a folder")
        self.assert_one({"src/a.cpp": ""}, "src:1: not in the list")
        self.assert_one({"Makefile": ""}, "Makefile:1: not in the list")


if __name__ == "__main__":
    unittest.main()
