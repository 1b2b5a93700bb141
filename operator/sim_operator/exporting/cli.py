"""The options of `export`; what it does is imported when it is done."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from sim_operator.domain.resources import Key

_KEY = "NAMESPACE/NAME"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a kustomize tree into this folder."),
    ] = None,
    output: Annotated[
        Literal["yaml"] | None,
        typer.Option("--output", "-o", help="Print all of it; what is done without --to."),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace",
            "-n",
            metavar="NAMESPACE",
            help="Of it; default: the context's.",
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(metavar=_KEY, help="A SIMAccount, its SIMs, and the policies over them."),
    ] = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all", "-A", help="Of every namespace.")
    ] = False,
    unclaimed: Annotated[
        bool,
        typer.Option(
            "--unclaimed",
            help="Also SIMs that 1NCE shows and no resource claims, as resources in Observe.",
        ),
    ] = False,
    observe: Annotated[
        bool,
        typer.Option(
            "--observe", help="Everything in Observe, so that applying it writes nothing to 1NCE."
        ),
    ] = False,
    default_account: Annotated[
        str | None,
        typer.Option(metavar=_KEY, help="SIMAccount of SIMs that name none, as in run."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier export in the folder.")
    ] = False,
) -> None:
    """Write SIMs, SIMAccounts and QuotaPolicies as clean manifests. Writes nothing to the cluster.

    Neither status nor what servers, programs and defaults fill in is part of them, nor any Secret.
    """
    from sim_operator.exporting import commands
    from sim_operator.exporting.scope import Scope
    from sim_operator.kube.context import context_namespace
    from sim_operator.settings import Settings, SettingsError

    if (namespace is not None) + (account is not None) + all_namespaces > 1:
        _refuse("--namespace, --account and --all exclude each other: give one of them.")
    if to is not None and output is not None:
        _refuse("--to and --output exclude each other: give one of them.")
    if force and to is None:
        _refuse("--force replaces what lies in a folder: name it by --to.")
    try:
        given = Settings.from_environment().with_overrides(default_account=default_account)
    except SettingsError as error:
        _refuse(str(error))
    chosen = None if account is None else _key(account)
    if account is None and not all_namespaces:
        namespace = namespace or context_namespace()
    code = commands.export(
        commands.Wanted(
            scope=Scope(namespace, chosen),
            to=to,
            with_unclaimed=unclaimed,
            as_observe=observe,
            force=force,
        ),
        given,
    )
    raise typer.Exit(code)


def _key(account: str) -> "Key":
    from sim_operator.domain.resources import Key

    namespace, _, name = account.partition("/")
    if not namespace or not name or "/" in name:
        _refuse(f"--account: {account!r} was given; allowed: namespace/name of a SIMAccount.")
    return Key(namespace, name)


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
