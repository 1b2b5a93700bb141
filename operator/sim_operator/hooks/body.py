"""A body within bounds of size and time, plain or packed."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from sim_operator.hooks.room import Share

LARGEST = 32 * 1024 * 1024
"""Bytes of a body, on the wire and unpacked: ten times what 3000 records need."""
_GZIP = 16 + zlib.MAX_WBITS


class TooLargeError(Exception):
    """More than is taken."""


class TooSlowError(Exception):
    """It did not come in time."""


class UnknownEncodingError(Exception):
    """Packed in a way that is not read, or not as it says."""


async def bounded(
    chunks: AsyncIterator[bytes], *, largest: int, seconds: float
) -> AsyncIterator[bytes]:
    """The chunks, as long as they keep within the bounds.

    Raises:
        TooLargeError: more than `largest` bytes came, whatever a header said.
        TooSlowError: a chunk had not come when the time for all was over.
    """
    end = asyncio.get_running_loop().time() + seconds
    size = 0
    while True:
        try:
            async with asyncio.timeout_at(end):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise TooSlowError from None
        size += len(chunk)
        if size > largest:
            raise TooLargeError
        yield chunk


async def unpacked(
    chunks: AsyncIterator[bytes], encoding: str, *, largest: int, share: Share
) -> bytes:
    """The whole body. `encoding`: the header, `gzip` or nothing; `share`: where it is kept.

    Raises:
        NoRoomError: too much is kept of others.
        TooLargeError: more than `largest` bytes when unpacked; no more than those were kept.
        UnknownEncodingError: neither plain nor gzip, or broken.
    """
    kind = encoding.strip().lower()
    if kind not in ("", "identity", "gzip", "x-gzip"):
        raise UnknownEncodingError
    body = bytearray()
    if kind in ("", "identity"):
        async for chunk in chunks:
            body += chunk
            share.grow(len(body))
        return bytes(body)
    inflater = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            body += inflater.decompress(chunk, largest + 1 - len(body))
            if len(body) > largest:
                raise TooLargeError
            share.grow(len(body))
    except zlib.error:
        raise UnknownEncodingError from None
    if not inflater.eof or inflater.unused_data:
        raise UnknownEncodingError
    return bytes(body)
