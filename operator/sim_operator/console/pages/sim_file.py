"""What the page of one SIM shows beside its row: who changed it, who owns it, what can be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sim_operator.api.names import RELEASE_HOLD_ANNOTATION, SIM_KIND, ConditionType
from sim_operator.console.fleet import SimRow
from sim_operator.console.fleet.attention import advice
from sim_operator.console.journal.news import CHANGED
from sim_operator.console.pages import verbs, words
from sim_operator.console.sim_file import SimFile
from sim_operator.console.writing.acting import managed_elsewhere
from sim_operator.console.writing.verbs import Verb
from sim_operator.history import Happening

_WARNING: Final = "Warning"


@dataclass(frozen=True, slots=True)
class Moment:
    """A sentence, and when that was, in RFC 3339."""

    text: str
    at: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    word: words.Word
    at: str
    message: str
    actor: str | None
    times: int


@dataclass(frozen=True, slots=True)
class Told:
    """What is said above the page after something was asked for."""

    text: str
    tone: words.Tone


def context(file: SimFile, happenings: Sequence[Happening]) -> Mapping[str, Any]:
    """What the template shows; `happenings`: newest first."""
    row = file.row
    elsewhere = managed_elsewhere(file) if file.owner is not None else None
    offers = verbs.offered(row, elsewhere=elsewhere is not None) if file.may_change else ()
    return {
        "manifest": file.manifest,
        "elsewhere": elsewhere,
        "offers": offers,
        "advice": _advice(row),
        "who": who(happenings),
        "timeline": [entry(one) for one in happenings],
    }


def _advice(row: SimRow) -> str:
    if row.policy is not None and row.policy.hold is not None:
        return (
            f"Wait, as said above. Earlier it comes back when the limit of {row.policy.name} is "
            f"raised; or, this SIM alone, with the annotation {RELEASE_HOLD_ANNOTATION} set to "
            f"{row.policy.hold.since}."
        )
    if row.ready is None or row.ready.status == "True":
        return ""
    return advice(SIM_KIND, ConditionType.READY, row.ready.reason)


def who(happenings: Sequence[Happening]) -> Moment | None:
    """Who changed the resource last, as far as it is remembered."""
    last = next((one for one in happenings if one.type == CHANGED), None)
    if last is None:
        return None
    by = f" by {last.actor}" if last.actor else ""
    return Moment(f"Last change of the resource{by}: {last.message}", _text(last.at))


def entry(one: Happening) -> Entry:
    """A happening as a line: warnings stand out, and what people did."""
    tones = {_WARNING: words.Tone.ODD, CHANGED: words.Tone.CALM}
    tone = tones.get(one.type, words.Tone.DULL)
    word = words.Word(one.reason or one.type, tone)
    return Entry(word, _text(one.at), one.message, one.actor, one.count)


def told(done: str, row: SimRow) -> Told | None:
    """What was asked for on the page before; `done`: a verb, with `-already` where it was so."""
    name, _, already = done.partition("-")
    if name not in set(Verb):
        return None
    title = verbs.OFFERS[Verb(name)].title
    if already:
        return Told(f"{title}: the resource says so already. Nothing was changed.", words.Tone.CALM)
    return Told(
        f"{title}: asked for. This page follows what becomes of it for {row.name}.",
        words.Tone.GOOD,
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
