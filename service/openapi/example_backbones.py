"""A backbone, as `/openapi.json` shows it."""

from worker.jsontypes import Json

BACKBONE: Json = {
    "id": "bb_01a22813404a70d6ab0630f5430d59e4",
    "name": "mobilenet",
    "state": "ready",
    "input": {
        "size": [224, 224],
        "layout": "NHWC",
        "dtype": "float32",
        "scale": 1.0,
        "mean": [0.0, 0.0, 0.0],
        "std": [1.0, 1.0, 1.0],
        "channel_order": "rgb",
        "resize": "squash",
    },
    "output": "features",
    "pooled": None,
    "features": 1280,
    "parameters": 2_223_976,
    "opset": 17,
    "digest": "sha256:817e4272d16e12d589888d59fa471bb354182406e687673f175e9eca47c1bba8",
    "problem": None,
    "bytes": 2_340_892,
    "created_at": "2026-11-29T16:11:20.149000Z",
}
UNKNOWN = dict.fromkeys(("input", "output", "pooled", "features", "parameters", "opset", "digest"))
BACKBONE_IMPORTING: Json = {**BACKBONE, **UNKNOWN, "state": "importing"}
