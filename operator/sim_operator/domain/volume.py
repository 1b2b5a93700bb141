"""Data volumes: bytes inside, Kubernetes quantities outside.

1NCE counts 1 MB as 1024 KB, so its MB is a Kubernetes Mi.
"""

from decimal import Decimal, InvalidOperation

MEBIBYTE = 1024 * 1024


def from_megabytes(megabytes: float) -> int:
    """Bytes of a volume that 1NCE gave in MB; negative where 1NCE gave a negative one."""
    return round(megabytes * MEBIBYTE)


def quantity(volume: int) -> str:
    """A Kubernetes quantity in whole Mi, rounded down so that what is left is never overstated."""
    return f"{volume // MEBIBYTE}Mi"


def rounded(volume: int, of: int) -> int:
    """`volume` in bytes, rounded down to steps of 1 Mi or 1 % of `of`, whichever is larger.

    A status that shows it does not change because a byte moved.
    """
    step = max(MEBIBYTE, of // 100 // MEBIBYTE * MEBIBYTE)
    return volume // step * step


_UNITS = {
    "Ki": 1024,
    "Mi": 1024**2,
    "Gi": 1024**3,
    "Ti": 1024**4,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
}


def bytes_of(text: str) -> int:
    """Bytes of a Kubernetes quantity of data (`412Mi`, `1.5Gi`, `1000`), rounded down.

    Raises:
        ValueError: it is not one.
    """
    suffix = next((one for one in _UNITS if text.endswith(one)), "")
    try:
        return int(Decimal(text.removesuffix(suffix)) * _UNITS.get(suffix, 1))
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise ValueError(f"{text!r} is not a quantity such as 412Mi") from error
