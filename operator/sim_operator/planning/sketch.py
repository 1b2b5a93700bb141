"""A small picture of a large set of ICCIDs: the 256 smallest of their hashes.

The smallest hashes are a uniform sample of the set, so the share of them that a later, complete set
still holds estimates how much of the old set is left. A set of up to 256 SIMs is remembered
exactly.
"""

import base64
import hashlib
import heapq
from collections.abc import Iterable, Set
from dataclasses import dataclass

from sim_operator.domain.iccid import Iccid

SIZE = 256
_BYTES = 6


def iccid_hash(iccid: Iccid) -> int:
    """48 well-mixed bits of an ICCID."""
    return int.from_bytes(hashlib.blake2b(iccid.encode(), digest_size=_BYTES).digest())


@dataclass(frozen=True, slots=True)
class Sketch:
    """The size of a set and its smallest hashes, in ascending order."""

    count: int
    hashes: tuple[int, ...]

    def missing_from(self, iccids: Set[Iccid]) -> int:
        """How many of the sketched set are not in `iccids`; exact up to 256, else an estimate.

        Never less than what the sizes alone prove.
        """
        if not self.hashes:
            return max(0, self.count - len(iccids))
        present = {iccid_hash(iccid) for iccid in iccids}
        lost = sum(1 for value in self.hashes if value not in present)
        return max(self.count - len(iccids), round(self.count * lost / len(self.hashes)), 0)

    def encode(self) -> str:
        """Text for a status field; `decode` reads it back."""
        return base64.b64encode(b"".join(value.to_bytes(_BYTES) for value in self.hashes)).decode()


def sketch(iccids: Iterable[Iccid]) -> Sketch:
    """The sketch of a set."""
    hashes = [iccid_hash(iccid) for iccid in iccids]
    return Sketch(len(hashes), tuple(heapq.nsmallest(SIZE, hashes)))


def decode(count: int, text: str) -> Sketch | None:
    """A sketch from its status fields; None where they are not one."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    if len(raw) % _BYTES or count < len(raw) // _BYTES:
        return None
    return Sketch(
        count, tuple(int.from_bytes(raw[i : i + _BYTES]) for i in range(0, len(raw), _BYTES))
    )
