"""The same pictures answered by BentoML: one process, of which a thread computes. A picture is the
body of a request, as it is.
"""

from typing import Any

import bentoml
from PIL.Image import Image

from benchmarks.service.peer_work import Network


@bentoml.service(workers=1, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Pictures:
    def __init__(self) -> None:
        self.network = Network()

    @bentoml.api(route="/predict")
    def predict(self, image: Image, /) -> dict[str, Any]:
        file = image.fp  # which is opened, and not decoded yet
        file.seek(0)
        return self.network.answer(file.read())
