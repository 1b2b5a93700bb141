"""A small server behind a gate, for the tests of the gate itself."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

PATIENCE = 20.0


class Server(ThreadingHTTPServer):
    """Echoes what it is asked; a watch sends the lines that a test puts there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, str, bytes]] = []
        self.lines: list[bytes] = []
        self.more = threading.Condition()
        self.over = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def send(self, *lines: bytes) -> None:
        with self.more:
            self.lines += lines
            self.more.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.got.append((self.command, self.path, body))
        if "watch=true" in self.path:
            self.watch()
            return
        said = b"%s %s %s" % (self.headers["Authorization"].encode(), self.path.encode(), body)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-Own", "kept")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_PATCH = do_PUT = answer  # noqa: N815 - the library's names

    def watch(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        while True:
            with self.server.more:
                while len(self.server.lines) <= sent and not self.server.over:
                    self.server.more.wait(PATIENCE)
                line = self.server.lines[sent] if len(self.server.lines) > sent else b""
            if not line:
                self.wfile.write(b"0\r\n\r\n")
                return
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()
            sent += 1

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@contextmanager
def serving() -> Iterator[Server]:
    """A server in a thread of its own."""
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        with made.more:
            made.over = True
            made.more.notify_all()
        made.shutdown()
        thread.join(PATIENCE)


class Watch:
    """A client that reads the lines of a watch in a thread."""

    def __init__(self, client: httpx.Client, path: str = "/w?watch=true") -> None:
        self.lines: list[bytes] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(client, path), daemon=True)
        self._thread.start()

    def _read(self, client: httpx.Client, path: str) -> None:
        try:
            with client.stream("GET", path, timeout=None) as answer:
                for line in answer.iter_lines():
                    self.lines.append(line.encode())
        except httpx.TransportError:
            pass
        self.ended.set()

    def has(self, *lines: bytes) -> None:
        wait_for(lambda: self.lines == list(lines))


def wait_for(holds: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)
