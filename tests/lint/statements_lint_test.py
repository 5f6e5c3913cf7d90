#!/usr/bin/env python3
"""statements_lint.py finds what it is to find."""

import tempfile
import unittest
from pathlib import Path

from statements_lint import findings


class StatementsLint(unittest.TestCase):
    def found(self, name, text):
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "daemon/store" / name
            file.parent.mkdir(parents=True)
            file.write_text(text)
            return [finding.split(":")[1] for finding in findings(Path(place))]

    def test_ad_hoc_statements(self):
        self.assertEqual(self.found("usage_table.cpp", 'int x;\nSQLite::Statement one(db, "SELECT 1");\n'), ["2"])
        self.assertEqual(self.found("usage_table.cpp", 'db.handle().exec("DELETE FROM events");\n'), ["1"])
        self.assertEqual(self.found("usage_table.cpp", 'db.execAndGet("SELECT 1");\n'), ["1"])

    def test_members_and_files_that_open_a_database(self):
        self.assertEqual(self.found("usage_table.h", "SQLite::Statement one_;\nvoid read(SQLite::Statement& from);\n"), [])
        self.assertEqual(self.found("migrations.cpp", 'db.execAndGet("PRAGMA user_version");\n'), [])


if __name__ == "__main__":
    unittest.main()
