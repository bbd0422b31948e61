"""What a JSON object is in Python."""

from typing import Any

Json = dict[str, Any]
