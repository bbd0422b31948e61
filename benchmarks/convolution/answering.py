"""Milliseconds in which the network of the recipe `photos` answers, beside ONNX Runtime.

Both have the same weights, and their logits must agree. What is measured is one picture and a batch
in turns, each as fast as it was at its fastest; and by the processor time of the process too, which
says more where others use the machine. Needs `onnx` and `onnxruntime` in the environment.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from benchmarks import setting
from worker.nn.arrays import Array
from worker.nn.engines.answering.network import answering_network
from worker.nn.folding import without_batch_normalization
from worker.nn.network import Network
from worker.spec import JobSpec
from worker.spec.recipes import expanded
from worker.training import build
from worker.training.problem import Problem

SHAPE, BATCHES, CLOSE = (64, 64, 3), (1, 64), 1e-4
PAUSE_S = 0.2  # threads of the one before wait for more to do, and take a core to wait


def network(threads: int) -> Network:
    """Of the recipe, before its first step: what it answers does not matter here."""
    spec = JobSpec.model_validate(expanded({"dataset": f"ds_{0:032x}", "recipe": "photos"}))
    plan = build.plan(spec, Problem(SHAPE, 2, {"train": 1}))
    layers = plan.network.start("float32").layers
    return answering_network(without_batch_normalization(layers), SHAPE, threads)


def session(of: Network, threads: int) -> Any:
    """The same network for ONNX Runtime: pictures of (m, channels, h, w)."""
    nodes, weights, last = [], [], "pixels"
    for place, layer in enumerate(of.layers):
        kind, how = OPERATORS[type(layer).__name__]
        if kind is None:
            continue
        names = [f"{place}.{name}" for name, _ in enumerate(layer.params)]
        arrays = [np.ascontiguousarray(theirs(p)) for p in layer.params]
        weights += [numpy_helper.from_array(p, n) for n, p in zip(names, arrays, strict=True)]
        nodes.append(helper.make_node(kind, [last, *names], [f"after {place}"], **how))
        last = f"after {place}"
    ends = ("pixels", ["m", *np.roll(SHAPE, 1).tolist()]), (last, None)
    given, found = (helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in ends)
    graph = helper.make_graph(nodes, "photos", [given], [found], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def theirs(p: Array) -> Array:
    """An array of ours as ONNX lays it."""
    return p.transpose(3, 2, 0, 1) if p.ndim == 4 else p


OPERATORS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "Convolution": ("Conv", {"pads": [1, 1, 1, 1]}),
    "Activate": ("Relu", {}),
    "Pooling": ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    # It flattens as well, which the next one does by itself.
    "GlobalAverage": ("ReduceMean", {"axes": [2, 3], "keepdims": 0}),
    "Dense": ("Gemm", {}),
}


def fastest(turns: dict[str, Callable[[], Array]], rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of each, by the clock and of processor time."""
    found = dict.fromkeys(turns, (float("inf"), float("inf")))
    for _ in range(rounds):
        for name, turn in turns.items():
            time.sleep(PAUSE_S)
            clock, used = time.perf_counter(), time.process_time()
            turn()
            now = time.perf_counter() - clock, time.process_time() - used
            found[name] = (min(found[name][0], 1e3 * now[0]), min(found[name][1], 1e3 * now[1]))
    return found


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=30).parse_args()
    ours, good = network(asked.threads), True
    theirs_runs = session(ours, asked.threads)
    for rows in BATCHES:
        X = np.random.default_rng(0).random((rows, *SHAPE), "float32")
        planes = np.ascontiguousarray(X.transpose(0, 3, 1, 2))

        def peer(planes: Array = planes) -> Array:
            return theirs_runs.run(None, {"pixels": planes})[0]  # type: ignore[no-any-return]

        turns = {"ours": lambda X=X: ours.logits(X), "onnxruntime": peer}
        good &= bool(np.abs(ours.logits(X) - peer()).max() < CLOSE)
        found = fastest(turns, 1 if asked.quick else asked.rounds)
        (clock, used), (their_clock, their_used) = found["ours"], found["onnxruntime"]
        print(
            f"{rows} pictures: ours {clock:.1f} ms, processor {used:.1f} ms; onnxruntime "
            f"{onnxruntime.__version__} {their_clock:.1f} ms, processor {their_used:.1f} ms; our "
            f"rate is {their_clock / clock:.2f} of its, {their_used / used:.2f} by the processor",
            flush=True,
        )
    print("same answers" if good else "different answers")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
