"""The routes that change: a page that says what will happen, and the form that does it.

Every change goes through the API server as the person, so their rights decide. Without JavaScript
it is all the same: one page, one form, one redirect.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sim_operator.api.sim import MAX_LABEL
from sim_operator.console import problems
from sim_operator.console.fleet import SimRow
from sim_operator.console.pages import forms, rendering, verbs
from sim_operator.console.pages.route import Looking, frame_of
from sim_operator.console.parts import Parts
from sim_operator.console.person import Person
from sim_operator.console.problems import Problem
from sim_operator.console.rights.gates import check_write
from sim_operator.console.writing.acting import managed_elsewhere
from sim_operator.console.writing.verbs import Verb
from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError

router: Final = APIRouter(include_in_schema=False)

MOST_AT_ONCE: Final = 100
"""SIMs of one confirmation: each costs two requests to the API server, in the person's name."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one of many; `fault`: why it was not done."""

    key: Key
    fault: str | None


@router.get("/sims/change")
async def ask_for_many(request: Request, person: Looking) -> Response:
    """What will happen with the picked SIMs."""
    offer = _of_many(request.query_params.get("verb", ""))
    picked = [_key(text) for text in request.query_params.getlist("sim")]
    if not picked:
        raise problems.invalid("No SIM is picked. Go back, tick some rows, and continue.")
    _bound(picked)
    known = {row.key: row for row in await person.sims()}
    rows = [known[key] for key in dict.fromkeys(picked) if key in known]
    if not rows:
        raise problems.not_found("SIM of these names")
    return await _confirmation(request, person, offer, rows, many=True)


@router.post("/sims/change")
async def change_many(request: Request, person: Looking, console: Parts) -> Response:
    """Do it with each of them, one after the other; one that fails stops no other."""
    fields = await forms.sent(request)
    check_write(request, console, person.viewer, forms.one(fields, "csrf"))
    offer = _of_many(forms.one(fields, "verb"))
    picked = list(dict.fromkeys(_key(text) for text in fields.get("sim", ())))
    _bound(picked)
    results = []
    for key in picked:
        try:
            await person.act(key, offer.verb)
        except Problem as problem:
            results.append(Result(key, problem.detail))
        except ApiError as error:
            results.append(Result(key, problems.of_api(error).detail))
        else:
            results.append(Result(key, None))
    context = {
        "frame": frame_of(person.viewer, "SIMs"),
        "offer": offer,
        "results": results,
        "done": sum(one.fault is None for one in results),
    }
    return rendering.page(request, "done.html", context)


@router.get("/sims/{namespace}/{name}/{verb}")
async def ask(request: Request, namespace: str, name: str, verb: str, person: Looking) -> Response:
    """What will happen with one SIM."""
    offer = _offer(verb)
    file = await person.sim(Key(namespace, name))
    if offer.verb.writes_spec and file.owner is not None:
        raise managed_elsewhere(file)
    return await _confirmation(request, person, offer, [file.row], many=False)


@router.post("/sims/{namespace}/{name}/{verb}")
async def change(
    request: Request, namespace: str, name: str, verb: str, person: Looking, console: Parts
) -> Response:
    """Do it, and go back to the SIM's page, which shows what becomes of it."""
    fields = await forms.sent(request)
    check_write(request, console, person.viewer, forms.one(fields, "csrf"))
    offer, key = _offer(verb), Key(namespace, name)
    seen = (await person.sim(key)).row
    # The spec counts, not the version: a status moves by itself while one reads.
    if str(seen.generation) != forms.one(fields, "generation"):
        raise Problem(
            409,
            "changed-meanwhile",
            "Changed meanwhile",
            f"Somebody changed {name} after you looked. Nothing was done. Look at it again, then "
            "decide.",
        )
    outcome = await person.act(key, offer.verb, label=_label(offer.verb, fields))
    done = verb if outcome.changed else f"{verb}-already"
    return RedirectResponse(f"{_page_of(key)}?{urlencode({'done': done})}", 303)


async def _confirmation(
    request: Request, person: Person, offer: verbs.Offer, rows: list[SimRow], *, many: bool
) -> Response:
    accounts = {str(row.key): row for row in await person.accounts()}
    context = {
        "frame": frame_of(person.viewer, "SIMs"),
        "offer": offer,
        "sims": rows,
        "many": many,
        "address": request.url.path,
        "consequences": verbs.consequences(offer.verb, rows),
        "warnings": verbs.warnings(offer.verb, rows, accounts),
        "back": "/sims" if many else _page_of(rows[0].key),
    }
    return rendering.page(request, "confirm.html", context)


def _offer(verb: str) -> verbs.Offer:
    if verb not in set(Verb):
        raise problems.not_found(f"{verb[:20]!r} among the things to do")
    return verbs.OFFERS[Verb(verb)]


def _of_many(verb: str) -> verbs.Offer:
    offer = _offer(verb)
    if offer not in verbs.OF_MANY:
        raise problems.invalid("A label belongs to one SIM. Open the SIM to change it.")
    return offer


def _key(text: str) -> Key:
    namespace, slash, name = text.partition("/")
    if not slash or not namespace or not name:
        raise problems.invalid("A SIM is named as namespace/name. Go back and pick rows again.")
    return Key(namespace, name)


def _bound(picked: list[Key]) -> None:
    if len(picked) > MOST_AT_ONCE:
        raise problems.invalid(
            f"{len(picked):,} SIMs are picked, and at most {MOST_AT_ONCE} go at a time. Pick "
            "fewer, or change them in Git."
        )


def _label(verb: Verb, fields: forms.Fields) -> str | None:
    if verb is not Verb.LABEL:
        return None
    label = forms.one(fields, "label").strip()
    if not label or len(label) > MAX_LABEL:
        raise problems.invalid(f"A label has 1 to {MAX_LABEL} characters. Go back and write one.")
    return label


def _page_of(key: Key) -> str:
    return f"/sims/{key.namespace}/{key.name}"
