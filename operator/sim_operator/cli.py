"""The command line: `run | console | plan | rehearse | usage | apply | check | simulate | …`."""

import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer
from rich.console import Console

from sim_operator.console import cli as console
from sim_operator.history.backups import cli as backups
from sim_operator.history.report import cli as reporting
from sim_operator.installing import cli as installing

if TYPE_CHECKING:
    from sim_operator.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Manage 1NCE IoT SIM cards as Kubernetes resources.",
)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command that the arguments name."""
    _leave_no_core()
    app()


def _leave_no_core() -> None:
    """Secrets are in memory, and a core dump would lay them on a disk.

    One byte and not none: of none the kernel still sends cores to a program that collects them.
    """
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    if most != 0:
        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))


def _refuse(message: str, code: int = 2) -> NoReturn:
    _errors.print(message, markup=False)
    raise typer.Exit(code)


@app.command()
def run(
    default_account: Annotated[
        str | None, typer.Option(help="SIMAccount of SIMs that name none: namespace/name.")
    ] = None,
    watch_namespaces: Annotated[
        str | None, typer.Option(help="Namespaces to watch, separated by commas; empty: all.")
    ] = None,
    namespace: Annotated[
        str | None, typer.Option(help="Namespace of the Lease; default: that of the pod.")
    ] = None,
    metrics_port: Annotated[str | None, typer.Option(help="Port of metrics and probes.")] = None,
    hooks_port: Annotated[
        str | None, typer.Option(help="Port of the Data Streamer intake.")
    ] = None,
    log_format: Annotated[str | None, typer.Option(help="text or json.")] = None,
    log_level: Annotated[str | None, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")] = None,
    per_sim_metrics: Annotated[str | None, typer.Option(help="auto, on or off.")] = None,
    allowed_endpoints: Annotated[
        str | None, typer.Option(help="URL prefixes that accounts may name, separated by commas.")
    ] = None,
    leader_election: Annotated[
        str | None, typer.Option(help="true or false: take part in leader election.")
    ] = None,
    sharding: Annotated[
        str | None, typer.Option(help="true or false: share the accounts among the replicas.")
    ] = None,
    clock_url: Annotated[
        str | None, typer.Option(help="A simulator whose time to follow (development only).")
    ] = None,
    history_url: Annotated[
        str | None, typer.Option(help="Base URL of the console that keeps the history.")
    ] = None,
    history_token_file: Annotated[
        str | None, typer.Option(help="File with the token for the history.")
    ] = None,
    history_ca_file: Annotated[
        str | None, typer.Option(help="File with the CA that signed the history's certificate.")
    ] = None,
    status_writes_per_second: Annotated[
        str | None, typer.Option(help="Most status writes a second; 0: no limit.")
    ] = None,
) -> None:
    """Run the operator. Each flag is also an environment variable: SIM_OPERATOR_..."""
    from sim_operator.app import run as run_operator
    from sim_operator.settings import Settings, SettingsError

    try:
        settings = Settings.from_environment().with_overrides(
            default_account=default_account,
            watch_namespaces=watch_namespaces,
            namespace=namespace,
            metrics_port=metrics_port,
            hooks_port=hooks_port,
            log_format=log_format,
            log_level=log_level,
            per_sim_metrics=per_sim_metrics,
            allowed_endpoints=allowed_endpoints,
            leader_election=leader_election,
            sharding=sharding,
            clock_url=clock_url,
            history_url=history_url,
            history_token_file=history_token_file,
            history_ca_file=history_ca_file,
            status_writes_per_second=status_writes_per_second,
        )
    except SettingsError as error:
        _refuse(str(error))
    raise typer.Exit(run_operator(settings))


_PolicyFile = Annotated[
    str, typer.Option("--filename", "-f", help="File with QuotaPolicies; -: standard input.")
]
_PolicyNamespace = Annotated[
    str | None,
    typer.Option("--namespace", "-n", help="Of policies that name none; default: the context's."),
]
_DefaultAccount = Annotated[
    str | None, typer.Option(help="SIMAccount of SIMs that name none, as in run.")
]
_Output = Annotated[Literal["table", "json"], typer.Option("--output", "-o", help="How to print.")]
_MostSims = Annotated[int | None, typer.Option(min=1, help="Read no more SIMs at 1NCE.")]


@app.command()
def plan(
    filename: _PolicyFile,
    namespace: _PolicyNamespace = None,
    default_account: _DefaultAccount = None,
    output: _Output = "table",
    only_changes: Annotated[
        bool, typer.Option("--only-changes", help="Only SIMs that would be dealt with otherwise.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 3 where a SIM would be disabled or held.")
    ] = False,
    max_sims: _MostSims = None,
) -> None:
    """Print what QuotaPolicies would do now. Reads the cluster and 1NCE, writes nothing."""
    from sim_operator.trial import commands

    code = commands.plan(
        filename,
        _settings(default_account),
        namespace=namespace,
        output=output,
        only_changes=only_changes,
        exit_code=exit_code,
        most_sims=max_sims,
    )
    raise typer.Exit(code)


@app.command()
def rehearse(
    filename: _PolicyFile,
    namespace: _PolicyNamespace = None,
    default_account: _DefaultAccount = None,
    output: _Output = "table",
    months: Annotated[
        int, typer.Option(min=1, max=60, help="How far to go back; 1NCE knows 6 months.")
    ] = 3,
    max_sims: _MostSims = None,
    from_history: Annotated[
        bool,
        typer.Option(
            "--from-history", help="Read use at SIM_OPERATOR_DATABASE_URL, and not at 1NCE."
        ),
    ] = False,
) -> None:
    """Print what QuotaPolicies would have done, by the daily use that was kept. Writes nothing."""
    from sim_operator.trial import commands

    code = commands.rehearse(
        filename,
        _settings(default_account),
        namespace=namespace,
        output=output,
        months=months,
        most_sims=max_sims,
        from_history=from_history,
    )
    raise typer.Exit(code)


def _settings(default_account: str | None) -> "Settings":
    from sim_operator.settings import Settings, SettingsError

    try:
        return Settings.from_environment().with_overrides(default_account=default_account)
    except SettingsError as error:
        _refuse(str(error))


console.register(app)
installing.register(app)
backups.register(app)
reporting.register(app)


@app.command()
def crds(
    write: Annotated[Path | None, typer.Option(help="Write the files into this folder.")] = None,
    check: Annotated[
        Path | None, typer.Option(help="Fail where a file of this folder is not current.")
    ] = None,
) -> None:
    """Print the CustomResourceDefinitions, write them, or check that they are current."""
    from sim_operator.api.crd import crds as generated

    files = generated()
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (write / name).write_text(text, encoding="utf-8")
    elif check is not None:
        stale = [name for name, text in files.items() if _text(check / name) != text]
        if stale:
            listed = ", ".join(str(check / name) for name in stale)
            _refuse(f"not current: {listed}. Run `make generate` and commit what it writes.", 1)
    else:
        sys.stdout.write("---\n".join(files.values()))


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


@app.command()
def simulate(
    port: Annotated[int, typer.Option(help="Port to listen on; 0: a free one.")] = 8089,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    sims: Annotated[int, typer.Option(min=0, help="SIMs of the account.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed gives the same SIMs and lives.")] = 1,
    speed: Annotated[float, typer.Option(min=0, help="Simulated seconds a second.")] = 1.0,
    omitted: Annotated[
        Literal["keep", "reset"],
        typer.Option(help="What a v1 PUT does to fields that it leaves out."),
    ] = "keep",
    rate_limit: Annotated[
        int, typer.Option(min=0, help="Calls a second and customer; 0: no limit.")
    ] = 10,
    token_lifetime: Annotated[float, typer.Option(help="Seconds that a token lives.")] = 3600.0,
    client_id: Annotated[
        str, typer.Option(envvar="ONCE_CLIENT_ID", help="The client id that is accepted.")
    ] = "demo-client",
    start_time: Annotated[
        str | None, typer.Option(help="Simulated time at the start, RFC 3339; default: now.")
    ] = None,
    oddities: Annotated[
        bool, typer.Option(help="Whether every twentieth SIM lacks fields, as real ones do.")
    ] = True,
) -> None:
    """Run a 1NCE of one's own: both versions of its API, with devices that live.

    The accepted client secret is ONCE_CLIENT_SECRET, or demo-secret.
    """
    from sim_operator.simulator.clock import parse_rfc3339
    from sim_operator.simulator.config import DEMO_CLIENT_SECRET, Credential, SimulatorConfig
    from sim_operator.simulator.server import serve

    secret = os.environ.get("ONCE_CLIENT_SECRET", DEMO_CLIENT_SECRET)
    try:
        config = SimulatorConfig(
            sims=sims,
            seed=seed,
            speed=speed,
            omitted=omitted,
            rate_limit=rate_limit,
            token_lifetime=token_lifetime,
            credentials=(Credential(client_id, secret),),
            start_time=time.time() if start_time is None else parse_rfc3339(start_time),
            oddities=oddities,
        )
    except ValueError as error:
        _refuse(str(error))
    serve(config, host=host, port=port)
