"""From a SIMAccount and its Secret to a 1NCE client, or to the reason why there is none.

Runs before each sweep, so that a rotated Secret, a changed endpoint or a corrected mistake takes
effect without a restart. The token lives in the client: a new client means a new token.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sim_operator.api.names import (
    CA_BUNDLE_KEY,
    CLIENT_ID_KEY,
    CLIENT_SECRET_KEY,
    AccountReason,
)
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.domain.states import AccountMode
from sim_operator.kube.secrets import SecretReader, SecretUnreadableError
from sim_operator.onence.client import ClientConfig, OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.meter import Meter
from sim_operator.onence.throttle import Throttle

_LONGEST_CALL = 60.0
"""Seconds after which a client that was replaced has no call under way any more."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no call may be made for an account."""

    reason: AccountReason
    message: str
    credentials_gone: bool = False


class Connection:
    """The 1NCE client of one account, rebuilt when what it is made from changes."""

    def __init__(
        self,
        secrets: SecretReader,
        allows_endpoint: Callable[[str], bool],
        throttle: Throttle,
        meter: Meter,
    ) -> None:
        """Nothing is read before `renew`."""
        self._secrets = secrets
        self._allows_endpoint = allows_endpoint
        self._throttle = throttle
        self._meter = meter
        self._config: ClientConfig | None = None
        self._retired: list[tuple[float, OnenceClient]] = []
        self.client: OnenceClient | None = None

    async def renew(self, account: AccountRecord) -> Obstacle | None:
        """Make `client` fit the account as it stands; the obstacle where there can be none."""
        obstacle = await self._renewed(account)
        if obstacle is not None:
            self._retire()
        return obstacle

    @property
    def identity(self) -> tuple[str, str] | None:
        """Endpoint and client id.

        Where these change, an older picture of the account proves nothing.
        """
        return (self._config.endpoint, self._config.client_id) if self._config else None

    async def _renewed(self, account: AccountRecord) -> Obstacle | None:
        spec = account.spec
        if spec.mode is AccountMode.PAUSED:
            return Obstacle(AccountReason.PAUSED, "spec.mode is Paused: no call is made to 1NCE.")
        if not self._allows_endpoint(spec.endpoint):
            return Obstacle(
                AccountReason.ENDPOINT_NOT_ALLOWED,
                f"The operator may not call {spec.endpoint}: it is not under any of "
                "the prefixes in its "
                "SIM_OPERATOR_ALLOWED_ENDPOINTS.",
            )
        config = await self._configured(account)
        if isinstance(config, Obstacle):
            return config
        await self._close_retired()
        if config != self._config or self.client is None:
            self._retire()
            try:
                self.client = OnenceClient(config, self._throttle, self._meter)
            except OnenceError as error:
                return Obstacle(AccountReason.UNREACHABLE, error.failure.message)
            self._config = config
        return None

    def _retire(self) -> None:
        """Use the client no more, but let the calls that it is making end."""
        if self.client is not None:
            self.client.retire()
            self._retired.append((time.monotonic() + _LONGEST_CALL, self.client))
            self.client = None

    async def _close_retired(self) -> None:
        now = time.monotonic()
        ended = [client for until, client in self._retired if until <= now]
        self._retired = [one for one in self._retired if one[0] > now]
        for client in ended:
            await client.aclose()

    async def _configured(self, account: AccountRecord) -> ClientConfig | Obstacle:
        spec, namespace = account.spec, account.meta.key.namespace
        name = Key(namespace, spec.credentials_secret_ref.name)
        try:
            secret = await self._secrets.read_secret(name)
            bundle = await self._ca_bundle(account)
        except SecretUnreadableError as error:
            if self._config is not None and self.client is not None:
                # The API server's trouble is not the account's: go on with what was read before.
                return self._config
            return Obstacle(
                AccountReason.UNREACHABLE, f"The Kubernetes API did not answer: {error}"
            )
        missing = [key for key in (CLIENT_ID_KEY, CLIENT_SECRET_KEY) if not (secret or {}).get(key)]
        if isinstance(bundle, Obstacle):
            return bundle
        if secret is None or missing:
            if account.meta.deleted_at is not None and self._config is not None:
                # SIMs that are to be disabled before they go still need the last good credentials.
                return self._config
            what = (
                f"Secret {name} does not exist"
                if secret is None
                else f"Secret {name} has no key {missing[0]}"
            )
            return Obstacle(
                AccountReason.SECRET_NOT_FOUND,
                f"{what}: it needs the keys {CLIENT_ID_KEY} and {CLIENT_SECRET_KEY}.",
                credentials_gone=account.meta.deleted_at is not None,
            )
        return ClientConfig(
            endpoint=spec.endpoint,
            version=spec.management_api_version.value,
            client_id=secret[CLIENT_ID_KEY].strip(),
            client_secret=secret[CLIENT_SECRET_KEY].strip(),
            ca_bundle=bundle,
        )

    async def _ca_bundle(self, account: AccountRecord) -> str | Obstacle | None:
        reference = account.spec.ca_bundle_config_map_ref
        if reference is None:
            return None
        name = Key(account.meta.key.namespace, reference.name)
        found = await self._secrets.read_config_map(name)
        if found is None or not found.get(CA_BUNDLE_KEY):
            return Obstacle(
                AccountReason.UNREACHABLE,
                f"ConfigMap {name} with the CA bundle does not exist or has no key "
                f"{CA_BUNDLE_KEY}: "
                "1NCE is not called without it.",
            )
        return found[CA_BUNDLE_KEY]

    async def close(self) -> None:
        """Close every connection; no call may be under way."""
        self._retire()
        retired, self._retired = self._retired, []
        for _, client in retired:
            await client.aclose()
