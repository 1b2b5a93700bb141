"""HTTP to the services of the stack: one request a connection, no proxy, no redirect.

A Service spreads connections over its pods, so each request may reach another one.
"""

import httpx

from sim_operator.installing.checks import Verdict
from sim_operator.installing.complaints import BadInputError

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class NoAnswerError(Exception):
    """A service did not answer as it should; `verdict` has what was found and what to do."""

    def __init__(self, verdict: Verdict) -> None:
        """`verdict` does not hold."""
        super().__init__(verdict.found)
        self.verdict = verdict


def client() -> httpx.AsyncClient:
    """A client for the services of a cluster; SSL_CERT_FILE may name a CA of one's own."""
    return httpx.AsyncClient(
        verify=httpx.create_ssl_context(),
        timeout=_TIMEOUT,
        limits=httpx.Limits(max_connections=16, max_keepalive_connections=0),
        trust_env=False,
        follow_redirects=False,
    )


def url(text: str, option: str) -> httpx.URL:
    """A URL that may be printed.

    Raises:
        BadInputError: it is none, or carries a user or password; `option` names where it stood.
    """
    try:
        parsed = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise BadInputError(f"{option}: it cannot be read as a URL: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadInputError(f"{option}: an absolute http or https URL is wanted.")
    if parsed.userinfo:
        raise BadInputError(f"{option}: the URL carries a user or password; leave them out.")
    return parsed


def below(base: httpx.URL, path: str) -> httpx.URL:
    """A path below a base URL, which may have a path of its own."""
    return base.copy_with(path=f"{base.path.rstrip('/')}/{path.lstrip('/')}", query=None)


def shown(target: httpx.URL) -> str:
    """A URL without its query."""
    return str(target.copy_with(query=None, fragment=None)).rstrip("/")


async def get(
    http: httpx.AsyncClient, target: httpx.URL, accept: str = "*/*", **query: str | int
) -> httpx.Response:
    """The answer of a service.

    Raises:
        NoAnswerError: there is none, or one that is neither 2xx nor 3xx.
    """
    where = shown(target)
    asked = target.copy_merge_params(query) if query else target
    try:
        answer = await http.get(asked, headers={"Accept": accept})
    except httpx.HTTPError as error:
        raise NoAnswerError(_silent(where, error)) from error
    if not 200 <= answer.status_code <= 399:
        raise NoAnswerError(_refused(where, answer.status_code))
    return answer


def _silent(where: str, error: httpx.HTTPError) -> Verdict:
    why = str(error) or type(error).__name__
    match error:
        case httpx.TimeoutException():
            found, advice = (
                f"no answer in time from {where}",
                "See whether its pod is busy, and whether a NetworkPolicy keeps this one out.",
            )
        case httpx.ConnectError():
            found, advice = (
                f"no connection to {where} ({why})",
                "See whether its Service exists and has ready pods: kubectl get "
                "services,endpointslices,pods",
            )
        case _:
            found, advice = f"{where} broke off ({why})", "Read the log of its pod."
    return Verdict(False, found, advice)


def _refused(where: str, code: int) -> Verdict:
    if code == 404:
        advice = "Correct the path, or the path prefix under which the service runs."
    elif code in (401, 403):
        advice = "Give a path that needs no login, such as that of its health."
    elif code == 429:
        advice = "Wait until it takes requests again."
    elif code >= 500:
        advice = "It answers and is not well: read the log of its pod."
    else:
        advice = "Correct the URL."
    return Verdict(False, f"{where} answered {code}", advice)
