"""Whether a service answers."""

from dataclasses import dataclass

import httpx

from sim_operator.installing import web
from sim_operator.installing.checks import Verdict
from sim_operator.installing.complaints import BadInputError


@dataclass(frozen=True, slots=True)
class ServiceCheck:
    """A GET that has to be answered with 2xx or 3xx."""

    http: httpx.AsyncClient
    service: str
    url: httpx.URL

    @property
    def name(self) -> str:
        """`service grafana`."""
        return f"service {self.service}"

    async def look(self) -> Verdict:
        """Ask once."""
        try:
            answer = await web.get(self.http, self.url)
        except web.NoAnswerError as error:
            return error.verdict
        return Verdict(True, f"{web.shown(self.url)} answered {answer.status_code}")

    async def explain(self) -> str:
        """What the last look said."""
        return ""


def service(text: str) -> tuple[str, httpx.URL]:
    """`NAME=URL`.

    Raises:
        BadInputError: it is something else.
    """
    name, equals, target = text.partition("=")
    if not equals or not name.strip() or "://" in name:
        raise BadInputError("--service: NAME=URL is wanted, such as grafana=http://grafana:3000.")
    return name.strip(), web.url(target.strip(), f"--service {name.strip()}")
