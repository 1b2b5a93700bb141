"""`/docs`: the REST API on one page, written by the server.

The usual page for an OpenAPI description is a large script from elsewhere. This one is the same
description as a text, without a script; programs read `/docs/openapi.json`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from sim_operator.console.pages.rendering import templates
from sim_operator.console.rest.describing import told, type_of

router = APIRouter(include_in_schema=False)

_UNSAID: Final = "Successful Response"
"""What FastAPI says of an answer of which nothing is said."""
_PROBLEM: Final = "application/problem+json"

Json = Mapping[str, Any]


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The page; it tells shapes and nothing of the fleet, so it needs no sign-in."""
    context = described(request.app.openapi())
    return HTMLResponse(templates().get_template("api.html").render(context))


def described(description: Json) -> dict[str, Any]:
    """What the page shows of an OpenAPI description."""
    schemas = description["components"]["schemas"]
    return {
        "title": f"{description['info']['title']} {description['info']['version']}",
        "about": description["info"]["description"].strip().split("\n\n"),
        "operations": [
            _operation(path, method, operation, schemas)
            for path, methods in description["paths"].items()
            for method, operation in methods.items()
        ],
        "shapes": [_shape(name, one) for name, one in schemas.items() if "properties" in one],
    }


def _operation(path: str, method: str, operation: Json, schemas: Json) -> dict[str, Any]:
    body = operation.get("requestBody") or {}
    return {
        "id": f"{method}-{path.strip('/').translate(str.maketrans('/', '-', '{}'))}",
        "request": f"{method.upper()} {path}",
        "summary": operation["summary"],
        "description": operation["description"].split("\n\n"),
        "parameters": [
            {
                "name": one["name"],
                "place": one["in"],
                "type": type_of(one["schema"], schemas),
                "told": told(one, one["schema"]),
            }
            for one in operation.get("parameters") or ()
        ],
        "body": _named((body.get("content") or {}).values(), schemas),
        "body_is_optional": not body.get("required", False),
        "answers": [
            _answer(code, one, schemas) for code, one in sorted(operation["responses"].items())
        ],
    }


def _answer(code: str, answer: Json, schemas: Json) -> dict[str, Any]:
    content = answer.get("content") or {}
    shape = _named(content.values(), schemas)
    said = answer["description"]
    if said == _UNSAID:
        said = schemas[shape]["description"] if shape is not None else "What was asked for."
    return {"code": code, "told": said, "shape": shape, "problem": _PROBLEM in content}


def _named(bodies: Iterable[Json], schemas: Json) -> str | None:
    """The shape that a body has, where it has a name."""
    names = (type_of(one.get("schema") or {}).partition(" or ")[0] for one in bodies)
    return next((name for name in names if name in schemas), None)


def _shape(name: str, schema: Json) -> dict[str, Any]:
    return {
        "name": name,
        "about": schema["description"],
        "fields": [
            {"name": field, "type": type_of(about), "told": told(about, about)}
            for field, about in schema["properties"].items()
        ],
    }
