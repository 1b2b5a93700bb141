"""The labels of namespaces, read while an account admits namespaces by selector."""

import logging
from collections.abc import Mapping

from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.kube.namespaces import LabelsUnknown, NamespaceLabels

log = logging.getLogger(__name__)


class NamespaceSelection:
    """Keeps the labels up to date for the accounts that need them."""

    def __init__(self, labels: NamespaceLabels, accounts: Mapping[Key, AccountRecord]) -> None:
        """`accounts` is read live."""
        self._labels = labels
        self._accounts = accounts
        self._unknown: LabelsUnknown | None = None

    async def has_changed(self) -> bool:
        """Read the labels where they are due and needed; whether one of them is another now."""
        if not any(
            one.spec.allowed_namespaces.from_ == "Selector" for one in self._accounts.values()
        ):
            return False
        before = self._labels.version
        unknown = await self._labels.refresh()
        if unknown is not None and unknown != self._unknown:
            log.warning("labels of namespaces are not known: %s", unknown.message)
        self._unknown = unknown
        return self._labels.version != before
