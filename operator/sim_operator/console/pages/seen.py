"""What a viewer's browser has already, so that an idle page costs next to nothing.

Open pages ask every few seconds. Whether anything moved that this viewer may see is one small sum,
while the page itself costs a look into the history, or two requests to the API server in their
name. What that sum does not count, such as a day of the history, is looked at again when the memory
of the page has ended.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from fastapi import Request
from starlette.responses import Response

from sim_operator.console.pages import rendering
from sim_operator.console.pages.route import frame_of
from sim_operator.console.person import Person

SECONDS: Final = 20.0
"""For so long a page that did not move is taken for the same without being made."""
_MOST: Final = 2_000
_NOT_MODIFIED: Final = 304
_OK: Final = 200


class Key(NamedTuple):
    """Whose page it is; the write token is part of its text."""

    user: str
    write_token: str
    address: str


class _Page(NamedTuple):
    version: str
    etag: str
    made: float


class Seen:
    """Remembers pages by their ETag; of many the oldest are forgotten."""

    def __init__(
        self,
        seconds: float = SECONDS,
        most: int = _MOST,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds`: for which a page is remembered; `most`: pages."""
        self._seconds = seconds
        self._most = most
        self._monotonic = monotonic
        self._pages: OrderedDict[Key, _Page] = OrderedDict()

    def has(self, key: Key, version: str, etag: str | None) -> bool:
        """Whether the browser that names this ETag has the page as it is."""
        page = self._pages.get(key)
        return (
            page is not None
            and (page.version, page.etag) == (version, etag)
            and self._monotonic() - page.made < self._seconds
        )

    def made(self, key: Key, version: str, etag: str) -> None:
        """A page was made from the fleet of this version."""
        self._pages.pop(key, None)
        self._pages[key] = _Page(version, etag, self._monotonic())
        if len(self._pages) > self._most:
            self._pages.popitem(last=False)


async def unchanged(request: Request, person: Person) -> Response | None:
    """304 where the viewer's browser has this page as it is; None where it has to be made.

    Raises:
        ApiError: what the viewer may see could not be asked.
    """
    # Before anything is read: what moves meanwhile belongs to the next version.
    request.state.version = version = await person.version()
    etag = request.headers.get("if-none-match")
    if not _of(request).has(_key(request, person), version, etag):
        return None
    return Response(status_code=_NOT_MODIFIED, headers=rendering.headers(etag or ""))


def shown(
    request: Request, person: Person, template: str, place: str, context: Mapping[str, Any]
) -> Response:
    """The page, remembered for `unchanged`, which was asked before it was made."""
    framed = {**context, "frame": frame_of(person.viewer, place)}
    answer = rendering.page(request, template, framed)
    if answer.status_code in (_OK, _NOT_MODIFIED):
        _of(request).made(_key(request, person), request.state.version, answer.headers["etag"])
    return answer


def _key(request: Request, person: Person) -> Key:
    address = f"{request.url.path}?{request.url.query}"
    return Key(person.viewer.name, person.viewer.write_token, address)


def _of(request: Request) -> Seen:
    """The memory of this application; made with its first page."""
    state = request.app.state
    if not hasattr(state, "seen"):
        state.seen = Seen()
    seen: Seen = state.seen
    return seen
