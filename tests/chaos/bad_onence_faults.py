"""How 1NCE can be bad: each fault of the simulator, alone or as it comes in life."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Any, Final

from tests.integration.tenants import Tenant


class Hits(Flag):
    """Kinds of calls."""

    LIST = auto()
    SIM = auto()
    WRITE = auto()
    DETAILS = auto()
    TOKEN = auto()
    SIMS = LIST | SIM
    ALL = LIST | SIM | WRITE | DETAILS | TOKEN


class Shows(Enum):
    """What has to be seen of a fault while it lasts."""

    FAILURE = auto()
    """A call that it hits gives nothing that can be used."""
    REJECTION = auto()
    """A list that it hits is not the account's."""
    LITTLE = auto()
    """What it hits is late, odd or not carried out, and calls go well: whatever follows shows."""


@dataclass(frozen=True)
class Fault:
    """One way to be bad; `spec` is the simulator's, `more` are faults that come with it."""

    name: str
    spec: Mapping[str, Any]
    shows: Shows = Shows.FAILURE
    more: tuple[Mapping[str, Any], ...] = ()
    slow: bool = False
    """It takes a minute or so to get over it: only the long form tries it."""
    always: bool = True
    """Whether every call of its kind is hit."""
    hits: Hits = Hits.ALL
    """Which kinds of calls it can hit."""
    pages: bool = False
    """It needs a list of several pages."""

    def begin(self, tenant: Tenant, match: Mapping[str, Any]) -> None:
        """Let it live, for the calls of one customer."""
        for spec in (self.spec, *self.more):
            told = dict(spec)
            found = {**match, **told.pop("match", {})}
            tenant.fault(told.pop("kind"), found, **told)


