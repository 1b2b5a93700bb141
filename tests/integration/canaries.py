"""Secrets that nobody would write by chance, and every form in which they could be written."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

from tests.integration.world import World

_SHORTEST = 12
"""Characters: what is shorter could stand somewhere by chance."""


def forms(secret: str) -> Iterator[str]:
    """The secret as it could be shown: plain, quoted for JSON and URLs, in base64 and in hex."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(json.dumps(secret))[3:-3]
    yield repr(secret)[1:-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
    raw = secret.encode()
    yield raw.hex()
    for before in range(3):
        # Inside of longer text, its bytes fall on one of three places; the ends mix with others'.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * before + raw).decode().rstrip("=")[4 if before else 0 : -4]


@dataclass
class Canaries:
    """Secrets by what they are."""

    secrets: dict[str, str] = field(default_factory=dict)

    def found_in(self, places: Mapping[str, str]) -> list[str]:
        """Where which of them stands, in whatever form."""
        known = {
            (what, form)
            for what, secret in self.secrets.items()
            for form in forms(secret)
            if len(form) >= _SHORTEST
        }
        return [
            f"{what} in {where}: {text[max(0, text.index(form) - 120) : text.index(form)]}"
            for where, text in places.items()
            for what, form in sorted(known)
            if form in text
        ]

    def pair(self, client: str, secret: str) -> None:
        """What HTTP Basic makes of two of them is one as well."""
        pair = f"{self.secrets[client]}:{self.secrets[secret]}"
        self.secrets[f"{client} and {secret}"] = base64.b64encode(pair.encode()).decode()


def shown_by(world: World, *, others: Iterable[str] = ()) -> dict[str, str]:
    """Everything that an operator shows to others, by where it stands.

    `others`: kinds of objects beside ours that lie in its namespace, by their paths.
    """
    operator = world.operator
    shown = {
        path: "\n".join(map(str, operator.get(path)))
        for path in ("/metrics", "/healthz", "/readyz")
    }
    shown["log"] = operator.text()
    for kind in ("sim", "simaccount", "quotapolicy", "event", "lease"):
        shown[f"{kind} objects"] = json.dumps(world.listed(kind), ensure_ascii=False)
    for path in others:
        shown[path] = json.dumps(world.reader.get(path), ensure_ascii=False)
    for name in ("cmdline", "environ"):
        raw = Path(f"/proc/{operator.pid}/{name}").read_bytes()
        shown[f"/proc {name}"] = raw.replace(b"\0", b"\n").decode(errors="replace")
    return shown
