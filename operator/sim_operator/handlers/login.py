"""How kopf finds the cluster, and the session with which it watches accounts and policies.

Kopf ends the operator when a watch of its is answered 404. That happens where a CRD is deleted and
a watch asks once more before kopf has heard of it. Its session, made here, tells kopf of a broken
connection instead: it asks again, until it hears that the kind is gone and ends the watch itself.
"""

from typing import Any

import aiohttp
import kopf

from sim_operator.api.names import GROUP, VERSION

_OURS = f"/apis/{GROUP}/{VERSION}/"
_NOT_FOUND = 404


class KindGoneError(aiohttp.ClientConnectionError):
    """The API server does not know a kind; kopf takes it for a connection that broke."""


def register(registry: kopf.OperatorRegistry) -> None:
    """Find the cluster as kubectl does.

    KUBECONFIG or ~/.kube/config, then the pod's ServiceAccount.
    """
    logins = _Logins()

    async def login(**kwargs: Any) -> kopf.AiohttpSession | None:
        found = kopf.login_with_kubeconfig(**kwargs) or kopf.login_with_service_account(**kwargs)
        return None if found is None else logins.session(found)

    kopf.on.login(registry=registry, errors=kopf.ErrorsMode.IGNORED)(login)


class _Logins:
    """Makes the session of what was found, and never two of the same.

    Kopf tells by comparison that it is offered what was refused before, and then ends.
    """

    def __init__(self) -> None:
        self._made: tuple[kopf.ConnectionInfo, kopf.AiohttpSession] | None = None

    def session(self, found: kopf.ConnectionInfo) -> kopf.AiohttpSession:
        if self._made is None or self._made[0] != found:
            self._made = found, _session(found)
        return self._made[1]


def _session(found: kopf.ConnectionInfo) -> kopf.AiohttpSession:
    return kopf.AiohttpSession(
        server=found.server,
        priority=found.priority,
        default_namespace=found.default_namespace,
        expiration=found.expiration,
        aiohttp_session=aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=found.as_ssl_context()),
            headers=found.as_http_headers(),
            proxy=found.proxy_url,
            trust_env=found.trust_env,
            middlewares=(_outliving,),
        ),
    )


async def _outliving(
    request: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Raise where a kind of ours is not there.

    Raises:
        KindGoneError: the answer to a list or watch is 404.
    """
    answer = await ask(request)
    if answer.status == _NOT_FOUND and _OURS in request.url.path:
        answer.close()
        raise KindGoneError(f"the API server knows no {request.url.name} of {GROUP}")
    return answer