def _status(status: int, headers: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    body = {"message": "not now"}
    return {"kind": "status", "status": status, "headers": headers or {}, "body": body, **more}


def _wrong(field: str, body: Any = None) -> dict[str, Any]:
    return {"kind": "wrong-type", "field": field, "body": body}


REDIRECTED_TO: Final = "/management-api/elsewhere"
FAULTS: Final = (
    Fault("slow", {"kind": "latency", "seconds": 2.5}, Shows.LITTLE),
    Fault("too slow", {"kind": "latency", "seconds": 11}, slow=True),
    Fault(
        "a body that drips",
        {"kind": "slow-body", "seconds": 12},
        slow=True,
        hits=Hits.LIST | Hits.SIM | Hits.DETAILS | Hits.TOKEN,  # a write is answered without one
    ),
    Fault("500", _status(500)),
    Fault("bursts of 502", _status(502, probability=0.6), always=False),
    Fault("503", _status(503, {"Retry-After": "3"})),
    Fault("504 to three calls", _status(504, count=3), always=False),
    Fault("401", _status(401)),
    Fault("403", _status(403)),
    Fault("429 without a time", _status(429)),
    Fault("429 for two seconds", _status(429, {"Retry-After": "2"})),
    Fault("429 for a negative time", _status(429, {"Retry-After": "-7"})),
    Fault("429 without sense", _status(429, {"Retry-After": "soon, I hope"})),
    Fault("429 for thirty years", _status(429, {"Retry-After": "999999999"}), slow=True),
    Fault(
        "429 until the year 9999",
        _status(429, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}),
        slow=True,
    ),
    Fault("a redirect", _status(307, {"Location": REDIRECTED_TO})),
    Fault("an answer without content", _status(204)),
    Fault("null", {"kind": "status", "status": 200, "body": []}, Shows.REJECTION),
    Fault("torn JSON", {"kind": "torn-json"}, hits=~Hits.WRITE),
    Fault("HTML", {"kind": "wrong-content-type"}),
    Fault("a dropped connection", {"kind": "drop"}),
    Fault("an answer lost after the call", {"kind": "timeout-after-commit", "seconds": 0}),
    Fault("a huge body", {"kind": "huge-body", "size": 40 * 2**20}),
    Fault("lists for objects, objects for lists", {"kind": "wrong-type"}, hits=~Hits.WRITE),
    Fault("an ICCID that is a number", _wrong("iccid", 17), Shows.REJECTION, hits=Hits.SIMS),
    Fault("a state that is an object", _wrong("status"), Shows.LITTLE, hits=Hits.SIMS),
    Fault("a state of another word", _wrong("status", "Sleeping"), Shows.LITTLE, hits=Hits.SIMS),
    Fault("a label that is an object", _wrong("label"), Shows.LITTLE, hits=Hits.SIMS),
    Fault("a lock that is a number", _wrong("imei_lock", 3), Shows.LITTLE, hits=Hits.SIMS),
    Fault("a volume that is a word", _wrong("volume", "much"), Shows.LITTLE, hits=Hits.DETAILS),
    Fault("no state", {"kind": "missing-field", "field": "status"}, Shows.LITTLE, hits=Hits.SIMS),
    Fault("no label", {"kind": "missing-field", "field": "label"}, Shows.LITTLE, hits=Hits.SIMS),
    Fault(
        "a lock that is null",
        {"kind": "null-field", "field": "imei_lock"},
        Shows.LITTLE,
        hits=Hits.SIMS,
    ),
    Fault("an empty list", {"kind": "empty-list"}, Shows.REJECTION, hits=Hits.LIST),
    Fault("half a list", {"kind": "truncated-page"}, Shows.REJECTION, hits=Hits.LIST, pages=True),
    Fault(
        "a list that shifts", {"kind": "shifting-list"}, Shows.LITTLE, hits=Hits.LIST, pages=True
    ),
    Fault(
        "pages that repeat", {"kind": "duplicate-page"}, Shows.LITTLE, hits=Hits.LIST, pages=True
    ),
    Fault(
        "the SIMs of another account", {"kind": "other-account"}, Shows.REJECTION, hits=~Hits.TOKEN
    ),
    Fault(
        "ICCIDs with their check digit",
        {"kind": "twenty-digit-iccid"},
        Shows.LITTLE,
        hits=Hits.SIMS,
    ),
    Fault(
        "a million pages",
        {"kind": "wrong-headers", "headers": {"X-Total-Pages": "1000000"}},
        hits=Hits.LIST,
        pages=True,
    ),
    Fault(
        "no word of pages",
        {"kind": "wrong-headers", "headers": {"X-Total-Pages": "", "X-Total-Count": ""}},
        Shows.LITTLE,
        hits=Hits.LIST,
        pages=True,
    ),
    Fault("tokens revoked", {"kind": "token-revoked"}, hits=~Hits.TOKEN),
    Fault(
        "a token revoked in mid sweep",
        {"kind": "token-revoked", "count": 1},
        always=False,
        hits=~Hits.TOKEN,
    ),
    Fault(
        "a clock that is a year ahead",
        {"kind": "clock-skew", "seconds": 3.2e7},
        Shows.LITTLE,
        hits=Hits.DETAILS,
    ),
    Fault(
        "a clock that is a day behind",
        {"kind": "clock-skew", "seconds": -8.64e4},
        Shows.LITTLE,
        hits=Hits.DETAILS,
    ),
    Fault("writes that are never applied", {"kind": "ignore-write"}, Shows.LITTLE, hits=Hits.WRITE),
    Fault(
        "writes that are applied late",
        {"kind": "apply-late", "seconds": 4},
        Shows.LITTLE,
        hits=Hits.WRITE,
    ),
    Fault(
        "writes that are applied twice",
        {"kind": "apply-twice", "seconds": 3},
        Shows.LITTLE,
        hits=Hits.WRITE,
    ),
    Fault(
        "everything at once",
        _status(503, probability=0.3),
        more=(
            {"kind": "torn-json", "probability": 0.2},
            {"kind": "drop", "probability": 0.2},
            {"kind": "apply-late", "seconds": 2, "probability": 0.5},
            {"kind": "latency", "seconds": 0.6, "probability": 0.5},
            {"kind": "truncated-page", "probability": 0.2},
        ),
        always=False,
    ),
)
