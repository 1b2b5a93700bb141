"""A keeper of the history, over real HTTP: it keeps what is agreed on, and can be made to fail.

Strict where the agreement is: a request that is not as agreed is remembered as a fault.
"""

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast

Place = tuple[str, str, str]
"""Account, ICCID, day."""

MOST_BYTES = 4 * 1024 * 1024
LATE = timedelta(days=3)


@dataclass(frozen=True)
class Kept:
    """The use of one day, and whose it was."""

    data: int | None
    sms: int | None
    read_at: datetime
    namespace: str
    name: str
    labels: dict[str, str]
    policy: str | None


@dataclass(frozen=True)
class Bad:
    """An answer that is not as agreed."""

    code: int = 500
    body: bytes = b"<html>something else</html>"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    torn: bool = False
    """Nothing that is HTTP comes."""
    kept: bool = False
    """What was sent is kept all the same: the answer was lost on its way."""


class Keeper:
    """A context manager; `url` is its base."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self.kept: dict[Place, Kept] = {}
        self.asked: list[dict[str, Any]] = []
        """The questions about what is missing."""
        self.deliveries: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        """Records of the Data Streamer, as often as they came."""
        self.takes_records = True
        """An older one does not."""
        self.requests = 0
        self.faults: list[str] = []
        self.bad: Bad | None = None
        self.on_request: Callable[[str], None] = lambda _: None
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self.url = ""

    def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> Self:
        self._server = _Server(("127.0.0.1", port), _Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.keeper = self
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> int:
        """Its port, at which it may be started again with what it kept."""
        assert self._server is not None
        port = self._server.server_address[1]
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._server = None
        return int(port)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self.stop()

    def days(self, iccid: str) -> dict[str, tuple[int | None, int | None]]:
        """What is kept of a SIM."""
        with self._lock:
            return {
                day: (kept.data, kept.sms)
                for (_, one, day), kept in sorted(self.kept.items())
                if one == iccid
            }

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        document = json.loads(body)
        with self._lock:
            if path == "/internal/v1/readings":
                self.deliveries.append(document)
                return self._keep(document, len(body))
            if path == "/internal/v1/missing":
                self.asked.append(document)
                return 200, json.dumps({"missing": self._missing(document)}).encode()
            if path == "/internal/v1/parts" and self.takes_records:
                return self._keep_records(document, len(body))
        return 404, b"{}"

    def _keep(self, document: dict[str, Any], size: int) -> tuple[int, bytes]:
        readings = document["readings"]
        if len(readings) > 500 or size > MOST_BYTES or not readings:
            self.faults.append(f"{len(readings)} readings in {size} bytes")
        for one in readings:
            self._check(one)
            read_at = datetime.fromisoformat(one["readAt"])
            whose = (one["namespace"], one["name"], one["labels"], one["policy"])
            for day in _days(one["first"], one["last"]):
                place = (document["account"], one["iccid"], day)
                data, sms = one["days"].get(day, (0, 0))
                before = self.kept.get(place)
                if before is None or before.read_at <= read_at:
                    self.kept[place] = Kept(data, sms, read_at, *whose)
        return 204, b""

    def _keep_records(self, document: dict[str, Any], size: int) -> tuple[int, bytes]:
        records = document["parts"]
        if len(records) > 500 or size > MOST_BYTES or not records:
            self.faults.append(f"{len(records)} records in {size} bytes")
        wanted = {"iccid", "namespace", "id", "service", "start", "end", "volume"}
        for one in records:
            start, end = (datetime.fromisoformat(one[name]) for name in ("start", "end"))
            if one.keys() != wanted or start.tzinfo is None or start > end:
                self.faults.append(f"record: {one}")
            self.records.append(one | {"account": document["account"]})
        return 204, b""

    def _check(self, one: dict[str, Any]) -> None:
        wanted = {"iccid", "namespace", "name", "labels", "policy"}
        wanted |= {"readAt", "first", "last", "days"}
        if one.keys() != wanted:
            self.faults.append(f"members: {sorted(one)}")
        if not re.fullmatch(r"\d{19}", one["iccid"]):
            self.faults.append(f"iccid: {one['iccid']}")
        if datetime.fromisoformat(one["readAt"]).tzinfo is None:
            self.faults.append(f"readAt: {one['readAt']}")
        if not all(one["first"] <= day <= one["last"] for day in one["days"]):
            self.faults.append(f"days outside of {one['first']} to {one['last']}")

    def _missing(self, question: dict[str, Any]) -> dict[str, list[str]]:
        if len(question["iccids"]) > 1000:
            self.faults.append(f"{len(question['iccids'])} iccids")
        newest = max((one.read_at for one in self.kept.values()), default=None)
        missing: dict[str, list[str]] = {}
        for iccid in question["iccids"]:
            days = [
                day
                for day in _days(question["first"], question["last"])
                if self._lacks((question["account"], iccid, day), newest)
            ]
            if days:
                missing[iccid] = [days[0], days[-1]]
        return missing

    def _lacks(self, place: Place, now: datetime | None) -> bool:
        kept = self.kept.get(place)
        if kept is None or now is None:
            return True
        end = datetime.combine(
            date.fromisoformat(place[2]), datetime.min.time(), kept.read_at.tzinfo
        ) + timedelta(days=1)
        return kept.read_at < end + LATE and now - kept.read_at > timedelta(days=1)


def _days(first: str, last: str) -> list[str]:
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(day + timedelta(days=n)).isoformat() for n in range((end - day).days + 1)]


class _Server(ThreadingHTTPServer):
    keeper: Keeper
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.append(connection)
        return connection, address

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        keeper = cast("_Server", self.server).keeper
        body = self.rfile.read(int(self.headers["Content-Length"]))
        keeper.requests += 1
        keeper.on_request(self.path)
        bad = keeper.bad
        if bad is not None:
            if bad.kept:
                keeper.answer(self.path, body)
            self._misbehave(bad)
            return
        wanted = f"Bearer {keeper.token}"
        if keeper.token is not None and self.headers["Authorization"] != wanted:
            self._reply(401, b'{"title": "Unauthorized"}', {})
            return
        code, answer = keeper.answer(self.path, body)
        self._reply(code, answer, {})

    def _misbehave(self, bad: Bad) -> None:
        time.sleep(bad.seconds)
        if bad.torn:
            self.wfile.write(b"\x00\xff this is not HTTP at all\r\n\r\n")
            self.close_connection = True
        else:
            self._reply(bad.code, bad.body, bad.headers)

    def _reply(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if code != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if code != 204:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        """Tests say what they want to see."""
