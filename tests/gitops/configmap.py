"""Writes the health checks as `argocd-cm` takes them: `python -m tests.gitops.configmap`."""

import sys
import textwrap
from typing import Final

from sim_operator.api.names import ACCOUNT_KIND, GROUP, POLICY_KIND, SIM_KIND
from tests.gitops.lua import check_of

HEAD: Final = """\
# Health checks for Argo CD, made of charts/sim-operator/files/argocd/*.lua. Argo CD reads this one
# ConfigMap alone, and it holds other settings too. So merge these keys into it:
#   kubectl patch configmap argocd-cm -n argocd --patch-file argocd-cm.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
data:
"""


def text() -> str:
    """The ConfigMap with the keys of our kinds alone."""
    parts = [HEAD]
    for kind in (SIM_KIND, ACCOUNT_KIND, POLICY_KIND):
        script = check_of(kind).read_text(encoding="utf-8")
        key = f"  resource.customizations.health.{GROUP}_{kind}: |\n"
        parts.append(key + textwrap.indent(script, "    "))
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.write(text())
