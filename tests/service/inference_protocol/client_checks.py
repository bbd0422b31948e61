"""What tritonclient makes of the service: `python client_checks.py HOST:PORT/BASE KEY PICTURE`.

It is run where tritonclient is installed. Each check is a function `check_…` of both clients, and
has a line in what is printed: its name and why it failed, null if it did not.
"""

import asyncio
import inspect
import json
import sys
import traceback
from base64 import b64decode
from collections.abc import Callable, Coroutine, Iterator
from itertools import product
from typing import Any

import numpy as np
from tritonclient import http
from tritonclient.http import InferInput, InferRequestedOutput, aio
from tritonclient.http.auth import BasicAuth
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

FEATURES = 8 * 8 * 3
BATCHES = 0, 1, 257
PACKINGS = None, "gzip", "deflate"
# By each output whether it is asked for in binary; none is named in the first.
OUTPUTS: tuple[dict[str, bool], ...] = (
    {},
    {"probability": True, "label": True},
    {"probability": False, "label": False},
    {"label": False, "probability": True},
)
# No rows, and many, are sent of each kind with one packing and these outputs.
OTHER_BATCHES = (
    ("gzip", "FP32", OUTPUTS[0]),
    ("deflate", "UINT8", OUTPUTS[3]),
    (None, "BYTES", OUTPUTS[1]),
)
PICTURE = b64decode(sys.argv[3])
KINDS: dict[str, tuple[str, Callable[[int], Any]]] = {
    "FP32": ("pixels", lambda rows: np.full((rows, FEATURES), 128, "float32")),
    "UINT8": ("pixels", lambda rows: np.full((rows, FEATURES), 128, "uint8")),
    "BYTES": ("pixels.image", lambda rows: np.array([PICTURE] * rows, object)),
}

Infer = Callable[..., Coroutine[Any, Any, Any]]


class Client:
    """One of both clients; the answers of the other one are awaited too."""

    def __init__(self, client: Any, key: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {key}"}

    async def __call__(self, method: str, *arguments: Any, **named: Any) -> Any:
        named.setdefault("headers", dict(self._headers))
        found = getattr(self._client, method)(*arguments, **named)
        return await found if inspect.isawaitable(found) else found


def tensor(name: str, values: Any, *, binary: bool = True) -> Any:
    made = InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype))
    return made.set_data_from_numpy(values, binary_data=binary)


def wanted(outputs: dict[str, bool]) -> list[Any] | None:
    return [InferRequestedOutput(n, binary_data=b) for n, b in outputs.items()] or None


