"""Whether a resource is Ready."""

from dataclasses import dataclass
from typing import Any, Final

from sim_operator.api.names import (
    ACCOUNT_KIND,
    ConditionStatus,
    ConditionType,
    ReadyReason,
)
from sim_operator.domain.resources import Key
from sim_operator.installing.checks import Verdict
from sim_operator.installing.cluster import LONGEST_REQUEST, Body
from sim_operator.installing.obstacles import RIGHTS_GRACE
from sim_operator.installing.patience import Patience
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import Kind

_NO_STATUS: Final = (
    "See whether the operator runs, leads, and watches this namespace "
    "(SIM_OPERATOR_WATCH_NAMESPACES): its log says so."
)


@dataclass(frozen=True, slots=True)
class ReadyCheck:
    """A SIM or SIMAccount that has to become Ready."""

    api: ApiClient
    kind: Kind
    key: Key
    patience: Patience

    @property
    def name(self) -> str:
        """`SIMAccount plant-a/default`."""
        return f"{self.kind.name} {self.key}"

    async def look(self) -> Verdict:
        """Read it once."""
        body = await self.read()
        return body if isinstance(body, Verdict) else readiness(self.kind, self.key, body)

    async def read(self) -> Body | Verdict:
        """The object, or why it was not read."""
        timeout = self.patience.share(LONGEST_REQUEST)
        try:
            return (await self.api.request("GET", self.kind.item(self.key), timeout=timeout)).body
        except ApiError as error:
            if error.not_found:
                return Verdict(
                    False,
                    "it does not exist",
                    f"See what there is: kubectl get {self.kind.plural} -n {self.key.namespace}",
                )
            return unread(error, self.key.namespace, self.patience)

    async def explain(self) -> str:
        """What the last look said."""
        return ""


def readiness(kind: Kind, key: Key, body: Body) -> Verdict:
    """Whether the operator says, of the object as it is now, that it is Ready."""
    condition = ready_condition(body)
    if not condition:
        return Verdict(False, "it has no status yet", _NO_STATUS)
    told = f"{condition.get('reason')}: {condition.get('message')}"
    if condition.get("observedGeneration") != body["metadata"].get("generation"):
        return Verdict(False, f"its status is of an earlier generation ({told})", _NO_STATUS)
    if condition.get("status") == ConditionStatus.TRUE:
        return Verdict(True, f"Ready, {told}")
    return Verdict(False, f"not Ready, {told}", _advice(kind, key, str(condition.get("reason"))))


def ready_condition(body: Body) -> dict[str, Any]:
    """The Ready condition of an object; empty where there is none."""
    conditions = (body.get("status") or {}).get("conditions") or ()
    return next((dict(one) for one in conditions if one.get("type") == ConditionType.READY), {})


def unread(error: ApiError, namespace: str, patience: Patience) -> Verdict:
    """What it means that something was not read."""
    if error.forbidden:
        return Verdict(
            False,
            str(error),
            f"Grant this ServiceAccount that right in a Role of the namespace {namespace}.",
            final=patience.spent >= RIGHTS_GRACE,
        )
    return Verdict(False, str(error), "See why the API server does not answer.")


def _advice(kind: Kind, key: Key, reason: str) -> str:
    if kind.name != ACCOUNT_KIND and reason == ReadyReason.ACCOUNT_NOT_READY:
        return "See to its SIMAccount first: kubectl get simaccounts -A"
    return f"Read its events: kubectl describe {kind.plural} -n {key.namespace} {key.name}"
