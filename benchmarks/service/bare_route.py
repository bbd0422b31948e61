"""The least that answers pictures by a backbone: a route of FastAPI that decodes, asks the runtime,
and multiplies by the weights of one layer. Started with the kind of session, the network, what is
known of it, the weights, and the descriptor of a socket that listens.
"""

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool

from worker.data.backbones.backbone import Backbone
from worker.data.backbones.running import features, loaded, open_session
from worker.data.backbones.sizing import preprocessing
from worker.data.pictures.pixels import decode

MOST = 2**30


def usual_session(network: Path, threads: int) -> Any:
    """One with the defaults of ONNX Runtime, but for its threads."""
    runtime = loaded()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    return runtime.InferenceSession(str(network), options)


SESSIONS: dict[str, Callable[[Path, int], Any]] = {"usual": usual_session, "ours": open_session}


def application(kind: str, network: Path, backbone: Backbone, weights: Path) -> FastAPI:
    """The route; a session answers all requests, each in a thread of its own."""
    app, session = FastAPI(), SESSIONS[kind](network, 1)
    how, W = preprocessing(backbone.input), np.load(weights)

    def answer(encoded: bytes) -> dict[str, Any]:
        pixels = decode(encoded, how, max_bytes=MOST, max_pixels=MOST).pixels
        logits = features(session, backbone, pixels[None]).astype(float)[0] @ W
        shares = np.exp(logits - logits.max())
        return {"probabilities": (shares / shares.sum()).tolist()}

    @app.post("/predict")
    async def predict(request: Request) -> dict[str, Any]:
        return await run_in_threadpool(answer, await request.body())

    return app


if __name__ == "__main__":
    kind, file, about, matrix, listener = sys.argv[1:]
    app = application(kind, Path(file), Backbone.from_dict(json.loads(about)), Path(matrix))
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(config).run([socket.socket(fileno=int(listener))])
