"""Hands as a test wants them: these accounts here, those elsewhere."""

from dataclasses import dataclass, field

from sim_operator.domain.resources import Key


@dataclass
class SomeHands:
    """What this process holds; every other account is somebody else's, unless it is free."""

    held: set[Key] = field(default_factory=set)
    free: set[Key] = field(default_factory=set)
    keeps_rest: bool = False
    is_shared: bool = True

    def holds(self, account: Key) -> bool:
        return account in self.held

    def is_elsewhere(self, account: Key) -> bool:
        return account not in self.held | self.free

    def holder_of(self, account: Key) -> str:
        if account in self.held:
            return "me"
        return "" if account in self.free else "another"

    def reports(self, account: Key) -> bool:
        return account in self.held

    def may_call(self, account: Key) -> bool:
        return account in self.held

    def may_write(self, account: Key) -> bool:
        return account in self.held
