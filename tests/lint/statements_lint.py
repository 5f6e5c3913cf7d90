#!/usr/bin/env python3
"""Holds the product to where SQL is prepared: in the constructors of tables, which tests/store/plans_test asks for their plans.

Usage: statements_lint.py ROOT. Prints "file:line: finding"; exits 1 when there is one.
"""

import re
import sys
from pathlib import Path

# Files that open, check, copy or upgrade a database: what they run goes through all of it, or through nothing.
OPENING = {"database.cpp", "database.h", "migrations.cpp", "salvage.cpp", "file_check.cpp", "backup.cpp", "aside.cpp"}
AD_HOC = re.compile(r"SQLite::Statement\s+\w+\s*[({]|\bexecAndGet\s*\(|\bhandle\(\)\.(?:try)?[eE]xec\s*\(|sqlite3_exec\s*\(")


def findings(root):
    for path in sorted((root / "daemon").rglob("*")):
        if path.suffix not in (".cpp", ".h") or path.name in OPENING:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if AD_HOC.search(line):
                yield f"{path.relative_to(root)}:{number}: a statement that no test knows the plan of: make it a member of its table"


def main():
    found = list(findings(Path(sys.argv[1])))
    print("\n".join(found) or "statements: clean")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
