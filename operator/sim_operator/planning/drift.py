"""Where 1NCE differs from what a resource says, field by field."""

from collections.abc import Iterable
from dataclasses import dataclass

from sim_operator.domain.resources import SimSpec
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.domain.states import ImeiLock, SimState

FIELDS = ("state", "label", "imeiLock")
"""The fields that can be written, by their names in the resource."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One field that differs; `found` is None where 1NCE did not say."""

    field: str
    found: str | None
    wanted: str

    def __str__(self) -> str:
        """For a condition message: the difference as a person would say it."""
        found = "not reported by 1NCE" if self.found is None else shown(self.found)
        return f"{self.field} is {found}, wanted {shown(self.wanted)}"


def shown(value: str) -> str:
    """A value in a sentence; an empty label is not lost between two spaces."""
    return value or '""'


def value_of(sim: ObservedSim, field: str) -> str | None:
    """What 1NCE says of a writable field."""
    if field == "state":
        return sim.state
    return sim.label if field == "label" else sim.imei_lock


def wish_of(write: SimWrite, field: str) -> str | None:
    """What a write says of a field."""
    if field == "state":
        return write.state
    return write.label if field == "label" else write.imei_lock


def wishes(spec: SimSpec) -> SimWrite:
    """Everything that the resource manages."""
    return SimWrite(spec.state, spec.label, spec.imei_lock)


def drifts(sim: ObservedSim, wanted: SimWrite) -> tuple[Drift, ...]:
    """The managed fields that differ, in the order of FIELDS."""
    found: list[Drift] = []
    for name in FIELDS:
        wish = wish_of(wanted, name)
        value = value_of(sim, name)
        if wish is not None and value != wish:
            found.append(Drift(name, value, wish))
    return tuple(found)


def correction(found: Iterable[Drift]) -> SimWrite:
    """The write that ends these differences."""
    wanted = {drift.field: drift.wanted for drift in found}
    state, lock = wanted.get("state"), wanted.get("imeiLock")
    return SimWrite(
        state=SimState(state) if state else None,
        label=wanted.get("label"),
        imei_lock=ImeiLock(lock) if lock else None,
    )
