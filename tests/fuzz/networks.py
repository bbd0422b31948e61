"""The reader of networks in ONNX: all that is done before one is run."""

from tests.worker.data.backbones.networks import network as small
from worker.data.backbones.beginning import check_beginning
from worker.data.backbones.feature_output import ending_at, feature_output
from worker.data.backbones.network import network as checked
from worker.data.backbones.options import BackboneOptions
from worker.data.backbones.picture_input import picture_input

MOST_PARAMETERS = 10_000


def network(body: bytes) -> None:
    check_beginning("body", body[:1024])
    model = checked(body, MOST_PARAMETERS)
    picture_input(model, BackboneOptions())
    ending_at(model, feature_output(model, None)).SerializeToString(deterministic=True)


def networks() -> list[bytes]:
    said = {"size": "24,24", "mean": "0.5"}
    models = [
        small(layout="NHWC", ending="spatial"),
        small(ending="probabilities", metadata=said),
        small(dtype="uint8", ending="product"),
    ]
    return [model.SerializeToString() for model in models]