async def refusal(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        await work
    except InferenceServerException as error:
        return error
    raise AssertionError("Expected a refusal, got an answer.")


async def check_health(ask: Client) -> None:
    assert await ask("is_server_live") is True
    assert await ask("is_server_ready") is True
    assert await ask("is_server_live", headers={}) is True  # needs no key
    assert await ask("is_server_ready", headers={}) is True


async def check_models_that_are_ready_and_that_are_not(ask: Client) -> None:
    assert await ask("is_model_ready", "pixels") is True
    assert await ask("is_model_ready", "pixels.image") is True
    assert await ask("is_model_ready", "pixels", "1") is True
    assert await ask("is_model_ready", "pixels", "first") is True
    assert await ask("is_model_ready", "pixels", "3") is False  # its file has changed
    assert await ask("is_model_ready", "pixels", "7") is False
    assert await ask("is_model_ready", "nobody") is False


async def check_metadata(ask: Client) -> None:
    server = await ask("get_server_metadata")
    assert server["name"] == "purrceptron"
    assert "binary_tensor_data" in server["extensions"]
    model = await ask("get_model_metadata", "pixels")
    assert model["versions"] == ["1", "2", "3"]
    assert model["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, FEATURES]}]
    told = {each["name"]: (each["datatype"], each["shape"]) for each in model["outputs"]}
    assert told == {"probability": ("FP32", [-1, 2]), "label": ("BYTES", [-1])}
    pictures = await ask("get_model_metadata", "pixels.image", "1")
    assert pictures["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1]}]
    table = await ask("get_model_metadata", "table")
    assert [(t["name"], t["datatype"], t["shape"]) for t in table["inputs"]] == [
        ("age", "FP64", [-1]), ("colour", "BYTES", [-1]),
    ]  # fmt: skip
    index = await ask("get_model_repository_index")
    assert {"name": "pixels", "version": "2", "state": "READY", "reason": ""} in index


def right(result: Any, rows: int, outputs: dict[str, bool]) -> None:
    """Assert that just these outputs came, and what is in them."""
    said = result.get_response()
    assert [each["name"] for each in said["outputs"]] == [*(outputs or ("probability", "label"))]
    for each in said["outputs"]:
        in_binary = "binary_data_size" in each.get("parameters", {})
        assert in_binary == outputs.get(each["name"], True), each
        assert in_binary != ("data" in each), each
        found = result.as_numpy(each["name"])
        if each["name"] == "probability":
            assert (found.dtype, found.shape) == (np.float32, (rows, 2))
            assert np.allclose(found.sum(axis=1), 1)
        else:
            assert found.shape == (rows,)
            assert {*found.tolist()} <= {b"cat", b"other", "cat", "other"}


async def check_every_way_to_ask_and_to_be_answered(ask: Client) -> None:
    ways = product(KINDS, (True, False), OUTPUTS, PACKINGS, BATCHES)
    for way in ways:
        kind, binary, outputs, packing, rows = way
        if kind == "BYTES" and not binary:
            continue  # a picture is no text; check_texts_in_json has others
        if rows != 1 and (packing, kind, outputs) not in OTHER_BATCHES:
            continue
        model, values = KINDS[kind]
        name = "image" if kind == "BYTES" else "x"
        result = await ask(
            "infer", model, [tensor(name, values(rows), binary=binary)], outputs=wanted(outputs),
            request_id="é 7", request_compression_algorithm=packing,
            response_compression_algorithm=packing,
        )  # fmt: skip
        try:
            assert result.get_response()["id"] == "é 7"
            right(result, rows, outputs)
        except AssertionError as error:
            raise AssertionError(f"{way}: {error}") from error


async def check_texts_in_json(ask: Client) -> None:
    ages, colours = np.array([3.0, np.nan]), np.array([b"red", b""], object)
    binary = [tensor("age", ages), tensor("colour", colours)]
    found = (await ask("infer", "table", binary)).as_numpy("probability")
    mixed = [tensor("colour", colours, binary=False), tensor("age", ages)]
    again = (await ask("infer", "table", mixed)).as_numpy("probability")
    assert found.shape == (2, 2)
    assert (found == again).all()


async def check_versions_and_aliases(ask: Client) -> None:
    def seen(result: Any) -> tuple[str, float]:
        return result.get_response()["model_version"], float(result.as_numpy("probability")[0, 1])

    x = [tensor("x", np.full((1, FEATURES), 1, "uint8"))]
    champion = seen(await ask("infer", "pixels", x))
    assert champion[0] == "2"
    assert seen(await ask("infer", "pixels", x, "2")) == champion
    first = seen(await ask("infer", "pixels", x, "first"))
    assert seen(await ask("infer", "pixels", x, "1")) == first
    assert first[1] != champion[1]


async def check_refusals_are_told(ask: Client) -> None:
    good = np.zeros((2, FEATURES), "float32")
    for told, status, model, inputs, more in refused(good):
        error = await refusal(ask("infer", model, inputs, **more))
        assert (error.status().strip("[]"), told in error.message()) == (status, True), error
        right(await ask("infer", "pixels", [tensor("x", good)]), 2, {})


def refused(good: Any) -> Iterator[tuple[str, str, str, list[Any], dict[str, Any]]]:
    """What is refused: words of the message, the status, the model, and what it is asked."""
    x = [tensor("x", good)]
    short = tensor("x", good)
    short.set_shape([3, FEATURES])
    yield "nothing but inputs of this model, 'x', got 'y'", "400", "pixels", [tensor("y", good)], {}
    yield f"shape [-1, {FEATURES}]", "400", "pixels", [tensor("x", good[:, 1:])], {}
    yield "datatype FP32", "400", "pixels", [tensor("x", good.astype("int64"))], {}
    yield "bytes for the input 'x'", "400", "pixels", [short], {}
    yield "from 0 to 255, as the pixels", "400", "pixels", [tensor("x", good - 1)], {}
    yield "one of probability, label", "400", "pixels", x, {"outputs": wanted({"odd": True})}
    yield "No model has the name nobody", "404", "nobody", x, {}
    yield "has version 9", "404", "pixels", x, {"model_version": "9"}
    yield "No alias", "404", "pixels", x, {"model_version": "nobody"}
    yield "has changed on disk", "500", "pixels", x, {"model_version": "3"}
    yield "Expected an API key", "401", "pixels", x, {"headers": {}}
    yield "/inputs/0/data/1", "400", "pixels.image", [tensor("image", BROKEN)], {}
    classes = [InferRequestedOutput("probability", class_count=2)]
    yield "no classification", "400", "pixels", x, {"outputs": classes}
    large = np.zeros((9_000, FEATURES), "float32")  # 413 while the body is still being sent
    yield "at most 4000000 bytes", "413", "pixels", [tensor("x", large)], {}


BROKEN = np.array([PICTURE, b"no picture"], object)


async def check_a_password_instead_of_a_key(ask: Client) -> None:
    ask._client.register_plugin(BasicAuth("anybody", sys.argv[2]))
    try:
        assert await ask("get_server_metadata", headers={})
    finally:
        ask._client.unregister_plugin()
    ask._client.register_plugin(BasicAuth("anybody", "another password"))
    try:
        assert (await refusal(ask("get_server_metadata", headers={}))).status().strip("[]") == "401"
    finally:
        ask._client.unregister_plugin()


async def main(address: str, key: str) -> None:
    checks = [(n, f) for n, f in globals().items() if n.startswith("check_")]
    async with aio.InferenceServerClient(address) as second:
        first = http.InferenceServerClient(address)
        for (name, check), (kind, client) in product(checks, (("sync", first), ("aio", second))):
            why = None
            try:
                await check(Client(client, key))
            except Exception:
                why = traceback.format_exc()
            print(json.dumps([f"{name}[{kind}]", why]), flush=True)
        first.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
