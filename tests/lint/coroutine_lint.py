#!/usr/bin/env python3
"""Holds daemon/ and ctl/ to the coroutine rules of daemon/README.md, as far as a reader without a compiler can.

Rule 1  an expression with co_await holds only names, literals and plain calls (g++ 12 destroys other temporaries twice)
Rule 2  functions that return an awaitable have no default arguments (the same fault; a call does not show it)
Rule 3  a coroutine is a named function (a lambda's captures die before its frame)
Rule 5  the worker's pool is reached through Worker::run only (Asio 1.26 frees a cancelled co_spawn twice)
Rule 6  no awaitable_operators, parallel_group, experimental (faulty in Boost 1.81)

Usage: coroutine_lint.py ROOT. Prints "file:line: finding"; exits 1 when there is one.
"""

import re
import sys
from pathlib import Path

from cpp_tokens import source_files, tokens_of

OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
AWAITS = {"co_await", "co_yield"}
COROUTINE_WORDS = AWAITS | {"co_return"}
CONTROL = {"if", "while", "for", "switch", "constexpr"}
QUALIFIERS = {"const", "noexcept", "override", "final", "mutable", "try", "&", "&&"}
SCOPES = {"class", "struct", "union", "enum", "namespace", "extern"}
BEFORE_LAMBDA = {"return", "co_return", "co_yield", "co_await", "case", "else"}
FAULTY = {"awaitable_operators", "parallel_group", "make_parallel_group", "experimental"}
SENDERS = {"co_spawn", "post", "dispatch", "defer", "bind_executor"}


class Source:
    """Tokens with their bracket pairs, and what each brace opens: "scope", "body", "lambda" or "init"."""

    def __init__(self, text):
        everything = tokens_of(text)
        self.directives = [token for token in everything if token.kind == "directive"]
        self.tokens = [token for token in everything if token.kind != "directive"]
        self.texts = [token.text if token.kind != "literal" else '""' for token in self.tokens]
        self.pair, self.around = self.match_brackets()
        self.kinds = {}
        for i, text_ in enumerate(self.texts):
            if text_ == "{":
                self.kinds[i] = self.kind_of_brace(i)

    def match_brackets(self):
        """pair: bracket -> its partner. around: token -> the innermost bracket that holds it."""
        pair, around, stack = {}, [], []
        for i, text in enumerate(self.texts):
            if text in CLOSE and stack and OPEN[self.texts[stack[-1]]] == text:
                start = stack.pop()
                pair[start], pair[i] = i, start
            around.append(stack[-1] if stack else None)
            if text in OPEN:
                stack.append(i)
        for start in stack:
            pair[start] = len(self.texts)
        return pair, around

    def text(self, i):
        return self.texts[i] if 0 <= i < len(self.texts) else ""

    def is_lambda(self, i):
        """Whether the [ at i opens a lambda: not a subscript, an attribute or a structured binding."""
        before = self.text(i - 1)
        if "[" in (self.text(i + 1), before) or before in (")", "]", '""', "auto"):
            return False
        if before in ("&", "&&") and self.text(i - 2) == "auto":
            return False
        return before in BEFORE_LAMBDA or not re.match(r"\w", before)

    def kind_of_brace(self, i):
        before = self.text(i - 1)
        if before in ("", ";", "}", ":", "else", "do", "try"):
            return "body"
        if before == "{":
            return "init" if self.kinds.get(i - 1) == "init" else "body"
        if before in ("=", ",", "(", "return", "co_return", "co_yield", "co_await"):
            return "init"
        if self.opens_scope(i):
            return "scope"
        return self.kind_after_signature(i)

    def opens_scope(self, i):
        """Whether a class, a namespace or the like opens at i: its keyword stands in the same statement, and no call."""
        j = i - 1
        while j >= 0 and self.texts[j] not in (";", "{", "}", ")", "="):
            if self.texts[j] in SCOPES:
                return True
            j -= 1
        return False

    def kind_after_signature(self, i):
        """A brace after "(...)", "(...) const", "(...) -> type", "[...]" opens a body; after anything else a value."""
        j = self.before_qualifiers(i - 1)
        if self.text(j) not in (")", "]"):  # a trailing return type?
            while re.match(r"\w|::|[<>,*&]", self.text(j)):
                j -= 1
            if self.text(j) != "->":
                return "init"
            j = self.before_qualifiers(j - 1)
        if self.text(j) == "]":
            return "lambda" if self.is_lambda(self.pair.get(j, j)) else "init"
        before = self.pair.get(j, 0) - 1
        if self.text(before) == ">":  # the template parameters of a lambda
            while before > 0 and self.texts[before] != "<":
                before -= 1
            before -= 1
        if self.text(before) == "]" and self.is_lambda(self.pair.get(before, 0)):
            return "lambda"
        return "body"

    def before_qualifiers(self, i):
        while self.text(i) in QUALIFIERS:
            i -= 1
        return i

    def expression_around(self, i):
        """First and last token of the full expression that holds token i, lambda bodies and condition brackets left alone."""
        outer = self.around[i]
        while outer is not None and not self.bounds(outer):
            i, outer = outer, self.around[outer]
        first = last = i
        floor = -1 if outer is None else outer
        ceiling = len(self.texts) if outer is None else self.pair[outer]
        while first - 1 > floor and not self.ends_statement(first - 1):
            first = min(self.pair.get(first - 1, first - 1), first - 1)
        while last < ceiling and not self.ends_statement(last):
            last = max(self.pair.get(last, last), last) + 1
        return first, min(last, len(self.texts)) - 1

    def bounds(self, bracket):
        if self.texts[bracket] == "{":
            return self.kinds[bracket] != "init"
        return self.texts[bracket] == "(" and self.text(bracket - 1) in CONTROL

    def ends_statement(self, i):
        text = self.texts[i]
        if text == ")":
            start = self.pair.get(i, 0)
            return self.text(start - 1) in CONTROL  # "if (...)" ends before the statement that it rules
        if text == "}":
            return self.kinds.get(self.pair.get(i)) in ("body", "scope")
        return text in (";", "else", "do") or (text == "{" and self.kinds[i] in ("body", "scope"))

    def own_tokens(self, first, last):
        """Indices between two tokens without the bodies of lambdas, which are functions of their own."""
        i = first
        while i <= last:
            yield i
            skip = self.texts[i] == "{" and self.kinds[i] == "lambda"
            i = self.pair[i] if skip else i + 1


