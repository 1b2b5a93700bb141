"""The page of the documentation that lists the REST API, made from its own description.

Written by `python -m sim_operator.console.rest.reference > docs/reference/rest-api.md`.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sim_operator.console.application import routes
from sim_operator.console.rest.describing import told, type_of

_HEAD: Final = """\
# REST API of the console

Generated from its OpenAPI description; changes by hand are lost.

The console serves the whole description, with every field, at `/docs`, and for programs at
`/docs/openapi.json`. How it is installed: [Open the console](../how-to/open-the-console.md).

- **Who you are.** A Kubernetes bearer token in the header `Authorization`; a browser has the
  cookie of `/signin`. `/health` and `/docs` need neither.
- **What you see.** What you may `list` in Kubernetes, namespace by namespace. One object is read,
  and every change made, as you: RBAC decides, and the audit log has your name.
- **Units.** Data in bytes, SMS in messages, moments in RFC 3339, days in UTC. `null` is not known,
  and never a zero.
- **Again and again.** Every read has an `ETag`; with `If-None-Match` the answer is 304 while
  nothing that you see has changed. One caller may ask 20 times a second, and 100 times at once
  after a pause.
- **Changes.** A browser sends the header `X-CSRF-Token` that `/api/v1/me` tells; a bearer token
  needs none.

"""
_ERRORS: Final = """\
## Errors

`application/problem+json` (RFC 9457). `type` is `urn:sim-operator:problem:` and one of these names;
`detail` says what to do next.

| name | status | when |
|---|---|---|
| `unauthenticated` | 401 | No token, one that has ended, or a session that has. |
| `forbidden` | 403 | RBAC does not allow it, in the words of the API server. |
| `write-token`, `cross-site` | 403 | A write without the token of its page, or by another site. |
| `not-found` | 404 | There is none, or no such address. |
| `no-history` | 404 | The console keeps no history. |
| `changed-meanwhile` | 409 | The SIM is not any more as you saw it. |
| `managed-elsewhere` | 409 | Git has it; `owner` and `sources` say where to edit. |
| `too-large` | 413 | More than 64 KiB. |
| `invalid-request` | 400, 422 | A part of the request does not fit; `errors` says which. |
| `refused` | 422 | The schema of the resource does not allow it. |
| `too-many-requests` | 429 | Wait as `Retry-After` says. |
| `unavailable`, `history-unavailable`, `busy` | 503 | Later; `Retry-After` says when. |
"""


def page() -> str:
    """The whole page, in Markdown."""
    description = routes().openapi()
    schemas = description["components"]["schemas"]
    parts = [_HEAD]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            parts.extend(_operation(path, method, operation, schemas))
    return "".join((*parts, _ERRORS))


def _operation(
    path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[str]:
    yield f"## `{method.upper()} {path}`\n\n{operation['description']}\n\n"
    parameters = operation.get("parameters") or ()
    if parameters:
        yield "| parameter | in | type | what it is |\n|---|---|---|---|\n"
        for one in parameters:
            what = told(one, one["schema"]).replace("|", "\\|")
            kind = type_of(one["schema"], schemas)
            yield f"| `{one['name']}` | {one['in']} | {kind} | {what} |\n"
        yield "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
