"""What the console is told from outside, as the operator is: variables, checked at the start."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from sim_operator.history import DatabaseAddress, DatabaseAddressError, Keep
from sim_operator.settings import PREFIX, Port, ProcessSettings

Network = IPv4Network | IPv6Network

_SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:[a-z0-9-]{1,63}:[a-z0-9.-]{1,253}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


def _networks(given: object) -> object:
    if not isinstance(given, str):
        return given
    return tuple(ip_network(part.strip()) for part in given.split(",") if part.strip())


def _names(given: object) -> object:
    if not isinstance(given, str):
        return given
    return tuple(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))


def _service_account(given: object) -> object:
    if not isinstance(given, str) or not given.strip():
        return None if isinstance(given, str) else given
    if not _SERVICE_ACCOUNT.fullmatch(given.strip()):
        raise ValueError("it does not read as system:serviceaccount:NAMESPACE:NAME")
    return given.strip()


def _header(given: object) -> object:
    if isinstance(given, str) and not _HEADER.fullmatch(given):
        raise ValueError("it is not the name of a header")
    return given


def _database(given: SecretStr | None) -> SecretStr | None:
    if given is None or not given.get_secret_value().strip():
        return None
    try:
        DatabaseAddress.parse(given.get_secret_value())
    except DatabaseAddressError as error:
        raise ValueError(str(error)) from None
    return given


def _prefix(given: object) -> object:
    if isinstance(given, str) and (given.startswith("system:") or not given.isprintable()):
        raise ValueError("nobody becomes system: anything by a header")
    return given


_KEEP = Keep()
_SHORTEST_DAYS = 190
"""A little more than 1NCE's six months: days that it knows and that are not there are asked for."""
_LONGEST_DAYS = 36_500

Header = Annotated[str, BeforeValidator(_header)]


class ConsoleSettings(ProcessSettings):
    """The settings of the console."""

    console_port: Port = Field(8082, description="a port from 0 to 65535; 0 takes a free one")
    database_url: Annotated[SecretStr | None, AfterValidator(_database)] = Field(
        None, description="sqlite:////data/history.db or postgresql://USER@HOST/NAME; empty: none"
    )
    recorder: Annotated[str | None, BeforeValidator(_service_account)] = Field(
        None, description="system:serviceaccount:NAMESPACE:NAME of the operator"
    )
    console_key_file: Path | None = Field(
        None, description="a file of 32 bytes or more that signs cookies; empty: made at each start"
    )
    console_session_hours: float = Field(
        12.0, gt=0, le=168, allow_inf_nan=False, description="hours, above 0 and up to 168"
    )
    console_groups: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = Field(
        (),
        description="groups on whose behalf the console may act, separated by commas; empty: all",
    )
    console_proxy_networks: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)] = (
        Field((), description="networks such as 10.0.0.0/8, separated by commas; empty: no proxy")
    )
    console_proxy_secret_file: Path | None = Field(
        None, description="a file with the secret that the proxy sends along"
    )
    console_proxy_user_header: Header = Field(
        "X-Forwarded-User", description="the name of a header"
    )
    console_proxy_groups_header: Header = Field(
        "X-Forwarded-Groups", description="the name of a header"
    )
    console_proxy_prefix: Annotated[str, BeforeValidator(_prefix)] = Field(
        "oidc:",
        max_length=64,
        description="what stands before users and groups in RBAC; not system:",
    )

    console_keep_days: int = Field(
        _KEEP.days.days,
        ge=_SHORTEST_DAYS,
        le=_LONGEST_DAYS,
        description=f"days, from {_SHORTEST_DAYS} to {_LONGEST_DAYS:,}: what 1NCE still knows "
        "would be read again",
    )
    console_keep_records_days: int = Field(
        _KEEP.parts.days, ge=1, le=_LONGEST_DAYS, description=f"days, from 1 to {_LONGEST_DAYS:,}"
    )
    console_keep_happenings_days: int = Field(
        _KEEP.happenings.days,
        ge=1,
        le=_LONGEST_DAYS,
        description=f"days, from 1 to {_LONGEST_DAYS:,}",
    )

    @property
    def keep(self) -> Keep:
        """How long the history keeps what."""
        return Keep(
            days=timedelta(days=self.console_keep_days),
            parts=timedelta(days=self.console_keep_records_days),
            happenings=timedelta(days=self.console_keep_happenings_days),
        )

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.metrics_port == self.console_port != 0:
            raise ValueError(
                f"{PREFIX}METRICS_PORT and {PREFIX}CONSOLE_PORT are both {self.metrics_port}; "
                "allowed: two different ports"
            )
        return self

    @model_validator(mode="after")
    def _a_proxy_has_a_secret(self) -> Self:
        if bool(self.console_proxy_networks) != (self.console_proxy_secret_file is not None):
            raise ValueError(
                f"{PREFIX}CONSOLE_PROXY_NETWORKS and {PREFIX}CONSOLE_PROXY_SECRET_FILE belong "
                "together: who is in the network has to show the secret, too; allowed: both or "
                "neither"
            )
        return self
