"""The verb `console`; what it does is imported when it is done."""

from typing import Annotated

import typer
from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(console)


def console(
    console_port: Annotated[str | None, typer.Option(help="Port of pages and REST API.")] = None,
    metrics_port: Annotated[str | None, typer.Option(help="Port of metrics and probes.")] = None,
    watch_namespaces: Annotated[
        str | None, typer.Option(help="Namespaces to show, separated by commas; empty: all.")
    ] = None,
    recorder: Annotated[
        str | None, typer.Option(help="User name of the operator that delivers the history.")
    ] = None,
    log_format: Annotated[str | None, typer.Option(help="text or json.")] = None,
    log_level: Annotated[str | None, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")] = None,
    clock_url: Annotated[
        str | None, typer.Option(help="A simulator whose time to follow (development only).")
    ] = None,
) -> None:
    """Serve web pages and a REST API, each person with their own Kubernetes rights.

    Each flag is also an environment variable, and there are more of those: SIM_OPERATOR_...
    """
    from sim_operator.console.running import run
    from sim_operator.console.settings import ConsoleSettings
    from sim_operator.settings import SettingsError

    try:
        settings = ConsoleSettings.from_environment().with_overrides(
            console_port=console_port,
            metrics_port=metrics_port,
            watch_namespaces=watch_namespaces,
            recorder=recorder,
            log_format=log_format,
            log_level=log_level,
            clock_url=clock_url,
        )
    except SettingsError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(error), markup=False)
        raise typer.Exit(2) from None
    raise typer.Exit(run(settings))
