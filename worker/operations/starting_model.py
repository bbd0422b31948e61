"""The model from which a job starts: which version is meant, and whether its weights fit."""

from pydantic import ValidationError

from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import TablePreprocessing, preprocessing_of
from worker.errors import InvalidParameter, ModelNotFound
from worker.jsontypes import Json
from worker.spec import JobSpec, StartFromSpec
from worker.spec.recipes import merged
from worker.store.model_files import can_start
from worker.store.models import ModelStore
from worker.training.build import network_of_model
from worker.training.network_plan import NetworkPlan
from worker.training.origin import starting_from

START = "/start_from"
TAKEN_OVER = (
    "network",
    "normalization",
    "backbone",
)  # of the model's spec, where a submission does not say


def starting_model(start: StartFromSpec, models: ModelStore) -> Json:
    """Returns the manifest of the version that is meant.

    Raises:
        InvalidParameter: it is not there, or has nothing to start from.
    """
    place = "model" if start.version is None else "version"
    try:
        version = models.newest(start.model) if start.version is None else start.version
        manifest: Json = models.manifest(start.model, version)
    except ModelNotFound as error:
        raise InvalidParameter(f"{error} GET /v1/models lists them.", f"{START}/{place}") from error
    if not can_start(manifest):
        raise InvalidParameter(
            "Expected a version whose weights were kept as they were trained, but "
            f"{told(manifest)} is of an earlier release, which kept only folded ones. Train it "
            "again.",
            START,
        )
    return manifest


def started(spec: JobSpec, model: Json) -> JobSpec:
    """The whole spec of a job that starts from this model: with the version that was meant, and
    what it takes over.

    Raises:
        InvalidParameter: what it says of its network does not go with what it takes over.
    """
    own = spec.model_dump(mode="json", exclude_unset=True)
    base = {name: model["spec"].get(name) for name in TAKEN_OVER}
    which = {"model": model["name"], "version": model["version"]}
    try:
        return JobSpec.model_validate({**merged(base, own), "start_from": which})
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InvalidParameter(
            f"Expected a network that goes with what it takes over from {told(model)}: {said:.300} "
            "Say the whole network, or leave it out.",
            "/network",
        ) from error


def check_start(spec: JobSpec, plan: NetworkPlan, dataset: Json, model: Json) -> None:
    """Refuse weights that mean something else here.

    Args:
        spec, plan: of the job.
        dataset, model: the manifests; of the dataset too with the digest of the backbone that makes
            features of it, or None.

    Raises:
        InvalidParameter: samples become other numbers, no layer has the model's shapes, or a frozen
            one has others.
    """
    if (ours := dataset["backbone"]) != (theirs := model.get("backbone")):
        raise InvalidParameter(
            f"Expected the backbone of {told(model)}, {theirs}, got {ours}. Weights mean something "
            "else with another one, or with none; leave start_from out.",
            "/backbone",
        )
    if ours is None and (difference := otherwise(dataset, model)):
        raise InvalidParameter(
            f"Expected a dataset whose samples become numbers as those of {told(model)} do, but "
            f"{difference}. Import the files with the same options, or leave start_from out.",
            START,
        )
    taken = starting_from(plan, network_of_model(model)).taken
    before, of_table = model["spec"]["normalization"], model["preprocessing"].get("columns")
    if 1 in taken and not of_table and spec.normalization != before:
        raise InvalidParameter(
            f"Expected the normalization {before}, with which {told(model)} was trained and which "
            f"comes with the weights of its first layer, got {spec.normalization}. Leave it out.",
            "/normalization",
        )


def told(model: Json) -> str:
    return f"version {model['version']} of {model['name']}"


def otherwise(dataset: Json, model: Json) -> str | None:
    """What is otherwise in how samples become numbers, in words; None where nothing is."""
    ours, theirs = meaning(dataset), meaning(model)
    for name in {**theirs, **ours}:
        if ours.get(name) != theirs.get(name):
            return f"its {name} is {ours.get(name)!s:.200}, and theirs is {theirs.get(name)!s:.200}"
    return None


def meaning(manifest: Json) -> Json:
    """What the numbers of a sample mean. Of tables these are the columns, each at mean 0 and
    deviation 1: at which numbers, every dataset has measured for itself."""
    values = manifest["preprocessing"]
    how: Preprocessing | TablePreprocessing = preprocessing_of(values)
    if isinstance(how, Preprocessing):
        return {"kind": how.kind, "shape": manifest["shape"], **how.as_dict()}
    columns = [
        (column.name, column.kind, column.missing, getattr(column, "categories", None))
        for column in how.columns
    ]
    return {"kind": how.kind, "columns": columns}
