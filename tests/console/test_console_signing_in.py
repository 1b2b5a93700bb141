"""Signing in and out, by the form and nothing else."""

import re

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visit
from tests.console.scene import Scene

pytestmark = pytest.mark.cluster


def test_a_token_leads_to_the_page_that_was_asked_for_and_signing_out_ends_it(
    visit: Visit, place: Scene
) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/quotas")
    expect(page).to_have_title(re.compile("Sign in"))
    page.get_by_label("Kubernetes bearer token").fill(place.owner.token())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Quotas")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_contain_text(place.owner.user)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_token_that_nobody_knows_is_refused_with_what_to_do(visit: Visit) -> None:
    page = visit().page
    page.goto("/signin")
    page.get_by_label("Kubernetes bearer token").fill("not-a-token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("token")
    expect(page.get_by_label("Kubernetes bearer token")).to_have_attribute("aria-invalid", "true")


def test_no_script_can_read_the_session_and_no_cookie_holds_the_token(
    visit: Visit, place: Scene
) -> None:
    token = place.owner.token()
    visitor = visit(token)
    assert visitor.page.evaluate("document.cookie") == ""
    cookies = visitor.page.context.cookies()
    assert cookies
    assert all(one["httpOnly"] and one["sameSite"] == "Strict" for one in cookies)
    assert not any(token in one["value"] for one in cookies)


@pytest.mark.parametrize("path", ["/sims/{plant}/nothing", "/nowhere"])
def test_a_page_that_does_not_exist_says_so_and_leads_back(
    visit: Visit, place: Scene, path: str
) -> None:
    visitor = visit(place.owner.token())
    visitor.page.goto(path.format(plant=place.plant))
    visitor.forget("404")
    expect(visitor.page.get_by_role("main")).to_contain_text("404")
    visitor.page.get_by_role("link", name="Fleet").first.click()
    expect(visitor.page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
