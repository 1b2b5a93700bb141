"""What the package must not be able to do."""

import re
from pathlib import Path

import sim_operator.onence
from sim_operator.onence.client import OnenceClient


def sources() -> list[Path]:
    return sorted(Path(sim_operator.onence.__file__).parent.glob("*.py"))


def test_the_package_names_no_call_that_costs_or_moves_or_touches_many_sims() -> None:
    forbidden = re.compile(
        r"top_?-?up|/extension|/orders?\b|/products|/support|transfer|/limits|auto_?topup|/reset"
        r"|/sms\b|/events|payment",
        re.IGNORECASE,
    )
    assert len(sources()) > 8
    for source in sources():
        assert not forbidden.findall(source.read_text()), source.name


def test_the_only_post_asks_for_a_token_and_the_only_write_is_a_put() -> None:
    methods = re.compile(r'"(GET|PUT|POST|PATCH|DELETE)"')
    used = {source.name: methods.findall(source.read_text()) for source in sources()}
    assert {name: set(found) for name, found in used.items() if found} == {
        "client.py": {"GET", "PUT"},
        "exchange.py": {"PUT"},
        "oauth.py": {"POST"},
    }
    public = {name for name in vars(OnenceClient) if not name.startswith("_")}
    assert public == {
        "aclose", "retire",
        "read_page", "read_sim", "read_quota", "read_usage", "read_session",
        "write_sim",
    }  # fmt: skip
