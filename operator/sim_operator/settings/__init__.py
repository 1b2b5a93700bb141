"""What the operator is told from outside: environment variables, and flags of the same names.

Everything is checked at the start, and every complaint names the variable, what was given and
what is allowed: a typo must not become a default that nobody asked for.
"""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sim_operator.domain.resources import Key
from sim_operator.settings.complaints import PREFIX, SettingsError, flag, readable, variable

__all__ = [
    "PREFIX",
    "LogFormat",
    "LogLevel",
    "Namespace",
    "PerSimMetrics",
    "Port",
    "ProcessSettings",
    "Settings",
    "SettingsError",
]

LogFormat = Literal["text", "json"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
PerSimMetrics = Literal["auto", "on", "off"]

_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_PLAIN_URL = re.compile(r"[A-Za-z0-9._~:/\[\]-]*")
_IN_CLUSTER_SUFFIXES = (".svc", ".svc.cluster.local")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def _namespace(text: str) -> str:
    if not _DNS_LABEL.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a namespace")
    return text


def _account(given: object) -> object:
    if not isinstance(given, str):
        return given
    if not given.strip():
        return None
    namespace, slash, name = given.strip().partition("/")
    if not slash or not _DNS_LABEL.fullmatch(namespace) or not _DNS_SUBDOMAIN.fullmatch(name):
        raise ValueError("it does not read as namespace/name")
    return Key(namespace, name)


def _listed(given: object) -> object:
    if not isinstance(given, str):
        return given
    parts = (part.strip() for part in given.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _absent_if_empty(given: object) -> object:
    return None if isinstance(given, str) and not given.strip() else given


def _upper(given: object) -> object:
    return given.strip().upper() if isinstance(given, str) else given


def _lower(given: object) -> object:
    return given.strip().lower() if isinstance(given, str) else given


def _parts(text: str) -> SplitResult:
    """The parts of a URL that means the same to everyone who reads it.

    What two readers may understand differently (dot segments, backslashes, anything encoded, path
    parameters as in `..;`, letters of other alphabets) is refused, so that a prefix that is allowed
    cannot be left again.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        # The library's words repeat the URL, which may carry a password.
        raise ValueError("its host or port cannot be read") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("it is not an absolute http or https URL")
    if "@" in parts.netloc:
        raise ValueError("it carries a user or password")
    if "?" in text or "#" in text:
        raise ValueError("it carries a query or fragment")
    if not _PLAIN_URL.fullmatch(text) or {".", ".."} & set(parts.path.split("/")):
        raise ValueError("it is not a plain URL: only letters, digits and . _ ~ - : / may be in it")
    if port == 0:
        raise ValueError("port 0 cannot be called")
    return parts


def _base_url(given: object) -> object:
    if not isinstance(given, str):
        return given
    parts = _parts(given)
    return parts._replace(netloc=parts.netloc.lower()).geturl().rstrip("/")


def _near_url(given: object) -> object:
    """A URL that stays on this machine or in this cluster: time is taken from nobody else."""
    if not isinstance(given, str) or not given.strip():
        return None if isinstance(given, str) else given
    host = _parts(given.strip()).hostname or ""
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        # A name without a dot is a Service of the same namespace; one that begins with a digit
        # could be an address in disguise (`http://2130706433`).
        near = host.endswith(_IN_CLUSTER_SUFFIXES) or bool(re.fullmatch(r"[a-z][a-z0-9-]*", host))
    if not near:
        raise ValueError(f"{host} is neither loopback nor in-cluster")
    return _base_url(given.strip())


def _keeper_url(given: object) -> object:
    """A URL that a token may be sent to: nobody on the way may read it."""
    text = given.strip() if isinstance(given, str) else ""
    return _base_url(text) if text and _parts(text).scheme == "https" else _near_url(given)


File = Annotated[Path | None, BeforeValidator(_absent_if_empty)]
Namespace = Annotated[str, BeforeValidator(_namespace)]
Port = Annotated[int, Field(ge=0, le=65535)]


class ProcessSettings(BaseSettings):
    """What every process of ours is told; frozen. A field's description says what is allowed."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    watch_namespaces: Annotated[tuple[Namespace, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), description="names of namespaces, separated by commas; empty: all of them"
    )
    metrics_port: Port = Field(8080, description="a port from 0 to 65535; 0 takes a free one")
    log_format: Annotated[LogFormat, BeforeValidator(_lower)] = Field(
        "text", description="text or json"
    )
    log_level: Annotated[LogLevel, BeforeValidator(_upper)] = Field(
        "INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    clock_url: Annotated[str | None, BeforeValidator(_near_url)] = Field(
        None,
        description="the http or https URL of a simulator on loopback or inside the cluster",
    )

    @classmethod
    def from_environment(cls) -> Self:
        """Read and check the environment; a variable that is set but empty counts as absent.

        Raises:
            SettingsError: one readable line for each variable that is wrong.
        """
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(readable(error, variable, cls.model_fields)) from None

    def with_overrides(self, **flags: object) -> Self:
        """A copy in which the flags given win; a flag that is None was not given.

        Text is read as it would be in the environment.

        Raises:
            SettingsError: one readable line for each flag that is wrong.
            TypeError: there is no setting of that name.
        """
        unknown = sorted(flags.keys() - type(self).model_fields.keys())
        if unknown:
            raise TypeError(f"there is no setting {', '.join(unknown)}")
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        given = {name: value for name, value in flags.items() if value is not None}
        try:
            return type(self).model_validate(kept | given)
        except ValidationError as error:
            raise SettingsError(readable(error, flag, type(self).model_fields)) from None


class Settings(ProcessSettings):
    """The settings of the operator."""

    default_account: Annotated[Key | None, NoDecode, BeforeValidator(_account)] = Field(
        None, description="namespace/name of a SIMAccount"
    )
    namespace: Annotated[Namespace | None, BeforeValidator(_absent_if_empty)] = Field(
        None, description="the name of a namespace; absent: that of the pod"
    )
    hooks_port: Port = Field(8081, description="a port from 0 to 65535; 0 takes a free one")
    per_sim_metrics: Annotated[PerSimMetrics, BeforeValidator(_lower)] = Field(
        "auto", description="auto (up to 20,000 SIMs), on or off"
    )
    allowed_endpoints: Annotated[
        tuple[Annotated[str, BeforeValidator(_base_url)], ...],
        NoDecode,
        BeforeValidator(_listed),
        Field(min_length=1),
    ] = Field(
        ("https://api.1nce.com",),
        description="http or https URLs without user, query or fragment, separated by commas",
    )
    leader_election: bool = Field(True, description="true or false")
    sharding: bool = Field(False, description="true or false")
    history_url: Annotated[str | None, BeforeValidator(_keeper_url)] = Field(
        None, description="an https URL, or an http URL on loopback or inside the cluster"
    )
    history_token_file: File = Field(None, description="the path of a file with a token")
    history_ca_file: File = Field(None, description="the path of a file with PEM certificates")
    status_writes_per_second: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="a number of writes a second; 0: no limit"
    )

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.metrics_port == self.hooks_port != 0:
            raise ValueError(
                f"{PREFIX}METRICS_PORT and {PREFIX}HOOKS_PORT are both {self.metrics_port}; "
                "allowed: two different ports"
            )
        return self

    @model_validator(mode="after")
    def _sharding_needs_leases(self) -> Self:
        if self.sharding and not self.leader_election:
            raise ValueError(
                f"{PREFIX}SHARDING is true and {PREFIX}LEADER_ELECTION is false: accounts are "
                "shared by Leases; allowed: true for both, or sharding false"
            )
        return self

    def allows_endpoint(self, url: str) -> bool:
        """Whether 1NCE may be called at `url`: it lies at or below one of the allowed endpoints."""
        try:
            parts = _parts(url)
        except ValueError:
            return False
        return any(_covers(urlsplit(prefix), parts) for prefix in self.allowed_endpoints)


def _covers(prefix: SplitResult, url: SplitResult) -> bool:
    """Compare whole parts: `https://api.1nce.com` must not cover `https://api.1nce.com.example.org`."""
    same_server = (
        prefix.scheme,
        prefix.hostname,
        prefix.port or _DEFAULT_PORTS[prefix.scheme],
    ) == (
        url.scheme,
        url.hostname,
        url.port or _DEFAULT_PORTS[url.scheme],
    )
    return same_server and f"{url.path.rstrip('/')}/".startswith(f"{prefix.path}/")
