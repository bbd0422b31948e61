"""An exported version in MLflow's format: the small files that stand beside its `model.onnx`.

Source: https://mlflow.org/docs/latest/ml/model/
"""

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version

from worker.jsontypes import Json
from worker.store.exports import MODEL

FOLDER = "model"
# What loads it and is asked to answer.
LIBRARIES = ("numpy", "onnx", "onnxruntime")
MODEL_FORMAT = "2.8.0"  # the release of MLflow whose fields are used; later ones read them too


def description(run_id: str, manifest: Json, about: Json) -> dict[str, bytes]:
    """Returns the files by their names.

    Args:
        about: what is known of the export.
    """
    environment = {
        "python": platform.python_version(),
        "build_dependencies": ["pip"],
        "dependencies": ["-r requirements.txt"],
    }
    # Not `made_by` of the export, which a process says that has read the file of a stranger.
    required = "".join(f"{name}=={version(name)}\n" for name in LIBRARIES)
    return {
        # JSON is YAML too.
        "MLmodel": json.dumps(mlmodel(run_id, manifest, about), indent=1).encode(),
        "python_env.yaml": json.dumps(environment, indent=1).encode(),
        "requirements.txt": required.encode(),
    }


def mlmodel(run_id: str, manifest: Json, about: Json) -> Json:
    """Returns what MLflow reads to load it, and to check what it is asked."""
    onnx = {
        "data": MODEL,
        "code": None,
        "onnx_version": version("onnx"),
        "providers": ["CPUExecutionProvider"],
        "onnx_session_options": None,
    }
    function = {
        "data": MODEL,
        "loader_module": "mlflow.onnx",
        "python_version": platform.python_version(),
        "env": {"virtualenv": "python_env.yaml"},
    }
    return {
        "artifact_path": FOLDER,
        "run_id": run_id,
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "mlflow_version": MODEL_FORMAT,
        "flavors": {"onnx": onnx, "python_function": function},
        "signature": signature(manifest, about),
        "metadata": {"classes": manifest["classes"]},
    }


def signature(manifest: Json, about: Json) -> Json:
    """Returns the tensors that go in and come out, as JSON in texts."""
    given = [tensor(each["name"], each["dtype"], each["shape"]) for each in about["inputs"]]
    answer = tensor("probabilities", "float32", [None, len(manifest["classes"])])
    return {"inputs": json.dumps(given), "outputs": json.dumps([answer]), "params": None}


def tensor(name: str, dtype: str, shape: list[int | None]) -> Json:
    """Returns the description of a tensor; a length is -1 where any will do."""
    lengths = [-1 if length is None else length for length in shape]
    kind = "str" if dtype == "string" else dtype
    return {"name": name, "type": "tensor", "tensor-spec": {"dtype": kind, "shape": lengths}}
