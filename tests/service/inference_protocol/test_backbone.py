"""A model on the features of a backbone answers over the protocol as elsewhere."""

from pathlib import Path

import numpy as np

from service.settings import ServiceSettings
from tests.service.inference_protocol.asking import ask, images, outputs
from tests.service.requests.asked import cats
from tests.service.requests.test_predicting_by_backbone import ASK, form, head
from tests.service.server_thread import serving_app
from tests.worker.data.backbones.running_pools import stored
from tests.worker.data.making import encoded, pictures
from worker.store.store import Store

SIDE = 8
FILES_AT, PIXELS_AT = "/v2/models/arrays.image/infer", "/v2/models/arrays/infer"


def test_pictures_and_their_pixels(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    head(store, "arrays", stored(store.backbones, tmp_path, "bb_" + "1" * 32), side=SIDE)
    settings = ServiceSettings(
        redis_url="unix:///nowhere.sock", data_dir=tmp_path / "data", min_free_bytes=0
    )
    photos = pictures(3, side=SIDE)
    files, rows = [encoded(photo, "PNG") for photo in photos], photos.reshape(3, -1)
    x = {"name": "x", "datatype": "UINT8", "shape": [*rows.shape], "data": rows.tolist()}
    with serving_app(settings) as http:
        assert http.get("/v2/models/arrays/ready").status_code == 200
        of_files = ask(http, *images(*files), path=FILES_AT)
        elsewhere = cats(http.post(ASK.format("arrays"), files=form(*files)))
        assert outputs(of_files)["probability"][1::2] == np.array(elsewhere, "f4").tolist()
        assert outputs(ask(http, {"inputs": [x]}, path=PIXELS_AT)) == outputs(of_files)
        broken = ask(http, *images(files[0], b"x"), path=FILES_AT)
        assert (broken.status_code, "(/inputs/0/data/1)" in broken.json()["error"]) == (400, True)
        halves = {**x, "datatype": "FP32", "data": (rows + 0.5).clip(0, 255).tolist()}
        refused = ask(http, {"inputs": [halves]}, path=PIXELS_AT)
        assert "a whole number from 0 to 255" in refused.json()["error"]
        (tmp_path / "data" / "backbones").rename(tmp_path / "elsewhere")
        assert http.get("/v2/models/arrays/ready").status_code == 503
