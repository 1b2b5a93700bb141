"""Chapter 4: credentials and network fail and come back."""

import json

from sim_operator.simulator.config import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET
from tests.e2e.fleet import account_reason, settled, verdicts, witness
from tests.e2e.hands import NAMESPACE, PATIENCE_SECONDS, Hands
from tests.e2e.onence import PORT, SimulatorInCluster
from tests.e2e.telling import step

SECRET = ("secret", "onence-credentials", f"--namespace={NAMESPACE}")
# With an interval of 30 s: a sweep, its retries, and the sweep after it.
SOON = 2 * PATIENCE_SECONDS


def test_wrong_credentials_show_on_account_and_sims_and_nothing_is_written(
    hands: Hands, onence: SimulatorInCluster
) -> None:
    entry = onence.last_entry()
    with step("the Secret is wrong, and the account says InvalidCredentials"):
        _give(hands, "not-the-secret")
        _until_account(hands, "InvalidCredentials")
    hands.until(
        lambda: {one.reason for one in verdicts(hands).values()} >= {"AccountNotReady"},
        "SIMs say that their account is not ready",
    )
    with step("the Secret is right again, and so is everything"):
        _give(hands, DEMO_CLIENT_SECRET)
        _until_account(hands, "Reconciled")
        _until_settled(hands)
    assert onence.writes_since(entry) == []


def test_rotated_credentials_are_taken_over(
    hands: Hands, onence: SimulatorInCluster, new_secret: str
) -> None:
    entry = onence.last_entry()
    with step("1NCE takes new credentials only, and the Secret has them next"):
        onence.rotate_credentials({"client_id": DEMO_CLIENT_ID, "client_secret": new_secret})
        onence.revoke_tokens()
        _until_account(hands, "InvalidCredentials")
        _give(hands, new_secret)
        _until_account(hands, "Reconciled")
        _until_settled(hands)
    assert onence.writes_since(entry) == []


def test_an_outage_changes_the_account_and_no_sim(hands: Hands, onence: SimulatorInCluster) -> None:
    entry = onence.last_entry()
    before = verdicts(hands)
    to_1nce = ("--protocol", "tcp", "--dport", str(PORT))
    rule = ("PREROUTING", "--table", "raw", *to_1nce, "--jump", "DROP")
    with witness(hands) as seen:
        with step("1NCE cannot be reached, and the account says Unreachable"):
            hands.on_node("iptables", "--insert", *rule)
            try:
                _until_account(hands, "Unreachable")
            finally:
                hands.on_node("iptables", "--delete", *rule)
        with step("1NCE answers again, and the account is ready"):
            _until_account(hands, "Reconciled")
    assert seen.regressions() == []
    assert verdicts(hands) == before
    assert onence.writes_since(entry) == []


def _give(hands: Hands, client_secret: str) -> None:
    """Change the Secret; the value goes by stdin, as arguments can be read by everybody."""
    patch = json.dumps({"stringData": {"ONCE_CLIENT_SECRET": client_secret}})
    hands.kubectl("patch", *SECRET, "--patch-file=/dev/stdin", stdin=patch)


def _until_account(hands: Hands, reason: str) -> None:
    hands.until(lambda: account_reason(hands) == reason, f"the account says {reason}", SOON)


def _until_settled(hands: Hands) -> None:
    count = len(verdicts(hands))
    hands.until(lambda: settled(hands, count), "every SIM has its verdict", SOON)
