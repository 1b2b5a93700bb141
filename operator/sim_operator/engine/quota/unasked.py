"""What the status of a SIM tells of its use while no policy counts it: what the history had read.

A policy that counted it before left what it had counted in the status. That is kept as long as one
of its periods lasts, whatever is shown meanwhile: whoever asks again goes on from there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.resources import SimRecord
from sim_operator.planning.quota import carrying_over
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.holds import HeldFor
from sim_operator.planning.quota.period import Track, period_at
from sim_operator.planning.quota.uncounted import MONTH
from sim_operator.status.sim_policy import HELD_FOR, PolicyReport


def report(
    record: SimRecord,
    read: Usage | None,
    now: datetime,
    held_for: HeldFor | None,
    *,
    has_history: bool,
) -> PolicyReport:
    """What is told of a SIM that no policy counts.

    Args:
        record: The SIM; what its status tells stays where nothing newer is known.
        read: The use of a month, as the history had it read last in this process.
        now: Use of another month is not shown as that of the present one.
        held_for: The limit of a hold that has not gone yet.
        has_history: Whether use is read where no policy asks. Where it is not any more, what was
            read goes with the next change of the status, and is no reason for one. So does a month
            that is over, until the next one is read.
    """
    present = frozenset(period_at(Track(kind, MONTH.zone), now).name for kind in PeriodKind)
    status: Mapping[str, Any] = orjson.loads(record.status) if b'"usage"' in record.status else {}
    before: Mapping[str, Any] = status.get("usage") or {}
    carried: Mapping[str, str] = before.get("base") or {}
    counts_on = not carrying_over.periods(carried).isdisjoint(present)
    held = {HELD_FOR: held_for.encode()} if held_for is not None else {}
    kept = dict(carried) if counts_on else {}
    shown = str(before.get("period"))
    # Not what a policy counted: that must not go with a month that is over and not read yet.
    is_wanted = (counts_on or shown in present) if has_history else bool(carried)
    usage = read if read is not None and read.period == period_at(MONTH, now) else None
    return PolicyReport(
        usage=usage,
        scale=0,
        base=lambda: kept | held,
        line=None,
        periods=present | {shown} if has_history else present,
        lingers=usage is None and held_for is None and not is_wanted,
    )
