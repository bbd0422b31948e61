"""What a job is to learn: from the samples of its dataset, or from their features."""

from worker.errors import BackboneNotFound
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.store.features import Key
from worker.store.store import Store
from worker.training.problem import Problem


def problem_of(spec: JobSpec, dataset: Json, store: Store) -> Problem:
    """Returns it by the manifests; no array is opened.

    Args:
        dataset: the manifest of the job's dataset.

    Raises:
        BackboneNotFound: the job's backbone is gone.
    """
    problem = Problem.of_manifest(dataset)
    if spec.backbone is None:
        return problem
    return problem.by_features(backbone_of(spec, store)["features"], spec.augmentation.flip)


def features_of(spec: JobSpec, store: Store) -> Key:
    """Returns the key of the features on which a job trains, whether they are there or not.

    Raises:
        BackboneNotFound: the job's backbone is gone.
    """
    digest = backbone_of(spec, store)["digest"]
    return Key(spec.dataset, digest, "both" if spec.augmentation.flip else "plain")


def backbone_of(spec: JobSpec, store: Store) -> Json:
    """Returns the manifest of the backbone on whose features a job trains.

    Raises:
        BackboneNotFound: it is gone.
    """
    manifest = None if spec.backbone is None else store.backbones.of(spec.backbone)
    if manifest is None:
        raise BackboneNotFound(f"No backbone has the id {spec.backbone}. Add it again.")
    return manifest