def check_awaits(source):
    """Rule 1."""
    for first, last in sorted({source.expression_around(i) for i, text in enumerate(source.texts) if text in AWAITS}):
        for i in source.own_tokens(first, last):
            text, line = source.texts[i], source.tokens[i].line
            if text == "?":
                yield line, "rule 1: ?: in an expression with co_await: name the value on the line before"
            elif text == "{" and source.kinds[i] == "init":
                yield line, "rule 1: a braced value in an expression with co_await: name it on the line before"
            elif text == "[" and source.text(i + 1) != "]" and source.is_lambda(i):
                yield line, "rule 1: a lambda with captures in an expression with co_await: name it, then std::move it in"


def check_default_arguments(source):
    """Rule 2."""
    for i, text in enumerate(source.texts):
        if text != "(" or not re.match(r"\w", source.text(i - 1)):
            continue
        start = i - 1
        while source.text(start - 1) == "::":
            start -= 2
        if not returns_awaitable(source, start - 1):
            continue
        for k in range(i + 1, source.pair[i]):
            if source.texts[k] == "=" and source.around[k] == i:
                yield source.tokens[k].line, "rule 2: a default argument of an awaitable function: write an overload"


def returns_awaitable(source, end):
    """Whether "awaitable<...>" ends at token `end`."""
    if source.text(end) != ">":
        return False
    depth, i = 0, end
    while i >= 0 and source.texts[i] not in (";", "{", "}"):
        depth += (source.texts[i] == ">") - (source.texts[i] == "<")
        if depth == 0:
            return source.text(i - 1) == "awaitable"
        i -= 1
    return False


def check_lambdas(source):
    """Rule 3."""
    for brace, kind in source.kinds.items():
        if kind != "lambda":
            continue
        for i in source.own_tokens(brace + 1, source.pair[brace] - 1):
            if source.texts[i] in COROUTINE_WORDS:
                yield source.tokens[i].line, "rule 3: a lambda that is a coroutine: make it a named function"
                break


def check_pool(source):
    """Rule 5."""
    for i, text in enumerate(source.texts):
        if text in ("thread_pool", "static_thread_pool", "system_executor"):
            yield source.tokens[i].line, f"rule 5: {text} outside daemon/runtime: use Worker::run"
        if text in SENDERS and source.text(i + 1) == "(":
            for k in range(i + 2, source.pair[i + 1]):
                if source.texts[k] == "," and source.around[k] == i + 1:
                    break
                if "pool" in source.texts[k]:
                    yield source.tokens[k].line, f"rule 5: {text} onto a pool outside daemon/runtime: use Worker::run"


def check_library(source):
    """Rule 6."""
    for token in source.directives:
        if re.match(r"#\s*include\s*<boost/asio/experimental", token.text):
            yield token.line, "rule 6: <boost/asio/experimental/...> is faulty in Boost 1.81"
    for i, text in enumerate(source.texts):
        if text in FAULTY:
            yield source.tokens[i].line, f"rule 6: {text} is faulty in Boost 1.81"


CHECKS = (check_awaits, check_default_arguments, check_lambdas, check_pool, check_library)


def check_text(path, text):
    source = Source(text)
    in_runtime = path.startswith("daemon/runtime/")
    found = [finding for rule in CHECKS if not (rule is check_pool and in_runtime) for finding in rule(source)]
    return [f"{path}:{line}: {message}" for line, message in sorted(found)]


def check(root):
    root = Path(root)
    findings = []
    for path in source_files(root, ("daemon", "ctl")):
        findings += check_text(path.as_posix(), (root / path).read_text(encoding="utf-8"))
    return findings


if __name__ == "__main__":
    if not any(source_files(sys.argv[1], ("daemon", "ctl"))):
        sys.exit(f"{sys.argv[1]}: no sources there")
    all_findings = check(sys.argv[1])
    print("\n".join(all_findings) or "coroutines: clean")
    sys.exit(1 if all_findings else 0)
