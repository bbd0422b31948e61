"""What the steps of a training consist of."""

from enum import IntEnum, auto


class Operation(IntEnum):
    """What an engine may be asked to record; kernels know each by its number or by its name.

    The interpreter goes by their order: products, layers of pictures, batch normalization, what
    else layers and losses ask for, what changes parameters or gradients, what only looks.
    """

    MULTIPLY = auto()
    MULTIPLY_TRANSPOSED = auto()
    MULTIPLY_AND_UPDATE = auto()

    PAD = auto()
    CONVOLVE = auto()
    CONVOLVE_KERNEL_GRADIENT = auto()
    CONVOLVE_DEPTHWISE = auto()
    DEPTHWISE_KERNEL_GRADIENT = auto()
    POOL = auto()
    POOL_INPUT_GRADIENT = auto()
    ADD = auto()
    REARRANGE = auto()

    ROW_SUMS = auto()
    ROW_TOTAL = auto()
    SPREAD_SUMS = auto()
    STATISTICS = auto()
    DEVIATION = auto()
    NORMALIZE = auto()
    SCALE_SUMS = auto()
    SCALE_GRADIENT = auto()
    NORMALIZE_INPUT_GRADIENT = auto()

    ACTIVATE = auto()
    CHAIN = auto()
    ADD_ROWS = auto()
    DROP = auto()
    GATHER = auto()
    GATHER_FLOATS = auto()
    GATHER_CHANGED = auto()
    COST = auto()

    UPDATE = auto()
    AVERAGE = auto()
    ADD_SCALED = auto()
    LIMIT = auto()

    SQUARES = auto()
    TOTAL = auto()
    ALIVE = auto()
    SATURATED = auto()
    SAMPLE = auto()
    MOVED = auto()
