"""What Argo CD and Flux are to show of each state; the titles are those of `states`."""

from typing import Final, NamedTuple


class Seen(NamedTuple):
    """Argo CD's health, and kstatus, which Flux asks."""

    health: str
    kstatus: str
    because: str


SIMS: Final = {
    "sim as wished": Seen("Healthy", "Current", "it is as its resource says"),
    "sim that is disabled when deleted": Seen("Healthy", "Current", "a finalizer is no trouble"),
    "sim before the outage": Seen("Healthy", "Current", "it is as its resource says"),
    "watched sim that differs": Seen("Healthy", "Current", "only to watch is what was asked for"),
    "sim over its limit": Seen("Healthy", "Current", "to be off is what was asked for"),
    "suspended sim that differs": Seen("Suspended", "Current", "a person has paused it"),
    "sim that is being changed": Seen("Progressing", "InProgress", "it ends by itself"),
    "sim of a paused account": Seen("Progressing", "InProgress", "the account is what is paused"),
    "sim of an account with refused credentials": Seen(
        "Progressing", "InProgress", "the account is what is Degraded"
    ),
    "sim out of sight": Seen("Progressing", "InProgress", "the account is what is Degraded"),
    "sim over the disable budget": Seen("Progressing", "InProgress", "it ends within an hour"),
    "sim over its limit that a guard keeps on": Seen(
        "Progressing", "InProgress", "it waits for a guard"
    ),
    "sim whose write fails": Seen("Degraded", "InProgress", "1NCE refuses what Git says"),
    "sim that somebody keeps changing": Seen("Degraded", "InProgress", "find out who"),
    "sim without an account": Seen("Degraded", "Failed", "somebody has to create it"),
    "sim whose account does not allow it": Seen("Degraded", "Failed", "somebody has to allow it"),
    "sim that 1NCE does not have": Seen("Degraded", "Failed", "somebody has to look at the card"),
    "second claim of a SIM": Seen("Degraded", "Failed", "somebody has to delete one"),
    "expired sim": Seen("Degraded", "Failed", "somebody has to extend it"),
    "sim without data left": Seen("Degraded", "Failed", "somebody has to top it up"),
    "sim that was changed since": Seen("Progressing", "InProgress", "nobody looked at it yet"),
    "sim that is new": Seen("Progressing", "Current", "nobody looked at it yet"),
    "sim whose deletion waits": Seen("Progressing", "Terminating", "it is on its way out"),
}

ACCOUNTS: Final = {
    "account that is read": Seen("Healthy", "Current", "it is read"),
    "lost account before its trouble": Seen("Healthy", "Current", "it is read"),
    "limited account before its trouble": Seen("Healthy", "Current", "it is read"),
    "doubted account before its trouble": Seen("Healthy", "Current", "it is read"),
    "paused account": Seen("Suspended", "InProgress", "a person has paused it"),
    "rate limited account": Seen("Progressing", "InProgress", "1NCE has said when to come back"),
    "unreachable account": Seen("Degraded", "InProgress", "nothing is read or written"),
    "refused credentials": Seen("Degraded", "Failed", "somebody has to correct them"),
    "missing secret": Seen("Degraded", "Failed", "somebody has to create it"),
    "foreign endpoint": Seen("Degraded", "Failed", "somebody has to allow it"),
    "second account of the same SIMs": Seen("Degraded", "Failed", "somebody has to delete one"),
    "sweep that is not believed": Seen("Degraded", "Failed", "somebody has to accept it"),
    "simaccount that was changed since": Seen("Progressing", "InProgress", "not looked at yet"),
    "simaccount that is new": Seen("Progressing", "Current", "nobody looked at it yet"),
}

POLICIES: Final = {
    "policy in force": Seen("Healthy", "Current", "it is in force"),
    "policy that may disable nobody": Seen("Healthy", "Current", "the SIMs show who waits"),
    "policy before a sim joins": Seen("Healthy", "Current", "it is in force"),
    "policy without a match": Seen("Healthy", "Current", "no SIM yet is no fault"),
    "policy that reads for the first time": Seen("Progressing", "InProgress", "it ends soon"),
    "policy over a sim of unknown use": Seen("Progressing", "InProgress", "it ends by itself"),
    "policy over a sim without an account": Seen(
        "Progressing", "InProgress", "the SIM is what is Degraded"
    ),
    "policy of no time zone": Seen("Degraded", "Failed", "somebody has to correct it"),
    "quotapolicy that was changed since": Seen("Progressing", "InProgress", "not looked at yet"),
    "quotapolicy that is new": Seen("Progressing", "Current", "nobody looked at it yet"),
}

STATES: Final = SIMS | ACCOUNTS | POLICIES

UNREACHED: Final = {
    ("SIM", "InvalidICCID"): "the API server refuses such a spec",
    ("SIMAccount", "Progressing"): "the status is empty until the first sweep has ended",
    ("QuotaPolicy", "Failed"): "it is a fault of the operator itself",
}
"""Reasons that no object of these tests has."""
