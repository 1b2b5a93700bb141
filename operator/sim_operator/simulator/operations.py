"""The names of all calls: what the journal, the faults and the summary speak of."""

import re
from dataclasses import dataclass

BASE = "/management-api"


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of call: its name, version and the group that its rate limit counts in."""

    name: str
    version: str
    group: str


_SIM = "sims/{iccid}"
_V1_ONLY = [
    ("POST", "sims", "bulkUpdate"),
    ("GET", f"{_SIM}/connectivity_info", "getConnectivityInfo"),
    ("GET", "sims/limits", "getLimits"),
    ("POST", "sims/limits", "setLimits"),
    ("GET", "sims/{service}/limits", "listLimits"),
    ("POST", "sims/topup", "bulkTopup"),
    ("POST", "sims/autoTopup", "setAutoTopup"),
    ("POST", "sims/extension", "extendSims"),
    ("POST", "sims/simTransfer", "transferSims"),
    ("GET", "orders", "listOrders"),
    ("POST", "orders", "createOrder"),
    ("GET", "orders/{number}", "getOrder"),
    ("GET", "products", "listProducts"),
    ("GET", "support", "listSupport"),
    ("POST", "support", "createSupport"),
]
_BOTH = [
    ("GET", "sims", "listSims"),
    ("GET", _SIM, "getSim"),
    ("PUT", _SIM, "updateSim"),
    ("POST", f"{_SIM}/reset", "resetSim"),
    ("GET", f"{_SIM}/status", "getStatus"),
    ("GET", f"{_SIM}/usage", "getUsage"),
    ("GET", f"{_SIM}/quota/data", "getDataQuota"),
    ("GET", f"{_SIM}/quota/sms", "getSmsQuota"),
    ("GET", f"{_SIM}/events", "getEvents"),
    ("GET", f"{_SIM}/sms", "listSms"),
    ("POST", f"{_SIM}/sms", "sendSms"),
    ("GET", f"{_SIM}/sms/{{id}}", "getSms"),
    ("DELETE", f"{_SIM}/sms/{{id}}", "cancelSms"),
    ("POST", f"{_SIM}/topup", "topup"),
]


def _compile(method: str, path: str) -> re.Pattern[str]:
    return re.compile(f"{method} " + re.sub(r"\{\w+\}", "[^/]+", path))


_TABLE = [
    *((_compile(m, f"{BASE}/v1/{p}"), Operation(n, "v1", p.split("/")[0])) for m, p, n in _V1_ONLY),
    *((_compile(m, f"{BASE}/v1/{p}"), Operation(n, "v1", "sims")) for m, p, n in _BOTH),
    *((_compile(m, f"{BASE}/v2/{p}"), Operation(n, "v2", "sims")) for m, p, n in _BOTH),
]
TOKEN = Operation("token", "", "oauth")
UNKNOWN = "unknown"


def operation_of(method: str, path: str) -> Operation:
    """The call that a method and a path mean; ``UNKNOWN`` for what 1NCE does not offer."""
    if path == f"{BASE}/oauth/token":
        return TOKEN
    line = f"{method} {path}"
    for pattern, operation in _TABLE:
        if pattern.fullmatch(line):
            return operation
    parts = path.removeprefix(BASE).strip("/").split("/")
    version = parts[0] if parts[0] in ("v1", "v2") else ""
    return Operation(UNKNOWN, version, parts[1] if len(parts) > 1 else "")
