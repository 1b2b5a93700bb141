"""Chapter 2: what the bundled Prometheus knows of the fleet."""

import json
from http import HTTPStatus

from tests.e2e.ground import Ground
from tests.e2e.hands import NAMESPACE, PATIENCE_SECONDS, RELEASE, Hands, Json
from tests.e2e.onence import SimulatorInCluster
from tests.e2e.prometheus import rules, samples, targets, value
from tests.e2e.telling import step, tell

METERS_AND_PUMPS = 40
STREAMER = {"username": "streamer", "password": "let-me-in"}
STRANGER = ("plant-a", "stranger")
# Says how each address answers, and "refused" where it does not.
LOOK = """
import json, sys, httpx
found = {}
for url in sys.argv[1:]:
    try:
        found[url] = httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        found[url] = "refused"
print(json.dumps(found))
"""
DEMO_SIMS = 60
ACCOUNT = '{account="sim-operator/default"}'


def test_prometheus_finds_both_replicas_and_one_of_them_leads(hands: Hands) -> None:
    with step("Prometheus has scraped both replicas"):
        hands.until(lambda: value(hands, f'sum(up{{job="{RELEASE}"}})') == 2, "both are up")
    assert {one["health"] for one in targets(hands)} == {"up"}
    hands.until(lambda: value(hands, "sum(sim_operator_leader)") == 1, "one leads")


def test_metrics_of_the_fleet_arrive_with_the_namespaces_of_the_sims(hands: Hands) -> None:
    expected = {
        f"simaccount_ready{ACCOUNT}": 1,
        'simaccount_sims{account="sim-operator/default",state="total"}': DEMO_SIMS,
        'count(sim_info{namespace="plant-a"})': METERS_AND_PUMPS,
    }
    hands.until(
        lambda: {one: value(hands, one) for one in expected} == expected, "the figures are right"
    )
    # The SIM that `helm test` made and deleted is told of until the next scrape.
    hands.until(
        lambda: {one["namespace"] for one in labels_of(hands)} == {"plant-a", "fleet-b"},
        "SIMs of the fleet alone are told of",
    )
    assert not any("exported_namespace" in one for one in labels_of(hands))


def labels_of(hands: Hands) -> list[dict[str, str]]:
    return [labels for labels, _ in samples(hands, "sim_info")]


def test_a_stranger_reaches_metrics_and_neither_the_simulator_nor_prometheus(
    ground: Ground, hands: Hands
) -> None:
    urls = {
        _url(RELEASE, "8080/metrics"): 200,
        _url(f"{RELEASE}-simulator", "8089/_control/time"): "refused",
        _url(f"{RELEASE}-prometheus", "9090/-/ready"): "refused",
    }
    hands.apply(_stranger(ground, list(urls)))
    path = "/api/v1/namespaces/{}/pods/{}".format(*STRANGER)
    with step("a pod of another namespace knocks at every door"):
        hands.until(lambda: _phase(hands, path) == "Succeeded", "the pod has ended")
    answer = hands.http.get(f"{path}/log")
    assert answer.json() == urls
    hands.kubectl("delete", "pod", STRANGER[1], f"--namespace={STRANGER[0]}", "--timeout=60s")


def test_the_data_streamer_brings_records_through_the_service(
    hands: Hands, onence: SimulatorInCluster
) -> None:
    secret = {"name": "streamer", "namespace": NAMESPACE}
    data = {"username": STREAMER["username"], "password": STREAMER["password"]}
    hands.apply({"apiVersion": "v1", "kind": "Secret", "metadata": secret, "stringData": data})
    patch = json.dumps({"spec": {"dataStreamer": {"credentialsSecretRef": {"name": "streamer"}}}})
    where = ("simaccount", "default", f"--namespace={NAMESPACE}", "--type=merge")
    hands.kubectl("patch", *where, f"--patch={patch}")
    url = _url(RELEASE, f"8081/hooks/1nce/{NAMESPACE}/default")
    made = onence.control("POST", "streams", json={"url": url, "history_days": 1, **STREAMER})
    path = f"streams/{made['id']}"
    with step("a day of records is delivered, and counted"):
        hands.until(lambda: _all_delivered(onence.control("GET", path)), "all is delivered")
        sent = onence.control("GET", path)["made"]
        # Of usage that polling knew already they count nothing, and yet each record is told.
        total = 'sum(onence_stream_records_total{outcome!="unreadable"})'
        hands.until(lambda: (value(hands, total) or 0) >= sent, "every record is told of")
    onence.control("DELETE", path)


def test_every_rule_is_evaluated_without_an_error_and_nothing_critical_fires(hands: Hands) -> None:
    with step("every rule was evaluated"):
        hands.until(lambda: not _unhealthy(hands), "every rule is in good health")
    loaded = rules(hands)
    assert {one["type"] for one in loaded} == {"alerting", "recording"}
    firing = [one for one in loaded if one.get("state") == "firing"]
    tell(f"    {len(loaded)} rules; firing: {', '.join(one['name'] for one in firing) or 'none'}")
    assert not [one["name"] for one in firing if one["labels"].get("severity") == "critical"]


def _unhealthy(hands: Hands) -> list[str]:
    """Rules that gave an error, or were not evaluated yet though their turn has come."""
    waiting = {one["name"] for one in rules(hands, slower_than=PATIENCE_SECONDS)}
    return [
        f"{one['name']}: {one['health']} {one.get('lastError', '')}"
        for one in rules(hands)
        if one["health"] == "err" or (one["health"] != "ok" and one["name"] not in waiting)
    ]


def _all_delivered(stream: Json) -> bool:
    """Whether records were made, and each was taken; a first refusal, until the account is known
    to take streams, is repeated by the streamer.
    """
    made: int = stream["made"]
    delivered: int = stream["delivered"]
    return 0 < made == delivered and stream["last_status"] == HTTPStatus.OK


def _url(service: str, rest: str) -> str:
    return f"http://{service}.{NAMESPACE}.svc:{rest}"


def _phase(hands: Hands, path: str) -> str:
    pod = hands.get(path)
    return "" if pod is None else str(pod["status"].get("phase", ""))


def _stranger(ground: Ground, urls: list[str]) -> Json:
    namespace, name = STRANGER
    image = ground.operator
    container = {
        "name": name,
        "image": f"{image.repository}:{image.tag}",
        "imagePullPolicy": "Never",
        "command": ["/opt/sim-operator/bin/python", "-c", LOOK, *urls],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"restartPolicy": "Never", "containers": [container]},
    }
