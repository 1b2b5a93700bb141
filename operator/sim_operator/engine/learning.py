"""What an account's loop learns from a believed sweep beside the sightings themselves."""

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.carrying import Carrier
from sim_operator.engine.roster import Roster
from sim_operator.engine.sim_answers import SimAnswers


class _Claims:
    """The ICCIDs that SIM resources of an account name, as a container; nobody lists them."""

    def __init__(self, account: Key, roster: Roster) -> None:
        self._account = account
        self._roster = roster

    def __contains__(self, iccid: object) -> bool:
        claimants = self._roster.claimants(Iccid(str(iccid)))
        return any(self._roster.assignment(sim) == self._account for sim in claimants)


def learn(
    account: Key, state: AccountState, roster: Roster, carrier: Carrier, answers: SimAnswers
) -> None:
    """Forget what is gone and claimed by nobody; see what became of the writes."""
    state.forget_missing(_Claims(account, roster))
    for iccid in list(state.ledgers):
        sighting, holder = state.sightings.get(iccid), roster.holder(iccid)
        if sighting is not None and holder is not None and iccid not in state.missing:
            carrier.learn(sighting, answers.wanted_now(holder))
