"""Why a SIM is off, who changed it, and how it is switched: asked, confirmed, seen to be true."""

import re

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visit
from tests.console.scene import Scene, annotate

pytestmark = pytest.mark.cluster


def test_the_page_of_a_sim_says_why_it_is_off(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), f"/sims/{place.plant}/pump-03").page
    why = page.locator("#why")
    expect(why).to_contain_text("It is off: the policy pump-limit keeps it disabled.")
    expect(why).to_contain_text("data.perSIM of 40Mi is used up in 2026-11")
    expect(page.get_by_role("region", name="Policy")).to_contain_text("It has used up its limit.")
    expect(page.get_by_role("region", name="What happened")).to_contain_text(
        "Changed state from Enabled to Disabled at 1NCE"
    )


def test_a_sim_is_disabled_and_enabled_and_the_page_shows_it_come_true(
    visit: Visit, place: Scene
) -> None:
    name = "meter-01"
    page = visit(place.owner.token(), f"/sims/{place.plant}/{name}").page
    state = page.locator("#marks")
    for verb, wanted in (("Disable", "Disabled"), ("Enable", "Enabled")):
        page.get_by_role("link", name=verb, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{verb}: {name}")
        expect(page.get_by_role("main")).to_contain_text(f"its state is {wanted}")
        page.get_by_role("button", name=verb, exact=True).click()
        expect(page.get_by_text(f"{verb}: asked for.")).to_be_visible()
        # No reload here: the page follows by itself.
        expect(state).to_contain_text(wanted)
        iccid = place.spec(name)["iccid"]
        assert place.world.at_1nce(iccid)["status"] == wanted
    expect(page.locator("#why")).to_contain_text(f"by {place.owner.user}")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Asked for state")


def test_leaving_it_as_it_is_changes_nothing(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), f"/sims/{place.plant}/meter-04").page
    page.get_by_role("link", name="Disable", exact=True).click()
    page.get_by_role("link", name="Leave it as it is").click()
    expect(page.get_by_role("heading", name="meter-04")).to_be_visible()
    assert place.spec("meter-04")["state"] == "Enabled"


def test_a_change_that_overtook_the_viewer_stops_the_button(visit: Visit, place: Scene) -> None:
    visitor = visit(place.owner.token(), f"/sims/{place.plant}/meter-07/disable")
    place.world.patch("sim", "meter-07", {"label": "meter-07-moved"})
    visitor.page.get_by_role("button", name="Disable").click()
    visitor.forget("409")
    expect(visitor.page.get_by_role("alert")).to_contain_text("Somebody changed meter-07")
    assert place.spec("meter-07")["state"] == "Enabled"


def test_a_label_is_changed_by_its_form(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), f"/sims/{place.plant}/meter-10/label").page
    page.get_by_label("New label at 1NCE").fill("boiler <b>7</b>")
    page.get_by_role("button", name="Change label").click()
    identity = page.get_by_role("region", name="Identity")
    expect(identity).to_contain_text("boiler <b>7</b>")
    assert place.spec("meter-10")["label"] == "boiler <b>7</b>"


def test_where_git_owns_a_sim_the_page_says_where_to_edit_it(visit: Visit, place: Scene) -> None:
    tracking = f"plants:sim-operator.io/SIM:{place.plant}/tracker-05"
    annotate(place.world, "tracker-05", **{"argocd.argoproj.io/tracking-id": tracking})
    visitor = visit(place.owner.token(), f"/sims/{place.plant}/tracker-05")
    actions = visitor.page.get_by_role("region", name="What can be done")
    expect(actions).to_contain_text("Application plants of Argo CD")
    expect(actions.get_by_role("link")).to_have_text(["Reconcile now"])
    visitor.page.goto(f"/sims/{place.plant}/tracker-05/disable")
    visitor.forget("409")
    expect(visitor.page.get_by_role("alert")).to_contain_text("would change it back")


def test_several_picked_sims_are_suspended_and_resumed_together(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), "/sims?q=tracker-0").page
    names = ("tracker-02", "tracker-08")
    for verb, suspended in (("Suspend", True), ("Resume", False)):
        page.goto("/sims?q=tracker-0")
        for name in names:
            page.get_by_label(f"Pick {name}").check()
        page.get_by_label("With the picked ones").select_option(verb)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{verb}: 2 SIMs")
        page.get_by_role("button", name=verb).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("2 of 2 asked for"))
        for name in names:
            spec = place.spec(name)
            assert spec.get("suspend", False) is suspended
