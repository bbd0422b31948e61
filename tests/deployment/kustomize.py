"""Documents for Kubernetes as `kustomize build` composes them, by the words of it used here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

from tests.pages import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("fixed", "queue", "gpu")
KNOWN = {"apiVersion", "kind", "namespace", "nameSuffix", "resources", "labels", "patches"}

Document = dict[str, Any]


def documents(path: Path) -> Iterator[Document]:
    """Those of a file, as they are written, or of a folder, as its kustomization composes them."""
    if path.is_dir():
        yield from composed(path)
    else:
        yield from yaml.safe_load_all(path.read_text())


def composed(folder: Path) -> list[Document]:
    asked = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert asked.keys() <= KNOWN, f"{folder} has words that are not known here: {asked.keys()}"
    found = [each for name in asked["resources"] for each in documents(folder / name)]
    for patch in asked.get("patches", ()):
        steps = jsonpatch.JsonPatch(yaml.safe_load(patch["patch"]))
        found = [
            steps.apply(each) if each["kind"] == patch["target"]["kind"] else each for each in found
        ]
    for each in found:
        rename(each, asked)
        for label in asked.get("labels", ()):
            add(each, label["pairs"])
    return found


def rename(each: Document, asked: Document) -> None:
    if each["kind"] == "Namespace":
        return
    each["metadata"]["name"] += asked.get("nameSuffix", "")
    if "namespace" in asked:
        each["metadata"]["namespace"] = asked["namespace"]


def add(each: Document, labels: dict[str, str]) -> None:
    """Labels, also to what is selected by."""
    bearers = [each["metadata"]]
    if (template := each["spec"].get("template")) is not None:
        bearers.append(template["metadata"])
    for bearer in bearers:
        bearer["labels"] = {**bearer.get("labels", {}), **labels}
    each["spec"]["selector"]["matchLabels"] |= labels


def pods(found: list[Document]) -> dict[str, Document]:
    """The templates of pods by the names of what makes them."""
    return {each["metadata"]["name"]: each["spec"]["template"] for each in found if is_made(each)}


def is_made(each: Document) -> bool:
    return each["kind"] in ("Deployment", "StatefulSet")


def container(pod: Document) -> Document:
    """The one container of a pod."""
    (only,) = pod["spec"]["containers"]
    return dict(only)


def variables(found: list[Document], pod: Document, secrets: dict[str, str]) -> dict[str, str]:
    """What a container is told: by maps, by secrets, and by what Kubernetes expands.

    Raises:
        KeyError: there is no such map, or it was not made known what is secret.
    """
    maps = {each["metadata"]["name"]: each["data"] for each in found if each["kind"] == "ConfigMap"}
    told: dict[str, str] = {}
    for source in container(pod).get("envFrom", ()):
        told |= maps[source["configMapRef"]["name"]]
    around = {"VALKEY_SERVICE_HOST": "10.96.0.7"}
    for each in container(pod)["env"]:
        if "valueFrom" in each:
            told[each["name"]] = secrets[each["valueFrom"]["secretKeyRef"]["key"]]
        else:
            text = each["value"]
            for name, value in {**around, **told}.items():
                text = text.replace(f"$({name})", value)
            told[each["name"]] = text
    return told
