"""What charts and numbers show is what the history and the statuses hold."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from sim_operator.console.pages import figures
from tests.console.conftest import Visit
from tests.console.scene import FIRST, GAP, LIMIT, MIB, STREAMED, TODAY, Scene, streamed

pytestmark = pytest.mark.cluster


def drawn(chart: Locator) -> dict[str, str]:
    """The bars of a chart: its value by day, empty for a gap."""
    bars = chart.locator("rect[data-day]")
    pairs: list[tuple[str, str]] = bars.evaluate_all(
        "bars => bars.map(bar => [bar.dataset.day, bar.dataset.value])"
    )
    return dict(pairs)


def test_the_fleets_chart_shows_every_day_of_the_history_and_its_gap(
    visit: Visit, place: Scene
) -> None:
    page = visit(place.owner.token()).page
    shown = drawn(page.locator("#over-time"))
    days = [FIRST + timedelta(days=one) for one in range((TODAY - FIRST).days + 1)]
    wanted = {str(day): "" if day == GAP else str(place.total(day)) for day in days}
    assert shown == wanted
    expect(page.locator("#over-time figcaption")).to_contain_text("1 day is not known")


def test_a_taller_bar_is_more_data(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token()).page
    bars: list[list[float]] = page.locator("#over-time rect.bar-of").evaluate_all(
        "bars => bars.map(bar => [Number(bar.dataset.value), Number(bar.getAttribute('height'))])"
    )
    ratios = [height / value for value, height in bars if value]
    assert max(ratios) / min(ratios) < 1.02


def test_the_page_of_a_sim_draws_its_own_days(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), f"/sims/{place.plant}/pump-06").page
    shown = drawn(page.locator("#use"))
    known = {str(day): str(value) for day, value in place.used["pump-06"].items()}
    assert shown == known | {str(GAP): ""}


def test_the_page_of_a_sim_draws_the_hours_that_were_streamed(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), f"/sims/{place.plant}/{STREAMED}").page
    bars: list[list[str]] = page.locator("#use rect[data-hour]").evaluate_all(
        "bars => bars.map(bar => [bar.dataset.hour, bar.dataset.value])"
    )
    wanted = {
        hour: value
        for hour, value in streamed().items()
        if hour.date() >= TODAY - timedelta(days=1)
    }
    assert {datetime.fromisoformat(hour): int(value) for hour, value in bars} == wanted
    page.locator("#use summary").last.click()
    table = page.get_by_role("table", name="Data used by hour in the last two days")
    hour = max(wanted)
    row = table.get_by_role("row", name=f"{hour:%Y-%m-%d %H:%M}")
    expect(row).to_contain_text(figures.data(wanted[hour]))
    page.goto(f"{place.console.url}/sims/{place.plant}/pump-06")
    expect(page.locator("#use rect[data-day]").first).to_be_visible()
    expect(page.locator("#use rect[data-hour]")).to_have_count(0)


def test_a_month_by_label_adds_up_to_what_is_exported(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), "/usage?month=2026-11&by=label&label=fleet").page
    november = {
        name: sum(value or 0 for day, value in days.items() if day.month == 11)
        for name, days in place.used.items()
    }
    groups: dict[str, int] = {}
    for name, used in november.items():
        fleet = f"{name.partition('-')[0]}s"
        groups[fleet] = groups.get(fleet, 0) + used
    table = page.locator("table", has=page.get_by_role("columnheader", name="Share"))
    for fleet, used in groups.items():
        expect(table.get_by_role("row", name=fleet)).to_contain_text(figures.data(used))
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as CSV").click()
    rows = list(csv.reader(io.StringIO(started.value.path().read_text(encoding="utf-8"))))
    by_group = {row[0]: row for row in rows[1:]}
    for fleet, used in groups.items():
        assert str(used) in by_group[fleet]


def test_the_four_numbers_are_those_of_the_cluster(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token()).page
    sims = place.world.all_sims().values()
    on = sum(one["status"].get("state") == "Enabled" for one in sims)
    november = sum(
        value or 0 for days in place.used.values() for day, value in days.items() if day.month == 11
    )
    expect(page.locator("[data-figure=total]")).to_have_text(str(len(sims)))
    expect(page.locator("[data-figure=active]")).to_have_text(str(on))
    expect(page.locator("[data-figure=data]")).to_have_attribute("data-value", str(november))


def test_quotas_say_who_is_off_and_how_far_the_policy_goes(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), "/quotas").page
    policy = page.get_by_role("region", name=LIMIT)
    expect(policy).to_contain_text("Enforce")
    expect(policy).to_contain_text("disabled until the next period, 50% of the SIMs at a time")
    expect(policy.get_by_role("listitem")).to_contain_text(["pump-03"])


def test_accounts_show_sweep_rate_and_guards(visit: Visit, place: Scene) -> None:
    page = visit(place.owner.token(), "/accounts").page
    account = page.get_by_role("region", name=f"{place.plant}/default")
    expect(account).to_contain_text("10 at most")
    expect(account).to_contain_text("at most 1000")
    expect(account).to_contain_text("40 SIMs")


def test_past_months_are_compared_with_the_limits_of_a_policy(visit: Visit, place: Scene) -> None:
    place.world.patch("quotapolicy", LIMIT, {"data": {"perSIM": "20Mi"}})
    try:
        page = visit(place.owner.token(), f"/quotas/{place.plant}/{LIMIT}").page
        over = [
            name
            for name, days in place.used.items()
            if name.startswith("pump-")
            and sum(value or 0 for day, value in days.items() if day.month == 10) > 20 * MIB
        ]
        assert over
        october = page.locator("#month-2026-10")
        expect(october.locator("[data-over]")).to_have_attribute("data-over", str(len(over)))
        expect(october).to_contain_text("SIM days not known")
        for name in over:
            expect(october.get_by_role("link", name=name)).to_be_visible()
        expect(page.locator("#month-2026-07")).to_contain_text("Nothing is known of this month.")
    finally:
        place.world.patch("quotapolicy", LIMIT, {"data": {"perSIM": "40Mi"}})
