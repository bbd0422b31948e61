"""What a tool may be given, as a JSON Schema; and the request that comes of what it was given."""

from collections.abc import Mapping

from service.mcp.operations import IMAGE, NOT_OFFERED, Asking, Operation
from service.mcp.tools import Tool
from worker.jsontypes import Json


def input_schema(tool: Tool, operations: Mapping[str, Operation]) -> Json:
    """Returns the schema of a tool's arguments: of all operations that it may ask; required is what
    the last one, which needs the least, requires."""
    meant = [operations[name] for name in tool.operations]
    offered: Json = {}
    for operation in reversed(meant):
        for one in operation.parameters:
            if one.name not in NOT_OFFERED:
                offered[one.argument] = one.schema
        offered |= operation.fields or {}
        offered |= {"image": IMAGE} if operation.takes_picture else {}
    for name, value in tool.defaults.items():
        offered[name] = {**offered[name], "default": value}
    least = meant[-1]
    required = [one.argument for one in least.parameters if one.required] + [*least.required]
    required += ["image"] if least.takes_picture else []
    required = [name for name in required if name not in tool.defaults]
    return {
        "type": "object",
        "properties": offered,
        "required": required,
        "additionalProperties": False,
    }


def asking(tool: Tool, operations: Mapping[str, Operation], arguments: Json) -> Asking:
    """Returns the request to the API for a call of a tool.

    Raises:
        InvalidParameter: a name cannot stand in a path, or a picture is none.
    """
    said = {name for name, value in arguments.items() if value is not None}
    given = {**tool.defaults, **arguments}
    meant = [operations[name] for name in tool.operations]
    named = said | tool.defaults.keys()
    operation = next((one for one in meant if one.is_meant(named)), meant[-1])
    taken = {one.argument for one in operation.parameters} | (operation.fields or {}).keys()
    # Defaults are of those operations alone that know them.
    return operation.asking({n: v for n, v in given.items() if n in taken or n in arguments})
