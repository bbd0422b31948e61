"""Answers of the API as results of tools: words, JSON and pictures."""

import base64
from typing import Any

from mcp_types import CallToolResult, ContentBlock, ImageContent, TextContent
from pydantic_core import from_json, to_json

from service.mcp.dispatch import Reply
from service.mcp.listing import listed
from service.mcp.operations import JSON
from service.mcp.shortening import shortened
from service.mcp.tools import Tool
from service.mcp.words import in_words
from worker.jsontypes import Json

PNG = "image/png"
PICTURE = f"data:{PNG};base64,"
MOST_PICTURE_BYTES = 4 * 2**20
CUT = "This answer was cut. Ask for less at a time, or for one thing of it. Cut were:\n{}"


def result_of(tool: Tool, reply: Reply) -> CallToolResult:
    """Returns the result of a tool from what the API answered."""
    if reply.status >= 400:
        return failed(problem_of(reply))
    if reply.kind == PNG:
        return pictured(reply.body)
    if reply.kind != JSON:
        return failed({"detail": f"Expected JSON from the API, got {reply.kind!r:.60}."})
    return told(tool, from_json(reply.body))


def told(tool: Tool, answer: Any) -> CallToolResult:
    """Returns the result that has an answer, its pictures apart, cut to what a model can read."""
    answer = listed(tool.name, answer)
    words = in_words(tool.name, answer)
    pictures = [taken_out(answer, "heat_map")]
    shown, cuts = shortened(answer, tool.most)
    texts = [words, CUT.format("\n".join(cuts)) if cuts else "", to_json(shown).decode()]
    content: list[ContentBlock] = [TextContent(text=text[: tool.most]) for text in texts if text]
    return CallToolResult(content=[*content, *filter(None, pictures)], structured_content=shown)


def taken_out(answer: Json, name: str) -> ContentBlock | None:
    """Returns a picture of an answer as one, and takes it out of it."""
    url = answer.pop(name, None)
    if not isinstance(url, str) or not url.startswith(PICTURE):
        return None
    return ImageContent(data=url.removeprefix(PICTURE), mime_type=PNG)


def pictured(body: bytes) -> CallToolResult:
    if len(body) > MOST_PICTURE_BYTES:
        said = f"Expected a picture of at most {MOST_PICTURE_BYTES:,} bytes, got {len(body):,}."
        return failed({"detail": f"{said} Ask for fewer rows, or for one class."})
    return CallToolResult(
        content=[ImageContent(data=base64.b64encode(body).decode(), mime_type=PNG)]
    )


def failed(problem: Json) -> CallToolResult:
    """Returns the result that says what was expected, what came and what to do."""
    places = [
        f"{fault.get('pointer') or fault.get('parameter')}: {fault['detail']}"
        for fault in problem.get("errors") or ()
    ]
    lines = [problem["detail"], *(place for place in places if place not in problem["detail"])]
    return CallToolResult(
        content=[TextContent(text="\n".join(lines))], structured_content=problem, is_error=True
    )


def problem_of(reply: Reply) -> Json:
    """Returns the problem that the API answered with."""
    try:
        problem: Json = from_json(reply.body)
        return problem if "detail" in problem else {"detail": f"HTTP {reply.status}."}
    except ValueError:
        return {"detail": f"Expected an answer of the API, got HTTP {reply.status} without one."}
