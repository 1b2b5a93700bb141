"""The options of `usage`; what it does is imported when it is done."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(usage)


def usage(
    by: Annotated[
        str,
        typer.Option(
            metavar="DIMENSION", help="namespace, policy, account, label=KEY, sim, day or month."
        ),
    ] = "namespace",
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Default: the present one, in UTC.")
    ] = None,
    namespace: Annotated[
        list[str] | None,
        typer.Option("--namespace", "-n", help="Only its days; may be given more than once."),
    ] = None,
    output: Annotated[
        Literal["table", "csv", "json", "parquet"],
        typer.Option("--output", "-o", help="How to write."),
    ] = "table",
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write; default: standard output."),
    ] = None,
) -> None:
    """Tell who used what in a month, from the history at SIM_OPERATOR_DATABASE_URL.

    Reads the database itself, with the rights that its URL gives.
    """
    from sim_operator.history.report import command

    code = command.usage(by, month, frozenset(namespace) if namespace else None, output, to)
    raise typer.Exit(code)
