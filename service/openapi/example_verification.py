"""What `/openapi.json` shows of a version that is trained again."""

from worker.jsontypes import Json

CHAIN: Json = {"stride": 4, "epoch": 100, "step": 0, "digest": "9d0c8f5a6b1e2f37"}
ENVIRONMENT: Json = {
    "purrceptron": "0.1.0", "python": "3.13.5", "numpy": "2.4.6", "numba": "0.68.1",
    "llvmlite": "0.50.0", "processor": "x86_64 GenuineIntel 6 207 Intel(R) Xeon(R) Processor",
    "device": "cpu", "kernels": "668cc67244dc", "cupy": None, "features": None,
}  # fmt: skip


def verification(job: Json) -> Json:
    """Returns the answer by its operation.

    Args:
        job: that does it.
    """
    wanted = {"model": job["spec"]["model"], "version": 1}
    spec = {**job["spec"], "device": "cpu", "verifies": wanted}
    return {"verify_version": {**job, "spec": spec}}
