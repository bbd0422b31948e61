"""Which model is meant by a name and a version in a path."""

from contextlib import suppress
from typing import NamedTuple

from service.state import AppState
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import ModelNotFound
from worker.serving.loaded_models import Loaded
from worker.serving.signatures import Signature, signature_of
from worker.store.aliases import CHAMPION

# Behind the name of a model: it is sent encoded pictures, and not their pixels.
IMAGE = ".image"


class NamedModel(NamedTuple):
    """A model as it was named.

    Attributes:
        name: as it was asked for.
        alias: by which its version was found; None if that was asked for by its number.
        by_pictures: whether it is sent encoded pictures.
    """

    name: str
    model: Loaded
    alias: str | None
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
    number, alias = _asked(version)
    if alias is None:
        model = app_state.predictor.model(own, number)
    else:
        model, _ = app_state.predictor.aliased(own, alias)
    if by_pictures and not _is_of_pictures(model):
        raise ModelNotFound(
            f"No model has the name {name}: {own} was trained on rows. Ask {own} with those."
        )
    signature = signature_of(model, by_pictures=by_pictures)
    return NamedModel(name, model, alias, by_pictures, signature)


def versions_of(app_state: AppState, name: str) -> list[int]:
    """Returns the versions of a model of just this name; none if there is no such model."""
    with suppress(ModelNotFound):  # too long a name, with what stands behind it
        return app_state.store.models.versions(name)
    return []


def _asked(version: str | None) -> tuple[int | None, str | None]:
    """The number of a version, or the alias by which it is asked for."""
    if version is None:
        return None, CHAMPION
    if version.isascii() and version.isdigit() and len(version) <= 10:
        return int(version), None
    return None, version


def _is_of_pictures(model: Loaded) -> bool:
    how = model.preprocessing
    return not isinstance(how, TablePreprocessing) and how.kind == "picture"
