"""Where the cluster is and who we are there, from a kubeconfig or from the pod's own files.

The library reads a kubeconfig almost as kubectl does. Three things differ and are put right here:
it looks at KUBECONFIG when it is imported, it lets the last file decide the current context instead
of the first, and it never reads a rotated token again.
"""

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes.aio import client as library
from kubernetes.aio import config as library_config

from sim_operator.kube.credentials import Renewal

logger = logging.getLogger(__name__)

_HOST = "KUBERNETES_SERVICE_HOST"


class NoClusterError(Exception):
    """There is no way to an API server; the message says what was looked at."""


async def configured(token_lifetime: float, monotonic: Callable[[], float]) -> Any:
    """The library's configuration, whose credentials renew themselves.

    Raises:
        NoClusterError: nothing says where the cluster is, or what says so cannot be read.
    """
    given = os.environ.get("KUBECONFIG", "")
    home = home_kubeconfig()
    if given or home.is_file():
        return await _from_kubeconfig(given or str(home), token_lifetime, monotonic)
    if not os.environ.get(_HOST):
        raise NoClusterError(
            f"no cluster: KUBECONFIG is not set, {home} does not exist, and this is no pod "
            f"({_HOST} is not set)"
        )
    return await _renewed(_from_pod, token_lifetime, monotonic)


async def _renewed(
    load: Callable[[], Awaitable[Any]], token_lifetime: float, monotonic: Callable[[], float]
) -> Any:
    async def read() -> Mapping[str, str]:
        try:
            keys: Mapping[str, str] = (await load()).api_key
        except NoClusterError as error:
            # A file that is being replaced: what is known may do until it is read again.
            logger.warning("credentials could not be read again: %s", error)
            return {}
        return keys

    configuration = await load()
    configuration.refresh_api_key_hook = Renewal(read, token_lifetime, monotonic)
    return configuration


async def _from_pod() -> Any:
    configuration = _empty()
    try:
        library_config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]  # the library's own gap
    except (library_config.ConfigException, OSError) as error:
        raise NoClusterError(f"the pod's service account cannot be used: {error}") from error
    return configuration


def home_kubeconfig() -> Path:
    """Where the user's own kubeconfig would be; a user without a home has none there."""
    try:
        return Path.home() / ".kube" / "config"
    except RuntimeError:
        # HOME is not set and the user id is not in /etc/passwd, as a platform may choose for a pod.
        return Path("/") / ".kube" / "config"


async def _from_kubeconfig(
    paths: str, token_lifetime: float, monotonic: Callable[[], float]
) -> Any:
    context = _current_context(paths)

    async def load() -> Any:
        loaded = _empty()
        load_kube_config: Any = library_config.load_kube_config
        try:
            await load_kube_config(
                config_file=paths,
                context=context,
                client_configuration=loaded,
                # With True the library writes refreshed tokens into the user's file.
                persist_config=False,
            )
        except (library_config.ConfigException, OSError, yaml.YAMLError) as error:
            raise NoClusterError(f"kubeconfig {paths} cannot be used: {error}") from error
        return loaded

    return await _renewed(load, token_lifetime, monotonic)


def _empty() -> Any:
    configuration: Any = library.Configuration()
    # Repeating is the caller's decision.
    configuration.retries = None
    configuration.client_go_retries = False
    return configuration


def _current_context(paths: str) -> str:
    seen = []
    for text in filter(None, paths.split(os.pathsep)):
        path = Path(text).expanduser()
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise NoClusterError(f"kubeconfig {path} cannot be read: {error}") from error
        if not isinstance(content, dict):
            raise NoClusterError(f"kubeconfig {path} is not a kubeconfig")
        seen.append(str(path))
        if content.get("current-context"):
            return str(content["current-context"])
    if not seen:
        raise NoClusterError(f"kubeconfig {paths} does not exist")
    raise NoClusterError(f"kubeconfig {paths} names no current-context")
