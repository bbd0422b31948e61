"""Who may talk to whom in Kubernetes, by its network policies."""

from itertools import product

import pytest

from tests.containers import SERVICES, compose
from tests.deployment.kustomize import FOLDER, Document, composed, pods

WHOLE = composed(FOLDER / "overlays" / "gpu")
PODS = {name: pod["metadata"]["labels"] for name, pod in pods(WHOLE).items()}
PORTS = {"api": ["http", 8000], "valkey": ["redis", 6379]}
HERE, INGRESS, KEDA, OTHER = "purrceptron", "ingress", "keda", "other"
NAMESPACES = {
    HERE: {"kubernetes.io/metadata.name": HERE},
    INGRESS: {"kubernetes.io/metadata.name": INGRESS, "purrceptron/asks": "true"},
    KEDA: {"kubernetes.io/metadata.name": KEDA},
    OTHER: {"kubernetes.io/metadata.name": OTHER},
}
WAYS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}


def selects(selector: Document, labels: dict[str, str]) -> bool:
    """Whether a selector takes something with these labels; an empty one takes all."""
    assert selector.keys() <= {"matchLabels", "matchExpressions"}
    listed = selector.get("matchExpressions", ())
    assert all(each["operator"] == "In" for each in listed)
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(each["key"]) in each["values"] for each in listed
    )


def is_meant(peer: Document, namespace: str, labels: dict[str, str]) -> bool:
    """Whether a peer of a policy is a pod with these labels in this namespace."""
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], NAMESPACES[namespace]):
            return False
    elif namespace != HERE:
        return False
    return selects(peer.get("podSelector", {}), labels)


def lets(way: str, pod: str, namespace: str, peer: str, target: str) -> bool:
    """Whether the policies for a pod let it talk to, or be talked to by, another pod.

    Args:
        target: the one of both whose port it is.
    """
    (rules, side) = WAYS[way]
    mine = [each["spec"] for each in WHOLE if each["kind"] == "NetworkPolicy"]
    mine = [each for each in mine if selects(each["podSelector"], PODS[pod])]
    mine = [each for each in mine if way in each["policyTypes"]]
    assert mine, f"nothing keeps others from {pod}"
    return any(
        any(is_meant(one, namespace, PODS.get(peer, {})) for one in rule[side])
        and any(port["port"] in PORTS.get(target, ()) for port in rule["ports"])
        for each in mine
        for rule in each.get(rules, ())
    )


def reached() -> set[tuple[str, str]]:
    """Who reaches whom within the namespace."""
    return {
        (one, other)
        for one, other in product(PODS, PODS)
        if lets("Egress", one, HERE, other, other) and lets("Ingress", other, HERE, one, other)
    }


def test_all_reach_valkey_and_nobody_anything_else() -> None:
    assert reached() == {(pod, "valkey") for pod in PODS if pod != "valkey"}


def test_that_is_no_more_than_compose_lets_them() -> None:
    names = {"worker-train": "worker", "worker-import": "importer", "worker-gpu": "gpu"}
    networks = {name: {*service["networks"]} for name, service in SERVICES.items()}
    for one, other in reached():
        assert networks[names.get(one, one)] & networks[names.get(other, other)]
    inside = compose({"PURR_API_KEY": "a", "VALKEY_PASSWORD": "b"})["networks"]["inside"]
    assert inside["internal"] is True


@pytest.mark.parametrize(
    ("namespace", "pods_reached"),
    [(INGRESS, {"api"}), (KEDA, {"valkey"}), (OTHER, set())],
)
def test_others_reach_what_is_for_them(namespace: str, pods_reached: set[str]) -> None:
    found = {pod for pod in PODS if lets("Ingress", pod, namespace, "somebody", pod)}
    assert found == pods_reached


def test_nobody_gets_out_of_the_namespace() -> None:
    for each in WHOLE:
        if each["kind"] == "NetworkPolicy":
            for rule in each["spec"].get("egress", ()):
                assert [{*peer} for peer in rule["to"]] == [{"podSelector"}]


def test_calling_out_is_for_the_api_alone_and_not_to_ones_own_network() -> None:
    (way_out,) = composed(FOLDER / "outbound")
    allowed = [pod for pod in PODS if selects(way_out["spec"]["podSelector"], PODS[pod])]
    assert allowed == ["api"]
    block = way_out["spec"]["egress"][1]["to"][0]["ipBlock"]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} < {*block["except"]}
    assert "169.254.0.0/16" in block["except"]  # where clouds tell a machine its secrets
