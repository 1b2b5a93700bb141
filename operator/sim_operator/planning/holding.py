"""A QuotaPolicy keeps a SIM off: what the SIM should be then, and the mark that comes first.

A policy never edits a spec. The mark (the hold) stands in the status before the SIM is switched off
and goes only after it was seen on again, so that no crash leaves a SIM off that nobody remembers.
"""

from dataclasses import replace

from sim_operator.api.names import ReadyReason, SyncedReason
from sim_operator.domain.resources import SimSpec
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import SimState
from sim_operator.planning.drift import wishes
from sim_operator.planning.ledger import is_under_way
from sim_operator.planning.verdict import Cause, HoldStep, Ready, SimPlan, Synced
from sim_operator.planning.views import PolicyView, SimView

_MARKING = Synced(
    SyncedReason.PENDING,
    "state is Enabled, wanted Disabled: the hold of the QuotaPolicy is written down first.",
)
_PENDING = Synced(
    SyncedReason.PENDING,
    "The SIM stays as it is until it is clear what its QuotaPolicies say by now.",
)
_PENDS = Ready(
    ReadyReason.PROGRESSING, "Waiting until it is clear which QuotaPolicy decides about this SIM."
)
_LOST = Synced(
    SyncedReason.IN_SYNC,
    "The SIM is Disabled at 1NCE, and no hold in this status says that a QuotaPolicy did it, so it "
    "stays as it is: set spec.state to Enabled to bring it back.",
)


def wanted(spec: SimSpec, policy: PolicyView) -> SimWrite:
    """Everything that the SIM should be: what the spec says, unless a policy keeps it off."""
    return replace(wishes(spec), state=_wanted_state(spec, policy))


def _wanted_state(spec: SimSpec, policy: PolicyView) -> SimState | None:
    if policy.pends:
        return None
    if policy.off:
        return SimState.DISABLED
    if spec.state is None and policy.hold is not None:
        # The owner leaves the state to us: it comes back as it was found, and never further.
        return SimState.ENABLED if policy.hold.state_before is SimState.ENABLED else None
    return spec.state


def cause_of(spec: SimSpec, policy: PolicyView) -> Cause:
    """For whom a disable of this SIM is made."""
    keeps_off = policy.off and spec.state is not SimState.DISABLED
    return Cause.POLICY if keeps_off else Cause.SPEC


def state_before(spec: SimSpec, policy: PolicyView, seen: SimState | None) -> SimState:
    """What the SIM was before a policy: told by the hold that is taken over, the spec, or 1NCE."""
    if policy.hold is not None:
        return policy.hold.state_before
    return spec.state or seen or SimState.DISABLED


def marked_first(plan: SimPlan, spec: SimSpec, view: SimView) -> SimPlan:
    """The plan in which no policy's disable is sent before its hold stands."""
    if cause_of(spec, view.policy) is not Cause.POLICY or view.policy.marked:
        return plan
    if plan.write.state is not SimState.DISABLED:
        return plan
    return replace(
        plan, write=replace(plan.write, state=None), hold=HoldStep.BEGIN, synced=_MARKING
    )


def settled(plan: SimPlan, spec: SimSpec, view: SimView) -> SimPlan:
    """The plan of a SIM that is as it should be, with what policies add to it."""
    policy = view.policy
    if _is_undecided(spec, view):
        return replace(plan, synced=_PENDING, ready=_PENDS)
    if cause_of(spec, policy) is Cause.POLICY:
        return replace(
            plan,
            synced=Synced(SyncedReason.IN_SYNC, "1NCE is as the resource and its policy say."),
            ready=Ready(ReadyReason.DISABLED_BY_POLICY, policy.why),
            hold=HoldStep.KEEP if policy.marked else HoldStep.BEGIN,
        )
    if policy.waits is not None:
        return replace(
            plan,
            synced=Synced(
                SyncedReason.DISABLE_HELD, f"state is Enabled, wanted Disabled: {policy.waits}"
            ),
            ready=Ready(ReadyReason.DISABLE_HELD, f"{policy.waits[:1].upper()}{policy.waits[1:]}"),
        )
    if _looks_lost(spec, view):
        return replace(plan, synced=_LOST)
    return plan


def freed(plan: SimPlan, spec: SimSpec, view: SimView) -> SimPlan:
    """The plan in which a hold goes that no policy asks for and that brings nobody back any more.

    Whatever else the SIM waits for: a hold that stays takes a place from others.
    """
    policy, sighting = view.policy, view.sighting
    if policy.hold is None or policy.off or sighting is None:
        return plan
    if not view.current or is_under_way(view.ledger):
        return plan
    comes_back = _wanted_state(spec, policy) is SimState.ENABLED
    if comes_back and sighting.state is not SimState.ENABLED:
        return plan
    return replace(plan, hold=HoldStep.CLEAR)


def _is_undecided(spec: SimSpec, view: SimView) -> bool:
    """Whether the SIM may not be what it is to be, and nobody can say so at the moment."""
    if view.policy.off:
        return view.policy.pends and not _is_seen_off(view)
    return view.policy.pends and _is_seen_off(view) and spec.state is SimState.ENABLED


def _is_seen_off(view: SimView) -> bool:
    return view.sighting is not None and view.sighting.state is SimState.DISABLED


def _looks_lost(spec: SimSpec, view: SimView) -> bool:
    """Whether a policy may have switched the SIM off and the status that said so is gone."""
    if spec.state is not None or view.policy.hold is not None or not view.policy.watched:
        return False
    return _is_seen_off(view)
