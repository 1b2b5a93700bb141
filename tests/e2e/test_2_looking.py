"""Chapter 2, first half: a person without kubectl looks at the fleet in the console."""

from typing import Any

import pytest

from tests.e2e.hands import NAMESPACE, RELEASE, Hands, parsed
from tests.e2e.telling import step

CONSOLE = f"{RELEASE}-console"
PLANT = "plant-a"
PERSON = "visitor"
SIMS_OF_THE_PLANT = 40


@pytest.fixture(scope="module")
def token(hands: Hands) -> str:
    """What somebody signs in with who may look at one namespace, by the commands of the notes."""
    account = f"{NAMESPACE}:{PERSON}"
    for command in (
        f"create serviceaccount {PERSON} -n {NAMESPACE}",
        f"create rolebinding {PERSON} -n {PLANT} --clusterrole=view --serviceaccount={account}",
    ):
        hands.kubectl(*command.split())
    return hands.kubectl("create", "token", PERSON, f"--namespace={NAMESPACE}").strip()


def asked(hands: Hands, path: str, token: str = "") -> tuple[int, Any]:
    """Status and JSON of the console, asked on the node: a proxy on the way takes tokens off."""
    (pod,) = hands.pods("console")
    headers = ["--header", f"Authorization: Bearer {token}"] if token else []
    url = f"http://{pod['status']['podIP']}:8082{path}"
    said = hands.on_node("curl", "--silent", "--write-out", "\n%{http_code}", *headers, url)
    body, _, code = said.rpartition("\n")
    return int(code), parsed(body)


def test_without_a_token_it_tells_that_it_is_well_and_nothing_else(hands: Hands) -> None:
    assert asked(hands, "/health") == (200, {"status": "ok"})
    status, problem = asked(hands, "/api/v1/sims")
    assert status == 401
    assert "items" not in problem


def test_who_may_look_at_one_namespace_sees_its_sims_and_no_other(hands: Hands, token: str) -> None:
    with step(f"{PERSON} sees the SIMs of {PLANT}"):
        hands.until(
            lambda: asked(hands, "/api/v1/summary", token)[1].get("total") == SIMS_OF_THE_PLANT,
            "the fleet is shown",
        )
    status, page = asked(hands, "/api/v1/sims", token)
    assert status == 200
    assert {one["namespace"] for one in page["items"]} == {PLANT}


def test_what_sims_used_is_delivered_with_the_token_of_the_operators_pod(
    hands: Hands, token: str
) -> None:
    def known() -> bool:
        status, usage = asked(hands, "/api/v1/usage?by=namespace", token)
        return status == 200 and any(one["knownDays"] for one in usage["items"])

    with step("the history has days of the fleet"):
        hands.until(known, "what SIMs used is in the history", 120)


def test_who_may_only_look_changes_nothing(hands: Hands, token: str) -> None:
    status, answer = asked(hands, f"/api/v1/sims/{PLANT}/pump-01", token)
    assert status == 200, answer
    (pod,) = hands.pods("console")
    url = f"http://{pod['status']['podIP']}:8082/api/v1/sims/{PLANT}/pump-01/disable"
    said = hands.on_node(
        *("curl", "--silent", "--request", "POST", "--write-out", "\n%{http_code}", "--data", "{}"),
        *("--header", f"Authorization: Bearer {token}"),
        *("--header", "Content-Type: application/json", url),
    )
    assert said.endswith("\n403")
