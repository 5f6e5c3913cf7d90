#!/usr/bin/env python3
"""The table of routes and control-v1.yaml name the same addresses and methods.

Usage: routes_test.py SOURCE_DIR"""
import re
import sys
import unittest
from pathlib import Path

SOURCE = Path(sys.argv[1])


def routes():
    return set(re.findall(r'route\("([A-Z]+)", "([^"]+)"', (SOURCE / "daemon/control/routes.cpp").read_text()))


def described():
    found, path = set(), None
    for line in (SOURCE / "proto/control-v1.yaml").read_text().splitlines():
        if match := re.match(r"  (/\S+):$", line):
            path = match[1]
        elif match := re.match(r"    (get|post|put|delete):$", line):
            found.add((match[1].upper(), path))
    return found


class Routes(unittest.TestCase):
    def test_are_those_that_are_described(self):
        self.assertGreater(len(routes()), 15)
        self.assertEqual(routes(), described())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
