"""Which of RQ's queues a record belongs in, by its device and by which queues have a worker."""

from collections.abc import Set

from worker.jobs.record import Record

TRAIN, GPU, IMPORT = "train", "gpu", "import"
# The kind of a record: the queues it may wait in. Workers with a graphics processor serve GPU
# instead of TRAIN.
QUEUES = {"job": (TRAIN, GPU), "ds": (IMPORT,), "bb": (IMPORT,), "pred": (TRAIN, GPU)}
COMPUTING = tuple(kind for kind, queues in QUEUES.items() if TRAIN in queues)  # no imports
QUEUE_NAMES = [*dict.fromkeys(name for names in QUEUES.values() for name in names)]


def queue_for(record: Record, served: Set[str]) -> str:
    """Returns the name of the queue in which a record belongs now.

    Args:
        served: the names of the queues that have a worker.
    """
    return queue_for_device(record.kind, device_for(record), served)


def queue_for_device(kind: str, device: str, served: Set[str]) -> str:
    """Returns the same for any record of this kind that wants this device.

    A job that needs a graphics processor waits for one. Any other job, and a scoring, which wants
    none, takes whichever worker there is: it never waits for a worker of one sort while only the
    other sort is running.
    """
    if QUEUES[kind] == (IMPORT,):
        return IMPORT
    if device == "gpu":
        return GPU
    gpu_will_do = device == "auto" or TRAIN not in served
    return GPU if gpu_will_do and GPU in served else TRAIN


def device_for(record: Record) -> str:
    """Returns the device that the next attempt must have: "auto", "cpu" or "gpu".

    A job that has begun stays on its device: on another one it would end in other bytes.
    """
    return str(record.device["kind"] if record.device else record.body.get("device", "auto"))
