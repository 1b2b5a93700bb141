"""The environment is read as written, and refused with a line that a person can act on."""

import os
from pathlib import Path

import pytest

from sim_operator.domain.resources import Key
from sim_operator.settings import PREFIX, Settings, SettingsError


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


def complaint(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment()
    monkeypatch.delenv(PREFIX + name)
    return str(caught.value)


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = Settings.from_environment()
    assert settings.model_dump() == {
        "default_account": None,
        "watch_namespaces": (),
        "namespace": None,
        "metrics_port": 8080,
        "hooks_port": 8081,
        "log_format": "text",
        "log_level": "INFO",
        "per_sim_metrics": "auto",
        "allowed_endpoints": ("https://api.1nce.com",),
        "leader_election": True,
        "sharding": False,
        "clock_url": None,
        "history_url": None,
        "history_token_file": None,
        "history_ca_file": None,
        "status_writes_per_second": 0.0,
    }


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "DEFAULT_ACCOUNT": "sim-operator/default",
        "WATCH_NAMESPACES": "plant-a, plant-b,plant-a,",
        "NAMESPACE": "sim-operator",
        "METRICS_PORT": "9080",
        "HOOKS_PORT": "9081",
        "LOG_FORMAT": "JSON",
        "LOG_LEVEL": "debug",
        "PER_SIM_METRICS": "on",
        "ALLOWED_ENDPOINTS": "https://api.1nce.com/,http://simulator:8089",
        "LEADER_ELECTION": "false",
        "CLOCK_URL": "http://127.0.0.1:8089",
        "HISTORY_URL": "http://console.sim-operator.svc:8082/",
        "HISTORY_TOKEN_FILE": "/var/run/history/token",
        "HISTORY_CA_FILE": "/etc/history/ca.crt",
        "STATUS_WRITES_PER_SECOND": "2.5",
    }
    for name, value in given.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = Settings.from_environment()
    assert settings.default_account == Key("sim-operator", "default")
    assert settings.watch_namespaces == ("plant-a", "plant-b")
    assert settings.namespace == "sim-operator"
    assert (settings.metrics_port, settings.hooks_port) == (9080, 9081)
    assert (settings.log_format, settings.log_level) == ("json", "DEBUG")
    assert settings.per_sim_metrics == "on"
    assert settings.allowed_endpoints == ("https://api.1nce.com", "http://simulator:8089")
    assert settings.leader_election is False
    assert settings.clock_url == "http://127.0.0.1:8089"
    assert settings.status_writes_per_second == 2.5
    assert settings.history_url == "http://console.sim-operator.svc:8082"
    assert settings.history_token_file == Path("/var/run/history/token")
    assert settings.history_ca_file == Path("/etc/history/ca.crt")


def test_a_variable_that_is_set_but_empty_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(PREFIX + name.upper(), "")
    assert Settings.from_environment() == Settings()


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = Settings.from_environment()
    with pytest.raises(ValueError, match="frozen"):
        settings.metrics_port = 1  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize("text", ["default", "a/b/c", "/default", "ns/", "Ns/default", "ns/-x"])
def test_an_account_that_is_not_namespace_and_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    message = complaint(monkeypatch, "DEFAULT_ACCOUNT", text)
    assert message == (
        f"SIM_OPERATOR_DEFAULT_ACCOUNT: '{text}' was given: it does not read as namespace/name; "
        "allowed: namespace/name of a SIMAccount"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WATCH_NAMESPACES", "plant-a,Plant_B"),
        ("NAMESPACE", "not a namespace"),
        ("METRICS_PORT", "eighty"),
        ("METRICS_PORT", "65536"),
        ("HOOKS_PORT", "-1"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "chatty"),
        ("PER_SIM_METRICS", "true"),
        ("LEADER_ELECTION", "perhaps"),
        ("STATUS_WRITES_PER_SECOND", "-1"),
        ("STATUS_WRITES_PER_SECOND", "inf"),
    ],
)
def test_a_complaint_names_the_variable_the_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    message = complaint(monkeypatch, name, value)
    assert message.startswith(f"{PREFIX}{name}: '")
    assert "was given" in message
    assert str(Settings.model_fields[name.lower()].description) in message
    assert "\n" not in message


def test_each_wrong_variable_has_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "METRICS_PORT", "eighty")
    monkeypatch.setenv(PREFIX + "LOG_FORMAT", "xml")
    monkeypatch.setenv(PREFIX + "WATCH_NAMESPACES", "A,B,C")
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment()
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "SIM_OPERATOR_WATCH_NAMESPACES",
        "SIM_OPERATOR_METRICS_PORT",
        "SIM_OPERATOR_LOG_FORMAT",
    ]


def test_a_port_that_kubernetes_set_for_a_service_is_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = complaint(monkeypatch, "METRICS_PORT", "tcp://10.96.0.17:8080")
    assert "enableServiceLinks: false" in message


def test_one_port_cannot_serve_both_metrics_and_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    message = complaint(monkeypatch, "HOOKS_PORT", "8080")
    assert message == (
        "SIM_OPERATOR_METRICS_PORT and SIM_OPERATOR_HOOKS_PORT are both 8080; "
        "allowed: two different ports"
    )
    both_free = Settings.from_environment().with_overrides(metrics_port=0, hooks_port=0)
    assert (both_free.metrics_port, both_free.hooks_port) == (0, 0)


