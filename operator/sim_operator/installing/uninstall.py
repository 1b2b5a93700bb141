"""`sim-operator check uninstall`: nothing waits for an operator that is about to go.

A SIM with the finalizer `sim-operator.io/disable` stays until the operator lets it go, and its
CustomResourceDefinition with it. Without an operator both would be stuck for good.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sim_operator.api.choices import PolicyMode
from sim_operator.api.names import (
    ACCOUNT_KIND,
    DISABLE_FINALIZER,
    IN_USE_FINALIZER,
    POLICY_KIND,
    SIM_KIND,
)
from sim_operator.domain.resources import Key
from sim_operator.installing.cluster import Body, objects
from sim_operator.installing.obstacles import RIGHTS_GRACE
from sim_operator.installing.patience import Patience
from sim_operator.installing.running import FAILED, Work, complain, finished
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import JSON, ApiClient, connect
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.listing import METADATA_LIST

USER_AGENT: Final = "sim-operator-check"
_SHOWN: Final = 10
_RETAIN: Final = """'{"spec":{"deletionPolicy":"Retain"}}'"""
_ANYWAY: Final = "`helm uninstall --no-hooks` goes on without this check."


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is of our resources."""

    counts: Counter[str] = field(default_factory=Counter)
    """By kind."""
    waiting_sims: tuple[Key, ...] = ()
    """SIMs that only the operator lets go."""
    waiting_accounts: tuple[Key, ...] = ()
    """Accounts that stay for such SIMs."""
    kept_off: int = 0
    """SIMs that enforcing policies keep off."""

    @property
    def blocks(self) -> bool:
        """Whether something would wait for the operator."""
        return bool(self.waiting_sims or self.waiting_accounts)


def check_uninstall(*, namespaces: Sequence[str], timeout: float) -> int:
    """Say whether the operator and the CRDs may go; the exit code of the process."""

    def prepare() -> Work:
        return lambda: _checked(tuple(namespaces) or (None,), Patience(timeout))

    return finished(prepare)


async def _checked(scopes: Sequence[str | None], patience: Patience) -> int:
    async with connect(user_agent=USER_AGENT) as api:
        while True:
            try:
                remains = await read(api, scopes, patience)
            except ApiError as error:
                passes = error.transient or (error.forbidden and patience.spent < RIGHTS_GRACE)
                if passes and await patience.pause(error.retry_after):
                    continue
                complain(f"What would be left cannot be seen: {error}. {_ANYWAY}")
                return FAILED
            # The operator may be letting go this very moment.
            if not remains.blocks or not await patience.pause():
                break
    if remains.blocks:
        complain(refusal(remains))
        return FAILED
    sys.stdout.write(f"{farewell(remains)}\n")
    return 0


async def read(api: ApiClient, scopes: Sequence[str | None], patience: Patience) -> Remains:
    """Everything in these namespaces; None: in all.

    Raises:
        ApiError: something could not be listed.
    """
    found: dict[str, list[Body]] = {}
    for kind in (SIM_KIND, ACCOUNT_KIND, POLICY_KIND):
        accept = JSON if kind == POLICY_KIND else METADATA_LIST
        found[kind] = [
            body
            for scope in scopes
            for body in await objects(api, KINDS[kind].collection(scope), patience, accept=accept)
        ]
    return Remains(
        counts=Counter({kind: len(bodies) for kind, bodies in found.items()}),
        waiting_sims=_carrying(found[SIM_KIND], DISABLE_FINALIZER),
        waiting_accounts=_carrying(found[ACCOUNT_KIND], IN_USE_FINALIZER),
        kept_off=sum(_kept_off(policy) for policy in found[POLICY_KIND]),
    )


def refusal(remains: Remains) -> str:
    """Why the uninstall has to wait, and what lets everything go."""
    lines: list[str] = []
    sims, accounts = remains.waiting_sims, remains.waiting_accounts
    if sims:
        lines += [
            f"{_number(len(sims), 'SIM')} would be stuck for good, and the "
            f"CustomResourceDefinition with them: they carry the finalizer {DISABLE_FINALIZER}, "
            "which only the operator takes off.",
            *_listed(sims),
            "Let them go while the operator still runs. Either leave the SIMs as they are at 1NCE "
            "(in Git, where the resources come from there):",
            *(
                f"  kubectl patch sims -n {one.namespace} {one.name} --type=merge -p {_RETAIN}"
                for one in sims[:_SHOWN]
            ),
            "or have them disabled at 1NCE, and wait until they are gone:",
            *(f"  kubectl delete sims -n {one.namespace} {one.name}" for one in sims[:_SHOWN]),
        ]
    if accounts:
        after = (
            "They go after the SIMs above."
            if sims
            else (
                "No SIM needs them any more, so the operator should take it off: see whether it "
                "runs."
            )
        )
        lines += [
            f"{_number(len(accounts), 'SIMAccount')} would be stuck as well: they carry the "
            f"finalizer {IN_USE_FINALIZER}. {after}",
            *_listed(accounts),
        ]
    return "\n".join([*lines, "Then uninstall again."])


def farewell(remains: Remains) -> str:
    """What goes with the CustomResourceDefinitions."""
    if not remains.counts.total():
        return "There are no SIMs, SIMAccounts or QuotaPolicies."
    counted = ", ".join(_number(count, kind) for kind, count in remains.counts.items())
    text = (
        f"With the CustomResourceDefinitions go: {counted}. Nothing waits for the operator. "
        "The SIMs stay as they are at 1NCE."
    )
    if remains.kept_off:
        text += (
            f"\n{_number(remains.kept_off, 'SIM')} that a QuotaPolicy keeps off will stay off. To "
            "bring them back, stop here, delete the QuotaPolicies while the operator runs, and "
            "uninstall when the SIMs are enabled."
        )
    return text


def _carrying(bodies: Sequence[Body], finalizer: str) -> tuple[Key, ...]:
    found = [one["metadata"] for one in bodies]
    return tuple(
        sorted(
            Key(one["namespace"], one["name"])
            for one in found
            if finalizer in (one.get("finalizers") or ())
        )
    )


def _kept_off(policy: Body) -> int:
    if (policy.get("spec") or {}).get("mode") != PolicyMode.ENFORCE:
        return 0
    return int((policy.get("status") or {}).get("disabled") or 0)


def _listed(keys: Sequence[Key]) -> list[str]:
    more = len(keys) - _SHOWN
    return [
        *(f"  {one}" for one in keys[:_SHOWN]),
        *([f"  and {more} more: kubectl get sims -A -o wide"] if more > 0 else []),
    ]


def _number(count: int, noun: str) -> str:
    plural = "ies" if noun.endswith("y") else "s"
    return f"{count} {noun if count == 1 else noun.removesuffix('y') + plural}"
