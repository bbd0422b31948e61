"""A model computed by the formulas alone, to hold answers against."""

import io
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

from service.launcher.launcher import Launcher
from worker.nn.arrays import Array


def png(picture: Array) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def weights(launcher: Launcher, model: dict[str, Any]) -> dict[str, Array]:
    folder = launcher.settings.data_dir / "models" / model["name"] / str(model["version"])
    return load_file(folder / "weights.safetensors")


def own_answer(tensors: dict[str, Array], picture: Array) -> float:
    """The probability of class 1, by the formulas and nothing of ours."""
    A = picture.reshape(-1).astype(float)  # noqa: N806
    layers = len(tensors) // 2
    for layer in range(1, layers + 1):
        A = A @ tensors[f"W{layer}"].astype(float) + tensors[f"b{layer}"]  # noqa: N806
        A = np.maximum(A, 0) if layer < layers else A  # noqa: N806
    return float(1 / (1 + np.exp(-A[0])))
