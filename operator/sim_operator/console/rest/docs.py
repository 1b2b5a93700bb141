"""`/docs`: the REST API on one page, written by the server.

The usual page for an OpenAPI description is a large script from elsewhere. This one is the same
description as a text, without a script; programs read `/docs/openapi.json`.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)


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
        f"<title>{title}: REST API</title></head><body><main><h1>{title}: REST API</h1>"
        f"<p>{escape(about['description'])}</p>"
        '<p>For programs: <a href="/docs/openapi.json">openapi.json</a>.</p>'
    )
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield from _operation(path, method, operation)
    yield "<h2>Shapes</h2>"
    for name, schema in description["components"]["schemas"].items():
        yield from _shape(name, schema)
    yield "</main></body></html>"


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
    yield f"<p>{escape(operation.get('description') or operation.get('summary') or '')}</p>"
    parameters = operation.get("parameters") or ()
    if parameters:
        yield "<table><thead><tr><th>parameter</th><th>in</th><th>type</th><th>what it is</th>"
        yield "</tr></thead><tbody>"
        for one in parameters:
            yield _row(one["name"], one["in"], _type(one["schema"]), _told(one, one["schema"]))
        yield "</tbody></table>"
    yield "<table><thead><tr><th>answer</th><th>what it is</th></tr></thead><tbody>"
    for code, answer in operation["responses"].items():
        shapes = (_type(one.get("schema", {})) for one in (answer.get("content") or {}).values())
        told = "; ".join(dict.fromkeys(one for one in shapes if one))
        yield _row(code, f"{answer.get('description', '')} {told}".strip())
    yield "</tbody></table>"


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3>'
    yield f"<p>{escape(schema.get('description') or '')}</p>"
    yield "<table><thead><tr><th>field</th><th>type</th><th>what it is</th></tr></thead><tbody>"
    for field, about in (schema.get("properties") or {}).items():
        yield _row(field, _type(about), _told(about, about))
    yield "</tbody></table>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _told(about: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples") or about.get("examples") or ()
    shown = [str(one) for one in examples] if isinstance(examples, list) else []
    default = schema.get("default")
    parts = [
        str(about.get("description") or schema.get("description") or ""),
        f"Default: {default}." if default is not None else "",
        f"Such as {', '.join(shown)}." if shown else "",
    ]
    return " ".join(part for part in parts if part)


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items') or {})}"
    return str(schema.get("format") or schema.get("type") or "")
