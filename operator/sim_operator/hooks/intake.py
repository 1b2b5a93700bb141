"""What the intake needs of the one who keeps the records."""

from dataclasses import asdict, dataclass, field
from typing import Protocol

from sim_operator.domain.resources import Key


class UnreadableBatchError(ValueError):
    """The body is no batch, also when it comes again; the message is a sentence for the sender."""


class OversizedBatchError(UnreadableBatchError):
    """The batch is larger than is taken at once."""


class IntakeUnavailableError(Exception):
    """The batch cannot be taken now: 1NCE is to send it again. The message goes into the log."""


@dataclass(frozen=True, slots=True)
class StreamCredentials:
    """What the Data Streamer has to present; with an empty part nobody can come in."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the records of one batch."""

    received: int
    counted: int
    """Told something new."""
    duplicates: int
    """Known already, by their id."""
    ignored: int
    """Unreadable, or about a SIM that nobody claims."""

    def shown(self) -> dict[str, int]:
        """As the answer shows it."""
        return asdict(self)


class Intake(Protocol):
    """Takes batches for accounts. One call of `take` at a time for an account."""

    async def credentials(self, account: Key) -> StreamCredentials | None:
        """What the account's stream has to present; None: no such account, or its intake is off.

        Raises:
            IntakeUnavailableError: it is not known now.
        """
        ...

    async def take(self, account: Key, body: bytes) -> Receipt:
        """Take a batch; returns only when its records are safe.

        May be cancelled at any await, after which the same batch must be takable again.

        Raises:
            UnreadableBatchError: it is none.
            IntakeUnavailableError: it cannot be taken now.
        """
        ...

    def counted(self, account: Key | None, code: int) -> None:
        """An answer was given, here; None where it is not known whether there is such an account.

        What was handed on to the leader is counted there.
        """
        ...
