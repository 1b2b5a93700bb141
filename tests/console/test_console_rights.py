"""Everybody sees what RBAC lets them see, and nothing of the rest: no name, number or choice."""

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visit
from tests.console.scene import Scene

pytestmark = pytest.mark.cluster

PAGES = ("/", "/sims", "/usage?by=sim", "/quotas", "/accounts")


def test_two_people_see_two_fleets(visit: Visit, place: Scene) -> None:
    mine, theirs = visit(place.owner.token()), visit(place.stranger.token())
    expect(mine.page.locator("[data-figure=total]")).to_have_text("24")
    expect(theirs.page.locator("[data-figure=total]")).to_have_text("1")
    mine.page.goto("/sims?q=probe")
    expect(mine.page.get_by_role("main")).to_contain_text("No SIM is like that")
    theirs.page.goto("/sims?q=probe")
    expect(theirs.page.get_by_role("link", name="secret-probe")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_another_namespace_is_on_any_page(visit: Visit, place: Scene, path: str) -> None:
    visitor = visit(place.stranger.token(), path)
    text = visitor.page.content()
    hidden = ["pump-", *place.iccids.values()]
    assert not [one for one in hidden if one in text]


def test_a_sim_of_another_namespace_cannot_be_opened(visit: Visit, place: Scene) -> None:
    visitor = visit(place.stranger.token())
    visitor.page.goto(f"/sims/{place.plant}/pump-00")
    visitor.forget("403")
    expect(visitor.page.get_by_role("alert")).to_be_visible()
    assert "8988" not in visitor.page.content()


def test_who_may_only_look_is_offered_no_button(visit: Visit, place: Scene) -> None:
    page = visit(place.reader.token(), f"/sims/{place.plant}/pump-00").page
    expect(page.get_by_role("heading", name="pump-00")).to_be_visible()
    buttons = page.get_by_role("region", name="What can be done")
    expect(buttons).to_contain_text("You may look at this SIM, and not change it.")
    expect(buttons.get_by_role("link")).to_have_count(0)


def test_a_form_that_somebody_forged_changes_nothing(visit: Visit, place: Scene) -> None:
    visitor = visit(place.owner.token())
    path = f"/sims/{place.plant}/pump-00/disable"
    form: dict[str, str | float | bool] = {"csrf": "forged", "generation": "1"}
    answer = visitor.page.request.post(
        path, form=form, headers={"Accept": "text/html", "Origin": place.console.url}
    )
    assert answer.status == 403
    assert place.spec("pump-00")["state"] == "Enabled"
