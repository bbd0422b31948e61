"""Makes what is exported of a model, and compares it with what answers here; in a sealed process,
which `making.make` starts."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from worker.data import sandbox
from worker.data.backbones.backbone import Backbone
from worker.data.backbones.network import dims_of
from worker.data.backbones.running import loaded
from worker.errors import UnsupportedFile
from worker.export.answering import Answering
from worker.export.comparison import answered, difference, loss_of_accuracy
from worker.export.made import TOLERANCE
from worker.export.model_file import Described, model_file, with_backbone
from worker.export.quantized import quantize
from worker.export.samples import drawn, for_files, given_rows, joined
from worker.export.sources import Sources
from worker.jsontypes import Json
from worker.store.exports import INT8, MODEL, VECTORS

DTYPES: dict[int, str] = {
    onnx.TensorProto.UINT8: "uint8",
    onnx.TensorProto.FLOAT: "float32",
    onnx.TensorProto.DOUBLE: "float64",
    onnx.TensorProto.STRING: "string",
}
MOST_FILE_BYTES = 2**31 - 1  # of a message of Protocol Buffers
SPLITS = ("test", "validation", "train")  # the first that has rows is asked about


def work(order: Json) -> Json:
    """Returns what the sealed process answers to an order of `make`."""
    network = order["network"] and Path(order["network"])
    backbone = order["backbone"] and Backbone.from_dict(order["backbone"])
    paths = Path(order["weights"]), Path(order["arrays"])
    target, threads = Path(order["target"]), order["threads"]
    answering = Answering(Sources(order["manifest"], *paths, backbone, network), threads)
    about = written(answering, target / MODEL)
    split, rows, labels = rows_of(paths[1], answering.most_rows)
    asked = given_rows(rows, answering.how, backbone)
    vectors = drawn(answering.how, answering.given_shape, asked)
    every = joined(asked, vectors)
    expected = answering.probabilities(every)
    one_by_one = backbone is not None and not backbone.batched

    def compared(file: Path) -> NDArray[Any]:
        return answered(file, every, threads, one_by_one=one_by_one)

    rows_asked, found = len(labels), compared(target / MODEL)
    largest = checked(difference(expected, found))
    np.savez(
        target / VECTORS,
        allow_pickle=False,
        **for_files(vectors),
        probabilities=expected[rows_asked:],
    )
    int8: Json | None = None
    if quantized(target):
        less = compared(target / INT8)
        int8 = {
            "largest_difference": difference(expected, less),
            **loss_of_accuracy(labels, found[:rows_asked], less[:rows_asked]),
        }
    return about | {
        "split": split,
        "rows": rows_asked,
        "largest_difference": largest,
        "int8": int8,
    }


def written(answering: Answering, path: Path) -> Json:
    """Write the ONNX file. Returns what is to be told of it."""
    sources = answering.sources
    described = Described(
        name=sources.manifest["name"],
        version=sources.manifest["version"],
        classes=sources.manifest["classes"],
        how=answering.how,
        shape=answering.takes,
        steps=answering.steps,
        tensors=answering.tensors,
    )
    if sources.backbone is None or sources.network is None:
        model = model_file(described)
    else:
        model = with_backbone(described, sources.backbone, sources.network.read_bytes())
    if (size := model.ByteSize()) > MOST_FILE_BYTES:
        raise UnsupportedFile(
            f"Expected an ONNX file of at most {MOST_FILE_BYTES:,} bytes, but this one would have "
            f"{size:,}; take weights.safetensors, or train a smaller network."
        )
    path.write_bytes(model.SerializeToString(deterministic=True))
    onnx.checker.check_model(str(path))
    return {
        "opset": max(each.version for each in model.opset_import),
        "made_by": {"onnx": onnx.__version__, "onnxruntime": str(loaded().__version__)},
        "inputs": [
            {
                "name": value.name,
                "dtype": DTYPES[value.type.tensor_type.elem_type],
                "shape": dims_of(value),
            }
            for value in model.graph.input
        ],
        "steps": answering.steps,
    }


def rows_of(arrays: Path, most: int) -> tuple[str, NDArray[Any], NDArray[np.int64]]:
    """Returns rows of a dataset by which a model is tested, and their classes: with which split
    they are of. They are spread evenly over it, for its rows may be sorted by class."""
    for split in SPLITS:
        if (arrays / f"{split}_y.npy").exists():
            labels = np.load(arrays / f"{split}_y.npy", allow_pickle=False)
            if len(labels):
                x = np.load(arrays / f"{split}_x.npy", mmap_mode="r", allow_pickle=False)
                at = np.linspace(0, len(labels) - 1, min(most, len(labels))).astype(int)
                return split, x[at], labels[at]
    raise UnsupportedFile("Expected a dataset with rows, by which an export is checked, got none.")


def checked(found: float) -> float:
    """Returns a difference in probability that may be.

    Raises:
        UnsupportedFile: it is too large.
    """
    if found <= TOLERANCE:
        return found
    raise UnsupportedFile(
        f"Expected the ONNX file within {TOLERANCE:g} of what the model answers here, got "
        f"{found:.2g}; train with another normalization, or take weights.safetensors."
    )


def quantized(target: Path) -> bool:
    """Write the same model with weights of 8 bits, if it has any for which that pays. Returns
    whether it has."""
    model = onnx.load(str(target / MODEL))
    if not quantize(model):
        return False
    (target / INT8).write_bytes(model.SerializeToString(deterministic=True))
    return True


if __name__ == "__main__":
    loaded()
    sandbox.serve(work)
