"""Names for SIMs that no resource claims: what people call them, where that can be a name."""

import re
from collections import Counter
from collections.abc import Container, Mapping
from typing import Final

from sim_operator.domain.iccid import Iccid

_LONGEST: Final = 63
"""So that the name can also be the value of a label."""
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_BREAKS: Final = re.compile(r"[\s._/-]+")


def name_of_label(label: str | None) -> str | None:
    """The label in lower case, with dashes for blanks, dots, slashes and underscores.

    None where that makes no DNS name: letters are neither guessed nor dropped, so that two
    labels do not become one name by accident.
    """
    name = _BREAKS.sub("-", (label or "").strip().lower())
    return name if len(name) <= _LONGEST and _NAME.fullmatch(name) else None


def names(labels: Mapping[Iccid, str | None], taken: Container[str]) -> dict[Iccid, str]:
    """A name for each SIM; `taken` are the names of a namespace's SIMs.

    Its label, where it makes a DNS name that is not taken and no other SIM has; else
    `sim-<iccid>`. So the name of a SIM does not depend on which one is looked at first.
    """
    wished = {iccid: name_of_label(label) for iccid, label in labels.items()}
    often = Counter(name for name in wished.values() if name is not None)
    return {
        iccid: name
        if name is not None and often[name] == 1 and name not in taken
        else _by_number(iccid, taken, often)
        for iccid, name in wished.items()
    }


def _by_number(iccid: Iccid, taken: Container[str], wished: Container[str]) -> str:
    name, number = f"sim-{iccid}", 1
    while name in taken or name in wished:
        number += 1
        name = f"sim-{iccid}-{number}"
    return name
