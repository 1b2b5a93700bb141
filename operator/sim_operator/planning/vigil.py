"""Who is alive and what is free, by what one process has seen of the Leases and when.

Clocks of different nodes are never compared: whoever did not change its Lease for as long as the
Lease lasts, by the clock of the one who looks, has stopped acting by its own clock before that.
A Lease that is gone proves nothing by itself, since anybody may have deleted it while its holder
still worked, and up to that moment it may have been renewed: what it lasts is counted from the
look that missed it. Only a holder that was emptied says that nobody acts any more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim_operator.domain.resources import Key


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a member's Lease says of its life."""

    version: str
    """Another one with each renewal."""
    duration: float
    """Seconds that it lasts."""


@dataclass(slots=True)
class _Life:
    pulse: Pulse | None
    changed: float
    first: float
    listed: bool


class Vigil:
    """The memory of one process; `tick` is on its monotonic clock, taken after a look ended."""

    def __init__(self, me: str, *, duration: float = 15.0, settling: float = 4.0) -> None:
        """`duration`: the least that a Lease lasts.

        `settling`: seconds that a member has to be there before it counts as one to give to; who
        was there at the first look counts at once.
        """
        self._me = me
        self._duration = duration
        self._settling = settling
        self._lives: dict[str, _Life] = {}
        self._others: dict[Key, float] = {}
        """When an account was last in another hand, or may have been."""
        self._elsewhere: set[Key] = set()
        """The accounts that were so at the last look."""
        self._began: float | None = None
        """The first look."""
        self._looked = float("-inf")
        """The last one."""

    def note(self, members: Mapping[str, Pulse], holders: Mapping[Key, str], tick: float) -> None:
        """A look ended; `holders` has an empty name where an account was given up."""
        before, self._looked = self._looked, tick
        for identity in sorted(members.keys() | set(holders.values()) - {""}):
            self._note_life(identity, members.get(identity), tick, before)
        for identity in self._lives.keys() - members.keys() - set(holders.values()):
            self._note_life(identity, None, tick, before)
            # Remembered as long as it could still act.
            if self.has_ended(identity, tick):
                del self._lives[identity]
        self._note_holders(holders, tick)
        if self._began is None:
            self._began = tick

    def _note_life(self, identity: str, pulse: Pulse | None, tick: float, before: float) -> None:
        life = self._lives.get(identity)
        if life is None:
            first = tick if self._began is not None else float("-inf")
            self._lives[identity] = _Life(pulse, tick, first, pulse is not None)
            return
        if pulse is None and life.listed and not self.has_ended(identity, before):
            life.changed = tick
        life.listed = pulse is not None
        if pulse is not None and pulse != life.pulse:
            life.pulse, life.changed = pulse, tick

    def _note_holders(self, holders: Mapping[Key, str], tick: float) -> None:
        before, self._elsewhere = self._elsewhere, set()
        for account, holder in holders.items():
            if holder == "":
                self._others.pop(account, None)
            elif holder != self._me:
                self._others[account] = tick
                self._elsewhere.add(account)
        for account in before - self._elsewhere:
            if account in self._others:
                self._others[account] = tick

    def has_ended(self, identity: str, tick: float) -> bool:
        """Whether a member has certainly stopped acting; one that was never heard of has not."""
        life = self._lives.get(identity)
        if life is None:
            return False
        lasts = life.pulse.duration if life.pulse is not None else 0.0
        return tick >= life.changed + max(self._duration, lasts)

    def is_member(self, identity: str, tick: float) -> bool:
        """Whether it was in the last look and is alive."""
        life = self._lives.get(identity)
        return life is not None and life.listed and not self.has_ended(identity, tick)

    def counted(self, tick: float) -> list[str]:
        """The members to whom accounts may be given."""
        return [
            identity
            for identity, life in self._lives.items()
            if self.is_member(identity, tick)
            and (identity == self._me or tick >= life.first + self._settling)
        ]

    def is_free(self, account: Key, holder: str | None, tick: float) -> bool:
        """Whether nobody can be acting for an account; `holder` None: it has no Lease."""
        if holder == "":
            return True
        if holder is None or holder == self._me:
            # New to everybody, or somebody has deleted it or written it over.
            last = self._others.get(account, self._began)
            return last is not None and tick >= last + self._duration
        return self.has_ended(holder, tick)

    def living(self, holders: Mapping[Key, str], tick: float) -> Iterable[Key]:
        """The accounts for which somebody else may be acting."""
        return [one for one, holder in holders.items() if not self.is_free(one, holder, tick)]
