"""What a browser has already is not made again, and never shown to anybody else."""

import pytest

from sim_operator.console.pages.seen import Key, Seen

MINE = Key("jane", "token-of-jane", "/sims?q=pump")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_page_that_did_not_move_is_had_until_its_memory_ends() -> None:
    clock = Clock()
    seen = Seen(seconds=20, monotonic=clock)
    assert not seen.has(MINE, "v1", "etag")
    seen.made(MINE, "v1", "etag")
    clock.now += 19.9
    assert seen.has(MINE, "v1", "etag")
    clock.now += 0.2
    assert not seen.has(MINE, "v1", "etag")


@pytest.mark.parametrize(
    ("key", "version", "etag"),
    [
        (MINE, "v2", "etag"),
        (MINE, "v1", "another"),
        (MINE, "v1", None),
        (MINE._replace(user="john"), "v1", "etag"),
        (MINE._replace(write_token="of-a-new-session"), "v1", "etag"),
        (MINE._replace(address="/sims?q=meter"), "v1", "etag"),
    ],
)
def test_anything_else_is_another_page(key: Key, version: str, etag: str | None) -> None:
    seen = Seen()
    seen.made(MINE, "v1", "etag")
    assert not seen.has(key, version, etag)


def test_of_many_pages_the_oldest_are_forgotten() -> None:
    seen = Seen(most=2)
    keys = [MINE._replace(address=str(number)) for number in range(3)]
    seen.made(keys[0], "v", "e")
    seen.made(keys[1], "v", "e")
    seen.made(keys[0], "v", "e")
    seen.made(keys[2], "v", "e")
    assert [seen.has(key, "v", "e") for key in keys] == [True, False, True]
