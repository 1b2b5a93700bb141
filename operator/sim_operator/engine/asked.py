"""What the last plan of a SIM was made from, so that the same question is not asked twice."""

from dataclasses import dataclass, replace

from sim_operator.domain.resources import SimRecord
from sim_operator.planning.views import AccountView, SimView


@dataclass(slots=True)
class Asked:
    """The inputs of one plan; a plan reads a status only through its view."""

    record: SimRecord
    account: AccountView
    view: SimView
    told: bytes | None = None
    """The status that was to be written after it."""

    def covers(self, record: SimRecord, account: AccountView, view: SimView) -> bool:
        """Whether a plan from these would be the same, and the status that follows from it."""
        if view != self.view or account != self.account:
            return False
        if record is self.record or record == self.record:
            return True
        if record.status != self.told:
            return False
        meta = replace(record.meta, resource_version=self.record.meta.resource_version)
        if meta != self.record.meta or record.spec != self.record.spec:
            return False
        # The status that was wanted stands now, and nothing else has changed.
        self.record = record
        return True
