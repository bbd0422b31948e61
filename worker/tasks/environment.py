"""Where a model was trained: what may change a bit of its weights though the spec is the same."""

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from worker.jsontypes import Json
from worker.nn.engines.cpu import cache

PACKAGES = ("numpy", "numba", "llvmlite")
CUPY = "cupy-cuda13x"
FEATURES = ("flags", "Features")  # as the system calls what a processor can do, on x86 and on ARM
INSTRUCTIONS = "instructions"
Environment = dict[str, str]


def environment(device: Json) -> Environment:
    """Returns the versions of what computes, the processor, and what compiled kernels depend on.

    Args:
        device: that computes, as a job's record has it.
    """
    machine, *lines = cache.processor().splitlines()
    told = {name.strip(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    can = " ".join(told.pop(name, "") for name in FEATURES).split()
    on_gpu = device["kind"] == "gpu"
    return {
        "purrceptron": version("purrceptron-server"),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        **(of_cuda() if on_gpu else {}),
        "processor": " ".join([machine, *told.values()]),
        INSTRUCTIONS: " ".join(sorted(can)),
        "device": f"{device['kind']} {device['name'] or ''}".strip(),
        "kernels": cache.key(cache.GPU_SOURCES if on_gpu else cache.SOURCES),
    }


def of_cuda() -> Environment:
    """The version of what computes on graphics processors; a build of somebody's own has none."""
    with suppress(PackageNotFoundError):
        return {"cupy": version(CUPY)}
    return {}


def differences(then: Environment, now: Environment) -> list[Json]:
    """Returns what of an environment is not as it was; of what a processor can do, that alone."""
    found = []
    for what, was in then.items():
        known = now.get(what)
        if what == INSTRUCTIONS:
            was, known = lacking(was, known or ""), lacking(known or "", was)
        if was != known:
            found.append({"what": what, "then": was, "now": known})
    return found


def lacking(words: str, others: str) -> str:
    """The words that are not among the others."""
    return " ".join(sorted({*words.split()} - {*others.split()}))
