"""Where a new resource is."""

from fastapi import Request, Response


def locate(path: str, request: Request, response: Response) -> None:
    """Put the path of what was made into the answer's `Location`, below a proxy's prefix."""
    response.headers["Location"] = request.scope["root_path"] + path
