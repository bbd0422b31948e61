"""Whether models can be asked, and why they cannot."""

from service.inference_protocol.named_model import named
from service.state import AppState
from worker.errors import (
    BackboneNotFound,
    DamagedBackbone,
    DamagedModel,
    PreprocessingChanged,
)

BROKEN = (BackboneNotFound, DamagedBackbone, DamagedModel, PreprocessingChanged)


def server_is_away(app_state: AppState) -> str | None:
    """Returns why no model can be asked; None if they can."""
    try:
        app_state.store.models.names()
    except OSError as error:
        return f"Expected a folder of models that can be read, got: {error.strerror}."
    return None


def model_is_away(app_state: AppState, name: str, version: str | None) -> str | None:
    """Returns why this version of a model cannot be asked; None if it can. It is loaded for that.

    Raises:
        ModelNotFound, AliasNotFound: there is none.
    """
    try:
        model = named(app_state, name, version).model
        if model.backbone is not None:
            app_state.store.backbones.open(model.backbone)
    except BROKEN as error:
        return str(error)
    return None
