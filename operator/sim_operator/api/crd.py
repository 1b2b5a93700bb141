"""The CustomResourceDefinitions, generated from the models.

The models are the one source: texts, bounds, defaults and rules. `crds/` holds what this module
returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from pydantic import BaseModel

from sim_operator.api import names
from sim_operator.api.account import SIMAccountSpec, SIMAccountStatus
from sim_operator.api.policy import QuotaPolicySpec, QuotaPolicyStatus
from sim_operator.api.schema import structural
from sim_operator.api.sim import SimSpec, SimStatus

HEADER: Final = (
    "# Generated from operator/sim_operator/api; edit the models there, then `make generate`.\n"
)

_WIDE: Final = 1


class _Plain(yaml.SafeDumper):
    """YAML without anchors: what two fields share is written out for both."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (the name is inherited)
        """No value is ever an alias of another."""
        return True


@dataclass(frozen=True, slots=True)
class Column:
    """One column of `kubectl get`; `wide` ones only with `-o wide`."""

    name: str
    path: str
    description: str
    type: str = "string"
    wide: bool = False

    def definition(self) -> dict[str, Any]:
        """The column as the CustomResourceDefinition carries it."""
        made: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "description": self.description,
            "jsonPath": self.path,
        }
        return made | {"priority": _WIDE} if self.wide else made


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind, as far as it is not said by its models."""

    kind: str
    plural: str
    description: str
    spec: type[BaseModel]
    status: type[BaseModel]
    columns: tuple[Column, ...]
    short_names: tuple[str, ...] = ()
    selectable: tuple[str, ...] = ()


def _condition(of: str, field: str) -> str:
    return f'.status.conditions[?(@.type=="{of}")].{field}'


_READY: Final = (
    Column("READY", _condition("Ready", "status"), "Whether all is as it should be."),
    Column("REASON", _condition("Ready", "reason"), "Why it is ready or not."),
)
_AGE: Final = Column(
    "AGE", ".metadata.creationTimestamp", "Time since the resource was created.", type="date"
)

_SIM: Final = Resource(
    kind=names.SIM_KIND,
    plural=names.SIM_PLURAL,
    description="A SIM claims one card of a 1NCE account by its ICCID and says what it should be. "
    "Cards are bought, so neither creating nor deleting a SIM creates or deletes a card.",
    spec=SimSpec,
    status=SimStatus,
    columns=(
        Column("ICCID", ".spec.iccid", "Number of the card."),
        Column("STATE", ".status.state", "Whether the card is switched on, as seen at 1NCE."),
        Column("SESSION", ".status.session", "How the card stands on the network."),
        Column("DATA LEFT", ".status.quota.data.remaining", "Data volume left."),
        Column("POLICY", ".status.policy.name", "QuotaPolicy in force."),
        *_READY,
        Column("ACCOUNT", ".status.account", "SIMAccount in use.", wide=True),
        Column("LABEL", ".status.label", "Name of the card at 1NCE.", wide=True),
        Column("IMEI", ".status.imei", "Device that the card is in.", wide=True),
        Column("IP", ".status.ipAddress", "IP address of the device.", wide=True),
        _AGE,
    ),
    selectable=(".spec.iccid", ".spec.accountRef.name"),
)

_ACCOUNT: Final = Resource(
    kind=names.ACCOUNT_KIND,
    plural=names.ACCOUNT_PLURAL,
    description="A SIMAccount is one 1NCE account: its credentials, the pace of its calls, and "
    "the guards for its SIMs.",
    spec=SIMAccountSpec,
    status=SIMAccountStatus,
    columns=(
        Column("MODE", ".spec.mode", "How far the operator may go."),
        Column("SIMS", ".status.sims.total", "SIMs in the account.", type="integer"),
        Column("CLAIMED", ".status.sims.claimed", "SIMs with a resource.", type="integer"),
        *_READY,
        Column(
            "LAST SWEEP", ".status.lastSweep.finishedAt", "Time since it was read.", type="date"
        ),
        Column("ENABLED", ".status.sims.enabled", "SIMs switched on.", type="integer", wide=True),
        Column(
            "DISABLED", ".status.sims.disabled", "SIMs switched off.", type="integer", wide=True
        ),
        Column(
            "HOLDING",
            ".status.protection.holding",
            "SIMs that wait to be switched off.",
            type="integer",
            wide=True,
        ),
        Column("INTERVAL", ".status.effectiveIntervals.sweep", "Time between sweeps.", wide=True),
        Column("API", ".spec.managementAPIVersion", "Version of the 1NCE API.", wide=True),
        Column("ENDPOINT", ".spec.endpoint", "Base URL of the 1NCE API.", wide=True),
        _AGE,
    ),
    short_names=("simacct",),
)


def _count(name: str, field: str, description: str) -> Column:
    return Column(name, f".status.{field}", description, type="integer")


_POLICY: Final = Resource(
    kind=names.POLICY_KIND,
    plural=names.POLICY_PLURAL,
    description="A QuotaPolicy says how much a group of SIMs may use and what happens then. It "
    "never edits a SIM: what it decides stands in the status of each.",
    spec=QuotaPolicySpec,
    status=QuotaPolicyStatus,
    columns=(
        Column("MODE", ".spec.mode", "Whether it acts, or only says what it would do."),
        Column("PERIOD", ".spec.period", "Time for which the limits hold."),
        Column("ACTION", ".spec.action", "What happens with a SIM over the limit."),
        _count("MATCHED", "matched", "SIMs that the selector matches."),
        _count("WARNED", "warned", "SIMs over a warning step and under the limit."),
        _count("EXCEEDED", "exceeded", "SIMs over their limit."),
        _count("DISABLED", "disabled", "SIMs that it keeps switched off."),
        _count("HELD", "held", "SIMs that wait to be switched off."),
        *_READY,
        Column("PRIORITY", ".spec.priority", "Rank among policies.", type="integer", wide=True),
        Column("POOL USED", ".status.pool.data.used", "Data that all used.", wide=True),
        Column("POOL LIMIT", ".status.pool.data.limit", "Data that all may use.", wide=True),
        Column(
            "EXHAUSTS", ".status.forecast.exhaustsAt", "Day when the limit is reached.", wide=True
        ),
        Column("OVERSHOOT", ".status.maxOvershoot", "Most use past a limit.", wide=True),
        _AGE,
    ),
    short_names=("qp",),
)

RESOURCES: Final = (_SIM, _ACCOUNT, _POLICY)


def crds() -> dict[str, str]:
    """File name to YAML text of each CustomResourceDefinition, the same on every run."""
    return {
        f"{resource.plural}.yaml": HEADER
        + yaml.dump(
            definition(resource), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110
        )
        for resource in RESOURCES
    }


def definition(resource: Resource) -> dict[str, Any]:
    """The CustomResourceDefinition of one kind."""
    naming: dict[str, Any] = {
        "kind": resource.kind,
        "listKind": f"{resource.kind}List",
        "plural": resource.plural,
        "singular": resource.kind.lower(),
        "categories": [names.CATEGORY],
    }
    if resource.short_names:
        naming["shortNames"] = list(resource.short_names)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource.plural}.{names.GROUP}"},
        "spec": {
            "group": names.GROUP,
            "names": naming,
            "scope": "Namespaced",
            "versions": [_version(resource)],
        },
    }


def _version(resource: Resource) -> dict[str, Any]:
    version: dict[str, Any] = {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [column.definition() for column in resource.columns],
        "schema": {"openAPIV3Schema": _root(resource)},
    }
    if resource.selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in resource.selectable]
    return version


def _root(resource: Resource) -> Mapping[str, Any]:
    return {
        "description": resource.description,
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": {
                "description": f"Version of this form of the resource: {names.API_VERSION}.",
                "type": "string",
                "maxLength": 64,
            },
            "kind": {
                "description": f"Kind of the resource: {resource.kind}.",
                "type": "string",
                "maxLength": 64,
            },
            "metadata": {"type": "object"},
            "spec": structural(resource.spec),
            "status": structural(resource.status),
        },
    }
