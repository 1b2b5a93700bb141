"""How much of bodies is kept in memory, of all accounts together.

One account's bodies come one at a time, but whoever may make one account may make many.
"""

from collections.abc import Iterator
from contextlib import contextmanager

ROOM = 64 * 1024 * 1024
"""Bytes: two bodies of the largest size."""


class NoRoomError(Exception):
    """Too much is being read already."""


class Share:
    """What one body takes."""

    def __init__(self, room: "Room") -> None:
        """Nothing yet."""
        self._room = room
        self.size = 0

    def grow(self, size: int) -> None:
        """It is so large now, in bytes.

        Raises:
            NoRoomError: it does not fit beside the others.
        """
        self._room.take(size - self.size)
        self.size = size


class Room:
    """The memory that bodies share."""

    def __init__(self, size: int = ROOM) -> None:
        """`size` in bytes."""
        self._left = size

    @contextmanager
    def share(self) -> Iterator[Share]:
        """A body's share, given back with the end of the context."""
        share = Share(self)
        try:
            yield share
        finally:
            self._left += share.size

    def take(self, size: int) -> None:
        """Take so many bytes more.

        Raises:
            NoRoomError: there are not so many.
        """
        if size > self._left:
            raise NoRoomError
        self._left -= size
