"""Basic authentication, in a time that does not depend on what was presented."""

import base64
import binascii
import hmac
from hashlib import sha256

from sim_operator.hooks.intake import StreamCredentials

CHALLENGE = 'Basic realm="sim-operator", charset="UTF-8"'
_NOBODY = StreamCredentials("", "")


def matches(wanted: StreamCredentials | None, authorization: str | None) -> bool:
    """Whether the header presents these credentials; None matches nothing, as slowly."""
    expected = wanted or _NOBODY
    username, password = _presented(authorization)
    # Digests, so that the comparison tells not even a length; & instead of and, so that a wrong
    # user name costs as much as a wrong password.
    same = _equal(username, expected.username) & _equal(password, expected.password)
    return same and bool(expected.username) and bool(expected.password)


def _equal(presented: bytes, expected: str) -> bool:
    digest = sha256(expected.encode("utf-8")).digest()
    return hmac.compare_digest(sha256(presented).digest(), digest)


def _presented(authorization: str | None) -> tuple[bytes, bytes]:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        pair = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b"", b""
    username, _, password = pair.partition(b":")
    return username, password
