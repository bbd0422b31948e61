"""How a version was trained, for those who want to come to the same one."""

from pydantic import BaseModel


class Chain(BaseModel):
    """By what the training of a version can be compared with another: digests of the weights after
    the first epoch, after every `stride` epochs, and where it ended, which is after so many epochs,
    and steps of the next one. `digest`, the last, stands for all before it too."""

    stride: int
    epoch: int
    step: int
    digest: str


class Environment(BaseModel):
    """Where a version was trained: what may change a bit of its weights, though the spec is the
    same. `kernels` changes with all that compiled kernels depend on; `features` is the digest of
    those of a backbone, on which it was trained."""

    purrceptron: str
    python: str
    numpy: str
    numba: str
    llvmlite: str
    processor: str
    device: str
    kernels: str
    cupy: str | None = None
    features: str | None = None
