"""Kopf under our settings, against an API server that refuses."""

import asyncio
from itertools import islice
from pathlib import Path

import kopf
import pytest

from sim_operator.handlers.configuration import Patience
from tests.unit.handlers.refusing import Refusing, kopf_asks

KOPF_GIVES_UP_AFTER = len(kopf.OperatorSettings().networking.error_backoffs)  # type: ignore[arg-type]  # a tuple


def test_the_pauses_grow_and_have_no_end() -> None:
    pauses = list(islice(Patience(), 1_000))
    assert pauses[:7] == [1, 1, 2, 3, 5, 8, 13]
    assert set(pauses[7:]) == {13}
    assert next(iter(Patience())) == 1, "each request begins with the first one"


async def test_a_right_that_was_away_for_long_does_not_end_the_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Refusing(403, 2 * KOPF_GIVES_UP_AFTER)
    async with kopf_asks(api, tmp_path, monkeypatch) as (store, _), asyncio.timeout(60):
        await api.watched.wait()
        assert api.refused > KOPF_GIVES_UP_AFTER
        assert len(store.accounts) == 1
