"""From events and changed specs to happenings; nothing is read or written here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sim_operator.domain.resources import Meta
from sim_operator.history import Happening

FIELD_MANAGER: Final = "sim-operator-console"
"""How the console signs its writes in managedFields."""
CHANGED: Final = "Change"
"""The type of a happening that is no event: somebody changed a resource."""
_LONGEST: Final = 1024
_CLOCKS_DIFFER: Final = timedelta(seconds=5)
"""Between the console, which tells of what it does itself, and the API server."""


def of_event(body: Mapping[str, Any]) -> Happening | None:
    """An event; None where it does not say about what, or when."""
    about = body.get("involvedObject") or {}
    began = body.get("firstTimestamp") or body.get("eventTime") or body.get("lastTimestamp")
    at = _moment(began)
    if at is None or not about.get("name") or not about.get("namespace"):
        return None
    return Happening(
        at=at,
        kind=str(about.get("kind") or ""),
        namespace=str(about["namespace"]),
        name=str(about["name"]),
        uid=str(about.get("uid") or ""),
        type=str(body.get("type") or "Normal"),
        reason=str(body.get("reason") or ""),
        message=str(body.get("message") or "")[:_LONGEST],
        actor=str(body.get("reportingComponent") or "") or None,
        count=int(body.get("count") or 1),
    )


def created(kind: str, body: Mapping[str, Any]) -> Happening | None:
    """That a resource was made."""
    at = _moment((body.get("metadata") or {}).get("creationTimestamp"))
    if at is None:
        return None
    return _change(kind, body, at, "Created", "The resource was created.")


def deleted(kind: str, of: Meta, now: datetime) -> Happening:
    """That a resource is gone; who did that, nothing tells."""
    return Happening(
        at=now,
        kind=kind,
        namespace=of.key.namespace,
        name=of.key.name,
        uid=of.uid,
        type=CHANGED,
        reason="Deleted",
        message="The resource was deleted.",
    )


def changed(
    kind: str, old: Mapping[str, Any], body: Mapping[str, Any], now: datetime
) -> Happening | None:
    """That a spec changed, field by field; None where none did, or the console did it itself.

    What the console does it tells of itself, with the name of the person.
    """
    before, after = old.get("spec") or {}, body.get("spec") or {}
    fields = [
        name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)
    ]
    manager, at = last_writer(body, fields)
    if not fields or manager == FIELD_MANAGER:
        return None
    told = "; ".join(
        f"{name} from {_shown(before.get(name))} to {_shown(after.get(name))}" for name in fields
    )
    made = _change(kind, body, at or now, "SpecChanged", f"Changed {told}.")
    return replace(made, actor=manager)


def unseen(
    kind: str, body: Mapping[str, Any], since: datetime | None, known: Sequence[Happening]
) -> Happening | None:
    """Who wrote the spec last, where the console did not look then; None where it did.

    `since`: from when on it looks. `known`: what is remembered of the resource. What was changed
    managedFields do not tell, and of earlier writes by the same writer not even that they were.
    """
    manager, at = last_writer(body)
    if at is None or since is None or at >= since:
        return None
    if any(one.type == CHANGED and one.at >= at - _CLOCKS_DIFFER for one in known):
        return None
    made = created(kind, body)
    if made is not None and made.at >= at:
        return made
    told = "Changed the spec; what of it is not known, because the console did not look then."
    return replace(_change(kind, body, at, "SpecChanged", told), actor=manager)


def asked(
    kind: str, body: Mapping[str, Any], person: str, message: str, now: datetime
) -> Happening:
    """That a person changed a resource here."""
    return replace(_change(kind, body, now, "SpecChanged", message), actor=person)


def _change(
    kind: str,
    body: Mapping[str, Any],
    at: datetime,
    reason: str,
    message: str,
) -> Happening:
    metadata = body.get("metadata") or {}
    return Happening(
        at=at,
        kind=kind,
        namespace=str(metadata.get("namespace") or ""),
        name=str(metadata.get("name") or ""),
        uid=str(metadata.get("uid") or ""),
        type=CHANGED,
        reason=reason,
        message=message[:_LONGEST],
        actor=last_writer(body)[0],
    )


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return str(value)[:200]


def last_writer(
    body: Mapping[str, Any], fields: Sequence[str] = ()
) -> tuple[str | None, datetime | None]:
    """Who wrote the spec last, and when, as managedFields tell.

    `fields`: of the spec, whose owners come first, because within a second the last one is not
    known otherwise; a field that was removed has none.
    """
    writers = [
        (bool(set(fields) & _owned(one)), str(one.get("time") or ""), str(one.get("manager") or ""))
        for one in (body.get("metadata") or {}).get("managedFields") or ()
        if not one.get("subresource") and "f:spec" in (one.get("fieldsV1") or {})
    ]
    if not writers:
        return None, None
    _, at, manager = max(writers)
    return manager or None, _moment(at)


def _owned(entry: Mapping[str, Any]) -> set[str]:
    return {str(name).removeprefix("f:") for name in entry["fieldsV1"]["f:spec"]}


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
