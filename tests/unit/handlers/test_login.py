"""The session of kopf: what it makes of a kind that is gone, and of a token that is refused."""

import asyncio
from pathlib import Path

import pytest

from tests.unit.handlers.refusing import Refusing, kopf_asks


@pytest.mark.parametrize("watches", [True, False])
async def test_kopf_outlives_a_kind_that_is_gone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, watches: bool
) -> None:
    api = Refusing(404, 20, watches=watches)
    async with kopf_asks(api, tmp_path, monkeypatch) as (store, working), asyncio.timeout(60):
        await api.watched.wait()
        assert api.refused == 20
        assert not working.done()
        assert len(store.accounts) == 1


async def test_kopf_ends_where_the_token_stays_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Refusing(401, 1_000)

    async def until_it_ends() -> None:
        async with kopf_asks(api, tmp_path, monkeypatch) as (_, working):
            await asyncio.wait([working], timeout=60)
            assert working.done()

    with pytest.raises(Exception, match="valid credentials"):
        await until_it_ends()
    assert api.refused < 5, "it does not ask again and again"
