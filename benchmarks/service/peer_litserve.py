"""The same pictures answered by LitServe: one server process, and one that computes. A picture
comes in base64 in JSON, since what comes as it is cannot be handed from one to the other.
"""

import base64
import os
from typing import Any

from litserve import LitAPI, LitServer

from benchmarks.service.peer_work import PORT, Network


class Pictures(LitAPI):
    def setup(self, device: str) -> None:
        self.network = Network()

    def decode_request(self, request: dict[str, str]) -> bytes:
        return base64.b64decode(request["image"])

    def predict(self, x: bytes) -> dict[str, Any]:
        return self.network.answer(x)

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        return output


if __name__ == "__main__":
    server = LitServer(Pictures(api_path="/predict"), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1",
        port=int(os.environ[PORT]),
        num_api_servers=1,
        log_level="warning",
        generate_client_file=False,
        access_log=False,
    )
