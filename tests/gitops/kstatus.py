"""The rules by which kstatus, and so Flux and `kpt`, read a custom resource.

As `sigs.k8s.io/cli-utils/pkg/kstatus/status` (v0.37) has them for kinds that it does not know:
`checkGenericProperties`, then `checkReadyCondition`.
"""

from collections.abc import Mapping
from typing import Any

_BY_READY = {"True": "Current", "False": "InProgress", "Unknown": "InProgress"}


def kstatus(obj: Mapping[str, Any]) -> str:
    """Current, InProgress, Failed or Terminating."""
    metadata, status = obj["metadata"], obj.get("status") or {}
    if metadata.get("deletionTimestamp"):
        return "Terminating"
    observed = status.get("observedGeneration")
    if observed is not None and observed != metadata["generation"]:
        return "InProgress"
    conditions = status.get("conditions") or ()
    for one in conditions:
        if (one["type"], one["status"]) == ("Reconciling", "True"):
            return "InProgress"
        if (one["type"], one["status"]) == ("Stalled", "True"):
            return "Failed"
    ready = next((one for one in conditions if one["type"] == "Ready"), None)
    return "Current" if ready is None else _BY_READY[ready["status"]]
