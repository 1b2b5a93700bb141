"""Words and tones."""

import pytest

from sim_operator.api.choices import PolicyReason, Session, SimState
from sim_operator.api.names import ReadyReason
from sim_operator.console.pages import words
from sim_operator.console.pages.words import Tone


def test_every_state_and_session_has_a_tone_of_its_own_meaning() -> None:
    assert all(words.state(one).tone is not Tone.DULL for one in SimState)
    assert all(words.session(one).tone is not Tone.DULL for one in Session)
    assert words.state(None).text == "Not known"


def test_every_reason_of_a_policy_has_a_sentence() -> None:
    for one in PolicyReason:
        assert words.policy(one).endswith(".")
    assert words.policy(None) == ""


@pytest.mark.parametrize("reason", list(ReadyReason))
def test_a_reason_is_shown_as_it_is_named_elsewhere(reason: str) -> None:
    assert words.ready("False", reason).text == reason


def test_off_by_a_policy_is_neither_good_nor_bad() -> None:
    assert words.ready("True", ReadyReason.DISABLED_BY_POLICY).tone is Tone.OFF
    assert words.ready("True", ReadyReason.RECONCILED).tone is Tone.GOOD
    assert words.ready("False", ReadyReason.NOT_FOUND).tone is Tone.BAD
    assert words.ready("Unknown", ReadyReason.STALE).tone is Tone.ODD
    assert words.ready(None, None) == ("No status yet", Tone.DULL)


@pytest.mark.parametrize("kind", ["Ready", "Synced"])
@pytest.mark.parametrize("status", ["True", "False", "Unknown"])
def test_conditions_read_as_sentences(kind: str, status: str) -> None:
    assert words.condition(kind, status).endswith(".")
    assert kind not in words.condition(kind, status)


def test_a_condition_of_somebody_else_keeps_its_words() -> None:
    assert words.condition("Reviewed", "True") == "Reviewed is True."
    assert words.condition_tone("Stalled", "True") is Tone.BAD
    assert words.condition_tone("Synced", "False") is Tone.BAD
