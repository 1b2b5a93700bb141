"""What a refusal of the API server means: whether it passes, and what a person can do about it."""

import math
from dataclasses import dataclass
from typing import Final

from sim_operator.api.names import GROUP
from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError
from sim_operator.kube.kinds import Kind

RIGHTS_GRACE: Final = 10.0
"""Seconds within which the API server has heard of a Role that was made just before."""

_UNTYPED: Final = "failed to create typed patch object"
"""How a field that the schema does not know is refused in a server-side apply: as a 500."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why something was not done."""

    why: str
    """A sentence without its full stop."""
    advice: str
    """What to do where it does not pass by itself: a sentence."""
    patience: float
    """Seconds since the beginning until which it may pass by itself; 0: it does not."""
    pause: float | None = None
    """Seconds until the next attempt, where the API server says so."""


def obstacle(error: ApiError, kind: Kind, key: Key) -> Obstacle:
    """What stands in the way of a write of this object."""
    why = str(error)
    if error.not_found:
        return _missing(why, kind, key)
    if error.forbidden:
        ending = "being terminated" in why
        return Obstacle(
            why,
            f"Wait until the namespace {key.namespace} is gone, and make it anew."
            if ending
            else f"Grant this ServiceAccount the verbs in a Role of the namespace {key.namespace}.",
            0.0 if ending else RIGHTS_GRACE,
        )
    if _UNTYPED in why:
        return Obstacle(why, "Correct the field.", 0.0)
    if error.transient or error.conflict:
        return Obstacle(why, "See why the API server does not answer.", math.inf, error.retry_after)
    return Obstacle(why, "Correct the resource.", 0.0)


def _missing(why: str, kind: Kind, key: Key) -> Obstacle:
    if f'namespaces "{key.namespace}"' in why:
        return Obstacle(
            f"the namespace {key.namespace} does not exist",
            f"Create it: kubectl create namespace {key.namespace}",
            0.0,
        )
    crd = f"{kind.plural}.{GROUP}"
    return Obstacle(
        f"the API server does not serve {kind.name} yet",
        f"Install the CustomResourceDefinition {crd} (crds.enabled in the chart), and see what it "
        f"says: kubectl get crd {crd} -o yaml",
        math.inf,
    )
