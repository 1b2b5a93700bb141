"""What Argo CD and Flux say of real objects in every state."""

import pytest

from sim_operator.api.names import AccountReason, QuotaPolicyReason, ReadyReason
from tests.gitops.examples import of_kind
from tests.gitops.expected import STATES, UNREACHED
from tests.gitops.flux import flux_status
from tests.gitops.kstatus import kstatus
from tests.gitops.lua import health
from tests.integration.world import Json

NEW = {"sim that is new", "simaccount that is new", "quotapolicy that is new"}


def ready(obj: Json) -> Json:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((one for one in conditions if one["type"] == "Ready"), {})


def expressions() -> dict[str, Json]:
    """What the example tells Flux of each kind."""
    return {
        one["kind"]: one
        for kustomization in of_kind("Kustomization", "flux")
        for one in kustomization["spec"].get("healthCheckExprs", ())
    }


def test_every_reason_is_there_or_it_is_said_why_not(objects: dict[str, Json]) -> None:
    seen = {(obj["kind"], ready(obj).get("reason")) for obj in objects.values()}
    reasons = {("SIM", one.value) for one in ReadyReason}
    reasons |= {("SIMAccount", one.value) for one in AccountReason}
    reasons |= {("QuotaPolicy", one.value) for one in QuotaPolicyReason}
    assert reasons - seen == set(UNREACHED)
    assert set(objects) == set(STATES)


@pytest.mark.parametrize("title", STATES)
def test_argo_cd_shows_what_a_person_would_say(title: str, objects: dict[str, Json]) -> None:
    found, obj = health(objects[title]), objects[title]
    assert found.status == STATES[title].health, STATES[title].because
    if (obj.get("status") or {}).get("observedGeneration") == obj["metadata"]["generation"]:
        assert found.message.startswith(f"{ready(obj)['reason']}: {ready(obj)['message']}")
    else:
        assert found.message == "The operator has not considered this generation yet."


@pytest.mark.parametrize("title", STATES)
def test_kstatus_reads_the_conditions_as_they_are_meant(
    title: str, objects: dict[str, Json]
) -> None:
    assert kstatus(objects[title]) == STATES[title].kstatus, STATES[title].because


@pytest.mark.parametrize("title", [one for one in STATES if "deletion" not in one])
def test_the_expressions_for_flux_say_what_kstatus_says_and_know_new_and_paused(
    title: str, objects: dict[str, Json]
) -> None:
    obj = objects[title]
    wanted = STATES[title].kstatus
    if title in NEW:
        wanted = "InProgress"
    elif title == "paused account":
        wanted = "Current"
    assert flux_status(obj, expressions()[obj["kind"]]) == wanted
