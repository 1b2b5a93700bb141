"""`/docs`: the REST API on one page, written by the server.

The usual page for an OpenAPI description is a large script from elsewhere. This one is the same
description as a text, without a script; programs read `/docs/openapi.json`.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from sim_operator.console.pages.rendering import static_address
from sim_operator.console.rest.describing import told, type_of

router = APIRouter(include_in_schema=False)

_STYLES: Final = ("base.css", "parts.css")


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The page; it tells shapes and nothing of the fleet, so it needs no sign-in."""
    return HTMLResponse("".join(_page(request.app.openapi())))


def _page(description: Mapping[str, Any]) -> Iterator[str]:
    about = description["info"]
    title = f"{escape(about['title'])} {escape(about['version'])}"
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}: REST API</title>{''.join(map(_style, _STYLES))}</head>"
        f'<body><main><h1>{title}: REST API</h1><section class="sheet">'
        f"<p>{escape(about['description'])}</p>"
        '<p>For programs: <a href="/docs/openapi.json">openapi.json</a>.</p></section>'
    )
    schemas = description["components"]["schemas"]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield from _operation(path, method, operation, schemas)
    yield "<h2>Shapes</h2>"
    for name, schema in schemas.items():
        if "properties" in schema:
            yield from _shape(name, schema)
    yield "</main></body></html>"


def _operation(
    path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[str]:
    yield f'<section class="sheet"><h2><code>{method.upper()} {escape(path)}</code></h2>'
    yield f"<p>{escape(operation.get('description') or operation.get('summary') or '')}</p>"
    parameters = operation.get("parameters") or ()
    if parameters:
        yield "<table><thead><tr><th>parameter</th><th>in</th><th>type</th><th>what it is</th>"
        yield "</tr></thead><tbody>"
        for one in parameters:
            yield _row(
                one["name"], one["in"], type_of(one["schema"], schemas), told(one, one["schema"])
            )
        yield "</tbody></table>"
    yield "<table><thead><tr><th>answer</th><th>what it is</th></tr></thead><tbody>"
    for code, answer in operation["responses"].items():
        shapes = (type_of(one.get("schema", {})) for one in (answer.get("content") or {}).values())
        bodies = "; ".join(dict.fromkeys(one for one in shapes if one))
        yield _row(code, f"{answer.get('description', '')} {bodies}".strip())
    yield "</tbody></table></section>"


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<section class="sheet"><h3 id="{escape(name)}">{escape(name)}</h3>'
    yield f"<p>{escape(schema.get('description') or '')}</p>"
    yield "<table><thead><tr><th>field</th><th>type</th><th>what it is</th></tr></thead><tbody>"
    for field, about in (schema.get("properties") or {}).items():
        yield _row(field, type_of(about), told(about, about))
    yield "</tbody></table></section>"


def _style(name: str) -> str:
    return f'<link rel="stylesheet" href="{static_address(name)}">'


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
