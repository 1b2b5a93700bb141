"""``python -m sim_operator.simulator``: a simulated 1NCE from the command line."""

import argparse
import os
import time

from .clock import parse_rfc3339
from .config import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Credential, SimulatorConfig
from .server import serve


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sim_operator.simulator", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8089, help="0 takes a free one")
    add("--sims", type=int, default=60)
    add("--seed", type=int, default=1)
    add("--speed", type=float, default=1.0, help="simulated seconds a second")
    add("--omitted", choices=("keep", "reset"), default="keep")
    add("--client-id", default=os.environ.get("ONCE_CLIENT_ID", DEMO_CLIENT_ID))
    add("--client-secret", default=os.environ.get("ONCE_CLIENT_SECRET", DEMO_CLIENT_SECRET))
    add("--start-time", help="RFC 3339; default: now")
    add("--token-lifetime", type=float, default=3600.0, help="real seconds")
    add("--rate-limit", type=int, default=10, help="requests a second; 0: no limit")
    add("--no-oddities", action="store_true", help="every SIM has all its fields")
    return parser


def main() -> None:
    """Parse, check, serve."""
    parser = _parser()
    asked = parser.parse_args()
    try:
        start = time.time() if asked.start_time is None else parse_rfc3339(asked.start_time)
        config = SimulatorConfig(
            sims=asked.sims,
            seed=asked.seed,
            speed=asked.speed,
            omitted=asked.omitted,
            credentials=(Credential(asked.client_id, asked.client_secret),),
            start_time=start,
            token_lifetime=asked.token_lifetime,
            rate_limit=asked.rate_limit,
            oddities=not asked.no_oddities,
        )
    except ValueError as error:
        parser.error(str(error))
    serve(config, host=asked.host, port=asked.port)


if __name__ == "__main__":
    main()
