"""The service manager's side of starting kaizend: the socket that it is told things at, and the one that it may pass on."""
import os
import select
import socket
import time

import harness


class Manager:
    """NOTIFY_SOCKET as systemd has it: a datagram socket. `heard` is all that came, in order."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.heard = []

    def close(self):
        self.socket.close()

    def hears(self, within):
        """Takes in one message; False when none came within so many seconds."""
        if not select.select([self.socket], [], [], within)[0]:
            return False
        self.heard.append(self.socket.recv(4096).decode())
        return True

    def take_in(self):
        """What came until now."""
        while self.hears(0):
            pass
        return self.heard

    def wait_for(self, text, after=0):
        """Until a message begins with `text`, not counting the first `after` messages; how many there were with it."""
        until = time.monotonic() + harness.DEADLINE
        while True:
            for index, message in enumerate(self.heard[after:], after):
                if message.startswith(text):
                    return index + 1
            if not self.hears(max(0, until - time.monotonic())):
                raise AssertionError(f"kaizend never said {text!r}: {self.heard}")


def listening_socket(path):
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    os.chmod(path, 0o600)
    listening.listen()
    return listening


def passing_on(place, descriptor):
    """A program that becomes kaizend with `descriptor` as its descriptor 3, as systemd passes a socket on. `descriptor` must be
    inheritable."""
    program = place / "kaizend-activated"
    program.write_text(f'#!/bin/sh\nLISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=control exec {harness.KAIZEND} "$@" 3<&{descriptor}\n')
    program.chmod(0o700)
    return program
