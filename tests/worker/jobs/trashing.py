"""Where datasets are: what tests of the trash look at."""

import redis

from worker.jobs.redis_records import TRASHED
from worker.tasks.context import WorkerContext

WEEK_S = 7 * 24 * 3600


def traces(context: WorkerContext, client: redis.Redis, dataset: str) -> list[str]:
    """What is left of a dataset, on disk and in Redis."""
    files = [str(path) for path in context.settings.data_dir.glob(f"*/*{dataset}*")]
    keys = [str(key) for key in client.scan_iter(f"purr:*{dataset}*")]
    lists = [str(key) for key in client.scan_iter("purr:dss*", _type="zset")]
    return files + keys + [key for key in lists if client.zscore(key, dataset) is not None]


def in_use(context: WorkerContext) -> list[str]:
    return [each.id for each in context.records["ds"].page(None, 99, None)]


def in_the_trash(context: WorkerContext) -> list[str]:
    return [each.id for each in context.records["ds"].page(TRASHED, 99, None)]
