"""A person at a browser: opens pages, and remembers everything that no page may ever do.

A page of ours loads nothing from elsewhere, breaks no rule of its own policy and writes no error
to the browser's console. Every visit of every test watches for that.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    sync_playwright,
)

from tests.dashboards.pictures.browser import installed

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_WAIT = 20_000.0
_FAULT_LOOKS = 100


def program(environ: Mapping[str, str]) -> Path:
    """A Chromium of the system, installed where apt may; Playwright's own is never downloaded.

    Raises:
        BrowserError: there is none to be had.
    """
    paths = (shutil.which(name, path=environ.get("PATH")) for name in _NAMES)
    found = next((path for path in paths if path is not None), None)
    return Path(found) if found is not None else installed(environ).chromium


@contextmanager
def chromium(path: Path) -> Iterator[Browser]:
    """The browser, without a window."""
    # Root has no sandbox of Chromium's; what is opened are our own pages on loopback.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One browser window of one person, with cookies of its own."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        """`url`: the console's; `options`: of the browser's context, such as the viewport."""
        self.url = url
        given = {"viewport": DESK, "locale": "en-GB", "timezone_id": "UTC"} | options
        self._context = browser.new_context(base_url=url, **given)
        self._context.set_default_timeout(_WAIT)
        self.page: Page = self._context.new_page()
        self.faults: list[str] = []
        self.loaded: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def close(self) -> None:
        """Close the window; a fault that was seen is one of the test."""
        self._context.close()
        assert not self.faults, "\n".join(self.faults)

    def sign_in(self, token: str, then: str = "/") -> None:
        """By the form, as people do."""
        self.page.goto(then)
        self.page.get_by_label("Kubernetes bearer token").fill(token)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.url}{then}")

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """How the page looks now, as a PNG."""
        self.page.screenshot(path=file, full_page=whole)

    def forget(self, fault: str) -> None:
        """Take back a fault that the test itself brought about; it has to come."""
        for _ in range(_FAULT_LOOKS):
            if any(fault in one for one in self.faults):
                break
            self.page.wait_for_timeout(50)
        kept = [one for one in self.faults if fault not in one]
        assert kept != self.faults, f"{fault!r} did not happen: {self.faults}"
        self.faults = kept

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text} ({self.page.url})")

    def _asked(self, request: Request) -> None:
        self.loaded.append(request.url)
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.faults.append(f"asked somebody else: {request.url}")

    def _answered(self, response: Response) -> None:
        if "default-src 'self'" not in response.headers.get("content-security-policy", ""):
            self.faults.append(f"no content security policy: {response.url}")
