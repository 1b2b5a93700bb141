"""What roles allow, and which of it was used."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tests.chart.rendering import NAMESPACE, RELEASE, Manifest, Rendered
from tests.cluster import AuditEvent

EVERYWHERE = "*"


class Right(NamedTuple):
    """One thing that may be done."""

    group: str
    resource: str
    verb: str


def rights(rules: Iterable[Manifest]) -> set[Right]:
    """What some rules allow, whatever names they are bound to."""
    return {
        Right(group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@dataclass(frozen=True)
class Bound:
    """The rules of one role, where a binding makes them hold."""

    place: str
    """A namespace, or `*`."""
    rules: tuple[Manifest, ...]

    def allows(self, event: AuditEvent) -> bool:
        """Whether a request is allowed by these rules."""
        if self.place not in (EVERYWHERE, event.namespace):
            return False
        right = right_of(event)
        return any(
            right in rights([rule])
            and ("resourceNames" not in rule or event.name in rule["resourceNames"])
            for rule in self.rules
        )


def bound(
    rendered: Rendered, account: str = RELEASE, namespace: str = NAMESPACE
) -> tuple[Bound, ...]:
    """What is bound to a ServiceAccount of a release, binding by binding."""
    found = []
    subject = {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    for binding in rendered.of("RoleBinding") + rendered.of("ClusterRoleBinding"):
        if subject in binding["subjects"]:
            place = binding["metadata"].get("namespace", EVERYWHERE)
            ref = binding["roleRef"]
            in_namespace = place if ref["kind"] == "Role" else None
            role = rendered.one(ref["kind"], ref["name"], in_namespace)
            found.append(Bound(place, tuple(role["rules"])))
    return tuple(found)


def granted(rendered: Rendered, account: str = RELEASE) -> dict[str, set[Right]]:
    """What a ServiceAccount of the release may do, by namespace; `*` for the whole cluster."""
    found: dict[str, set[Right]] = {}
    for one in bound(rendered, account):
        found.setdefault(one.place, set()).update(rights(one.rules))
    return found


def right_of(event: AuditEvent) -> Right:
    """What a request needed."""
    return Right(event.group, f"{event.resource}/{event.subresource}".rstrip("/"), event.verb)
