"""How backbones look."""

from collections.abc import Sequence

from service.cli.render.lists import say_reasons
from service.cli.render.words import Fields, figure, problem_fields, size
from service.cli.terminal import say_fields, say_table
from worker.jsontypes import Json


def show_backbone(backbone: Json) -> None:
    say_fields(_fields(backbone))


def show_backbones(backbones: Sequence[Json]) -> None:
    say_table(
        ("id", "name", "state", "input", "features", "size"),
        (
            (b["id"], b["name"], b["state"], _shape(b), b["features"], size(b["bytes"]))
            for b in backbones
        ),
    )
    say_reasons(backbones)


def _fields(backbone: Json) -> Fields:
    for name in ("id", "name", "state"):
        yield name, backbone[name]
    if backbone["input"] is not None:
        expects = backbone["input"]
        yield "input", f"{_shape(backbone)} {expects['layout']} {expects['dtype']}"
        yield "scaling", f"(pixels * {figure(expects['scale'])} - mean) / std"
        for name in ("mean", "std"):
            yield name, ", ".join(str(figure(number)) for number in expects[name])
        yield "channels", expects["channel_order"]
        yield "resize", expects["resize"]
    for name in ("output", "pooled", "features", "parameters", "opset", "digest"):
        yield name, backbone[name]
    yield "size", size(backbone["bytes"])
    yield from problem_fields(backbone)


def _shape(backbone: Json) -> str | None:
    return " x ".join(map(str, backbone["input"]["size"])) if backbone["input"] else None
