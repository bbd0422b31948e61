"""How an estimate looks."""

from service.cli.render.words import Fields, figure, size
from service.cli.terminal import say, say_fields, say_table
from worker.jsontypes import Json

LAYER = ("kind", "shape", "parameters", "multiplications", "time")


def show_estimate(found: Json) -> None:
    """What the job takes, in words and phase by phase; its layers; and whether what it trains is
    sound."""
    say(found["said"])
    say("")
    say_table(
        ("phase", "seconds", "by"),
        ([each["phase"], figure(each["seconds"]), each["by"]] for each in found["phases"]),
    )
    say("")
    say_fields(fields(found))
    say("")
    say_table(LAYER, map(cells_of, found["layers"]))


def fields(found: Json) -> Fields:
    most = "at most " if found["at_most"] else ""
    yield "seconds", f"{most}{found['seconds']:.4g}"
    wait = found["wait"]
    yield "wait", f"workers: {wait['workers']}, {wait['running']} running, {wait['ahead']} ahead"
    yield "memory", size(found["memory"])
    disk = found["disk"]
    yield "disk", f"{size(disk['kept'])}, and {size(disk['checkpoints'])} while it runs"
    yield "parameters", f"{found['parameters']:,}"
    yield "multiplications", f"{found['multiplications']:,} for a sample"
    for check in found["checks"]:
        yield check["name"].replace("_", " "), f"{check['outcome']}. {check['said']}"


def cells_of(layer: Json) -> tuple[object, ...]:
    share = layer["time_share"]
    return (
        layer["kind"],
        " × ".join(map(str, layer["shape"])),
        f"{layer['parameters']:,}",
        f"{layer['multiplications']:,}",
        "" if share is None else f"{share:.1%}",
    )
