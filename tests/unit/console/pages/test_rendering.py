"""Templates: what people wrote is text, whatever it looks like, and an answer knows itself."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import UndefinedError
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request

from sim_operator.console.pages import asking, rendering, sims, statics
from sim_operator.console.pages.frame import Frame
from tests.unit.console.pages.rows import condition, sim

EVIL = "\"><script>alert('x')</script>"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def request(**headers: str) -> Request:
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": told}
    return Request(scope)


def shown(query: str = "") -> dict[str, Any]:
    trouble = condition("Ready", "False", "Failed", EVIL)
    row = sim(label=EVIL, imei=EVIL, labels={"a": EVIL}, conditions=[trouble])
    columns = "&col=label&col=imei&col=reason"
    asked = asking.read(QueryParams(f"q={query}{columns}"))
    return {"frame": Frame("jane", "token", "SIMs"), **sims.context([row], asked)}


def test_what_was_written_by_others_is_shown_as_text() -> None:
    body = bytes(rendering.page(request(), "sims.html", shown()).body).decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert" in body


def test_what_was_typed_comes_back_as_text() -> None:
    body = bytes(rendering.page(request(), "sims.html", shown("%22%3E%3Cscript%3E")).body).decode()
    assert '"><script>' not in body


def test_no_template_has_code_or_style_of_its_own() -> None:
    for name in rendering.templates().list_templates():
        text = rendering.templates().loader.get_source(rendering.templates(), name)[0]  # type: ignore[union-attr]
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script>", text), name
        assert "| safe" not in text, name


def test_a_page_that_the_browser_has_is_not_sent_again() -> None:
    first = rendering.page(request(), "sims.html", shown())
    again = rendering.page(request(if_none_match=first.headers["etag"]), "sims.html", shown())
    assert (again.status_code, again.body) == (304, b"")
    moved = rendering.page(request(if_none_match=first.headers["etag"]), "sims.html", shown("pump"))
    assert moved.status_code == 200


def test_what_a_template_lacks_is_an_error_and_no_gap() -> None:
    with pytest.raises(UndefinedError):
        rendering.page(request(), "sims.html", {"frame": Frame()})


async def test_static_files_are_known_by_name_and_nothing_else() -> None:
    answer = await statics.static("any", "console.js")
    assert answer.media_type == "text/javascript"
    assert "immutable" in answer.headers["cache-control"]
    for name in ("../parts.py", "frame.html", ""):
        with pytest.raises(HTTPException):
            await statics.static("any", name)
