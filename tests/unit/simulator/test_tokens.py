"""Tokens end at their own time, whatever was granted after them."""

import base64

import pytest

from sim_operator.simulator import tokens
from sim_operator.simulator.config import Credential
from sim_operator.simulator.tokens import Grant, Refusal, TokenOffice, basic_pair
from tests.unit.simulator.fake_time import FakeTime

PAIR = Credential("client", "secret", "customer")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(tokens, "time", fake)
    return fake


def granted(office: TokenOffice) -> tuple[str, Grant]:
    answer = office.grant("client", "secret")
    assert not isinstance(answer, Refusal)
    return answer


def test_an_older_token_lives_on_until_its_own_end(clock: FakeTime) -> None:
    office = TokenOffice((PAIR,), 100.0)
    old, _ = granted(office)
    clock.now += 60
    new, grant = granted(office)
    assert old != new
    assert len(old) == len(new) == 3000
    assert office.recognise(f"Bearer {old}") is not None
    clock.now += 40
    assert office.recognise(f"Bearer {old}") is None
    assert office.recognise(f"Bearer {new}") == grant
    assert (grant.client_id, grant.customer) == ("client", "customer")
    clock.now += 60
    assert office.recognise(f"Bearer {new}") is None


def test_one_token_can_be_revoked_by_its_fingerprint(clock: FakeTime) -> None:
    office = TokenOffice((PAIR,), 100.0)
    (first, grant), (second, _) = granted(office), granted(office)
    assert office.revoke(grant.fingerprint) == 1
    assert office.recognise(f"Bearer {first}") is None
    assert office.recognise(f"Bearer {second}") is not None
    assert office.revoke() == 1
    assert office.recognise(f"Bearer {second}") is None


def test_a_fingerprint_is_no_part_of_the_token(clock: FakeTime) -> None:
    token, grant = granted(TokenOffice((PAIR,), 100.0))
    assert grant.fingerprint
    assert grant.fingerprint not in token


@pytest.mark.parametrize(
    ("client_id", "secret", "message"),
    [
        ("nobody", "secret", "User does not exist."),
        ("client", "wrong", "Incorrect username or password"),
        ("client", "", "Incorrect username or password"),
    ],
)
def test_an_unknown_pair_gets_no_token(client_id: str, secret: str, message: str) -> None:
    answer = TokenOffice((PAIR,), 100.0).grant(client_id, secret)
    assert answer == Refusal("BadCredentials", message)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic abc"])
def test_what_is_no_token_is_not_recognised(clock: FakeTime, header: str) -> None:
    office = TokenOffice((PAIR,), 100.0)
    granted(office)
    assert office.recognise(header) is None


def test_a_basic_header_is_a_pair_and_a_colon_belongs_to_the_secret() -> None:
    encoded = base64.b64encode(b"client:se:cret").decode()
    assert basic_pair(f"Basic {encoded}") == ("client", "se:cret")
    assert basic_pair("Basic !!!") == ("", "")
    assert basic_pair(f"Bearer {encoded}") == ("", "")
