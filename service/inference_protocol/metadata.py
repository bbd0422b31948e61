"""What the protocol tells of the service and of its models."""

from service import __version__
from service.inference_protocol.named_model import IMAGE, NamedModel, versions_of
from service.schemas.inference import (
    IndexedVersion,
    ModelMetadata,
    ServerMetadata,
    TensorMetadata,
)
from service.state import AppState
from worker.serving.signatures import PROBABILITY, Tensor

PLATFORM = "purrceptron_safetensors"
SERVER = ServerMetadata(
    name="purrceptron",
    version=__version__,
    extensions=["binary_tensor_data"],
)


def described(app_state: AppState, named: NamedModel) -> ModelMetadata:
    """Returns the tensors of a model, and its versions."""
    own = named.name.removesuffix(IMAGE) if named.by_pictures else named.name
    return ModelMetadata(
        name=named.name,
        versions=[str(version) for version in versions_of(app_state, own)],
        platform=PLATFORM,
        inputs=[_tensor(each) for each in named.signature.inputs],
        outputs=[_tensor(each, named.model.classes) for each in named.signature.outputs],
    )


def index(app_state: AppState) -> list[IndexedVersion]:
    """Returns all versions of all models, by the names under which they are sent rows."""
    return [
        IndexedVersion(name=name, version=str(version), state="READY", reason="")
        for name in app_state.store.models.names()
        for version in versions_of(app_state, name)
    ]


def _tensor(tensor: Tensor, classes: list[str] | None = None) -> TensorMetadata:
    about = {"classes": classes} if classes and tensor.name == PROBABILITY else None
    return TensorMetadata(
        name=tensor.name,
        datatype=tensor.datatypes[0],
        shape=list(tensor.shape),
        parameters=about,
    )
