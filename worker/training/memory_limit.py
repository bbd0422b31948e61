"""The memory that a job may have, and what is said when it wants more."""

from collections.abc import Iterator
from contextlib import contextmanager

from worker.errors import OutOfMemory
from worker.system import memory
from worker.training.memory_estimate import BASE_BYTES, needed
from worker.training.sizes import Sizes

SURE = 1.25  # times what was estimated: by which a job may need more
# What a process asks for and hardly touches: for each thread of a product a stack, and what NumPy's
# library reserves for it; and some for the allocator.
THREAD_BYTES, SPARE_BYTES = 48 * 2**20, 32 * 2**20


def most(job: Sizes) -> int:
    """Bytes that the job's process may ask for."""
    return round(SURE * needed(job)) + SPARE_BYTES + job.threads * THREAD_BYTES


@contextmanager
def limited(job: Sizes) -> Iterator[None]:
    """Let this process have no more than that for as long as the block lasts.

    Raises:
        OutOfMemory: it wanted more.
    """
    try:
        with memory.limited(most(job) - BASE_BYTES):  # which it has
            yield
    except Exception as error:
        if not memory.is_missing(error):
            raise
        raise exceeded(job, "it wanted more than") from error


def exceeded(job: Sizes, came: str) -> OutOfMemory:
    """How that is told.

    Args:
        came: what happened, up to the number of bytes.
    """
    return OutOfMemory(
        f"Expected a job that needs about {needed(job):,} bytes of memory, and {came} the "
        f"{most(job):,} that it may therefore have, or than there is. Use a smaller batch_size or "
        "fewer hidden_units."
    )
