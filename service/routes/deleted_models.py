"""Models and versions of models that are deleted, and those that are restored."""

from service.access.scopes import TRAIN, ScopedRouter
from service.deps import MOVING, DeletedModelsDep, ModelsDep, VersionNumber
from service.openapi.contract import problems
from service.schemas.models import Model, Version

router = ScopedRouter(
    prefix="/v1/models/{name}",
    tags=["models"],
    dependencies=[MOVING],
    needs={"POST": TRAIN, "DELETE": TRAIN},
)


@router.delete("", status_code=204, responses=problems(404, 409, 507))
def delete_model(name: str, deleted_models: DeletedModelsDep) -> None:
    """Put a model with all its versions into the trash, if no alias but its champion names one and
    no job needs one."""
    deleted_models.delete(name)


@router.post("/restore", responses=problems(404, 409, 507))
def restore_model(name: str, deleted_models: DeletedModelsDep, models: ModelsDep) -> Model:
    """Take a model out of the trash, as it was; the answer has its newest version alone. An alias
    names its version again if nothing took its place."""
    deleted_models.restore(name)
    return Model.of(models.newest(name))


@router.delete("/versions/{version}", status_code=204, responses=problems(404, 409, 507))
def delete_model_version(
    name: str, version: VersionNumber, deleted_models: DeletedModelsDep
) -> None:
    """Put a version that no alias names and no job needs into the trash."""
    deleted_models.delete_version(name, version)


@router.post("/versions/{version}/restore", responses=problems(404, 409, 507))
def restore_model_version(
    name: str, version: VersionNumber, deleted_models: DeletedModelsDep, models: ModelsDep
) -> Version:
    """Take a version out of the trash, as it was."""
    deleted_models.restore_version(name, version)
    return Version(**models.version(name, version))
