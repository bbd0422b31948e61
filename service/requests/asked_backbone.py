"""What the address of a network asks for: its name, and what it expects of a picture."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from worker.data.backbones.options import (
    BackboneOptions,
    ChannelOrder,
    Convention,
    Layout,
    Resize,
)
from worker.spec.names import MODEL_NAME

# One, or as many as are wanted, between commas.
NUMBER = r"-?[0-9]{1,7}(\.[0-9]{1,20})?(e-?[0-9]{1,2})?"
NUMBERS = rf"^{NUMBER}(,{NUMBER}){{0,2}}$"
EACH = "One number, or one for each channel."


class BackboneRequest(NamedTuple):
    """A request to take in a network."""

    name: str
    options: BackboneOptions


async def asked_backbone(
    name: Annotated[str, Query(pattern=MODEL_NAME)] = "backbone",
    output: Annotated[
        str | None, Query(min_length=1, max_length=500, description="Tensor with the features.")
    ] = None,
    convention: Annotated[Convention | None, Query(description="How it has pixels scaled.")] = None,
    size: Annotated[
        str | None,
        Query(pattern=NUMBERS, description="Height and width, such as `224` or `224,160`."),
    ] = None,
    layout: Annotated[Layout | None, Query()] = None,
    scale: Annotated[float | None, Query(gt=0, le=1e6)] = None,
    mean: Annotated[str | None, Query(pattern=NUMBERS, description=EACH)] = None,
    std: Annotated[str | None, Query(pattern=NUMBERS, description=EACH)] = None,
    channel_order: Annotated[ChannelOrder | None, Query()] = None,
    resize: Annotated[Resize | None, Query()] = None,
) -> BackboneRequest:
    try:
        options = BackboneOptions.model_validate(
            {
                "output": output,
                "convention": convention,
                "size": size,
                "layout": layout,
                "scale": scale,
                "mean": mean,
                "std": std,
                "channel_order": channel_order,
                "resize": resize,
            }
        )
    except ValidationError as error:
        faults = [{**fault, "loc": ("query", fault["loc"][0])} for fault in error.errors()]
        raise RequestValidationError(faults) from error
    return BackboneRequest(name, options)


AskedBackboneDep = Annotated[BackboneRequest, Depends(asked_backbone)]
