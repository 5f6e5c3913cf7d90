#!/usr/bin/env python3
"""The table of routes and control-v1.yaml name the same addresses and methods, and the same parameters and members.

Usage: routes_test.py SOURCE_DIR"""
import re
import sys
import unittest
from pathlib import Path

SOURCE = Path(sys.argv[1])
NAME = re.compile(r'(?:text|number|flag|word|page_size)\("(\w+)"')


def routes():
    """(method, path) -> names of what it takes."""
    table = (SOURCE / "daemon/control/routes.cpp").read_text()
    found = re.findall(r'route\(\s*"([A-Z]+)", "([^"]+)", &Routes::\w+,(.*?)\),\n(?=        route|    };)', table, re.DOTALL)
    return {(method, path): sorted(NAME.findall(takes)) for method, path, takes in found}


def schema_members(name):
    text = (SOURCE / "proto/control-v1.yaml").read_text()
    schema = re.search(rf"^    {name}:\n(?:      .*\n)+", text, re.MULTILINE)[0]
    return re.findall(r"^        (\w+): ", schema, re.MULTILINE)


def described():
    found, path, place = {}, None, None
    for line in (SOURCE / "proto/control-v1.yaml").read_text().splitlines():
        if match := re.match(r"  (/\S+):$", line):
            path = match[1]
        elif match := re.match(r"    (get|post|put|delete):$", line):
            place = found.setdefault((match[1].upper(), path), [])
        elif line == "components:":
            break
        elif match := re.match(r"        - \{name: (\w+), in: query", line):
            place.append(match[1])
        elif match := re.match(r"                (\w+): \{type", line):
            place.append(match[1])
        elif match := re.match(r"      requestBody: .*schemas/(\w+)", line):
            place += schema_members(match[1])
    return {route: sorted(names) for route, names in found.items()}


class Routes(unittest.TestCase):
    def test_are_those_that_are_described(self):
        self.assertGreater(len(routes()), 15)
        self.assertEqual(routes(), described())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
