"""What each worker that trains gets of the machine, where several share it."""

from service.settings import ServiceSettings
from worker.settings import job_bytes
from worker.system.machine import cores


def threads_each(settings: ServiceSettings) -> int:
    """The threads of one worker: as many as were asked for, else a fair share of the cores."""
    return settings.worker_threads or max(1, cores() // settings.workers)


def memory_each(settings: ServiceSettings) -> int:
    """What a job may need of memory: as much as was said, else a fair share of what is there."""
    if "max_job_bytes" in settings.model_fields_set:
        return settings.max_job_bytes
    return job_bytes(settings.workers)
