"""What every peer does with a picture: the service's decoder, and the same network with NumPy. It
runs where a peer is installed, so it needs NumPy and Pillow alone.
"""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worker.data.pictures.pixels import decode
from worker.data.preprocessing import REDUCING_GAP, Preprocessing

WEIGHTS, PORT = "PEER_WEIGHTS", "PEER_PORT"  # where a peer is told these
MOST = 2**30


class Network:
    """Dense layers with rectifiers between them, of two classes, in float64."""

    def __init__(self) -> None:
        with np.load(Path(os.environ[WEIGHTS])) as tensors:
            numbers = range(1, len(tensors.files) // 2 + 1)
            self._layers = [
                (tensors[f"W{n}"].astype(float), tensors[f"b{n}"].astype(float)) for n in numbers
            ]

    def answer(self, encoded: bytes) -> dict[str, dict[str, float]]:
        how = Preprocessing(reducing_gap=REDUCING_GAP)
        pixels = decode(encoded, how, max_bytes=MOST, max_pixels=MOST).pixels
        found: NDArray[np.float64] = pixels.reshape(1, -1).astype(float)
        for W, b in self._layers[:-1]:
            found = np.maximum(found @ W + b, 0)
        W, b = self._layers[-1]
        cat = float(1 / (1 + np.exp(-(found @ W + b)))[0, 0])
        return {"probabilities": {"other": 1 - cat, "cat": cat}}
