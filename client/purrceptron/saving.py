"""Answers that become files: a file is there whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from purrceptron.errors import Unreachable
from purrceptron.patience import Patience

if TYPE_CHECKING:
    import httpx

    from purrceptron.session import Ask, Session


async def saved(session: Session[Any], ask: Ask, to: str | os.PathLike[str]) -> Path:
    """Returns the file into which an answer was written. One that breaks off is asked for anew.

    Raises:
        OSError: the file cannot be written.
    """
    path = Path(to)
    # Its own, whoever else downloads the same, and nobody's file.
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    patience = Patience(session)
    try:
        while True:
            # Whoever cannot open it has been patient already.
            response = await session.opened(ask)
            try:
                await _written(session, response, part)
            except Unreachable as error:
                await patience.pause(error)
            else:
                return part.replace(path)
    finally:
        part.unlink(missing_ok=True)


async def _written(session: Session[Any], response: httpx.Response, part: Path) -> None:
    apart = session.transport.apart
    try:
        with await apart(part.open, "wb") as file:
            async for piece in session.pieces(response):
                await apart(file.write, piece)
    finally:
        await session.transport.close(response)
