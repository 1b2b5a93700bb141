"""What an export does not hold and its resources need, for whoever applies it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sim_operator.api.choices import NamespacesFrom
from sim_operator.api.names import (
    ACCOUNT_KIND,
    CA_BUNDLE_KEY,
    CLIENT_ID_KEY,
    CLIENT_SECRET_KEY,
    SIM_KIND,
    STREAM_PASSWORD_KEY,
    STREAM_USERNAME_KEY,
)
from sim_operator.domain.resources import Key
from sim_operator.exporting.manifest import Manifest

_HEAD: Final = """\
# SIMs, their accounts and their policies

Written by `sim-operator export`, which writes it anew with `--force`. It holds no Secret and no
status. To apply it:

```console
$ kubectl apply --server-side -k .
```

What that does to SIMs, and how to begin without a write at 1NCE, is told in the how-to "Back up and
restore" of sim-operator.
"""


@dataclass(slots=True)
class Needs:
    """What has to be there beside the manifests; each by its key."""

    namespaces: set[str] = field(default_factory=set)
    secrets: dict[Key, set[str]] = field(default_factory=dict)
    config_maps: dict[Key, set[str]] = field(default_factory=dict)
    accounts: set[Key] = field(default_factory=set)
    """Accounts that SIMs refer to and that are not exported."""
    selecting: set[Key] = field(default_factory=set)
    """Accounts that admit namespaces by their labels."""
    without_account: bool = False
    """A SIM names none, so the operator needs a default account."""


def needs_of(manifests: Iterable[Manifest]) -> Needs:
    """What these manifests need."""
    needs = Needs()
    there: set[Key] = set()
    for one in manifests:
        needs.namespaces.add(one.key.namespace)
        if one.kind == ACCOUNT_KIND:
            there.add(one.key)
            _of_account(one, needs)
        elif one.kind == SIM_KIND:
            reference = one.spec.get("accountRef")
            if reference is None:
                needs.without_account = True
            else:
                place = reference.get("namespace") or one.key.namespace
                needs.accounts.add(Key(place, reference["name"]))
    needs.accounts -= there
    return needs


def _of_account(account: Manifest, needs: Needs) -> None:
    place, spec = account.key.namespace, account.spec
    wanted = (
        (needs.secrets, spec.get("credentialsSecretRef"), (CLIENT_ID_KEY, CLIENT_SECRET_KEY)),
        (needs.config_maps, spec.get("caBundleConfigMapRef"), (CA_BUNDLE_KEY,)),
        (
            needs.secrets,
            (spec.get("dataStreamer") or {}).get("credentialsSecretRef"),
            (STREAM_USERNAME_KEY, STREAM_PASSWORD_KEY),
        ),
    )
    for objects, reference, keys in wanted:
        if reference is not None:
            objects.setdefault(Key(place, reference["name"]), set()).update(keys)
    if (spec.get("allowedNamespaces") or {}).get("from") == NamespacesFrom.SELECTOR:
        needs.selecting.add(account.key)


def sentences(needs: Needs) -> Iterator[str]:
    """What has to be there, a sentence each."""
    named = ", ".join(sorted(needs.namespaces))
    yield f"Namespaces, which are not part of the export: {named}."
    for what, objects in (("Secret", needs.secrets), ("ConfigMap", needs.config_maps)):
        for key, keys in sorted(objects.items()):
            yield f"{what} {key} with the keys {', '.join(sorted(keys))}."
    for key in sorted(needs.selecting):
        yield (
            f"Labels on the namespaces that SIMAccount {key} admits: its spec.allowedNamespaces "
            "selects by them."
        )
    for key in sorted(needs.accounts):
        yield f"SIMAccount {key}, which SIMs refer to and which is not part of this export."
    if needs.without_account:
        yield "SIM_OPERATOR_DEFAULT_ACCOUNT at the operator: there are SIMs that name no account."


def readme(needs: Needs) -> str:
    """The page."""
    listed = "".join(f"- {sentence}\n" for sentence in sentences(needs))
    return f"{_HEAD}\n## What has to be there\n\n{listed}"
