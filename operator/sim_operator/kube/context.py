"""The namespace that kubectl would work in, from the kubeconfig's current context."""

import os
from pathlib import Path
from typing import Any

import yaml

from sim_operator.kube.configuration import home_kubeconfig
from sim_operator.kube.connection import default_namespace


def context_namespace() -> str:
    """The namespace of the current context; without a kubeconfig that of the pod.

    `default` where nothing says any. Files that cannot be read are passed over: whoever connects
    says what is wrong with them.
    """
    paths = os.environ.get("KUBECONFIG", "")
    home = home_kubeconfig()
    if not paths and not home.is_file():
        return default_namespace()
    current, contexts = None, dict[str, str]()
    for text in filter(None, (paths or str(home)).split(os.pathsep)):
        told = _read(Path(text).expanduser())
        current = current or told.get("current-context")
        for one in told.get("contexts") or ():
            # Of several files the first that names a context says what it is.
            namespace = (one.get("context") or {}).get("namespace")
            contexts.setdefault(str(one.get("name")), str(namespace or ""))
    return contexts.get(str(current)) or "default"


def _read(path: Path) -> dict[str, Any]:
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return told if isinstance(told, dict) else {}
