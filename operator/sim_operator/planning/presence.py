"""When a SIM counts as gone.

Pages shift while a list is read, so one sweep without a SIM says little. A known SIM is gone after
two full believed sweeps without it and a read that answers 404 or 403; one that was just claimed,
and that no sweep ever showed, after the read alone.
"""

from sim_operator.api.names import ReadyReason, SyncedReason
from sim_operator.planning.verdict import Ready, SimPlan, Synced
from sim_operator.planning.views import Absence, AccountView, SimView

MISSING_SWEEPS = 2


def plan_absent(view: SimView, account: AccountView) -> SimPlan | None:
    """The plan for a SIM that the sweeps do not show; None where it is there, or not yet missed."""
    if view.absence is Absence.GONE:
        return SimPlan(
            Synced(SyncedReason.NOT_OBSERVED, "1NCE does not show this SIM in the account."),
            Ready(
                ReadyReason.NOT_FOUND,
                f"SIMAccount {account.key} has no SIM with this ICCID: check "
                "spec.iccid and spec.accountRef, "
                "or whether the SIM was transferred.",
            ),
            look=view.requested,
            shows_observed=False,
            handles_request=not view.requested,
        )
    if view.known and view.sighting is not None and view.missing_sweeps < MISSING_SWEEPS:
        return None
    if view.sighting is not None and view.missing_sweeps == 0:
        return None
    if view.known and view.missing_sweeps < MISSING_SWEEPS:
        return _looking(look=False)
    return _looking(look=True)


def _looking(*, look: bool) -> SimPlan:
    return SimPlan(
        Synced(SyncedReason.NOT_OBSERVED, "The last sweep did not show this SIM."),
        Ready(ReadyReason.PROGRESSING, "The SIM is being looked for at 1NCE."),
        look=look,
        handles_request=False,
    )
