"""How much of its limits one SIM used."""

from dataclasses import dataclass

from sim_operator.domain.usage import Service
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.terms import PER_SIM, POOLS, Limit, Terms, percent_of, step_of


@dataclass(frozen=True, slots=True)
class Load:
    """The use of one SIM, measured by the limits of single SIMs, without any by the pools."""

    known: bool
    """Whether any figure that the policy limits is known."""
    percent: int | None = None
    """Of the limit that it used most of; None: not known."""
    limit: Limit | None = None
    """That limit."""
    ratio: float = 0.0
    """`percent` unrounded, 1 for all of it, to put SIMs of one percentage in order."""
    step: int | None = None
    """The highest warning step reached, while the limit is not passed."""
    passed: bool = False
    """Whether this SIM by itself passed that limit."""
    is_over: bool = False
    """Whether it passed a limit of its own."""


_UNKNOWN = Load(known=False)
_UNMEASURED = Load(known=True)


@dataclass(frozen=True, slots=True)
class Gauge:
    """Measures SIMs by one policy; a large one is measured often, so what is common is here."""

    counts_data: bool
    counts_sms: bool
    limits: tuple[tuple[Limit, bool, int], ...]
    """Each with whether it is one of data, and what it grants."""
    are_own: bool
    """Whether these are limits of single SIMs."""
    warn_at: tuple[int, ...]

    def load(self, usage: Usage | None) -> Load:
        """What `usage` is of the limits; a figure that is not known is left out."""
        if usage is None:
            return _UNKNOWN
        data, sms = usage.data, usage.sms
        if not ((self.counts_data and data is not None) or (self.counts_sms and sms is not None)):
            return _UNKNOWN
        most, percent, ratio = None, -1, 0.0
        for limit, of_data, value in self.limits:
            used = data if of_data else sms
            if used is None:
                continue
            one = percent_of(used, value)
            if one > percent:
                most, percent, ratio = limit, one, used / max(value, 1)
        if most is None:
            return _UNMEASURED
        passed = percent >= 100
        step = None if passed else step_of(percent, self.warn_at)
        return Load(True, percent, most, ratio, step, passed, passed and self.are_own)


def gauge(terms: Terms) -> Gauge:
    """The measure of a policy."""
    own = terms.limits(PER_SIM)
    measured = own or terms.limits(POOLS)
    return Gauge(
        counts_data=Service.DATA in terms.services,
        counts_sms=Service.SMS in terms.services,
        limits=tuple((limit, limit.service is Service.DATA, value) for limit, value in measured),
        are_own=bool(own),
        warn_at=terms.warn_at,
    )
