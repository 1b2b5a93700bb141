"""Who a person is in the cluster, and how a request is made as that person.

The API server then decides by the person's own rights, writes the person into its audit log, and
checks that whoever asks may act for others at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as the API server knows one."""

    name: str
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What the authenticator added. It may narrow rights, so it is never left out."""
    uid: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From `status.user` of a TokenReview."""
        extra = told.get("extra") or {}
        return cls(
            name=str(told.get("username") or ""),
            groups=tuple(str(one) for one in told.get("groups") or ()),
            extra=tuple(
                (str(key), tuple(str(one) for one in values or ()))
                for key, values in sorted(extra.items())
            ),
            uid=str(told.get("uid") or ""),
        )

    def headers(self) -> list[tuple[str, str]]:
        """What a request on behalf of this user carries."""
        extra = [
            (f"Impersonate-Extra-{quote(key.lower(), safe='')}", value)
            for key, values in self.extra
            for value in values
        ]
        groups = [("Impersonate-Group", group) for group in self.groups]
        return [("Impersonate-User", self.name), *groups, *extra]

    def subject(self) -> dict[str, Any]:
        """The part of a SubjectAccessReview that says who."""
        return {
            "user": self.name,
            "groups": list(self.groups),
            "extra": {key: list(values) for key, values in self.extra},
            "uid": self.uid,
        }
