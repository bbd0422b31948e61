"""The command as tests call it."""

import sys
from collections.abc import Callable
from typing import TypeAlias

from typer.testing import Result

Purr: TypeAlias = Callable[..., Result]

NOWHERE = "http://127.0.0.1:1"
PURR = (sys.executable, "-c", "from service.cli.main import main; main()")
