"""Backbones of small networks, and the processes that run them."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, helper

from tests.worker.data.backbones.networks import file_of, network, with_outputs
from tests.worker.data.pictures.bombs import children
from worker.data.backbones.backbone import NETWORK, Backbone
from worker.data.backbones.examination import examine
from worker.data.backbones.options import BackboneOptions
from worker.data.backbones.pool import FeaturePool
from worker.settings import Settings
from worker.store.backbones import BackboneStore
from worker.system.machine import cores

BRIGHT = np.full((24, 24, 3), 255, np.uint8)
DARK = np.zeros((24, 24, 3), np.uint8)
Opened = Callable[[], tuple[Backbone, Path]]


def opened(folder: Path, model: ModelProto | None = None) -> Opened:
    """What opens the backbone of a network, which lies in the folder."""
    backbone = examine(
        file_of(folder, model or network()), folder, BackboneOptions(), most_parameters=10_000
    )
    return lambda: (backbone, folder / NETWORK)


def stored(store: BackboneStore, tmp_path: Path, backbone_id: str, **options: Any) -> str:
    """The digest of a backbone that is in a store."""
    with store.local_folder(backbone_id) as part:
        sent = file_of(tmp_path, options.pop("model", None) or network())
        found = examine(sent, part, BackboneOptions.model_validate(options), 10_000)
        return str(store.publish(backbone_id, part, found)["digest"])


@contextmanager
def pool_of(opened: Opened, **settings: Any) -> Iterator[FeaturePool]:
    pool = FeaturePool(opened, Settings(**settings))
    pool.start()
    try:
        yield pool
    finally:
        pool.close()


def ready(pool: FeaturePool) -> None:
    """Have each process of the pool started; those that have ended start when they are asked."""
    while [child._channel is not None for child in pool._children] != [True] * cores():
        pool.submit(DARK).answer.result(30)


@contextmanager
def stopped(pool: FeaturePool) -> Iterator[FeaturePool]:
    """The only pool; its processes are all there and do nothing until the block ends."""
    ready(pool)
    for pid in runners():
        os.kill(pid, signal.SIGSTOP)
    try:
        yield pool
    finally:
        for pid in runners():
            os.kill(pid, signal.SIGCONT)


def runners() -> dict[int, Path]:
    """The processes that this one has started to run backbones."""
    return children(b"worker.data.backbones.runner")


def without_number() -> ModelProto:
    """Its features are no number of a picture that is white; those of others are."""
    more = [
        helper.make_node("ReduceMax", ["image"], ["largest"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("ReduceMin", ["image"], ["least"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Add", ["largest", "least"], ["both"]),
        helper.make_node("Sub", ["most", "both"], ["below"]),
        helper.make_node("Sqrt", ["below"], ["root"]),
        helper.make_node("Unsqueeze", ["root", "last"], ["column"]),
        helper.make_node("Add", ["features", "column"], ["x"]),
    ]
    model = network(more=more)
    model.graph.initializer.append(helper.make_tensor("most", 1, [1], [509.5]))
    model.graph.initializer.append(helper.make_tensor("last", 7, [1], [1]))
    return with_outputs(model, "x")
