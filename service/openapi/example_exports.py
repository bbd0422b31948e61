"""What `/openapi.json` shows of a version that can be taken away."""

from worker.jsontypes import Json

EXPORT: Json = {
    "refused": None,
    "opset": 17,
    "inputs": [{"name": "pictures", "dtype": "uint8", "shape": [None, 64, 64, 3]}],
    "made_by": {"onnx": "1.23.2", "onnxruntime": "1.32.0"},
    "split": "test",
    "rows": 50,
    "largest_difference": 2.5e-06,
    "int8": {
        "largest_difference": 0.0089,
        "accuracy": 0.72,
        "accuracy_lost": 0.0,
        "interval": [-0.049, 0.049],
        "changed": 0,
    },
    "files": {
        "model.onnx": "sha256:04fc83354f6bb1243464c7e5aa1880ae77ba97081490cfa357f4940aac599646"
    },
}
