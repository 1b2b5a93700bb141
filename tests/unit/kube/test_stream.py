"""The bytes of a watch become its events, however they are cut."""

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.kube.answers import ApiError
from sim_operator.kube.stream import BOOKMARK, Lines, event
from tests.unit.kube.scripted_watch import bookmark, error, line, sim


@given(
    texts=st.lists(st.binary(min_size=1).filter(lambda one: b"\n" not in one and one.strip())),
    cuts=st.lists(st.integers(0, 400)),
)
def test_the_same_lines_come_out_wherever_the_bytes_are_cut(
    texts: list[bytes], cuts: list[int]
) -> None:
    whole = b"".join(text + b"\n" for text in texts)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    lines = Lines()

    found = [one for begin, end in pairwise(edges) for one in lines.add(whole[begin:end])]

    assert found == texts


def test_a_line_that_has_not_ended_is_none() -> None:
    lines = Lines()
    assert list(lines.add(b'{"type":"ADDED"')) == []
    assert list(lines.add(b"}\r\n\n{")) == [b'{"type":"ADDED"}\r']


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    lines = Lines(longest=10)
    assert list(lines.add(b"123456")) == []
    with pytest.raises(ApiError, match="longer than 10 bytes"):
        list(lines.add(b"789012"))


def test_a_change_and_a_bookmark_carry_their_version() -> None:
    added = event(line("ADDED", sim("pump", 7)))
    assert added is not None
    assert (added.type, added.resource_version) == ("ADDED", "7")
    assert added.body["metadata"]["name"] == "pump"
    marked = event(bookmark(9))
    assert marked is not None
    assert (marked.type, marked.resource_version) == (BOOKMARK, "9")


def test_a_type_that_is_not_known_is_passed_over() -> None:
    assert event(line("RENAMED", sim("pump", 7))) is None


@pytest.mark.parametrize(
    "torn",
    [b"{", b"[]", b'{"type":"ADDED"}', b'{"type":"ADDED","object":{}}', b"404 page not found"],
)
def test_what_is_no_event_breaks_the_watch(torn: bytes) -> None:
    with pytest.raises(ApiError) as broken:
        event(torn)
    assert broken.value.unreachable, "the watch goes on from where it was"


def test_an_error_event_carries_its_code_and_how_long_to_wait() -> None:
    with pytest.raises(ApiError, match="scripted 410") as gone:
        event(error(410))
    assert gone.value.gone

    status = {"message": "later", "code": 429, "details": {"retryAfterSeconds": 3}}
    with pytest.raises(ApiError) as busy:
        event(orjson.dumps({"type": "ERROR", "object": status}))
    assert busy.value.throttled
    assert busy.value.retry_after == 3.0

    with pytest.raises(ApiError) as nameless:
        event(orjson.dumps({"type": "ERROR", "object": {}}))
    assert nameless.value.status == 500
