"""The least that answers pictures: a route of FastAPI that decodes and computes on the spot, by the
same decoder and the same network. Started with the store, the model, and the descriptor of a socket
that listens.
"""

import asyncio
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

from worker.data.pictures.pixels import decode
from worker.serving.predictor import Predictor
from worker.settings import Settings
from worker.store.store import Store

MOST = 2**30


def application(folder: Path, name: str) -> FastAPI:
    app = FastAPI()
    model = Predictor(Store(folder), Settings()).model(name, 1)

    @app.post("/predict")
    async def predict(request: Request) -> dict[str, Any]:
        encoded = await request.body()
        pixels = decode(encoded, model.of_pictures, max_bytes=MOST, max_pixels=MOST).pixels
        row = model.probabilities(pixels[None])[0]
        return {"probabilities": dict(zip(model.classes, row.tolist(), strict=True))}

    return app


if __name__ == "__main__":
    folder, name, listener = sys.argv[1:]
    config = uvicorn.Config(application(Path(folder), name), log_level="warning", access_log=False)
    asyncio.run(uvicorn.Server(config).serve([socket.socket(fileno=int(listener))]))
