"""The SIM resource: a claim on one ICCID, and what the card should be.

A SIM is bought, never created by API: the resource claims a card that exists. What the spec leaves
out is not managed, so claiming a card changes nothing about it.
"""

from pydantic import Field

from sim_operator.api.choices import DeletionPolicy, ImeiLock, ManagementPolicy, Session, SimState
from sim_operator.api.meta import (
    CONDITION_LIST,
    MAX_CONDITIONS,
    AccountReference,
    Condition,
    WireModel,
)
from sim_operator.api.schema_types import ObservedText, Timestamp, rule, rules
from sim_operator.api.sim_usage import SimPolicy, SimQuota, SimUsage

MAX_LABEL = 128

_LUHN = (
    "!self.matches('^[0-9]{20}$') || "
    "([0, 2, 4, 6, 8, 10, 12, 14, 16, 18].map(i, "
    "[0, 2, 4, 6, 8, 1, 3, 5, 7, 9][int(self.substring(i, i + 1))]).sum() + "
    "[1, 3, 5, 7, 9, 11, 13, 15, 17, 19].map(i, int(self.substring(i, i + 1))).sum()) % 10 == 0"
)

_ICCID_RULES = rules(
    rule(
        "self.matches('^[0-9]{19,20}$')",
        "an ICCID has 19 digits, or 20 with its check digit, and nothing else: copy the number on "
        "the card without blanks, and quote it",
    ),
    rule(
        _LUHN,
        "the 20th digit is not the Luhn check digit of the first 19: compare the number with the "
        "card, or leave the 20th digit out",
    ),
    rule(
        # An older schema may have let a shorter one through, whose status must still be written.
        "self == oldSelf || (oldSelf.size() > 18 && self.startsWith(oldSelf.substring(0, 19)))",
        "the ICCID of a SIM cannot be changed: delete this SIM and create a new one for the other "
        "card",
    ),
)


class SimSpec(WireModel):
    """What this SIM should be. A field that is absent is not managed: 1NCE keeps it as it is."""

    iccid: str = Field(
        max_length=64,
        pattern="^[0-9]{19,20}$",
        description="Number of the card, in quotes: 19 digits, or 20 with the Luhn check digit, "
        "which then has to be right. It cannot be changed (only the check digit may be added or "
        "left out): to take another card, delete the SIM and create a new one.",
        json_schema_extra=_ICCID_RULES,
    )
    account_ref: AccountReference | None = Field(
        default=None,
        description="SIMAccount that holds the card. Absent: the default account of the operator.",
    )
    state: SimState | None = Field(
        default=None,
        description="Whether the card may use its networks. Absent: not managed, it stays as it "
        "is.",
    )
    label: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_LABEL,
        description="Name of the card at 1NCE, 1 to 128 characters. "
        "Absent: not managed, it stays as it is; a label cannot be cleared.",
        json_schema_extra=rules(
            rule(
                r"self.matches('^\\P{Cc}*$')",
                "a label has no control characters: remove line breaks and tabs",
            )
        ),
    )
    imei_lock: ImeiLock | None = Field(
        default=None,
        description="Locked: the card works only in the device that it is in. Unlocked: in any "
        "device. Absent: not managed, it stays as it is.",
    )
    management_policy: ManagementPolicy = Field(
        default=ManagementPolicy.MANAGE,
        description="Manage: differences from this spec are corrected at 1NCE. Observe: they are "
        "only shown, nothing is ever written to 1NCE for this SIM. Default: Manage.",
    )
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.RETAIN,
        description="What happens to the card when this resource is deleted. Retain: nothing. "
        "Disable: it is switched off, and the resource stays until that is seen. Default: Retain.",
    )
    suspend: bool = Field(
        default=False,
        description="true: no call to 1NCE is made for this SIM until it is false again. Default: "
        "false.",
    )


class SimStatus(WireModel):
    """What the operator saw at 1NCE and did about it.

    Figures are rounded, so that the status rests while little moves.
    """

    observed_generation: int | None = Field(
        default=None,
        ge=0,
        description="metadata.generation that this status was decided for. "
        "Lower than the present one: the operator has not considered the last change yet.",
    )
    account: str | None = Field(
        default=None,
        max_length=317,
        description="SIMAccount in use, as namespace/name. Absent: none was found or allowed.",
    )
    iccid: str | None = Field(
        default=None, max_length=32, description="ICCID in its canonical form of 19 digits."
    )
    imsi: ObservedText | None = Field(
        default=None, description="IMSI of the card. Absent: not known."
    )
    msisdn: ObservedText | None = Field(
        default=None, description="Phone number of the card. Absent: not known."
    )
    imei: ObservedText | None = Field(
        default=None,
        description="IMEI of the device that the card is in, often with the two digits of its "
        "software version. Absent: the card was not seen in a device.",
    )
    ip_address: ObservedText | None = Field(
        default=None, description="IP address of the device. Absent: not known."
    )
    activated_at: Timestamp | None = Field(
        default=None, description="When the card was activated. Absent: not known."
    )
    state: SimState | None = Field(
        default=None,
        description="Whether the card may use its networks, as last seen at 1NCE. Absent: not "
        "seen yet.",
    )
    label: ObservedText | None = Field(
        default=None,
        description="Name of the card, as last seen at 1NCE. Absent: it has none, or was not seen "
        "yet.",
    )
    imei_lock: ImeiLock | None = Field(
        default=None,
        description="Whether the card is bound to its device, as last seen at 1NCE. Absent: not "
        "known.",
    )
    session: Session | None = Field(
        default=None,
        description="Online: a data session is open. Attached: on the network without one. "
        "Offline: not on the network. Blocked: barred. Absent: not known.",
    )
    quota: SimQuota | None = Field(
        default=None, description="Volumes bought and left. Absent: not read yet."
    )
    usage: SimUsage | None = Field(
        default=None,
        description="Volumes used in a period: of the QuotaPolicy that counts this SIM, else the "
        "month in UTC, where SIMs are read for a history. Absent: not known, or nobody asks.",
    )
    policy: SimPolicy | None = Field(
        default=None,
        description="QuotaPolicy in force for this SIM and what it decided. Absent: none selects "
        "this SIM.",
    )
    last_handled_reconcile_at: ObservedText | None = Field(
        default=None,
        description="Value of the annotation sim-operator.io/reconcile-requested-at that was "
        "handled last.",
    )
    conditions: tuple[Condition, ...] | None = Field(
        default=None,
        max_length=MAX_CONDITIONS,
        description="Ready: the SIM is as it should be. Synced: what 1NCE shows agrees with the "
        "spec. Reconciling and Stalled are there only while true: work goes on, or waits for a "
        "person.",
        json_schema_extra=CONDITION_LIST,
    )
