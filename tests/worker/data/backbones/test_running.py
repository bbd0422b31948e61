"""Features by the runtime are what the network makes of the pixels that it expects."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.testing import assert_allclose
from onnx import helper, numpy_helper

from tests.worker.data.backbones.networks import file_of, network, output_of, pictures
from worker.data.backbones.backbone import NETWORK, Backbone
from worker.data.backbones.examination import examine
from worker.data.backbones.network import OPSETS, VERSIONS
from worker.data.backbones.options import BackboneOptions
from worker.data.backbones.running import features, loaded, open_session, session_options
from worker.errors import UnsupportedFile


def made(folder: Path, **how: Any) -> tuple[Any, Backbone]:
    """A session for a network, and what is known of it."""
    options = how.pop("options", {})
    backbone = examine(
        file_of(folder, network(**how)), folder, BackboneOptions(**options), most_parameters=10_000
    )
    return open_session(folder / NETWORK, 2), backbone


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("ending", ["pooled", "spatial", "spatial_last", "classifier"])
def test_every_way_to_export_a_network_gives_the_same_features(
    tmp_path: Path, layout: str, ending: Any
) -> None:
    (tmp_path / "plain").mkdir()
    expected = features(*made(tmp_path / "plain"), pictures(5))
    session, backbone = made(tmp_path, layout=layout, ending=ending)
    assert_allclose(features(session, backbone, pictures(5)), expected, rtol=1e-5)


def test_features_are_float32_and_one_row_for_each_picture_of_any_number(tmp_path: Path) -> None:
    session, backbone = made(tmp_path)
    found = features(session, backbone, pictures(35))
    assert found.shape == (35, backbone.features)
    assert found.dtype.name == "float32"
    assert features(session, backbone, pictures(0)).shape == (0, backbone.features)


def test_features_of_a_picture_are_the_same_bytes_whatever_is_beside_it(tmp_path: Path) -> None:
    session, backbone = made(tmp_path)
    together = features(session, backbone, pictures(5))
    alone = [features(session, backbone, picture[None]) for picture in pictures(5)]
    assert np.concatenate(alone).tobytes() == together.tobytes()


def test_a_session_may_be_asked_by_several_threads_at_a_time(tmp_path: Path) -> None:
    session, backbone = made(tmp_path)
    sent = [picture[None] for picture in pictures(40)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda picture: features(session, backbone, picture), sent))
    assert np.concatenate(found).tobytes() == features(session, backbone, pictures(40)).tobytes()


def test_a_session_is_the_same_from_the_bytes_of_a_network(tmp_path: Path) -> None:
    session, backbone = made(tmp_path)
    other = open_session((tmp_path / NETWORK).read_bytes(), 1)
    expected = features(session, backbone, pictures(3)).tobytes()
    assert features(other, backbone, pictures(3)).tobytes() == expected


def test_a_network_for_one_picture_is_asked_about_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "any").mkdir()
    expected = features(*made(tmp_path / "any"), pictures(5))
    session, backbone = made(tmp_path, batch=1)
    assert_allclose(features(session, backbone, pictures(5)), expected, rtol=1e-5)


def test_pixels_are_scaled_as_the_network_expects_them(tmp_path: Path) -> None:
    """The network adds up all pixels of a channel, so it shows what it was given."""
    given = helper.make_tensor_value_info("image", 1, ["N", 3, 24, 24])
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["means"], axes=[2, 3], keepdims=0),
    ]
    graph = helper.make_graph(nodes, "means", [given], [output_of("means")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = BackboneOptions(scale=0.5, mean="10,20,30", std="1,2,4", channel_order="bgr")
    backbone = examine(file_of(tmp_path, model), tmp_path, options, 0)
    flat = np.empty((1, 24, 24, 3), np.uint8)
    flat[...] = 100, 150, 200  # red, green, blue
    found = features(open_session(tmp_path / NETWORK, 1), backbone, flat)
    assert_allclose(found, [[(100 - 10) / 1, (75 - 20) / 2, (50 - 30) / 4]])


def test_whole_pixels_come_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    expected = features(*made(tmp_path / "raw"), pictures(3))
    session, backbone = made(tmp_path, dtype="uint8", layout="NHWC")
    assert_allclose(features(session, backbone, pictures(3)), expected, rtol=1e-5)


def test_features_are_the_same_bytes_with_any_number_of_threads(tmp_path: Path) -> None:
    session, backbone = made(tmp_path)
    alone = features(open_session(tmp_path / NETWORK, 1), backbone, pictures(9))
    assert features(session, backbone, pictures(9)).tobytes() == alone.tobytes()


def test_weights_in_whole_numbers_become_floats_once(tmp_path: Path) -> None:
    model = network()
    (kernel,) = (each for each in model.graph.initializer if each.name == "K2")
    whole = np.random.default_rng(1).integers(-9, 9, kernel.dims).astype(np.int8)
    kernel.CopyFrom(numpy_helper.from_array(whole, "whole"))
    model.graph.initializer.append(numpy_helper.from_array(np.array(0.02, np.float32), "step"))
    model.graph.node.insert(0, helper.make_node("DequantizeLinear", ["whole", "step"], ["K2"]))
    options = session_options(1)
    options.optimized_model_filepath = str(tmp_path / "run.onnx")
    loaded().InferenceSession(model.SerializeToString(), options)
    run = {node.op_type for node in onnx.load(tmp_path / "run.onnx").graph.node}
    assert "Conv" in str(run)
    assert "DequantizeLinear" not in run


def runs(folder: Path, opset: int, version: int) -> bool:
    try:
        open_session(file_of(folder, network(opset=opset, version=version)), 1)
    except UnsupportedFile:
        return False
    return True


def test_the_runtime_knows_the_versions_that_are_taken(tmp_path: Path) -> None:
    for opset in (OPSETS[0], OPSETS[-1]):
        assert runs(tmp_path, opset, VERSIONS[-1])
    assert runs(tmp_path, OPSETS[0], VERSIONS[0])
    assert not runs(tmp_path, OPSETS[0], VERSIONS[-1] + 1)


def test_the_runtime_leaves_no_trace_and_has_no_thread_that_sends_anything(tmp_path: Path) -> None:
    script = """
import os
from worker.data.backbones.running import loaded
loaded()
print(len(os.listdir("/proc/self/task")))
"""
    env = {**os.environ, "HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    env.pop("ORT_DISABLE_TELEMETRY", None)
    found = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert (found.stdout.strip(), list(tmp_path.iterdir())) == ("1", [])
