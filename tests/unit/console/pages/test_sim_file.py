"""Who changed a SIM, who owns it, and what can be done with it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sim_operator.console.pages import sim_file
from sim_operator.console.pages.words import Tone
from sim_operator.console.sim_file import SimFile
from sim_operator.console.writing.ownership import Owner, OwnerKind
from sim_operator.console.writing.sources import Source
from sim_operator.history import Happening
from tests.unit.console.pages.rows import condition, sim

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
OWNER = Owner(OwnerKind.APPLICATION, None, "plants")
SOURCE = Source("https://git.example/fleet", "plants/a", "main")


def file(**changes: Any) -> SimFile:
    told: dict[str, Any] = {
        "row": sim(),
        "body": {},
        "manifest": "kind: SIM\n",
        "owner": None,
        "sources": (),
        "may_change": True,
    }
    return SimFile(**(told | changes))


def happened(type_: str, actor: str | None = None, **changes: Any) -> Happening:
    told: dict[str, Any] = {
        "at": AT,
        "kind": "SIM",
        "namespace": "plant-a",
        "name": "pump-1",
        "uid": "u",
        "type": type_,
        "reason": "Reconciled",
        "message": "spec.state: Enabled -> Disabled.",
        "actor": actor,
    }
    return Happening(**(told | changes))


def offers(told: Any) -> list[str]:
    return [one.name for one in told["offers"]]


def test_who_may_change_is_offered_what_makes_sense_now() -> None:
    assert offers(sim_file.context(file(), [])) == ["disable", "label", "suspend", "reconcile"]
    off = sim(state="Enabled", spec={"state": "Disabled", "suspend": True})
    told = sim_file.context(file(row=off), [])
    assert offers(told) == ["enable", "label", "resume", "reconcile"]


def test_who_may_only_look_is_offered_nothing() -> None:
    assert offers(sim_file.context(file(may_change=False), [])) == []


def test_where_git_owns_it_the_repository_is_named_and_only_looking_again_is_offered() -> None:
    told = sim_file.context(file(owner=OWNER, sources=(SOURCE,)), [])
    assert offers(told) == ["reconcile"]
    assert "https://git.example/fleet" in told["elsewhere"].detail
    assert "plants/a" in told["elsewhere"].detail


def test_the_last_change_and_its_author_are_told_and_events_are_no_change() -> None:
    told = sim_file.who([happened("Normal"), happened("Change", "jane@example.com")])
    assert told is not None
    assert told.text.startswith("Last change of the resource by jane@example.com: spec.state")
    assert told.at == "2026-11-23T09:00:00Z"
    assert sim_file.who([happened("Normal")]) is None


def test_warnings_and_changes_stand_out_in_the_timeline() -> None:
    tones = [sim_file.entry(happened(one)).word.tone for one in ("Warning", "Change", "Normal")]
    assert tones == [Tone.ODD, Tone.CALM, Tone.DULL]


@pytest.mark.parametrize(
    ("done", "tone", "text"),
    [("disable", Tone.GOOD, "asked for"), ("enable-already", Tone.CALM, "says so already")],
)
def test_what_was_asked_for_is_acknowledged(done: str, tone: Tone, text: str) -> None:
    told = sim_file.told(done, sim())
    assert told is not None
    assert (told.tone, text in told.text) == (tone, True)


def test_an_address_cannot_make_the_page_say_anything_else() -> None:
    assert sim_file.told("<b>hacked</b>", sim()) is None
    assert sim_file.told("", sim()) is None


def test_what_to_do_next_is_told_only_where_something_is_wrong() -> None:
    lost = sim(conditions=[condition("Ready", "False", "NotFound")])
    assert sim_file.context(file(row=lost), [])["advice"]
    assert not sim_file.context(file(), [])["advice"]


def test_a_sim_that_a_policy_holds_is_told_how_it_comes_back_earlier() -> None:
    hold = {
        "policyUID": "u",
        "period": "2026-11",
        "since": "2026-11-23T09:00:00Z",
        "stateBefore": "Enabled",
    }
    told = sim_file.context(file(row=sim(policy={"name": "pumps", "hold": hold})), [])["advice"]
    assert "sim-operator.io/release-hold set to 2026-11-23T09:00:00Z" in told
