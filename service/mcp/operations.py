"""Operations of the API as `/openapi.json` has them: what one is asked, and by which request."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from worker.data.pictures.inline import decoded
from worker.errors import InvalidParameter
from worker.jsontypes import Json

JSON, BYTES = "application/json", "application/octet-stream"
IMAGE = {"type": "string", "description": "The picture in base64, alone or as a data URL."}
# What a parameter is called as an argument, where that says more.
ARGUMENTS = {"name": "model", "idempotency-key": "idempotency_key"}
NOT_OFFERED = {"if-match"}
# Keywords of a schema under which there are schemas.
NAMED, LISTED, SINGLE = "properties", ("anyOf", "oneOf", "allOf"), ("items", "additionalProperties")
DROPPED = {"title", "discriminator", "example", "examples"}
MOST_NAME = 256  # characters of what stands in a path
MOST_LISTED, MOST_QUERY = 100, 4_000  # items of a list, and characters of all, in a query


class Parameter(NamedTuple):
    """What stands in the path, the query or a header of a request."""

    name: str
    place: str
    argument: str
    required: bool
    schema: Json


class Asking(NamedTuple):
    """A request that an operation is asked by."""

    method: str
    path: str
    query: Json
    headers: dict[str, str]
    body: Any


class Operation(NamedTuple):
    """What may be asked.

    Attributes:
        fields: of its body in JSON, by their names; None where it takes none.
        required: those that must be there.
        takes_picture: whether its body is the bytes of one.
    """

    method: str
    path: str
    parameters: tuple[Parameter, ...]
    fields: Json | None
    required: tuple[str, ...]
    takes_picture: bool

    def is_meant(self, arguments: Collection[str]) -> bool:
        """Whether all that its path names is given."""
        return all(p.argument in arguments for p in self.parameters if p.place == "path")

    def asking(self, arguments: Json) -> Asking:
        """Returns the request for these arguments. What it does not know is sent along, so that it
        is refused in the API's words.

        Raises:
            InvalidParameter: a name cannot stand in a path, or a picture is none.
        """
        said = {name: value for name, value in arguments.items() if self._says(name, value)}
        at: dict[str, Json] = {"path": {}, "query": {}, "header": {}}
        for one in self.parameters:
            if one.argument in said:
                at[one.place][one.name] = said.pop(one.argument)
        body: Any = None
        if self.takes_picture:
            if "image" not in said:
                raise InvalidParameter("Expected a picture in base64 as 'image', got none.")
            body = decoded(str(said.pop("image")))
        elif self.fields is not None:
            body, said = said, {}
        named = [one for one in self.parameters if one.place == "path"]
        segments = {one.name: segment(one.argument, at["path"].get(one.name)) for one in named}
        path = self.path.format(**segments)
        headers = {name: str(value) for name, value in at["header"].items()}
        return Asking(self.method, path, queried({**at["query"], **said}), headers, body)

    def _says(self, name: str, value: Any) -> bool:
        """Whether an argument says anything: models send null for what they leave out, and that is
        refused where a field cannot be null."""
        return value is not None or may_be_null((self.fields or {}).get(name, {}))


def may_be_null(schema: Json) -> bool:
    return any(one.get("type") == "null" for one in schema.get("anyOf", ()))


def operations_of(routes: Iterable[BaseRoute], names: Collection[str]) -> dict[str, Operation]:
    """Returns the operations of these names, as the API describes them."""
    meant = [route for route in routes if isinstance(route, APIRoute) and route.name in names]
    # Of these alone: to describe all takes three times as long, and the first caller waits.
    document = get_openapi(title="", version="", routes=meant, separate_input_output_schemas=False)
    known = document["components"]["schemas"]
    return {
        route.name: operation(method, route.path, document["paths"][route.path][method], known)
        for route in meant
        for method in map(str.lower, route.methods or ())
    }


def operation(method: str, path: str, told: Json, known: Json) -> Operation:
    content = told.get("requestBody", {}).get("content", {})
    alternatives = list(bodies(content[JSON]["schema"], known)) if JSON in content else []
    fields = {
        name: short(schema, known)
        for body in alternatives
        for name, schema in body["properties"].items()
    }
    required = tuple(alternatives[0].get("required", ())) if len(alternatives) == 1 else ()
    return Operation(
        method.upper(),
        path,
        tuple(parameter(one, known) for one in told.get("parameters", ())),
        fields if alternatives else None,
        required,
        BYTES in content and not alternatives,
    )


def parameter(told: Json, known: Json) -> Parameter:
    name = told["name"]
    argument = str(ARGUMENTS.get(name, name))
    return Parameter(name, told["in"], argument, told["required"], short(told["schema"], known))


def bodies(schema: Json, known: Json) -> Iterator[Json]:
    """Yields the objects that a body may be."""
    schema = known[name_of(schema)] if "$ref" in schema else schema
    for one in schema.get("anyOf", (schema,)):
        yield known[name_of(one)] if "$ref" in one else one


def queried(said: Json) -> Json:
    """Returns what a query is to say, if one can say it.

    Raises:
        InvalidParameter: it is no text, number or short list of these, or too long.
    """
    characters = 0
    for name, value in said.items():
        values = value if isinstance(value, list) else [value]
        if len(values) > MOST_LISTED or not all(
            isinstance(one, str | int | float) for one in values
        ):
            raise InvalidParameter(
                f"Expected a text, a number or a short list of these as {name!r:.80}, got "
                "something else. Send what the tool's schema says."
            )
        characters += len(name) + sum(len(str(one)) for one in values)
    if characters > MOST_QUERY:
        raise InvalidParameter(
            f"Expected arguments of at most {MOST_QUERY:,} characters, got {characters:,}."
        )
    return said


def short(schema: Json, known: Json) -> Json:
    """Returns a schema that needs no other one: of an object that it refers to, only that it is
    one. A model reads all schemas of all tools at each of its steps."""
    if "$ref" in schema:
        meant = known[name_of(schema)]
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        if "properties" in meant or set(LISTED) & meant.keys():
            return {**outline(meant), **beside}
        return {**short(meant, known), **beside}
    found = {key: value for key, value in schema.items() if key not in DROPPED}
    if NAMED in found:
        found[NAMED] = {name: short(one, known) for name, one in found[NAMED].items()}
    for keyword in LISTED:
        if keyword in found:
            # Not one of them alone: what is told in short fits several.
            found["anyOf"] = [short(one, known) for one in found.pop(keyword)]
    for keyword in SINGLE:
        if isinstance(found.get(keyword), dict):
            found[keyword] = short(found[keyword], known)
    return found


def outline(schema: Json) -> Json:
    """Returns that an object is one, its kind, and what its fields are called."""
    fields = schema.get("properties", {})
    about = schema.get("description", "").partition("\n\n")[0]
    names = ", ".join(name for name in fields if name != "kind")
    words = [" ".join(about.split()), f"Fields: {names}." if names else ""]
    kind = {"properties": {"kind": {"const": fields["kind"]["const"]}}} if "kind" in fields else {}
    return {"type": "object", "description": " ".join(filter(None, words)), **kind}


def name_of(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def segment(argument: str, value: Any) -> str:
    """Returns what stands for an id or a name in a path: one segment of it, whatever it is.

    Raises:
        InvalidParameter: it could lead elsewhere.
    """
    text = "" if value is None else str(value)
    if not text or text in (".", "..") or len(text) > MOST_NAME or set("/\\?#%") & {*text}:
        came = repr(text)[:80] if text else "none"
        raise InvalidParameter(
            f"Expected an id or a name as {argument!r}, got {came}. Send one that a list has."
        )
    return quote(text, safe="")
