"""The token endpoint: Basic credentials and a JSON body; every refusal is a 400."""

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from .call import call_of, world_of
from .replies import json_reply, oauth_error
from .tokens import Refusal, basic_pair

router = APIRouter()


@router.post("/oauth/token")
async def token(request: Request) -> Response:
    """A new token, or the documented reason why not."""
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        return oauth_error("UnsupportedContentTypeError", "Content-Type not supported")
    user, password = basic_pair(request.headers.get("authorization", ""))
    for name, value in (("username", user), ("password", password)):
        if not value:
            message = f"Auth header validation error: Missing attributes '{name}'"
            return oauth_error("AuthValidationError", message)
    problem = _body_problem(await request.body())
    if problem:
        return oauth_error("BodyValidationError", f"Request body validation error: {problem}")
    office, call = world_of(request).tokens, call_of(request)
    answer = office.grant(user, password)
    if isinstance(answer, Refusal):
        return oauth_error(answer.error_code, answer.message)
    access_token, grant = answer
    call.token = grant.fingerprint
    body = {
        "status_code": 200,
        "access_token": access_token,
        "token_type": "bearer",
        "expires_in": int(office.lifetime) if office.lifetime >= 1 else 1,
        "userId": "user",
        "scope": "all",
    }
    return json_reply(body)


def _body_problem(raw: bytes) -> str | None:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict) or "grant_type" not in body:
        return "Missing attributes 'grant_type'"
    return None if body["grant_type"] == "client_credentials" else "Invalid attributes 'grant_type'"
