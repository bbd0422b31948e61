"""Which model is meant by a name and a version in a path."""

from contextlib import suppress
from typing import NamedTuple

from service.state import AppState
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import AliasNotFound, ModelNotFound
from worker.serving.loaded_models import Loaded
from worker.serving.signatures import Signature, signature_of

# Behind the name of a model: it is sent encoded pictures, and not their pixels.
IMAGE = ".image"


class NamedModel(NamedTuple):
    """A model as it was named.

    Attributes:
        name: as it was asked for.
        by_pictures: whether it is sent encoded pictures.
    """

    name: str
    model: Loaded
    by_pictures: bool
    signature: Signature


def named(app_state: AppState, name: str, version: str | None) -> NamedModel:
    """Returns a version of a model, ready to answer.

    Args:
        version: its number, or an alias; None for the champion.

    Raises:
        ModelNotFound: there is none.
        AliasNotFound: it has no such alias.
        DamagedModel, PreprocessingChanged: it cannot answer.
    """
    by_pictures = name.endswith(IMAGE) and not versions_of(app_state, name)
    own = name.removesuffix(IMAGE) if by_pictures else name
    model = app_state.predictor.model(own, _number(app_state, own, version))
    if by_pictures and not _is_of_pictures(model):
        raise ModelNotFound(
            f"No model has the name {name}: {own} was trained on rows. Ask {own} with those."
        )
    return NamedModel(name, model, by_pictures, signature_of(model, by_pictures=by_pictures))


def versions_of(app_state: AppState, name: str) -> list[int]:
    """Returns the versions of a model of just this name; none if there is no such model."""
    with suppress(ModelNotFound):  # too long a name, with what stands behind it
        return app_state.store.models.versions(name)
    return []


def _number(app_state: AppState, name: str, version: str | None) -> int | None:
    if version is None:
        return None
    if version.isascii() and version.isdigit() and len(version) <= 10:
        return int(version)
    if (found := app_state.store.aliases.shown(name).version(version)) is None:
        raise AliasNotFound(f"No alias of {name} has the name {version!r:.80}.")
    return found


def _is_of_pictures(model: Loaded) -> bool:
    how = model.preprocessing
    return not isinstance(how, TablePreprocessing) and how.kind == "picture"
