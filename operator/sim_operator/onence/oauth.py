"""How 1NCE is asked for a token, and what its answers mean.

A token that is refused says something about the account and nothing about a SIM: a 404 here must
never be taken for a SIM that is gone, so it becomes `REFUSED`, as does a 403 or a 422.
"""

import base64
import json
import re
from functools import cached_property
from urllib.parse import quote, quote_plus

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.onence import faults, wire
from sim_operator.onence.exchange import Answer, Exchange, Outgoing
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.meter import Operation
from sim_operator.onence.token import Grant

LIFETIME_WHEN_UNSAID_SECONDS = 600.0

_TOKEN = re.compile(r"[\x21-\x7e]+")
_OUR_FAULT = frozenset({"BodyValidationError", "UnsupportedContentTypeError"})
"""Error codes that no other credentials would help against."""
_ABOUT_THE_CALL = frozenset(
    {FailureKind.FORBIDDEN, FailureKind.NOT_FOUND, FailureKind.EXPIRED, FailureKind.AMBIGUOUS}
)


class Credentials:
    """A client id and its secret; shows neither the secret nor what is made of it."""

    def __init__(self, client_id: str, secret: str) -> None:
        """Keep both."""
        self._client_id = client_id
        self._secret = secret

    @property
    def authorization(self) -> str:
        """The header that asks for a token."""
        pair = f"{self._client_id}:{self._secret}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def redacted(self, text: str) -> str:
        """Foreign text without the secret, should 1NCE or a proxy echo it in whatever form."""
        for shown in self._shown:
            text = text.replace(shown, "…")
        return text

    @cached_property
    def _shown(self) -> tuple[str, ...]:
        """How the secret may be written; the longest first, since one may be part of another."""
        secret = self._secret.encode()
        forms = {
            self._secret,
            json.dumps(self._secret)[1:-1],
            json.dumps(self._secret, ensure_ascii=False)[1:-1],
            quote(self._secret),
            quote(self._secret, safe=""),
            quote_plus(self._secret),
            base64.b64encode(secret).decode(),
            base64.urlsafe_b64encode(secret).decode(),
            self.authorization.removeprefix("Basic "),
        }
        return tuple(sorted(filter(None, forms), key=len, reverse=True))


async def fetch_token(exchange: Exchange, credentials: Credentials, *, total: float) -> Grant:
    """Ask once, `total` seconds at most.

    Raises:
        OnenceError: of a kind that says nothing about any SIM.
    """
    outgoing = Outgoing(
        Operation.OAUTH_TOKEN, "POST", "/oauth/token", body={"grant_type": "client_credentials"}
    )
    answer = await exchange.send(outgoing, credentials.authorization, total=total)
    failure = refusal(answer, credentials)
    if failure is not None:
        raise OnenceError(failure)
    granted = grant(exchange.json(outgoing, answer))
    if granted is None:
        raise exchange.unusable(outgoing, answer, "the body holds no usable token")
    return granted


def grant(body: object) -> Grant | None:
    """What an answer grants; None where it holds no token that fits into a header."""
    members = wire.fields(body)
    value = members.get("access_token")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        return None
    lifetime = wire.number(members.get("expires_in"))
    if lifetime is None or lifetime <= 0:
        lifetime = LIFETIME_WHEN_UNSAID_SECONDS
    return Grant(value, lifetime)


def refusal(answer: Answer, credentials: Credentials) -> Failure | None:
    """The failure that an answer means; None for 2xx. To bad credentials 1NCE says 400, not 401."""
    failure = faults.from_status(
        Operation.OAUTH_TOKEN,
        answer.status,
        answer.headers,
        answer.body,
        write=False,
        redacted=credentials.redacted,
    )
    if failure is None:
        return None
    kind = failure.kind
    code = faults.member(answer.body, "errorCode") or faults.member(answer.body, "error_token")
    if answer.status == 400 and code is not None and code not in _OUR_FAULT:
        kind = FailureKind.BAD_CREDENTIALS
    elif kind in _ABOUT_THE_CALL:
        kind = FailureKind.REFUSED
    return Failure(kind, failure.message, failure.status, failure.retry_after)
