"""Asks kaizend and kaizenctl, and says how long it took: one question after the other, or by several clients in a loop."""
import itertools
import multiprocessing
import socket
import subprocess
import time

import harness
from measure import spread
from scale_questions import RUN

PATIENCE = 10.0  # seconds, as kaizenctl has it: who waits longer has been told that it timed out
GIVEN_UP = 2  # questions that timed out: no more are asked
TIMED_OUT = 9  # exit code of kaizenctl
LONGEST = 5.0  # more seconds for an answer that was given up: then it is over, or the daemon begins again


class Timings:
    """Milliseconds of the answers, how many came too late, and what was answered instead of success."""

    def __init__(self):
        self.times, self.late, self.wrong = [], 0, None

    def figures(self):
        """(p50, p95, max) in ms; nothing where it was not answered in time."""
        return spread(self.times) if self.times and not self.late else None

    def slowness(self):
        """Its p95, for the order; those that come too late are the slowest."""
        figures = self.figures()
        if self.late:
            return float("inf")
        return figures[1] if figures else 0.0

    def __str__(self):
        if self.wrong:
            return f"answered {self.wrong}".rjust(23)
        if self.late:
            return f"late {self.late} of {self.late + len(self.times)}".rjust(23)
        return "".join(milliseconds(time).rjust(width) for time, width in zip(self.figures(), (7, 8, 8))) if self.times else "–".rjust(23)


def milliseconds(time):
    return f"{time:.2f}" if time < 10 else f"{time:.1f}" if time < 100 else f"{time:.0f}"


class Late(Exception):
    pass


class Wrong(Exception):
    pass


def ask(path, target, patience=PATIENCE):
    connection = harness.UnixConnection(path)
    try:
        connection.connect()
        connection.sock.settimeout(patience)
        connection.request("GET", target)
        answer = connection.getresponse()
        answer.read()
    except socket.timeout:
        raise Late from None
    finally:
        connection.close()
    if answer.status != 200:
        raise Wrong(answer.status)


def run(daemon, question):
    code = subprocess.run([harness.KAIZENCTL, *question.words], env=daemon.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode
    if code == TIMED_OUT:
        raise Late
    if code not in question.codes:
        raise Wrong(f"exit {code}")


def settle(daemon):
    """Until what was given up is over: the next question is not to wait behind it. False when the daemon had to begin again for that."""
    try:
        ask(daemon.socket, "/v1/status", LONGEST)
    except Late:
        daemon.begin_again()
        return False
    return True


def measure(daemon, question, runs, seconds, least=5):
    """Asks `runs` times, or until `seconds` are over, but `least` times."""
    timings = Timings()
    until = time.monotonic() + seconds
    while len(timings.times) < runs and timings.late < GIVEN_UP and (len(timings.times) < least or time.monotonic() < until):
        began = time.monotonic()
        try:
            run(daemon, question) if question.method == RUN else ask(daemon.socket, question.words)
            timings.times.append((time.monotonic() - began) * 1000)
        except Late:
            timings.late += 1
            if not settle(daemon):
                break
        except Wrong as wrong:
            timings.wrong = str(wrong)
            break
    daemon.read_log(0)  # so that it never waits for us to read
    return timings


def ask_for_ever(path, targets):
    for target in itertools.cycle(targets):
        try:
            ask(path, target)
        except (Late, Wrong):
            pass


class Clients:
    """`number` processes that ask these questions in a loop, each beginning with another."""

    def __init__(self, daemon, questions, number=4):
        self.daemon = daemon
        targets = [question.words for question in questions]
        context = multiprocessing.get_context("fork")
        self.processes = [context.Process(target=ask_for_ever, args=(daemon.socket, targets[n % len(targets):] + targets[:n % len(targets)]),
                                          daemon=True) for n in range(number)]

    def __enter__(self):
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join()
        settle(self.daemon)


def leave_open(daemon, questions, number):
    """That many questions asked and not waited for; their sockets."""
    sockets = []
    for question in itertools.islice(itertools.cycle(questions), number):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(daemon.socket)
        client.sendall(f"GET {question.words} HTTP/1.1\r\nHost: kaizend\r\n\r\n".encode())
        sockets.append(client)
    return sockets


def answered(sockets):
    """What came on them until their end: the status of each, or "none"."""
    found = []
    for client in sockets:
        client.settimeout(PATIENCE)
        try:
            head = client.recv(64).decode(errors="replace")
        except OSError:
            head = ""
        client.close()
        found.append(head.split()[1] if head.startswith("HTTP/") else "none")
    return found
