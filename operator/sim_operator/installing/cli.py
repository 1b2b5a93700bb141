"""The options of `apply` and `check`; what they do is imported when it is done."""

from typing import Annotated, Literal

import typer

check = typer.Typer(
    no_args_is_help=True,
    help="Check an installation: what `helm test` and `helm uninstall` run.",
)

_Timeout = Annotated[
    int, typer.Option(min=1, max=3600, metavar="SECONDS", help="For all of it, 1 to 3600.")
]
_URL = "URL"
_KEY = "NAMESPACE/NAME"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(apply)
    app.add_typer(check, name="check")


def apply(
    filename: Annotated[
        list[str],
        typer.Option(
            "--filename", "-f", metavar="FILE", help="File with resources; -: standard input."
        ),
    ],
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace",
            "-n",
            metavar="NAMESPACE",
            help="Of resources that name none; default: the context's.",
        ),
    ] = None,
    field_manager: Annotated[
        str, typer.Option(metavar="NAME", help="Who owns the applied fields from then on.")
    ] = "sim-operator-chart",
    timeout: _Timeout = 120,
) -> None:
    """Apply SIMs, SIMAccounts and QuotaPolicies, server-side; other kinds are refused.

    Waits for a kind whose CustomResourceDefinition was installed a moment ago, and through what
    else passes by itself.
    """
    from sim_operator.installing import applying

    code = applying.apply(
        filename, namespace=namespace, field_manager=field_manager, timeout=timeout
    )
    raise typer.Exit(code)


@check.command()
def stack(
    service: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=URL", help="A GET that has to be answered with 2xx or 3xx."),
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option(metavar=_KEY, help="A SIMAccount that has to be Ready.")
    ] = None,
    sim: Annotated[
        list[str] | None, typer.Option(metavar=_KEY, help="A SIM that has to be Ready.")
    ] = None,
    make_sim: Annotated[
        str | None,
        typer.Option(
            metavar="NAMESPACE",
            help="Make a SIM resource there, which only observes, and delete it at the end.",
        ),
    ] = None,
    iccid_from: Annotated[
        str | None, typer.Option(metavar=_URL, help="The simulator that has the SIM to make.")
    ] = None,
    prometheus: Annotated[
        list[str] | None,
        typer.Option(metavar=_URL, help="A Prometheus at which the metrics have to arrive."),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(metavar=_URL, help="The operator's /metrics, where no Prometheus is."),
    ] = None,
    per_sim_metrics: Annotated[
        Literal["auto", "on", "off"], typer.Option(help="As the operator has it.")
    ] = "auto",
    timeout: _Timeout = 120,
) -> None:
    """Check that every service answers, a SIM becomes Ready, and a metric arrives.

    All checks are made at once, each until it holds or time is up, and each prints a line.
    --service, --account, --sim, --prometheus and --metrics may be given more than once.
    """
    from sim_operator.installing.stack import check_stack

    code = check_stack(
        services=service or (),
        accounts=account or (),
        sims=sim or (),
        make_sim=make_sim,
        iccid_from=iccid_from,
        prometheus=prometheus or (),
        metrics=metrics or (),
        per_sim=per_sim_metrics,
        timeout=timeout,
    )
    raise typer.Exit(code)


@check.command()
def uninstall(
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            "--namespace", "-n", metavar="NAMESPACE", help="Look only there; default: everywhere."
        ),
    ] = None,
    timeout: _Timeout = 15,
) -> None:
    """Refuse where resources would be stuck without the operator, and say how to let them go.

    For an uninstall that deletes the CustomResourceDefinitions too.
    """
    from sim_operator.installing.uninstall import check_uninstall

    raise typer.Exit(check_uninstall(namespaces=namespace or (), timeout=timeout))
