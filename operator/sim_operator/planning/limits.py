"""Int-or-string limits: a number, or a percentage of something."""


def resolve(limit: int | str, of: int) -> int:
    """The number that `limit` allows of `of` things.

    A percentage is rounded up and at least 1, so that a small fleet can still act; `"0%"` and 0
    allow nothing.
    """
    if isinstance(limit, int):
        return limit
    percent = int(limit.removesuffix("%"))
    if percent == 0:
        return 0
    return max(1, -(-of * percent // 100))
