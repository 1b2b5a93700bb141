"""What a person can do with a SIM, and what will happen then, said before it is done.

Pure: from a row to sentences. Nothing is promised that the operator may refuse: guards, policies
and modes have their say, and each that is known is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sim_operator.api.choices import AccountMode, ManagementPolicy, SimState
from sim_operator.console.fleet import AccountRow, SimRow


@dataclass(frozen=True, slots=True)
class Verb:
    """Something to do; the name is the one of the REST API."""

    name: str
    title: str
    danger: bool = False


ENABLE: Final = Verb("enable", "Enable")
DISABLE: Final = Verb("disable", "Disable", danger=True)
LABEL: Final = Verb("label", "Change label")
SUSPEND: Final = Verb("suspend", "Suspend")
RESUME: Final = Verb("resume", "Resume")
RECONCILE: Final = Verb("reconcile", "Reconcile now")
VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {one.name: one for one in (ENABLE, DISABLE, LABEL, SUSPEND, RESUME, RECONCILE)}
)


def offered(row: SimRow, *, elsewhere: bool) -> tuple[Verb, ...]:
    """What makes sense for this SIM as it is. `elsewhere`: Git owns it."""
    if elsewhere:
        return (RECONCILE,)
    wanted = row.wished.state or row.state
    switch = ENABLE if wanted == SimState.DISABLED else DISABLE
    pause = RESUME if row.wished.suspended else SUSPEND
    return (switch, LABEL, pause, RECONCILE)


def consequences(verb: Verb, rows: Sequence[SimRow]) -> tuple[str, ...]:
    """What happens when it is confirmed."""
    one = len(rows) == 1
    who = rows[0].name if one else f"each of these {len(rows):,} SIMs"
    it = "it" if one else "them"
    match verb.name:
        case ENABLE.name:
            return (
                f"The resource of {who} will say that its state is Enabled.",
                f"The operator then enables {it} at 1NCE, usually within seconds. From then on "
                "the devices can use their networks, and what they use is paid for.",
            )
        case DISABLE.name:
            return (
                f"The resource of {who} will say that its state is Disabled.",
                f"The operator then disables {it} at 1NCE, usually within seconds. The devices "
                "lose their connection until somebody enables them again.",
            )
        case LABEL.name:
            return (f"The resource of {who} will name the label, and the operator writes it to 1NCE.",)
        case SUSPEND.name:
            return (
                f"The operator will make no more calls to 1NCE for {who}: nothing is corrected, "
                "and policies switch nothing off.",
                "State and connection stay as they are now.",
            )
        case RESUME.name:
            return (
                f"The operator will look after {who} again. What differs from the resource by then "
                "is corrected at once.",
            )
        case _:
            return (f"The operator will look at {who} again now. No field of the resource changes.",)


def warnings(
    verb: Verb, rows: Sequence[SimRow], accounts: Mapping[str, AccountRow]
) -> tuple[str, ...]:
    """What may keep it from happening, as far as it is known. `accounts`: by `namespace/name`."""
    if verb in (SUSPEND, RECONCILE):
        return ()
    told = []
    if verb is not RESUME and (number := sum(row.wished.suspended for row in rows)):
        told.append(f"{_which(rows, number)} suspended: nothing reaches 1NCE until it is resumed.")
    if number := sum(row.wished.management == ManagementPolicy.OBSERVE for row in rows):
        told.append(
            f"{_which(rows, number)} only observed (managementPolicy: Observe): the operator will "
            "show the difference and write nothing."
        )
    if verb is ENABLE and (held := [row for row in rows if row.policy and row.policy.hold]):
        names = ", ".join(sorted({row.policy.name for row in held if row.policy}))
        told.append(
            f"{_which(rows, len(held))} kept off by the policy {names}. It stays off until the "
            "hold ends: with the next period, or when the limit is raised."
        )
    for name in sorted({row.account for row in rows if row.account}):
        account = accounts.get(name)
        if account is None:
            continue
        if account.mode != AccountMode.ACTIVE:
            told.append(f"The account {name} is in mode {account.mode}: nothing is written to 1NCE.")
        elif verb is DISABLE:
            told.append(
                f"The account {name} lets at most {account.max_disables_per_hour} of its SIMs be "
                "switched off in an hour. Those beyond it wait, visibly."
            )
    return tuple(told)


def _which(rows: Sequence[SimRow], number: int) -> str:
    if len(rows) == 1:
        return "This SIM is"
    return f"{number:,} of them are" if number > 1 else "1 of them is"
