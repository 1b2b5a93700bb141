"""What a person can do with a SIM, and what will happen then, said before it is done.

Pure: from rows to sentences. Nothing is promised that the operator may refuse: what is known to
stand in the way is told as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sim_operator.api.choices import SimState
from sim_operator.console.fleet import AccountRow, SimRow
from sim_operator.console.writing.verbs import Verb, effects


@dataclass(frozen=True, slots=True)
class Offer:
    """A verb as the pages show it."""

    verb: Verb
    title: str
    danger: bool = False

    @property
    def name(self) -> str:
        """Its name in addresses."""
        return self.verb.value


OFFERS: Final[Mapping[Verb, Offer]] = MappingProxyType(
    {
        one.verb: one
        for one in (
            Offer(Verb.ENABLE, "Enable"),
            Offer(Verb.DISABLE, "Disable", danger=True),
            Offer(Verb.LABEL, "Change label"),
            Offer(Verb.SUSPEND, "Suspend"),
            Offer(Verb.RESUME, "Resume"),
            Offer(Verb.RECONCILE, "Reconcile now"),
        )
    }
)
OF_MANY: Final = tuple(one for one in OFFERS.values() if one.verb is not Verb.LABEL)
"""Those that can be asked for many SIMs at once; a label belongs to one."""
_MOST_TOLD: Final = 5


def offered(row: SimRow, *, elsewhere: bool) -> tuple[Offer, ...]:
    """What makes sense for this SIM as it is. `elsewhere`: Git owns it."""
    if elsewhere:
        return (OFFERS[Verb.RECONCILE],)
    wanted = row.wished.state or row.state
    switch = Verb.ENABLE if wanted == SimState.DISABLED else Verb.DISABLE
    pause = Verb.RESUME if row.wished.suspended else Verb.SUSPEND
    return tuple(OFFERS[one] for one in (switch, Verb.LABEL, pause, Verb.RECONCILE))


def consequences(verb: Verb, rows: Sequence[SimRow]) -> tuple[str, ...]:
    """What happens when it is confirmed; `rows`: at least one."""
    one = len(rows) == 1
    who = rows[0].name if one else f"each of these {len(rows):,} SIMs"
    it = "it" if one else "them"
    match verb:
        case Verb.ENABLE:
            return (
                f"The resource of {who} will say that its state is Enabled.",
                f"The operator then enables {it} at 1NCE, usually within seconds. From then on "
                "the devices can use their networks, and what they use is paid for.",
            )
        case Verb.DISABLE:
            return (
                f"The resource of {who} will say that its state is Disabled.",
                f"The operator then disables {it} at 1NCE, usually within seconds. The devices "
                "lose their connection until somebody enables them again.",
            )
        case Verb.LABEL:
            return (f"The resource of {who} will name the label, and the operator tells 1NCE.",)
        case Verb.SUSPEND:
            return (
                f"The operator will make no more calls to 1NCE for {who}: nothing is corrected, "
                "and policies switch nothing off.",
                "State and connection stay as they are now.",
            )
        case Verb.RESUME:
            return (
                f"The operator will look after {who} again, and correct at once what differs from "
                "the resource by then.",
            )
        case Verb.RECONCILE:
            return (f"The operator will look at {who} again now. Nothing in its spec changes.",)


def warnings(
    verb: Verb, rows: Sequence[SimRow], accounts: Mapping[str, AccountRow]
) -> tuple[str, ...]:
    """What may keep it from happening, as far as it is known. `accounts`: by `namespace/name`."""
    told: dict[str, list[str]] = {}
    for row in rows:
        for text in effects(row, verb):
            told.setdefault(text, []).append(row.name)
    texts = [text if len(rows) == 1 else f"{_names(names)}: {text}" for text, names in told.items()]
    if verb is Verb.DISABLE:
        texts += [
            f"The account {name} lets at most {accounts[name].max_disables_per_hour} of its SIMs "
            "be switched off in an hour. Those beyond it wait, visibly."
            for name in sorted(
                {row.account for row in rows if row.account is not None} & set(accounts)
            )
        ]
    return tuple(texts)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_TOLD])
    rest = len(names) - _MOST_TOLD
    return f"{shown} and {rest:,} more" if rest > 0 else shown
