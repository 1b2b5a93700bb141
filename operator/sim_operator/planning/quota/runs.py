"""One SIM in a replay: what it used in fact, and what it would have used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sim_operator.api.choices import PolicyAction
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import DayUsage
from sim_operator.planning.quota.members import Standing


@dataclass(frozen=True, slots=True)
class Subject:
    """A SIM that the policy selects, with what it used in fact."""

    key: Key
    account: Key | None
    days: Mapping[date, DayUsage]
    """Whole UTC days; a day that is absent, or None in it, is not known."""
    standing: Standing = Standing.ENFORCED

    @property
    def is_known(self) -> bool:
        """Whether there is any figure."""
        return any(one.data is not None or one.sms is not None for one in self.days.values())


@dataclass(slots=True)
class Run:
    """The state of one SIM; all figures but `off` and `waits` are of the present period."""

    subject: Subject
    off: bool = False
    """Off by the policy."""
    waits: bool = False
    """It has a place, and the account's guard holds it back."""
    last: PolicyAction | None = None
    guard: str | None = None
    """The guard that was told of last."""
    step: int = 0
    """The highest warning step that was told of."""
    data: int | None = None
    """Bytes used while it was on; None: no day is known."""
    sms: int | None = None
    saved_data: int = 0
    saved_sms: int = 0
    days_off: int = 0
    idle_off: int = 0
    was_warned: bool = False
    was_disabled: bool = False
    was_held: bool = False

    def begin(self, *, releases: bool) -> None:
        """A period begins; `releases`: what was off is on again."""
        self.off = self.off and not releases
        self.waits, self.last, self.guard, self.step = False, None, None, 0
        self.data = self.sms = None
        self.saved_data = self.saved_sms = self.days_off = self.idle_off = 0
        self.was_warned = self.was_disabled = self.was_held = False

    def use(self, day: date) -> None:
        """What the SIM did on a day: used, or, while it is off, would have used."""
        figures = self.subject.days.get(day)
        data, sms = (figures.data, figures.sms) if figures is not None else (None, None)
        if self.off:
            self.days_off += 1
            self.saved_data += data or 0
            self.saved_sms += sms or 0
            known = data is not None or sms is not None
            self.idle_off += known and not data and not sms
            data, sms = (0 if data is not None else None), (0 if sms is not None else None)
        if data is not None:
            self.data = (self.data or 0) + data
        if sms is not None:
            self.sms = (self.sms or 0) + sms
