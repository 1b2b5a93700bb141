"""Serves the page to the browser on loopback, and hears from it what came of each panel."""

import json
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.dashboards.pictures.browser import Browser, take
from tests.dashboards.pictures.story import SCRAPE_SECONDS, SHOWN
from tests.dashboards.reading import Json, pages, panels
from tests.dashboards.world import FleetWorld

_WIDTH, _HEAD = 1600, 96
_CELL, _GAP = 30, 8
_TIME_RANGE = "${__url_time_range}"
"""Filled in by Grafana itself when the link is followed."""
_ICONS = "/public/build/img/icons/"
_POINTS = 240
SIM_PAGE = "sim-operator-sim"


class NotAsDrawnError(Exception):
    """A panel is empty or could not be drawn; the text says which, and why."""


@dataclass
class _Shown:
    """What the page is given, and what it tells."""

    plan: Json
    dashboard: Json
    told: list[Json] | None = None


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, shown: _Shown, *arguments: Any, **options: Any) -> None:
        self._shown = shown
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        given = {"/plan.json": self._shown.plan, "/dashboard.json": self._shown.dashboard}
        if self.path in given:
            body = json.dumps(given[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)
            return
        self.path = self.path.replace(_ICONS, "/img/icons/")
        super().do_GET()

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self._shown.told = json.loads(self.rfile.read(size))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


class Studio:
    """A context manager; the server ends with it."""

    def __init__(self, page: Path, browser: Browser, prometheus: str, mode: str) -> None:
        """`page`: the built page; `prometheus`: its URL; `mode`: light or dark."""
        self._browser = browser
        self._prometheus = prometheus
        self._mode = mode
        self._shown = _Shown({}, {})
        handler = partial(_Handler, self._shown, directory=str(page))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def draw(self, world: FleetWorld, begun: float, folder: Path) -> Iterator[Path]:
        """A picture of each dashboard, of the time since `begun`.

        Raises:
            NotAsDrawnError: a panel shows nothing, or could not be drawn.
            BrowserError: no picture was taken.
        """
        wrong = []
        for name, dashboard in pages().items():
            rows = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in dashboard["panels"])
            picture = folder / f"dashboard-{name.removesuffix('.json')}.png"
            self._shown.dashboard = dashboard
            self._shown.plan = self._plan(world, begun)
            self._shown.told = None
            url = f"http://127.0.0.1:{self._server.server_port}/index.html"
            take(self._browser, url, (_WIDTH, _HEAD + rows * (_CELL + _GAP)), picture)
            wrong += [f"{name}: {one}" for one in self._complaints(dashboard)]
            yield picture
        if wrong:
            raise NotAsDrawnError("\n".join(wrong))

    def _plan(self, world: FleetWorld, begun: float) -> Json:
        end = int(time.time())
        # Whole seconds: Prometheus's times and the page's are compared.
        step = max(SCRAPE_SECONDS, math.ceil((end - begun) / _POINTS))
        one_sim = {"namespace": world.plant.namespace, "sim": SHOWN}
        chosen = one_sim if self._shown.dashboard["uid"] == SIM_PAGE else {}
        everything = dict.fromkeys(("cluster", "account", "namespace", "policy", "job"), ".*")
        return {
            "prometheus": self._prometheus,
            "from": end - int(end - begun) // step * step,
            "to": end,
            "step": step,
            "scrape": SCRAPE_SECONDS,
            "mode": self._mode,
            "timeZone": "UTC",
            "width": _WIDTH,
            "head": _HEAD,
            "values": {"datasource": "prometheus", **everything, **chosen},
            "shown": {"datasource": "Prometheus", **chosen},
        }

    def _complaints(self, dashboard: Json) -> list[str]:
        told = self._shown.told
        if told is None:
            return ["the page did not come to its end"]
        failed = [f"{one['title']}: {one['error']}" for one in told if "error" in one]
        empty = [f"{one['title']}: shows nothing" for one in told if one.get("empty")]
        broken = [
            f"{one['title']}: a link has no value: {link}"
            for one in told
            for link in one.get("links", ())
            if "${" in link.replace(_TIME_RANGE, "")
        ]
        silent = {one["title"] for one in panels(dashboard)} - {one["title"] for one in told}
        return [*failed, *empty, *broken, *(f"{title}: was not drawn" for title in sorted(silent))]
