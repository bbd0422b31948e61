"""Examples of the Open Inference Protocol."""

from service.inference_protocol.metadata import PLATFORM, SERVER
from worker.jsontypes import Json

INFER: Json = {
    "id": "1",
    "inputs": [{"name": "x", "shape": [1, 3], "datatype": "UINT8", "data": [0, 128, 255]}],
    "outputs": [{"name": "label"}, {"name": "probability"}],
}
INFERRED: Json = {
    "model_name": "cats",
    "model_version": "1",
    "id": "1",
    "outputs": [
        {"name": "label", "datatype": "BYTES", "shape": [1], "data": ["cat"]},
        {"name": "probability", "datatype": "FP32", "shape": [1, 2], "data": [0.03, 0.97]},
    ],
}
METADATA: Json = {
    "name": "cats",
    "versions": ["1"],
    "platform": PLATFORM,
    "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 12_288]}],
    "outputs": [
        {
            "name": "probability",
            "datatype": "FP32",
            "shape": [-1, 2],
            "parameters": {"classes": ["other", "cat"]},
        },
        {"name": "label", "datatype": "BYTES", "shape": [-1]},
    ],
}
READY: Json = {"name": "cats", "ready": True}
INFERENCE_BODIES: Json = {"infer_by_name": INFER, "infer_by_version": INFER}
INFERENCE_ANSWERS: Json = {
    "show_live": {"live": True},
    "show_ready": {"ready": True},
    "show_server": SERVER.model_dump(),
    "list_repository": [{"name": "cats", "version": "1", "state": "READY", "reason": ""}],
    "show_model_metadata": METADATA,
    "show_version_metadata": METADATA,
    "show_model_ready": READY,
    "show_version_ready": READY,
    "infer_by_name": INFERRED,
    "infer_by_version": INFERRED,
}
