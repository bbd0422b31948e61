"""Readers of what models are asked: lines of JSON, and tensors of the Open Inference Protocol."""

import json
from collections.abc import Iterator

import numpy as np

from service.inference_protocol.envelope import opened
from service.inference_protocol.request import asked_in
from tests.fuzz.bodies import TABLE
from worker.data.pictures import inline
from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import WorkerError
from worker.nn.activations import ACTIVATIONS
from worker.nn.losses import LOGISTIC
from worker.nn.network import dense_network
from worker.serving import lines, tensor_rows
from worker.serving.loaded_models import Loaded
from worker.serving.signatures import rows_in, signature_of
from worker.serving.tensors import TEXT, texts

SIDE, ROWS = 2, 100
PIXELS = 3 * SIDE * SIDE


def model(how: Preprocessing | TablePreprocessing, features: int) -> Loaded:
    """One that takes so many numbers, made of samples in this way."""
    network = dense_network([(np.ones((features, 1)), np.zeros(1))], ACTIVATIONS["relu"])
    return Loaded(
        "m",
        1,
        ["a", "b"],
        [features],
        [features],
        None,
        how,
        network,
        LOGISTIC,
    )


OF_PICTURES = model(Preprocessing(SIDE, SIDE), PIXELS)
OF_TABLE = model(TABLE, TABLE.shape[0])
MODELS = (OF_PICTURES, OF_TABLE)


def inference(data: bytes) -> None:
    """A line with a digit, a model, and the header with the JSON's length; then a body."""
    head, _, body = data.partition(b"\n")
    which, length = head[:1], head[1:].decode("latin-1")
    asked = MODELS[which == b"1"]
    signature = signature_of(asked, by_pictures=which == b"2")
    sent = asked_in(opened(body, length or None), signature).inputs
    rows = rows_in(sent, signature.inputs, ROWS)
    if which == b"2":
        assert len(texts(sent[0])) == rows
        return
    assert sum(map(len, tensor_rows.blocks(asked, sent, []))) == rows


def inferences() -> list[bytes]:
    row = [*range(PIXELS)]
    x = {"name": "x", "datatype": "UINT8", "shape": [1, PIXELS], "data": row}
    binary = {key: x[key] for key in ("name", "datatype", "shape")}
    said = json.dumps({"inputs": [{**binary, "parameters": {"binary_data_size": PIXELS}}]}).encode()
    a = {"name": "a", "datatype": "FP64", "shape": [2], "data": [1.5, -2]}
    b = {"name": "b", "datatype": TEXT, "shape": [2], "data": ["p", "q"]}
    output = {"name": "label", "parameters": {"binary_data": True}}
    return [
        b"0\n" + json.dumps({"id": "7", "inputs": [x], "outputs": [output]}).encode(),
        b"0%d\n%b%b" % (len(said), said, bytes(row)),
        b"00\n" + np.arange(PIXELS, dtype="<f4").tobytes(),
        b"1\n" + json.dumps({"inputs": [a, b]}).encode(),
        b"20\nany bytes of a picture",
        b"2\n" + json.dumps({"inputs": [{**b, "name": "image"}]}).encode(),
    ]


def some_lines(data: bytes) -> None:
    """A line with a digit, a model; then lines, each of which is read or refused alone."""
    which, _, body = data.partition(b"\n")
    asked, each = MODELS[which == b"1"], body.split(b"\n")
    found = lines.read(asked, each)
    assert len(found) == len(each)
    assert [same(one) for one in found] == [same(lines.read(asked, [one])[0]) for one in each]


def same(found: lines.Read) -> object:
    """What a line says, to be compared."""
    if isinstance(found, lines.Row):
        return found.values.tolist()
    return (type(found), str(found)) if isinstance(found, WorkerError) else found


def lines_of_each() -> list[bytes]:
    return ["\n".join(texts_of(which)).encode() for which in ("0", "1")]


def texts_of(which: str) -> Iterator[str]:
    yield which
    if which == "1":
        yield from ('{"a": 1, "b": "p"}', '[null, "q"]', '{"b": "q"}')
    else:
        yield from (json.dumps([7] * PIXELS), '"data:image/png;base64,aGVsbG8="', '"aGVsbG8="', "")


def data_url(data: bytes) -> None:
    """A picture within JSON: what it stands for is no longer than itself."""
    assert len(inline.decoded(data.decode("latin-1"))) <= len(data)


def data_urls() -> list[bytes]:
    return [b"data:image/jpeg;base64,/9j/4AAQ", b"aGVs\nbG8=", b"data:;BASE64,"]
