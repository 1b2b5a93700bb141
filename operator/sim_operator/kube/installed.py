"""Whether the API server has a kind at all.

A 404 to a list does not say so by itself: whatever stands between may answer the same. What is held
of a kind goes with it, so discovery is asked too, and has to agree.
"""

from sim_operator.api.names import GROUP, VERSION
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import Kind

_GROUPS = "/apis"
_OURS = f"/apis/{GROUP}/{VERSION}"


async def is_installed(api: ApiClient, kind: Kind) -> bool:
    """Ask discovery.

    Raises:
        ApiError: it could not be asked, or what answered is no API server.
    """
    groups = (await api.request("GET", _GROUPS)).body.get("groups")
    if not isinstance(groups, list):
        raise ApiError("discovery lists no API groups")
    if not any(group.get("name") == GROUP for group in groups):
        return False
    try:
        resources = (await api.request("GET", _OURS)).body.get("resources") or ()
    except ApiError as error:
        if not error.not_found:
            raise
        return False
    return any(resource.get("name") == kind.plural for resource in resources)
