"""The documents for Kubernetes, held against its schemas and against one another."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from service.launcher.launcher import WORKER_GRACE_S
from service.settings import ServiceSettings
from tests.containers import SECRETS, SERVICES, bytes_of, health_check, last, stages
from tests.deployment.kustomize import (
    FOLDER,
    OVERLAYS,
    Document,
    composed,
    container,
    is_made,
    pods,
    variables,
)
from worker.settings import job_bytes

WHOLE = composed(FOLDER / "overlays" / "gpu")
PODS = pods(WHOLE)
WORKERS = ["worker-gpu", "worker-import", "worker-train"]
OURS = ["api", *WORKERS]
KEDA = ("ScaledObject", "TriggerAuthentication")


def name(each: Document) -> str:
    return f"{each['kind']}/{each['metadata']['name']}"


def image(pod: Document) -> str:
    """The stage of the Dockerfile whose image a pod runs."""
    return str(container(pod)["image"]).removeprefix("purrceptron-")


def test_there_are_the_api_the_workers_and_valkey() -> None:
    assert sorted(PODS) == sorted([*OURS, "valkey"])
    assert {pod: image(PODS[pod]) for pod in OURS} == {
        "api": "api",
        "worker-gpu": "gpu",
        "worker-import": "worker",
        "worker-train": "worker",
    }


@pytest.mark.parametrize("version", ["1.30", "1.37"])
@pytest.mark.parametrize("each", WHOLE, ids=name)
def test_a_document_is_one_of_kubernetes(each: Document, version: str) -> None:
    schemas = pytest.importorskip("kubernetes_validate")
    if each["kind"] in KEDA:
        pytest.skip("KEDA's kinds have no schema here")
    assert schemas.validate(each, version, strict=True)


def test_a_document_that_is_wrong_would_be_found() -> None:
    schemas = pytest.importorskip("kubernetes_validate")
    wrong = {**WHOLE[0], "metadata": {"nane": "purrceptron"}}
    with pytest.raises(schemas.ValidationError, match="nane"):
        schemas.validate(wrong, "1.37", strict=True)


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kustomize_makes_the_same_of_it(overlay: str) -> None:
    folder = FOLDER / "overlays" / overlay
    made = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, check=True)
    expected = {name(each): each for each in yaml.safe_load_all(made.stdout)}
    assert {name(each): each for each in composed(folder)} == expected


def test_every_file_is_in_one_of_them() -> None:
    used = {FOLDER / "outbound" / "network.yaml"}
    for path in FOLDER.rglob("kustomization.yaml"):
        for resource in yaml.safe_load(path.read_text())["resources"]:
            used.add((path.parent / resource).resolve())
    assert {*FOLDER.rglob("*.yaml")} - used == {*FOLDER.rglob("kustomization.yaml")}


# What a container may do


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_is_as_restricted_as_can_be(pod: str) -> None:
    spec, only = PODS[pod]["spec"], container(PODS[pod])
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & spec.keys() == set()
    kinds = {kind for volume in spec.get("volumes", ()) for kind in volume.keys() - {"name"}}
    assert kinds <= {"emptyDir", "persistentVolumeClaim"}


@pytest.mark.parametrize("pod", OURS)
def test_a_pod_runs_as_the_user_of_its_image(pod: str) -> None:
    context = PODS[pod]["spec"]["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == last(image(PODS[pod]), "USER")


def test_the_namespace_takes_nothing_that_is_less_restricted() -> None:
    (labels,) = (each["metadata"]["labels"] for each in WHOLE if each["kind"] == "Namespace")
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("pod", PODS)
def test_who_is_told_to_stop_has_the_time_that_it_needs(pod: str) -> None:
    grace_s = PODS[pod]["spec"]["terminationGracePeriodSeconds"]
    assert grace_s == int(SERVICES["api"]["stop_grace_period"].removesuffix("s"))
    assert grace_s > WORKER_GRACE_S


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_has_limits(pod: str) -> None:
    given = container(PODS[pod])["resources"]
    assert bytes_of(given["limits"]["memory"].replace("Gi", "g")) <= 8 * 2**30
    assert given["requests"].keys() >= {"cpu", "memory"}


def test_the_api_accepts_the_jobs_for_which_a_worker_has_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit = container(PODS["worker-train"])["resources"]["limits"]["memory"]
    monkeypatch.setattr("worker.settings.memory", lambda: bytes_of(limit.replace("Gi", "g")))
    accepted = variables(WHOLE, PODS["api"], SECRETS)["PURR_MAX_JOB_BYTES"]
    assert int(accepted) == job_bytes()


# What it is told, and what it is asked


@pytest.mark.parametrize("pod", OURS)
def test_the_variables_make_settings_that_are_accepted(
    pod: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = variables(WHOLE, PODS[pod], SECRETS)
    known = {f"PURR_{setting.upper()}" for setting in ServiceSettings.model_fields}
    assert {variable for variable in told if variable.startswith("PURR_")} <= known
    for variable, value in told.items():
        monkeypatch.setenv(variable, value)
    settings = ServiceSettings()
    assert settings.redis_url == f"redis://:{SECRETS['VALKEY_PASSWORD']}@10.96.0.7:6379/0"
    assert settings.data_dir == Path("/data/store")
    assert settings.kernel_dir == Path("/data/kernels")
    assert (settings.api_key is not None) == (pod == "api")


@pytest.mark.parametrize("pod", WORKERS)
def test_a_worker_is_asked_what_docker_would_ask_it(pod: str) -> None:
    only = container(PODS[pod])
    assert only["readinessProbe"]["exec"]["command"] == health_check(image(PODS[pod]))
    assert "livenessProbe" not in only


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_the_api_is_asked_whether_it_answers(probe: str) -> None:
    only = container(PODS["api"])
    assert only[probe]["httpGet"] == {"path": "/livez", "port": "http"}
    assert only["ports"] == [{"name": "http", "containerPort": int(last("api", "EXPOSE"))}]


def test_valkey_is_started_and_asked_as_by_compose() -> None:
    only, theirs = container(PODS["valkey"]), SERVICES["valkey"]
    assert only["command"][:2] == theirs["command"][:2]
    assert only["command"][2].split() == theirs["command"][2].split()
    assert only["image"] == theirs["image"]
    _, shell = theirs["healthcheck"]["test"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert only[probe]["exec"]["command"][2].split() == shell.replace('\\"', '"').split()


def test_what_is_not_of_an_image_is_a_setting_of_the_documents() -> None:
    for pod in WORKERS:
        words = [text for word, text in stages()[image(PODS[pod])] if word == "ENV"]
        assert any("PURR_PULSE_FILE" in text for text in words)


# Who knows whom


def test_what_is_named_is_there() -> None:
    made = {name(each) for each in WHOLE}
    for each in WHOLE:
        target = each["spec"].get("scaleTargetRef") if "spec" in each else None
        if target:
            assert f"{target.get('kind', 'Deployment')}/{target['name']}" in made
    for pod in OURS:
        for volume in PODS[pod]["spec"]["volumes"]:
            claim = volume.get("persistentVolumeClaim", {"claimName": "store"})["claimName"]
            assert f"PersistentVolumeClaim/{claim}" in made


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget"])
def test_whoever_is_selected_is_there(kind: str) -> None:
    for each in WHOLE:
        if each["kind"] == kind:
            wanted = each["spec"]["selector"]
            wanted = wanted.get("matchLabels", wanted)
            labels = [pod["metadata"]["labels"] for pod in PODS.values()]
            assert sum(wanted.items() <= found.items() for found in labels) == 1, name(each)


def test_everything_that_runs_may_be_moved_by_one_at_a_time() -> None:
    budgets = {e["metadata"]["name"] for e in WHOLE if e["kind"] == "PodDisruptionBudget"}
    assert budgets == {each["metadata"]["name"] for each in WHOLE if is_made(each)}


def test_the_folder_is_one_that_several_nodes_can_write_to() -> None:
    (store,) = (each for each in WHOLE if each["kind"] == "PersistentVolumeClaim")
    assert store["spec"]["accessModes"] == ["ReadWriteMany"]
