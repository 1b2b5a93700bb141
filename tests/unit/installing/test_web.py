"""URLs that are given, and what services answer."""

import httpx
import pytest

from sim_operator.installing import web
from sim_operator.installing.complaints import BadInputError
from sim_operator.installing.services import service
from sim_operator.installing.stack import key


@pytest.mark.parametrize(
    "given",
    ["grafana:3000", "//grafana:3000", "ftp://grafana", "http://", "/readyz", "http://a:port"],
)
def test_what_is_no_absolute_url_is_refused(given: str) -> None:
    with pytest.raises(BadInputError, match="--prometheus"):
        web.url(given, "--prometheus")


@pytest.mark.parametrize(
    "given", ["http://admin:hunter2@grafana", "x=http://admin:hunter2@grafana"]
)
def test_a_url_with_a_password_is_refused_and_not_repeated(given: str) -> None:
    for read in (service, lambda text: web.url(text, "--metrics")):
        with pytest.raises(BadInputError) as refused:
            read(given)
        assert "hunter2" not in str(refused.value)


def test_a_query_is_asked_and_not_shown() -> None:
    name, target = service("grafana=http://grafana:3000/api/health?token=hunter2")
    assert (name, target.query) == ("grafana", b"token=hunter2")
    assert web.shown(target) == "http://grafana:3000/api/health"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://p:9090", "http://p:9090/api/v1/query"),
        ("http://p:9090/", "http://p:9090/api/v1/query"),
        ("http://p/prometheus/?a=b", "http://p/prometheus/api/v1/query"),
    ],
)
def test_paths_are_put_behind_a_prefix(base: str, expected: str) -> None:
    assert str(web.below(httpx.URL(base), "/api/v1/query")) == expected


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (404, "Correct the path"),
        (401, "needs no login"),
        (503, "read the log of its pod"),
        (429, "takes requests again"),
        (418, "Correct the URL"),
    ],
)
async def test_an_answer_that_is_no_success_says_what_to_do(code: int, advice: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(code))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(web.NoAnswerError) as refused:
            await web.get(http, httpx.URL("http://grafana/"))
    assert refused.value.verdict.found == f"http://grafana answered {code}"
    assert advice in refused.value.verdict.advice


@pytest.mark.parametrize(
    ("error", "found", "advice"),
    [
        (httpx.ConnectError("refused"), "no connection to http://grafana (refused)", "kubectl get"),
        (httpx.ConnectTimeout(""), "no answer in time from http://grafana", "NetworkPolicy"),
        (httpx.ReadError(""), "http://grafana broke off (ReadError)", "log"),
    ],
)
async def test_a_service_that_does_not_answer_says_where_to_look(
    error: httpx.HTTPError, found: str, advice: str
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as http:
        with pytest.raises(web.NoAnswerError) as refused:
            await web.get(http, httpx.URL("http://grafana/"))
    assert refused.value.verdict.found == found
    assert advice in refused.value.verdict.advice


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with web.client() as http:
        assert not http.follow_redirects
        assert not http.trust_env
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": "/login"}))
    async with httpx.AsyncClient(transport=transport) as http:
        assert (await web.get(http, httpx.URL("http://grafana/"))).status_code == 302


@pytest.mark.parametrize("given", ["default", "a/", "/b", "a/b/c", ""])
def test_a_resource_is_named_with_its_namespace(given: str) -> None:
    with pytest.raises(BadInputError, match="namespace/name is wanted"):
        key(given, "--account")
