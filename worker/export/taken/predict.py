"""Answers as the service did by which this model was trained: NumPy and Pillow are all it needs,
and ONNX Runtime where model.json says so.

    python predict.py PICTURE …         or a .json file: a list of rows, or {"rows": […]}
    python predict.py --check           looks whether it answers here as it did there

It looks so before each answer too. The files beside it belong to it: model.json says what is what.
"""

import json
import math
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pictures import pixels, sized  # type: ignore[import-not-found]
from PIL import Image

HERE = Path(__file__).parent
TOLERANCE = 1e-4  # in probability
PIXELS = 1  # of 255, by which pixels may differ: other versions of Pillow or its JPEG library
LARGEST = float(np.finfo("f4").max)
ERF = np.frompyfunc(math.erf, 1, 1)
NO_ROWS = (ValueError, LookupError, TypeError, OverflowError)
NO_PICTURE = (OSError, Image.DecompressionBombError)


def tensors() -> dict[str, Any]:
    """Returns the arrays of weights.safetensors, in float64."""
    data = (HERE / "weights.safetensors").read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    found, kinds = {}, {"F32": "<f4", "F64": "<f8"}
    for name, field in json.loads(data[8:start]).items():
        if name != "__metadata__":
            first, last = (start + place for place in field["data_offsets"])
            array = np.frombuffer(data[first:last], kinds[field["dtype"]])
            found[name] = array.reshape(field["shape"]).astype("float64")
    return found


