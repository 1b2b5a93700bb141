"""For everybody: without a mouse, by ear, on a phone, in the dark, without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.axe import AxeError, complaints, script
from tests.console.conftest import Visit
from tests.console.scene import Scene
from tests.console.visitor import PHONE

pytestmark = pytest.mark.cluster

PAGES = ("/", "/sims", "/sims/{plant}/pump-03", "/usage", "/quotas", "/accounts")
PAST = "/quotas/{plant}/pump-limit"


@pytest.fixture(scope="module")
def axe() -> None:
    """axe-core; where npm cannot get it, what needs it says so and is left out."""
    try:
        script()
    except AxeError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(visit: Visit, place: Scene, scheme: str) -> None:
    visitor = visit(color_scheme=scheme)
    visitor.page.goto("/signin")
    found = [f"/signin: {one}" for one in complaints(visitor.page)]
    visitor.sign_in(place.owner.token())
    others = ("/sims?q=nothing-like-that", "/sims/{plant}/meter-13/disable", PAST, "/docs")
    for path in (*PAGES, *others):
        visitor.page.goto(path.format(plant=place.plant))
        found += [f"{path}: {one}" for one in complaints(visitor.page)]
    assert not found, "\n".join(found)


@pytest.mark.usefixtures("axe")
@pytest.mark.parametrize("path", [*PAGES, PAST, "/docs"])
def test_no_page_is_wider_than_a_phone(visit: Visit, place: Scene, path: str) -> None:
    visitor = visit(place.owner.token(), viewport=PHONE)
    visitor.page.goto(path.format(plant=place.plant))
    width = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    assert not complaints(visitor.page)


def test_everything_is_done_with_the_keyboard_alone(visit: Visit, place: Scene) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/")
    expect(page.get_by_label("Kubernetes bearer token")).to_be_focused()
    page.keyboard.type(place.owner.token())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{place.console.url}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab_to(page, "SIMs")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/sims$"))
    tab_to(page, "Find")
    page.keyboard.type("tracker-11")
    expect(page.locator("#found")).to_have_text("1 of 24")
    tab_to(page, "tracker-11")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/tracker-11$"))
    tab_to(page, "Reconcile now")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reconcile now: tracker-11")
    tab_to(page, "Reconcile now")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Reconcile now: asked for.")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus, and the focus can be seen."""
    script = """name => {
        const one = document.activeElement;
        const label = one.labels?.[0]?.textContent ?? one.textContent;
        const seen = getComputedStyle(one).outlineStyle !== "none";
        return label.trim() === name && seen && one !== document.body;
    }"""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(script, name):
            return
    raise AssertionError(f"Tab never comes to {name!r}")


def test_without_javascript_every_page_reads_and_forms_work(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), java_script_enabled=False).page
    expect(page.locator("[data-figure=total]")).to_have_text("24")
    page.goto("/sims")
    page.get_by_label("Find").fill("pump-03")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#found")).to_have_text("1 of 24")
    page.get_by_role("link", name="pump-03").click()
    expect(page.locator("#why time").first).to_contain_text("UTC")
    page.get_by_role("link", name="Reconcile now").click()
    page.get_by_role("button", name="Reconcile now").click()
    expect(page.get_by_text("Reconcile now: asked for.")).to_be_visible()


def test_times_are_those_of_the_viewers_zone(visit: Visit, place: Scene) -> None:
    path = f"/sims/{place.plant}/pump-03"
    there = visit(place.owner.token(), path, timezone_id="Asia/Tokyo").page
    here = visit(place.owner.token(), path, timezone_id="UTC").page
    moment = "#why time"
    expect(there.locator(moment).first).to_have_attribute("title", re.compile("GMT\\+9|JST"))
    assert there.locator(moment).first.inner_text() != here.locator(moment).first.inner_text()


def test_the_colour_scheme_is_the_systems_until_somebody_chooses(
    visit: Visit, place: Scene
) -> None:
    page = visit(place.owner.token(), color_scheme="dark").page
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    switch = page.get_by_role("button", name=re.compile("^Colours:"))
    switch.click()
    expect(switch).to_have_text("Light")
    light = page.evaluate(background)
    assert light != dark
    page.goto("/sims")
    assert page.evaluate(background) == light


def test_a_page_that_follows_keeps_focus_text_and_what_is_open(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), "/sims").page
    page.get_by_text("More filters and columns").click()
    find = page.get_by_label("Find")
    find.fill("meter-1")
    expect(page.locator("#found")).to_have_text("4 of 24")
    page.get_by_label("Pick meter-16").check()
    find.focus()
    place.world.patch("sim", "meter-16", {"suspend": True})
    expect(page.get_by_role("row", name=re.compile("meter-16"))).to_contain_text("Suspended")
    expect(find).to_be_focused()
    expect(find).to_have_value("meter-1")
    expect(page.get_by_label("Pick meter-16")).to_be_checked()
    expect(page.get_by_label("Labels")).to_be_visible()
    place.world.patch("sim", "meter-16", {"suspend": False})


def test_a_page_that_lost_the_console_says_so_until_it_is_back(visit: Visit, place: Scene) -> None:
    visitor = visit(place.owner.token())
    note = visitor.page.locator("#connection")
    expect(note).to_be_hidden()
    visitor.page.context.set_offline(True)
    expect(note).to_be_visible()
    visitor.page.context.set_offline(False)
    expect(note).to_be_hidden()
    visitor.forget("ERR_INTERNET_DISCONNECTED")


def test_a_sim_that_is_deleted_while_somebody_looks_is_told_to_be_gone(
    visit: Visit, place: Scene
) -> None:
    place.world.sim("short-lived", place.world.fresh())
    visitor = visit(place.owner.token(), "/sims?q=short-lived")
    visitor.page.get_by_role("link", name="short-lived").click()
    expect(visitor.page.get_by_role("heading", name="short-lived")).to_be_visible()
    place.world.kubectl("delete", "sim", "short-lived")
    expect(visitor.page.get_by_role("alert")).to_be_visible(timeout=20_000)
    visitor.forget("404")


def test_an_idle_page_is_not_sent_again_and_a_moved_one_is(visit: Visit, place: Scene) -> None:
    path = f"/sims/{place.plant}/meter-19"
    ask = visit(place.owner.token()).page.request
    etag = ask.get(path).headers["etag"]
    same = ask.get(path, headers={"If-None-Match": etag})
    assert (same.status, same.body()) == (304, b"")
    place.world.patch("sim", "meter-19", {"suspend": True})
    place.world.until_reason("meter-19", "Suspended")
    place.world.until(
        lambda: ask.get(path, headers={"If-None-Match": etag}).status == 200, "the page moved"
    )
    place.world.patch("sim", "meter-19", {"suspend": False})
