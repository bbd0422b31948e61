"""How `/openapi.json` shows the body of an upload."""

from worker.jsontypes import Json

FILE: Json = {"type": "string", "format": "binary", "minLength": 1}


def upload_body(files: Json, **others: Json) -> Json:
    """Returns what a route has that takes a form with `file` parts, or one raw file.

    Args:
        files: the schema of these parts.
        others: the schemas of other bodies, by their media types.
    """
    form = {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {"file": files},
    }
    schemas = {"multipart/form-data": form, "application/octet-stream": FILE, **others}
    content = {kind: {"schema": schema} for kind, schema in schemas.items()}
    return {"requestBody": {"required": True, "content": content}}
