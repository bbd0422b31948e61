"""What can go wrong, one class for each decision of the caller.

A message says what was expected, what came and what to do. `code` is stable and documented in
docs/api.md; only service/errors.py knows which HTTP number belongs to it.
"""

# All of them, always: `family` knows the classes that are loaded.
from worker.errors.attempts import *  # noqa: F403
from worker.errors.base import *  # noqa: F403
from worker.errors.names import *  # noqa: F403
from worker.errors.requests import *  # noqa: F403
from worker.errors.service import *  # noqa: F403
from worker.errors.states import *  # noqa: F403
