"""The settings of the console: what is wrong is said, what is absent has a default."""

from datetime import timedelta

import pytest

from sim_operator.console.settings import ConsoleSettings
from sim_operator.history import Keep
from sim_operator.settings import PREFIX, SettingsError


def test_without_an_environment_it_shows_everything_and_keeps_no_history() -> None:
    settings = ConsoleSettings.from_environment()
    assert (settings.console_port, settings.metrics_port) == (8082, 8080)
    assert settings.database_url is None
    assert settings.watch_namespaces == ()
    assert settings.console_proxy_networks == ()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"CONSOLE_PORT": "http"}, "SIM_OPERATOR_CONSOLE_PORT: 'http' was given"),
        ({"CONSOLE_PORT": "8080"}, "two different ports"),
        ({"RECORDER": "sim-operator"}, "system:serviceaccount:NAMESPACE:NAME"),
        ({"CONSOLE_PROXY_NETWORKS": "10.0.0.0/8"}, "both or neither"),
        ({"CONSOLE_PROXY_SECRET_FILE": "/secret"}, "both or neither"),
        ({"CONSOLE_PROXY_NETWORKS": "everywhere"}, "SIM_OPERATOR_CONSOLE_PROXY_NETWORKS"),
        ({"CONSOLE_PROXY_PREFIX": "system:"}, "nobody becomes system: anything"),
        ({"CONSOLE_PROXY_USER_HEADER": "X User"}, "not the name of a header"),
        ({"CONSOLE_SESSION_HOURS": "0"}, "SIM_OPERATOR_CONSOLE_SESSION_HOURS"),
        ({"DATABASE_URL": "mysql://sim:hunter2@db/history"}, "SIM_OPERATOR_DATABASE_URL"),
        ({"CONSOLE_KEEP_DAYS": "30"}, "SIM_OPERATOR_CONSOLE_KEEP_DAYS"),
        ({"CONSOLE_KEEP_DAYS": "30"}, "what 1NCE still knows would be read again"),
        ({"CONSOLE_KEEP_RECORDS_DAYS": "0"}, "days, from 1 to 36,500"),
        ({"CONSOLE_KEEP_HAPPENINGS_DAYS": "a year"}, "SIM_OPERATOR_CONSOLE_KEEP_HAPPENINGS_DAYS"),
        ({"LOG_FORMAT": "xml"}, "text or json"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(SettingsError) as caught:
        ConsoleSettings.from_environment()
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_without_a_word_the_history_is_kept_as_long_as_it_says_itself() -> None:
    assert ConsoleSettings().keep == Keep()


def test_how_long_the_history_is_kept_can_be_said_for_each_of_its_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, days in (("DAYS", 730), ("RECORDS_DAYS", 30), ("HAPPENINGS_DAYS", 90)):
        monkeypatch.setenv(f"{PREFIX}CONSOLE_KEEP_{name}", str(days))
    assert ConsoleSettings.from_environment().keep == Keep(
        days=timedelta(days=730), parts=timedelta(days=30), happenings=timedelta(days=90)
    )


def test_the_password_of_the_database_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", "postgresql://sim:hunter2@db/history")
    monkeypatch.setenv(f"{PREFIX}CONSOLE_PORT", "no")
    with pytest.raises(SettingsError) as caught:
        ConsoleSettings.from_environment()
    assert "hunter2" not in str(caught.value)
    monkeypatch.delenv(f"{PREFIX}CONSOLE_PORT")
    assert "hunter2" not in repr(ConsoleSettings.from_environment())
