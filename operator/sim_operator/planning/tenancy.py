"""Which account a SIM belongs to, and whether it may.

A namespace is not a tenant by itself: the account says which namespaces may use it, and that holds
for the operator's default account too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim_operator.api.names import ReadyReason
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.domain.selector import matches


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a SIM has no account to act through."""

    reason: ReadyReason
    message: str
    account: Key | None = None


NamespaceLabels = Callable[[str], Mapping[str, str] | None]
"""Labels of a namespace; None where they are not known."""


def referred(sim: SimRecord, default_account: Key | None) -> Key | None:
    """The account that the SIM names, or the default one."""
    return sim.spec.account or default_account


def assign(
    sim: SimRecord,
    default_account: Key | None,
    accounts: Mapping[Key, AccountRecord],
    labels_of: NamespaceLabels,
) -> Key | Refusal:
    """The account that acts for the SIM, or why there is none."""
    key = referred(sim, default_account)
    if key is None:
        return Refusal(
            ReadyReason.ACCOUNT_NOT_FOUND,
            "The SIM names no account and the operator has no default account: set "
            "spec.accountRef.",
        )
    account = accounts.get(key)
    if account is None:
        return Refusal(
            ReadyReason.ACCOUNT_NOT_FOUND,
            f"SIMAccount {key} does not exist: create it, or correct spec.accountRef.",
            key,
        )
    if not admits(account, sim.meta.key.namespace, labels_of):
        return Refusal(
            ReadyReason.ACCOUNT_NOT_ALLOWED,
            f"SIMAccount {key} does not allow SIMs of namespace {sim.meta.key.namespace}: "
            "its spec.allowedNamespaces decides.",
            key,
        )
    return key


def admits(account: AccountRecord, namespace: str, labels_of: NamespaceLabels) -> bool:
    """Whether SIMs of `namespace` may use the account; unknown labels admit nobody."""
    allowed = account.spec.allowed_namespaces
    if allowed.from_ == "All" or namespace == account.meta.key.namespace:
        return True
    if allowed.from_ != "Selector" or allowed.selector is None:
        return False
    labels = labels_of(namespace)
    return labels is not None and matches(allowed.selector, labels)
