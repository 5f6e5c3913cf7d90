"""One HTTP/1.1 connection as its server sees it: bounded reading, and every way to leave."""
import http.client
import json
import socket
import struct
import zlib

HEAD_MAX = 64 << 10
SENT_MAX = 16 << 20  # of a body as sent
BODY_MAX = 64 << 20  # of a body unpacked


class Malformed(Exception):
    """What was read is no request that can be answered; the connection ends with this status."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def unzip(data):
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(data, BODY_MAX)
    except zlib.error as error:
        raise Malformed(400, f"the body is not gzip: {error}")
    if unpacker.unconsumed_tail:
        raise Malformed(413, f"the body unpacks to more than {BODY_MAX} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed(400, "the gzip body ends early or goes on after its end")
    return body


def unpack(headers, data):
    encoding = headers.get("content-encoding", "identity")
    if encoding == "gzip":
        return unzip(data)
    if encoding != "identity":
        raise Malformed(400, f"Content-Encoding {encoding} is not known")
    return data


def answer_head(status, headers):
    lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Unknown')}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def json_answer(status, document, **headers):
    """(status, headers, body)"""
    fields = [("Content-Type", "application/json"), *((name.replace("_", "-"), value) for name, value in headers.items())]
    return status, fields, json.dumps(document).encode()


def whole(status, headers, body):
    return answer_head(status, headers + [("Content-Length", len(body))]) + b"\r\n" + body


class Connection:
    def __init__(self, sock, number):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.number = sock, number
        self.reader = sock.makefile("rb", 65536)

    def start_tls(self, context):
        self.reader.close()
        self.sock = context.wrap_socket(self.sock, server_side=True, suppress_ragged_eofs=False)
        self.reader = self.sock.makefile("rb", 65536)

    def read_line(self, limit):
        line = self.reader.readline(limit + 1)
        if len(line) > limit:
            raise Malformed(431, "a line of the head is too long")
        if not line.endswith(b"\n"):
            raise ConnectionError("the peer left")
        return line.rstrip(b"\r\n").decode("latin-1")

    def read_head(self):
        """(method, target, headers by lower-case name)"""
        words = self.read_line(HEAD_MAX).split(" ")
        if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
            raise Malformed(400, "the request line is not HTTP/1.1")
        return words[0], words[1], self.read_headers() | ({"connection": "close"} if words[2] == "HTTP/1.0" else {})

    def read_headers(self):
        headers, left = {}, HEAD_MAX
        while line := self.read_line(left):
            left -= len(line) + 2
            name, colon, value = line.partition(":")
            if not colon or left < 0:
                raise Malformed(431 if left < 0 else 400, "a header is malformed or there are too many")
            headers[name.lower()] = value.strip()
        return headers

    def read_body(self, headers):
        """The bytes as they were sent."""
        if headers.get("expect", "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self.read_chunks()
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > 15:
            raise Malformed(400, "Content-Length is no number")
        if int(length) > SENT_MAX:
            raise Malformed(413, f"the body has more than {SENT_MAX} bytes")
        return self.read_exactly(int(length))

    def read_chunks(self):
        body = bytearray()
        while size := self.read_chunk_size():
            if len(body) + size > SENT_MAX:
                raise Malformed(413, f"the body has more than {SENT_MAX} bytes")
            body += self.read_exactly(size)
            self.read_line(2)
        self.read_headers()
        return bytes(body)

    def read_chunk_size(self):
        try:
            return int(self.read_line(100).partition(";")[0], 16)
        except ValueError:
            raise Malformed(400, "a chunk has no size")

    def read_exactly(self, size):
        data = self.reader.read(size)
        if len(data) < size:
            raise ConnectionError("the peer left")
        return data

    def send(self, data):
        self.sock.sendall(data)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def finish(self):
        """FIN, and what the peer still sends is read away, since closing over unread bytes would be a reset. (A TLS socket is
        handled as the plain one below it: no goodbye in TLS either.)"""
        socket.socket.shutdown(self.sock, socket.SHUT_WR)
        while socket.socket.recv(self.sock, 65536):
            pass
        self.close()

    def close(self):
        self.reader.close()
        self.sock.close()

    def interrupt(self):
        """Ends what another thread waits for on this connection."""
        try:
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        except OSError:
            pass
