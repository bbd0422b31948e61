"""What is answered to a client of the protocol."""

from fastapi import Response
from pydantic_core import to_json

from service.inference_protocol.asked_model import AskedModel
from service.inference_protocol.envelope import LENGTH
from service.inference_protocol.request import Wanted
from worker.jsontypes import Json

JSON, BINARY = "application/json", "application/octet-stream"


def written(asked: AskedModel) -> Response:
    """Returns the outputs that were asked for, in JSON or in binary as was asked."""
    named, request = asked.named, asked.request
    there = named.signature.outputs
    wanted = request.outputs or [Wanted(each.name, request.binary) for each in there]
    datatypes = {each.name: each.datatypes[0] for each in there}
    outputs, tail = list[Json](), list[bytes]()
    for each in wanted:
        tensor = asked.answers.tensor(each.name, binary=each.binary)
        about = {"name": each.name, "datatype": datatypes[each.name], "shape": tensor.shape}
        if isinstance(tensor.data, bytes):
            tail.append(tensor.data)
            outputs.append({**about, "parameters": {"binary_data_size": len(tensor.data)}})
        else:
            outputs.append({**about, "data": tensor.data})
    head: Json = {"model_name": named.name, "model_version": str(named.model.version)}
    if request.id is not None:
        head["id"] = request.id
    if told := asked.told():
        head["parameters"] = told
    text = to_json({**head, "outputs": outputs})
    if not tail:
        return Response(text, media_type=JSON)
    return Response(b"".join([text, *tail]), headers={LENGTH: str(len(text))}, media_type=BINARY)
