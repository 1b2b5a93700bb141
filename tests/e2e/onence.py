"""The simulated 1NCE that the chart installs, reached through the API server."""

from typing import Any, Final

from tests.e2e.hands import RELEASE, Hands
from tests.simulated import SimulatorProcess

PORT: Final = 8089


class SimulatorInCluster(SimulatorProcess):
    """The same controls as those of a simulator that is a process here."""

    def __init__(self, hands: Hands) -> None:
        """It is somebody else's to start and to stop."""
        super().__init__()
        self._hands = hands

    def control(self, method: str, path: str, **kwargs: Any) -> Any:
        """One call of ``/_control``; the JSON answer, None where there is none."""
        where = self._hands.service(f"{RELEASE}-simulator", PORT)
        answer = self._hands.http.request(method, f"{where}/_control/{path}", **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def writes_since(self, entry: int) -> list[dict[str, Any]]:
        """Changes that 1NCE was asked for after this entry of the journal."""
        return self.journal(since=entry, writes=True)
