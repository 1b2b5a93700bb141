"""Whether the API server would take a policy, and what it would make of it.

It is asked by a dry run, so that its own sentences and defaults are shown. Whoever may only read
is not let through to it: then our own model, which the schema is generated from, has to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim_operator.api.names import POLICY_KIND
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.domain.resources import PolicyRecord
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.read_only import DRY_RUN
from sim_operator.kube.records import UnreadableSpecError, policy_record
from sim_operator.planning.quota.period import InvalidTimeZoneError, zone
from sim_operator.trial.complaints import BadInputError, UnreachableError
from sim_operator.trial.documents import Document

_REFUSALS = (400, 409, 422)
_NOT_CREATED = "not-created"
"""A uid that no object has."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A policy as it would stand in the cluster."""

    record: PolicyRecord
    by_server: bool
    """Whether the API server said so; otherwise only our own model did."""


async def admitted(api: ApiClient, document: Document, present: PolicyRecord | None) -> Admitted:
    """The policy of a document; `present` is the one of that name in the cluster.

    Raises:
        BadInputError: it is refused; the message says why.
        UnreachableError: the API server did not answer.
    """
    body, by_server = await _tried(api, document, present), True
    if body is None:
        body, by_server = _merged(document, present), False
        _refuse_unknown_fields(document)
    try:
        record = policy_record(body)
        zone(record.spec.time_zone)
    except UnreadableSpecError as error:
        raise BadInputError(f"QuotaPolicy {document.key}: {error}") from error
    except InvalidTimeZoneError as error:
        raise BadInputError(f"QuotaPolicy {document.key}: spec.timeZone: {error}") from error
    return Admitted(record, by_server)


async def _tried(
    api: ApiClient, document: Document, present: PolicyRecord | None
) -> Mapping[str, Any] | None:
    """What the API server would store; None where we may not ask it."""
    kind, key = KINDS[POLICY_KIND], document.key
    query = {"dryRun": DRY_RUN, "fieldValidation": "Strict"}
    metadata = {**document.body["metadata"], "namespace": key.namespace}
    for own in ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"):
        metadata.pop(own, None)
    method, path = "POST", kind.collection(key.namespace)
    if present is not None:
        method, path = "PUT", kind.item(key)
        metadata["resourceVersion"] = present.meta.resource_version
    body = {name: value for name, value in document.body.items() if name != "status"}
    try:
        answer = await api.request(method, path, query=query, body=body | {"metadata": metadata})
    except ApiError as error:
        if error.forbidden:
            return None
        if error.not_found:
            raise BadInputError(
                f"QuotaPolicy {key}: the namespace does not exist, or the "
                "CustomResourceDefinitions are not installed."
            ) from error
        if error.status in _REFUSALS:
            raise BadInputError(f"QuotaPolicy {key}: {error}") from error
        raise UnreachableError(str(error)) from error
    return answer.body


def _merged(document: Document, present: PolicyRecord | None) -> Mapping[str, Any]:
    metadata = {
        "name": document.key.name,
        "namespace": document.key.namespace,
        "uid": present.meta.uid if present is not None else _NOT_CREATED,
    }
    return {"metadata": metadata, "spec": document.body.get("spec")}


def _refuse_unknown_fields(document: Document) -> None:
    """The model passes over what it does not know; whoever mistyped a field has to be told."""
    known = {field.alias for field in QuotaPolicySpec.model_fields.values()}
    spec = document.body.get("spec")
    given = spec.keys() if isinstance(spec, Mapping) else ()
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise BadInputError(f"QuotaPolicy {document.key}: there is no field spec.{unknown[0]}.")