@pytest.mark.parametrize(
    "url",
    [
        "api.1nce.com",
        "//api.1nce.com",
        "ftp://api.1nce.com",
        "https://",
        "https://api.1nce.com/?a=b",
        "https://api.1nce.com/?",
        "https://api.1nce.com/#top",
        "https://user@api.1nce.com",
        "https://api.1nce.com/a/../b",
        "https://api.1nce.com/a%2e%2e/b",
        "https://api.1nce.com\\@evil.example",
        "https://api.1nce.com:99999",
        "https://api.1nce.com:0",
        ",",
    ],
)
def test_an_endpoint_that_is_not_a_plain_absolute_url_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    message = complaint(monkeypatch, "ALLOWED_ENDPOINTS", url)
    assert message.startswith("SIM_OPERATOR_ALLOWED_ENDPOINTS: ")


def test_a_password_in_an_endpoint_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (
        "https://user:canary,7/canary@api.1nce.com",
        "https://api.1nce.com/?token=canary",
        "https://ok.example,https://user:canary@api.1nce.com",
    ):
        monkeypatch.setenv(PREFIX + "ALLOWED_ENDPOINTS", url)
        with pytest.raises(SettingsError) as caught:
            Settings.from_environment()
        assert "canary" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "url",
    [
        "https://api.1nce.com",
        "https://api.1nce.com/management-api",
        "https://API.1nce.com:443/management-api/",
    ],
)
def test_an_endpoint_below_an_allowed_one_is_allowed(url: str) -> None:
    assert Settings.from_environment().allows_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.1nce.com.example.org/management-api",
        "http://api.1nce.com/management-api",
        "https://api.1nce.com:8443/management-api",
        "https://api.1nce.com@example.org/",
        "https://example.org/https://api.1nce.com",
        "https://api.1nce.com\\.example.org",
        "",
    ],
)
def test_an_endpoint_elsewhere_is_not_allowed(url: str) -> None:
    assert not Settings.from_environment().allows_endpoint(url)


def test_a_path_in_an_allowed_endpoint_covers_whole_segments() -> None:
    settings = Settings.from_environment().with_overrides(
        allowed_endpoints="https://proxy.example/onence"
    )
    assert settings.allows_endpoint("https://proxy.example/onence/v1")
    assert not settings.allows_endpoint("https://proxy.example/onence-other")
    assert not settings.allows_endpoint("https://proxy.example/onence/../other")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8089",
        "http://127.8.8.8",
        "http://[::1]:8089",
        "http://localhost:8089",
        "http://simulator:8089",
        "http://simulator.demo.svc:8089",
        "https://simulator.demo.svc.cluster.local",
    ],
)
def test_time_may_come_from_a_simulator_nearby(url: str) -> None:
    assert Settings.from_environment().with_overrides(clock_url=url).clock_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://time.example.org",
        "http://10.0.0.7:8089",
        "http://2130706433",
        "http://0x7f000001",
        "http://[2001:db8::1]",
        "http://0.0.0.0",
        "http://evil.svc.example.org",
        "http://user@localhost",
        "simulator:8089",
    ],
)
def test_time_may_not_come_from_elsewhere(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert complaint(monkeypatch, "CLOCK_URL", url).startswith("SIM_OPERATOR_CLOCK_URL: ")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8082", "http://console:8082", "https://history.example.org/sims"]
)
def test_the_history_may_be_nearby_or_behind_tls(url: str) -> None:
    assert Settings.from_environment().with_overrides(history_url=url).history_url == url


@pytest.mark.parametrize(
    "url", ["http://history.example.org", "http://10.0.0.7:8082", "https://user@console", "console"]
)
def test_the_token_for_the_history_goes_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    message = complaint(monkeypatch, "HISTORY_URL", url)
    assert message.startswith("SIM_OPERATOR_HISTORY_URL: ")
    assert message.endswith("an https URL, or an http URL on loopback or inside the cluster")


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "METRICS_PORT", "9080")
    monkeypatch.setenv(PREFIX + "LOG_FORMAT", "json")
    settings = Settings.from_environment().with_overrides(metrics_port=9999, log_format=None)
    assert (settings.metrics_port, settings.log_format) == (9999, "json")


def test_an_empty_flag_takes_back_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PREFIX + "WATCH_NAMESPACES", "plant-a")
    monkeypatch.setenv(PREFIX + "DEFAULT_ACCOUNT", "a/b")
    settings = Settings.from_environment().with_overrides(watch_namespaces="", default_account="")
    assert (settings.watch_namespaces, settings.default_account) == ((), None)


def test_a_wrong_flag_is_called_by_its_own_name() -> None:
    with pytest.raises(SettingsError, match=r"^--metrics-port: 'eighty' was given"):
        Settings.from_environment().with_overrides(metrics_port="eighty")


def test_a_flag_without_a_setting_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="colour"):
        Settings.from_environment().with_overrides(colour="red")


def test_sharding_needs_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}SHARDING", "true")
    assert Settings.from_environment().sharding is True
    monkeypatch.setenv(f"{PREFIX}LEADER_ELECTION", "false")
    with pytest.raises(SettingsError, match="accounts are shared by Leases"):
        Settings.from_environment()
