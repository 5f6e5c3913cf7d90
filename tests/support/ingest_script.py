"""Scripts for the ingest server: what it does otherwise than the contract says, when, and how often.

A script is a list of steps; the first one that applies to a request is played. In JSON a step is an object of the fields below;
`{"row": "\\"tool\\":\\"rm\\"", "status": 400}` refuses, always, whatever holds such a row."""
import json
import re
from dataclasses import dataclass, fields

from http_connection import answer_head, whole

CHUNK = b"%x\r\n%s\r\n"
ENDLESS_PIECE = CHUNK % (65536, b" " * 65536)


@dataclass
class Step:
    # When it applies: all that are given must hold.
    path: str | None = None  # regex, found in the path
    rows_over: int | None = None  # the body holds more rows
    bytes_over: int | None = None  # the unpacked body has more bytes
    row: str | None = None  # regex, found in the compact JSON of a row
    key: int | None = None  # the idempotency key is the nth that ever came (from 1)
    attempt: int | None = None  # it is the nth request with its key (from 1)
    skip: int = 0  # lets that many requests pass to which it would apply
    times: int | None = None  # plays that often; None: always
    # What is answered. Without a status: what the contract says.
    status: int | None = None
    headers: dict | None = None  # added; for example {"Retry-After": "86400"} or {"Location": "http://127.0.0.1:9/"}
    body: str | None = None
    field: str | None = None  # named by the body of a refusal; default: the place of the first row that `row` matches
    foreign: bool = False  # without the header by which an ingest endpoint says that it is one
    take: bool | None = None  # whether the rows are taken; default: when the answer is 2xx and it is sent
    # How it is answered.
    hold: bool = False  # not before it is released
    delay_ms: int = 0
    cut: str | int | None = None  # "before_body", "after_body" (no answer), or after that many bytes of the answer
    cut_by: str = "rst"  # or "fin"
    garbage: str | None = None  # sent instead of an answer, then FIN
    drip: str | None = None  # "headers" or "body": one byte each drip_ms, until the peer leaves
    drip_ms: int = 20
    endless: bool = False  # a body without end, as fast as the peer reads
    header_bytes: int = 0  # headers of about that size more

    def __post_init__(self):
        for field in fields(self):
            if not isinstance(getattr(self, field.name), field.type):
                raise ValueError(f"{field.name} has a wrong type")
        for name, words in (("cut_by", ("rst", "fin")), ("drip", (None, "headers", "body"))):
            if getattr(self, name) not in words:
                raise ValueError(f"{name} is one of {words}")
        if self.cut not in (None, "before_body", "after_body") and type(self.cut) is not int:
            raise ValueError("cut is before_body, after_body or a number")
        if self.cut == "before_body" and (self.rows_over, self.bytes_over, self.row) != (None, None, None):
            raise ValueError("a step that cuts before the body cannot ask what it holds")
        try:
            self.path_regex, self.row_regex = re.compile(self.path or ""), re.compile(self.row or "")
        except re.error as error:
            raise ValueError(f"{error.pattern} is no regex: {error}")
        self.met = self.played = 0

    @classmethod
    def of(cls, document):
        if isinstance(document, cls):
            return document
        unknown = set(document) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"a step has no {', '.join(sorted(unknown))}")
        return cls(**document)

    def takes_rows(self):
        if self.take is not None:
            return self.take
        return (self.status is None or self.status // 100 == 2) and not self.leaves_unheard() and self.garbage is None

    def leaves_unheard(self):
        return self.cut in ("before_body", "after_body")

    def matching_row(self, rows):
        """Index of the first row that `row` is found in, or None."""
        texts = (json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows)
        return next((index for index, text in enumerate(texts) if self.row_regex.search(text)), None)

    def applies(self, request, rows):
        return ((self.times is None or self.played < self.times)
                and (self.path is None or self.path_regex.search(request.path) is not None)
                and (self.key is None or self.key == request.key_number)
                and (self.attempt is None or self.attempt == request.attempt)
                and (self.rows_over is None or len(rows) > self.rows_over)
                and (self.bytes_over is None or request.body_bytes > self.bytes_over)
                and (self.row is None or self.matching_row(rows) is not None))

    def refusal(self, kind, rows):
        """The body of a refusal that gives none itself."""
        field = self.field
        if field is None and self.row is not None:
            field = f"{kind.list_key}[{self.matching_row(rows)}]"
        return json.dumps({"code": "scripted", "field": field or "", "message": "refused by the script"}).encode()


def steps_of(documents):
    return [Step.of(document) for document in documents]


def choose(steps, request, rows, before_body):
    """The step to play, counted. Steps that cut before the body are asked before it is read, all others after."""
    for step in steps:
        if (step.cut == "before_body") == before_body and step.applies(request, rows):
            step.met += 1
            if step.met > step.skip:
                step.played += 1
                return step
    return None


def filler(size):
    return [(f"X-Filler-{number}", "x" * min(1000, size - number * 1000)) for number in range((size + 999) // 1000)]


def play(step, connection, answer, pause):
    """Sends the answer the way the step says. True: it was sent whole and the connection goes on. `pause(seconds)` says whether to
    go on."""
    status, headers, body = answer
    headers = headers + filler(step.header_bytes)
    if step.leaves_unheard():
        return leave(step, connection)
    if step.garbage is not None:
        connection.send(step.garbage.encode("latin-1"))
        return connection.finish()
    if step.drip == "headers":
        connection.send(answer_head(status, headers) + b"X-Drip: ")
        return send_for_ever(connection, b"x", step.drip_ms, pause)
    if step.drip == "body" or step.endless:
        connection.send(answer_head(status, headers + [("Transfer-Encoding", "chunked")]) + b"\r\n")
        piece = ENDLESS_PIECE if step.endless else CHUNK % (1, b" ")
        return send_for_ever(connection, piece, 0 if step.endless else step.drip_ms, pause)
    data = whole(status, headers, body)
    if step.cut is not None:
        connection.send(data[:step.cut])
        return leave(step, connection)
    connection.send(data)
    return True


def leave(step, connection):
    return connection.reset() if step.cut_by == "rst" else connection.finish()


def send_for_ever(connection, piece, pause_ms, pause):
    while pause(pause_ms / 1000):
        connection.send(piece)