def padded(x: Any, step: Any, fill: float) -> Any:
    """Pictures (m, h, w, c) with the border that a window needs; TensorFlow calls it "same"."""
    pads = []
    for length, size in zip(x.shape[1:3], (step["height"], step["width"]), strict=True):
        places = -(-length // step["stride"])
        more = max(0, (places - 1) * step["stride"] + size - length)
        pads.append((more // 2, more - more // 2) if step["padding"] == "same" else (0, 0))
    return np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill)


def windows(x: Any, step: Any, fill: float = 0) -> Any:
    """What lies under the window at each of its places: (m, down, across, c, height, width)."""
    size, stride = (step["height"], step["width"]), step["stride"]
    view = np.lib.stride_tricks.sliding_window_view(padded(x, step, fill), size, axis=(1, 2))
    return view[:, ::stride, ::stride]


def convolution(x: Any, step: Any, arrays: Any) -> Any:
    by = "mdacij,ijcf->mdaf" if step["kind"] == "convolution" else "mdacij,ijc->mdac"
    made = np.einsum(by, windows(x, step), arrays[step["W"]], optimize=True)
    return made + arrays[step["b"]] if "b" in step else made


def average_pool(x: Any, step: Any, arrays: Any) -> Any:
    inside = windows(np.ones_like(x[:1, :, :, :1]), step).sum(axis=(4, 5))
    return windows(x, step).sum(axis=(4, 5)) / inside


def batch_norm(x: Any, step: Any, arrays: Any) -> Any:
    gamma, beta, mean, variance = (arrays[step[n]] for n in ("gamma", "beta", "mean", "variance"))
    return (x - mean) / np.sqrt(variance + step["eps"]) * gamma + beta


ACTIVATIONS: Any = {
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.maximum(z, 0.01 * z),
    "gelu": lambda z: z * (1 + ERF(z * math.sqrt(0.5)).astype("float64")) / 2,
    "gelu_tanh": lambda z: z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2,
    "tanh": np.tanh,
    "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    "identity": lambda z: z,
}
STEPS: Any = {
    "normalize": lambda x, s, arrays: (x - arrays["shift"]) * arrays["factor"],
    "flatten": lambda x, s, arrays: x.reshape(len(x), -1),
    "dense": lambda x, s, arrays: x @ arrays[s["W"]] + arrays[s["b"]],
    "convolution": convolution,
    "depthwise": convolution,
    "max_pool": lambda x, s, arrays: windows(x, s, -np.inf).max(axis=(4, 5)),
    "average_pool": average_pool,
    "global_average": lambda x, s, arrays: x.mean(axis=(1, 2)),
    "batch_norm": batch_norm,
    "activation": lambda x, s, arrays: ACTIVATIONS[s["activation"]](x),
    "residual": lambda x, s, arrays: (
        network(x, s["steps"], arrays) + network(x, s["shortcut"], arrays)
    ),
}


def network(x: Any, steps: Any, arrays: Any) -> Any:
    for step in steps:
        x = STEPS[step["kind"]](x, step, arrays)
    return x


def cells(rows: Any, columns: Any) -> dict[str, Any]:
    """Cells of a table out of objects, or of lists in the order of the columns; null is missing."""
    found: Any = {"number": [], "text": []}
    for place, column in enumerate(columns):
        own = [row[column["name"]] if isinstance(row, dict) else row[place] for row in rows]
        if column["kind"] == "number":
            found["number"].append([np.nan if cell is None else float(cell) for cell in own])
        else:
            found["text"].append(["" if cell is None else str(cell) for cell in own])
    given = {"numbers": np.array(found["number"]).T, "texts": np.array(found["text"], str).T}
    return {name: array for name, array in given.items() if array.size}


def features(given: dict[str, Any], columns: Any) -> Any:
    """The numbers that cells of a table become, (m, features)."""
    numbers, texts = (iter(given.get(name, np.empty((0, 0))).T) for name in ("numbers", "texts"))
    found: list[Any] = []
    for column in columns:
        if column["kind"] == "number":
            own = next(numbers)
            filled = np.where(np.isnan(own), column["median"], own)
            apart = (filled - column["mean"]) / (column["deviation"] or np.inf)
            found.append(np.clip(apart, -LARGEST, LARGEST))
            missing = np.isnan(own)
        else:
            own = next(texts)
            found += [own == category for category in column["categories"]]
            missing = own == ""
        found += [missing] if column["missing"] else []
    return np.stack(found, axis=1).astype("float32").astype("float64")


@cache
def session_of(path: Path) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(path)


def probabilities(given: dict[str, Any], model: Any, arrays: Any) -> Any:
    """The probability of each class, (m, classes), for what model.onnx would be given."""
    if model["needs_onnxruntime"]:
        session = session_of(HERE / "model.onnx")
        each = zip(*given.values(), strict=True)  # one by one, as the service does
        parts = [dict(zip(given, (row[None] for row in rows), strict=True)) for rows in each]
        return np.concatenate([session.run(None, part)[0] for part in parts])
    table = model["input"] == "table"
    x = features(given, model["columns"]) if table else next(iter(given.values())).astype("f8")
    z = network(x, model["steps"], arrays)
    z = np.concatenate([-z / 2, z / 2], axis=1) if z.shape[1] == 1 else z
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def check(model: Any, arrays: Any) -> None:
    """Exit, and say why, where the model answers otherwise here than where it was trained."""
    with np.load(HERE / "vectors.npz", allow_pickle=False) as vectors:
        given = {name: vectors[name] for name in vectors.files if name != "probabilities"}
        apart = np.abs(probabilities(given, model, arrays) - vectors["probabilities"]).max()
    if not apart <= TOLERANCE:
        sys.exit(f"Expected probabilities within {TOLERANCE} of those of the service, got {apart}.")
    if model.get("canonical"):
        made = pixels((HERE / "canonical.jpg").read_bytes(), model["pictures"][0]).ravel()
        kept = np.array(model["canonical"])
        off = np.abs(made[:: -(-made.size // 4096)].astype(int) - kept).max()
        if off > PIXELS:
            sys.exit(
                f"Expected pixels within {PIXELS} of 255 of the service's, got {off}: install "
                f"{model['made_by']}."
            )


def read(path: Path, model: Any) -> dict[str, Any]:
    """What model.onnx would be given of a file: a picture, or rows in JSON."""
    if model["input"] == "pictures" and path.suffix != ".json":
        made = pixels(path.read_bytes(), model["pictures"][0])
        for how in model["pictures"][1:]:
            made = np.array(sized(Image.fromarray(made), how))
        return {"pictures": made[None]}
    rows = json.loads(path.read_bytes())
    rows = rows["rows"] if isinstance(rows, dict) else rows
    if not rows:
        raise ValueError("there are no rows")
    if model["input"] == "table":
        return cells(rows, model["columns"])
    dtype = "u1" if model["input"] == "pictures" else "f4"
    return {model["input"]: np.array(rows, dtype).reshape(len(rows), *model["shape"])}


def main(arguments: list[str]) -> None:
    if not arguments:
        sys.exit(__doc__)
    model = json.loads((HERE / "model.json").read_bytes())
    arrays = {} if model["needs_onnxruntime"] else tensors()
    check(model, arrays)
    for path in (each for each in arguments if each != "--check"):
        try:
            given = read(Path(path), model)
        except (*NO_PICTURE, *NO_ROWS) as error:
            sys.exit(f"Expected a picture, or rows of this model in JSON, got {path}: {error!r}.")
        for row in probabilities(given, model, arrays):
            shares = dict(zip(model["classes"], row.tolist(), strict=True))
            label = max(shares, key=lambda name: shares[name])
            print(json.dumps({"file": path, "label": label, "probabilities": shares}))


if __name__ == "__main__":
    main(sys.argv[1:])
