"""Whether a job may publish the checkpoint that its spec names."""

from worker.errors import CheckpointNotFound, InvalidParameter, JobNotFound
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.spec import CheckpointSpec, JobSpec
from worker.store.store import Store
from worker.store.stored_spec import in_todays_words

# Fields that say nothing of what was trained.
BESIDE = {
    "model", "recipe", "checkpoint", "verifies", "keep_checkpoints", "parent", "webhook",
    "priority", "accept", "device", "max_seconds", "promote", "notes",
    "tags",
}  # fmt: skip


def check_checkpoint(spec: JobSpec, records: Transitions, store: Store) -> None:
    """Refuse a checkpoint that is not there, or is of another training than the spec describes.

    Raises:
        CheckpointNotFound: its job has kept none of this epoch.
        InvalidParameter: its job is not there, or was trained otherwise.
        QueueUnavailable: Redis does not answer.
    """
    if (wanted := spec.checkpoint) is None:
        return
    try:
        with store.archive.remembering(wanted.job):
            body = records.get(wanted.job).body
    except JobNotFound as error:
        raise InvalidParameter(str(error), "/checkpoint/job") from error
    theirs = JobSpec.model_validate(in_todays_words(body))
    for name, value in trained_by(theirs).items():
        if trained_by(spec)[name] != value:
            raise InvalidParameter(
                f"Expected the {name} of {wanted.job}, whose checkpoint is to be published, got "
                "another. Leave checkpoint out to train.",
                f"/{name}",
            )
    if wanted.epoch not in {kept.epoch for kept in store.kept_checkpoints.of(wanted.job)}:
        raise missing(wanted)


def missing(wanted: CheckpointSpec) -> CheckpointNotFound:
    return CheckpointNotFound(
        f"{wanted.job} has kept no checkpoint of epoch {wanted.epoch}. GET "
        f"/v1/jobs/{wanted.job}/checkpoints lists those that it has."
    )


def trained_by(spec: JobSpec) -> Json:
    return spec.model_dump(mode="json", exclude=BESIDE)
