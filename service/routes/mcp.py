"""Tools for language models, by the Model Context Protocol (https://modelcontextprotocol.io)."""

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from service.access.scopes import ANY, ScopedRouter
from service.mcp.endpoint import Endpoint
from service.middleware.limits import MCP
from service.requests.json_body import is_json, type_refusal

# Its messages are described by the protocol, and its tools by the protocol's own means.
router = ScopedRouter(include_in_schema=False, needs={"POST": ANY})


@router.post(MCP)
async def speak_mcp(request: Request) -> Response:
    """Answer one message: what this server is, which tools it has, or what one of them says."""
    if not is_json(request):
        raise HTTPException(415, type_refusal(request))
    endpoint: Endpoint = request.app.state.mcp
    return await endpoint.answer(request)
