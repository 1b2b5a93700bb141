"""What of a cluster is to be exported."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.domain.selector import matches
from sim_operator.exporting.complaints import BadInputError
from sim_operator.kube.records import UnreadableSpecError, policy_record, sim_record
from sim_operator.planning.tenancy import referred

Bodies = Mapping[str, list[dict[str, Any]]]
"""Objects as the API server sent them, by kind."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A namespace, an account, or (neither) everything."""

    namespace: str | None = None
    account: Key | None = None

    def __str__(self) -> str:
        """In the words of a sentence."""
        if self.account is not None:
            return f"for SIMAccount {self.account}"
        return f"in namespace {self.namespace}" if self.namespace else "in any namespace"


def of_account(bodies: Bodies, account: Key, default_account: Key | None) -> Bodies:
    """An account, the SIMs that use it, and the policies that select one of them.

    Raises:
        BadInputError: a spec cannot be read, so nobody can tell whether it belongs there.
    """
    try:
        sims = [
            body
            for body in bodies[SIM_KIND]
            if referred(sim_record(body), default_account) == account
        ]
        labels: dict[str, list[Mapping[str, str]]] = {}
        for body in sims:
            told = body["metadata"].get("labels") or {}
            labels.setdefault(body["metadata"]["namespace"], []).append(told)
        policies = [body for body in bodies[POLICY_KIND] if _selects(body, labels)]
    except UnreadableSpecError as error:
        raise BadInputError(
            f"{error}: this version cannot tell which account that belongs to. Correct it, or "
            "export the namespace."
        ) from error
    return {
        SIM_KIND: sims,
        POLICY_KIND: policies,
        ACCOUNT_KIND: [body for body in bodies[ACCOUNT_KIND] if key_of(body) == account],
    }


def _selects(policy: Mapping[str, Any], labels: Mapping[str, list[Mapping[str, str]]]) -> bool:
    selector = policy_record(policy).spec.selector
    there = labels.get(policy["metadata"]["namespace"]) or ()
    return any(matches(selector, one) for one in there)


def key_of(body: Mapping[str, Any]) -> Key:
    """Namespace and name of an object."""
    return Key(body["metadata"]["namespace"], body["metadata"]["name"])
