"""Which job trains a version again, and whether it would be the same training."""

from pydantic import ValidationError

from worker.errors import IllegalMove, InvalidParameter, ModelNotFound
from worker.jsontypes import Json
from worker.operations.checkpoints import trained_by
from worker.spec import JobSpec
from worker.store.store import Store

AT = "/verifies"
# What a training is not done again with: it ends where the other one had ended, and nobody but who
# asks for it is told.
LEFT_OUT = {
    "checkpoint", "keep_checkpoints", "max_seconds", "parent", "webhook", "priority",
    # The network that is published is that of a job without them.
    "folds", "repeats",
}  # fmt: skip
BY_A_CLOCK = ("stop", "max_seconds")  # what ended a training where nothing but its chain says


def verifying(manifest: Json) -> JobSpec:
    """Returns the spec of a job that trains a version again, on the kind of device that it had.

    Raises:
        InvalidParameter: it was trained by a spec that is refused today.
    """
    kept = {name: value for name, value in manifest["spec"].items() if name not in LEFT_OUT}
    name, version = manifest["name"], manifest["version"]
    if (device := manifest.get("device")) is not None:
        kept["device"] = device["kind"]
    try:
        verifies = {"model": name, "version": version}
        return JobSpec.model_validate({**kept, "verifies": verifies})
    except ValidationError as error:
        raise InvalidParameter(
            f"Expected a version whose spec can be trained today, but version {version} of {name} "
            f"is of an earlier release: {error.errors()[0]['msg']:.300}.",
            AT,
        ) from error


def check_verified(spec: JobSpec, dataset: Json, store: Store) -> None:
    """Refuse a job that would not do the training of the version again that it names.

    Args:
        dataset: the manifest of the job's dataset.

    Raises:
        IllegalMove: nobody knows any more where the training of the version had ended.
        InvalidParameter: the version is not there, or was trained otherwise, or on other data.
    """
    if (wanted := spec.verifies) is None:
        return
    try:
        manifest = store.models.manifest(wanted.model, wanted.version)
    except ModelNotFound as error:
        raise InvalidParameter(str(error), AT) from error
    told = f"version {wanted.version} of {wanted.model}"
    if spec.checkpoint is not None:
        raise InvalidParameter(
            "Expected a version to train again or a checkpoint to publish, got both.", "/checkpoint"
        )
    theirs = trained_by(verifying(manifest))
    for name, value in trained_by(spec).items():
        if theirs[name] != value:
            raise InvalidParameter(
                f"Expected the {name} with which {told} was trained, got another. POST "
                f"/v1/models/{wanted.model}/versions/{wanted.version}/verify has all of them.",
                f"/{name}",
            )
    check_inputs(told, spec, manifest, dataset, store)
    if "chain" not in manifest and manifest.get("ended_by") in BY_A_CLOCK:
        raise IllegalMove(
            f"Expected a version of which it is known where its training ended, but {told} is of "
            "an earlier release and was stopped, and nobody kept at which step. Train it again."
        )


def check_inputs(told: str, spec: JobSpec, manifest: Json, dataset: Json, store: Store) -> None:
    """Refuse another dataset than the one of the version, or a model that is not the one from which
    it started.

    Raises:
        InvalidParameter: the digests say so.
    """
    if dataset["digest"] != manifest["dataset"]["digest"]:
        raise InvalidParameter(
            f"Expected the dataset on which {told} was trained, with the digest "
            f"{manifest['dataset']['digest']}; {spec.dataset} has {dataset['digest']} today.",
            "/dataset",
        )
    for parent in manifest.get("parents", ()):
        known = store.models.manifest(parent["model"], parent["version"])["digest"]
        if known != parent["digest"]:
            raise InvalidParameter(
                f"Expected version {parent['version']} of {parent['model']}, from which {told} "
                f"started, with the digest {parent['digest']}; it has {known} today.",
                "/start_from",
            )
