"""C++ source as tokens: just enough for the lints. Comments vanish, literals become one token each."""

import re
from dataclasses import dataclass
from pathlib import Path

SOURCE_FOLDERS = ("common", "proto", "daemon", "ctl")

PATTERN = re.compile(
    r"""
      (?P<comment> //[^\n]* | /\*.*?\*/ )
    | (?P<directive> ^[ \t]*\#(?:[^\n\\]|\\.|\\\n)* )
    | (?P<raw> R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)" )
    | (?P<string> "(?:\\.|[^"\\\n])*" )
    | (?P<char> '(?:\\.|[^'\\\n])+' )
    | (?P<word> [A-Za-z_]\w* )
    | (?P<number> \d(?:[\w.']|(?<=[eE])[+-])* )
    | (?P<punct> ::|->|&&|\|\||<=|>=|==|!=|[^\s\w] )
    """,
    re.X | re.S | re.M,
)


@dataclass(frozen=True)
class Token:
    text: str
    line: int
    kind: str  # directive, literal, word, punct


def tokens_of(source):
    """Preprocessor lines come out as one token of kind "directive"."""
    out = []
    line, seen = 1, 0
    for match in PATTERN.finditer(source):
        line += source.count("\n", seen, match.start())
        seen = match.start()
        kind = match.lastgroup if match.lastgroup != "mark" else "raw"
        if kind == "comment":
            continue
        if kind in ("raw", "string", "char", "number"):
            kind = "literal"
        text = match.group(0)
        if kind == "directive":
            text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S).strip()
        out.append(Token(text, line, kind))
    return out


def includes_of(source):
    """(line, what stands after #include), quotes or angle brackets kept."""
    for token in tokens_of(source):
        match = re.match(r"#\s*include\s*(.*)", token.text) if token.kind == "directive" else None
        if match:
            yield token.line, match.group(1).strip()


def source_files(root, folders=SOURCE_FOLDERS):
    """Paths relative to the root, sorted."""
    root = Path(root)
    found = (path for folder in folders for path in (root / folder).rglob("*") if path.suffix in (".h", ".cpp"))
    return sorted(path.relative_to(root) for path in found)
