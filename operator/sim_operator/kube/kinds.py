"""Our kinds as the API server serves them: one line for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim_operator.api.names import (
    ACCOUNT_KIND,
    ACCOUNT_PLURAL,
    GROUP,
    POLICY_KIND,
    POLICY_PLURAL,
    SIM_KIND,
    SIM_PLURAL,
    VERSION,
)
from sim_operator.domain.resources import AccountRecord, Key, PolicyRecord, SimRecord
from sim_operator.kube.connection import quoted
from sim_operator.kube.records import account_record, policy_record, sim_record

Record = SimRecord | AccountRecord | PolicyRecord

_ROOT = f"/apis/{GROUP}/{VERSION}"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is addressed and read."""

    name: str
    plural: str
    record: Callable[[Mapping[str, Any]], Record]

    def collection(self, namespace: str | None) -> str:
        """The path of a list; None: of all namespaces."""
        if namespace is None:
            return f"{_ROOT}/{self.plural}"
        return f"{_ROOT}/namespaces/{quoted(namespace)}/{self.plural}"

    def item(self, key: Key) -> str:
        """The path of one object."""
        return f"{self.collection(key.namespace)}/{quoted(key.name)}"


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(SIM_KIND, SIM_PLURAL, sim_record),
        Kind(ACCOUNT_KIND, ACCOUNT_PLURAL, account_record),
        Kind(POLICY_KIND, POLICY_PLURAL, policy_record),
    )
}
