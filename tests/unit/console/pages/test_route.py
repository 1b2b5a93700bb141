"""Problems as pages, and the way to the sign-in page and back."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from sim_operator.console.pages import problem_page, sign_in_page
from sim_operator.console.pages.frame import Frame
from sim_operator.console.problems import Problem, not_found, unavailable

STRANGER = Problem(401, "unauthenticated", "Who are you?", "Sign in.")


def request(path: str, query: str = "", *, method: str = "GET", accept: str = "text/html") -> Any:
    return Request(
        {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"accept", accept.encode())],
            "server": ("console.example", 443),
            "scheme": "https",
        }
    )


def page(answer: Response | None) -> str:
    assert answer is not None
    return bytes(answer.body).decode()


@pytest.mark.parametrize("path", ["/api/v1/sims", "/internal/v1/readings", "/docs", "/health"])
def test_a_program_gets_no_page(path: str) -> None:
    assert problem_page(request(path), not_found("SIM")) is None
    assert problem_page(request("/sims", accept="application/json"), not_found("SIM")) is None


def test_a_stranger_is_led_to_the_sign_in_page_and_back_to_where_they_wanted_to_go() -> None:
    answer = problem_page(request("/sims", "q=pump&state=Enabled"), STRANGER)
    assert answer is not None
    assert answer.status_code == 303
    assert answer.headers["location"] == "/signin?next=%2Fsims%3Fq%3Dpump%26state%3DEnabled"


def test_a_write_of_a_stranger_is_not_repeated_after_the_sign_in() -> None:
    answer = problem_page(request("/sims/a/b/disable", method="POST"), STRANGER)
    assert answer is not None
    assert answer.headers["location"] == "/signin?next=%2F"


def test_what_is_not_there_leads_home_and_what_failed_can_be_tried_again() -> None:
    gone = problem_page(request("/sims/a/b"), not_found("SIM b in a"))
    assert gone is not None
    assert (gone.status_code, 'href="/sims/a/b"' in page(gone)) == (404, False)
    busy = problem_page(request("/sims"), unavailable("It starts."))
    assert busy is not None
    assert 'href="/sims"' in page(busy)
    assert busy.headers["retry-after"] == "5"
    failed = problem_page(request("/sims/a/b/disable", method="POST"), unavailable("It starts."))
    assert 'href="/sims/a/b/disable"' not in page(failed)


def test_a_problem_is_told_as_text() -> None:
    answer = problem_page(request("/sims"), not_found("<img src=x onerror=alert(1)>"))
    assert "<img" not in page(answer)


def test_the_sign_in_form_tells_what_was_wrong_and_is_never_kept() -> None:
    answer = sign_in_page(request("/signin"), problem="Refused.", csrf="c", next='/"><b>')
    assert answer.headers["cache-control"] == "no-store"
    assert "Refused." in page(answer)
    assert "<b>" not in page(answer)


def test_the_frame_names_a_service_account_as_people_do() -> None:
    assert Frame("system:serviceaccount:plant-a:ann").user_short == "plant-a/ann"
    assert Frame("oidc:ann@example.com").user_short == "oidc:ann@example.com"
    assert Frame().user_short == ""
