"""Which account a SIM belongs to, and whether it may.

A namespace is not a tenant by itself: the account says which namespaces may use it, and that holds
for the operator's default account too.
"""

from collections.abc import Callable, Container, Mapping
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
    temporary: bool = False
    """It may turn out otherwise by itself: nothing is given up because of it."""


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
    unreadable: Container[Key] = (),
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
    if account is None and key in unreadable:
        return Refusal(
            ReadyReason.ACCOUNT_NOT_READY,
            f"The spec of SIMAccount {key} is not understood by this version of the operator.",
            key,
            temporary=True,
        )
    if account is None:
        return Refusal(
            ReadyReason.ACCOUNT_NOT_FOUND,
            f"SIMAccount {key} does not exist: create it, or correct spec.accountRef.",
            key,
        )
    namespace = sim.meta.key.namespace
    if account.spec.allowed_namespaces.from_ == "Selector" and labels_of(namespace) is None:
        return Refusal(
            ReadyReason.ACCOUNT_NOT_READY,
            f"SIMAccount {key} selects namespaces by label, and the labels of {namespace} are not "
            "known yet.",
            key,
            temporary=True,
        )
    if not admits(account, namespace, labels_of):
        return Refusal(
            ReadyReason.ACCOUNT_NOT_ALLOWED,
            f"SIMAccount {key} does not allow SIMs of namespace {namespace}: "
            "its spec.allowedNamespaces decides.",
            key,
        )
    return key


def admits(account: AccountRecord, namespace: str, labels_of: NamespaceLabels) -> bool:
    """Whether SIMs of `namespace` may use the account; unknown labels admit nobody."""
    allowed = account.spec.allowed_namespaces
    if allowed.from_ == "All":
        return True
    if allowed.from_ == "Same" or allowed.selector is None:
        return namespace == account.meta.key.namespace
    labels = labels_of(namespace)
    return labels is not None and matches(allowed.selector, labels)
