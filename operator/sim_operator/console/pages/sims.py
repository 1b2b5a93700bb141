"""The list of SIMs: what was asked for, found and counted."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from sim_operator.console.fleet import Column, SimRow, found, ordered, paged
from sim_operator.console.pages import columns, verbs, words
from sim_operator.console.pages.asking import NO_POLICY, SIZES, Asked, choices

_RARE = ("reason", "policy", "account", "labels")


def context(rows: Collection[SimRow], asked: Asked) -> Mapping[str, Any]:
    """What the template shows; `rows`: every SIM that the viewer may see."""
    fits = found(rows, asked.wanted)
    states = Counter(row.state for row in fits)
    known = [row.usage.data for row in fits if row.usage is not None and row.usage.data is not None]
    return {
        "asked": asked,
        "page": paged(ordered(fits, asked.order), asked.page, asked.size),
        "visible": len(rows),
        "found_states": [
            (words.state(state), number, asked.address(state=state or "Unknown"))
            for state, number in sorted(states.items(), key=lambda one: one[0] or "~")
        ],
        "found_data": sum(known) if known else None,
        "found_unknown": len(fits) - len(known) if known else 0,
        "namespaces": choices([row.namespace for row in rows]),
        "reasons": choices([one.reason for row in rows for one in row.conditions]),
        "policies": (
            NO_POLICY,
            *choices([row.policy.name for row in rows if row.policy is not None]),
        ),
        "accounts": choices([row.account for row in rows]),
        "sizes": SIZES,
        "offers": verbs.OF_MANY,
        "name_column": Column.NAME,
        "all_columns": tuple(columns.ALL.items()),
        "more": any(asked.texts[name] for name in _RARE) or asked.names != columns.FIRST,
        "turn": lambda page: asked.address(page=page),
    }
