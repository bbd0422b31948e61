"""The interpreter of recorded steps: a table of operations, done by a team of threads.

A row of the table is an operation and its numbers: addresses, distances between rows, sizes. The
first lines of its kernel name them. All threads go through the same table, each does its part of
every operation, and they wait for one another in between. So a step costs no call from Python and
no allocation, and training of a small network is as fast as its arithmetic.
"""

from worker.nn.engines.cpu.barrier import wait
from worker.nn.engines.cpu.batch_normalization import (
    deviation,
    normalize,
    normalize_input_gradient,
    row_sums,
    row_total,
    scale_gradient,
    scale_sums,
    spread_sums,
    statistics,
)
from worker.nn.engines.cpu.changes import (
    add_scaled,
    average,
    limit,
    multiply_and_update,
    update,
)
from worker.nn.engines.cpu.convolution import convolve, convolve_kernel_gradient
from worker.nn.engines.cpu.depthwise import convolve_depthwise, depthwise_kernel_gradient
from worker.nn.engines.cpu.gather import gather, gather_changed, gather_floats
from worker.nn.engines.cpu.kernels import activate, add, add_rows, chain, cost, drop, rearrange
from worker.nn.engines.cpu.matmul import multiply, multiply_transposed, share
from worker.nn.engines.cpu.measures import alive, moved, sample, saturated, squares, total
from worker.nn.engines.cpu.padding import pad
from worker.nn.engines.cpu.pooling import pool, pool_input_gradient
from worker.nn.engines.cpu.tile import compiled
from worker.nn.engines.operations import Operation


@compiled
def multiplied(like, r, numbers, scratch, thread, threads):
    """The products of matrices."""
    kind = r[0]
    if kind == Operation.MULTIPLY:
        multiply(like, r, scratch, thread, threads)
    elif kind == Operation.MULTIPLY_TRANSPOSED:
        multiply_transposed(like, r, scratch, thread, threads)
    elif kind == Operation.MULTIPLY_AND_UPDATE:
        multiply_and_update(like, r, numbers, scratch, thread, threads)


@compiled
def pictured(like, r, scratch, thread, threads):
    """Layers of pictures."""
    kind = r[0]
    if kind == Operation.PAD:
        pad(like, r, thread, threads)
    elif kind == Operation.CONVOLVE:
        convolve(like, r, scratch, thread, threads)
    elif kind == Operation.CONVOLVE_KERNEL_GRADIENT:
        convolve_kernel_gradient(like, r, scratch, thread, threads)
    elif kind == Operation.CONVOLVE_DEPTHWISE:
        convolve_depthwise(like, r, thread, threads)
    elif kind == Operation.DEPTHWISE_KERNEL_GRADIENT:
        depthwise_kernel_gradient(like, r, scratch, thread, threads)
    elif kind == Operation.POOL:
        pool(like, r, thread, threads)
    elif kind == Operation.POOL_INPUT_GRADIENT:
        pool_input_gradient(like, r, thread, threads)
    elif kind == Operation.ADD:
        add(like, r, thread, threads)
    elif kind == Operation.REARRANGE:
        rearrange(like, r, thread, threads)


@compiled
def normalized(like, r, thread, threads):
    """Batch normalization, and sums of many rows."""
    kind = r[0]
    if kind == Operation.ROW_SUMS:
        row_sums(like, r, thread, threads)
    elif kind == Operation.ROW_TOTAL:
        row_total(like, r, thread, threads)
    elif kind == Operation.SPREAD_SUMS:
        spread_sums(like, r, thread, threads)
    elif kind == Operation.STATISTICS:
        statistics(like, r, thread, threads)
    elif kind == Operation.DEVIATION and thread == 0:
        deviation(like, r)
    elif kind == Operation.NORMALIZE:
        normalize(like, r, thread, threads)
    elif kind == Operation.SCALE_SUMS:
        scale_sums(like, r, thread, threads)
    elif kind == Operation.SCALE_GRADIENT:
        scale_gradient(like, r, thread, threads)
    elif kind == Operation.NORMALIZE_INPUT_GRADIENT:
        normalize_input_gradient(like, r, thread, threads)


@compiled
def passed(like, r, data, cells, start, step, thread, threads):
    """What else layers and losses ask for."""
    kind = r[0]
    if kind == Operation.ACTIVATE:
        activate(like, r, thread, threads)
    elif kind == Operation.CHAIN:
        chain(like, r, thread, threads)
    elif kind == Operation.ADD_ROWS:
        add_rows(like, r, thread, threads)
    elif kind == Operation.DROP:
        drop(like, r, data, start, thread, threads)
    elif kind == Operation.GATHER:
        gather(like, r, data, start, thread, threads)
    elif kind == Operation.GATHER_FLOATS:
        gather_floats(like, r, data, start, thread, threads)
    elif kind == Operation.GATHER_CHANGED:
        gather_changed(like, r, data, start, thread, threads)
    elif kind == Operation.COST and thread == 0:
        cost(like, r, data, cells, start, step)


@compiled
def changed(like, r, numbers, cells, thread, threads):
    """What changes parameters or gradients."""
    kind = r[0]
    if kind == Operation.UPDATE:
        update(like, r, numbers, thread, threads)
    elif kind == Operation.AVERAGE:
        average(like, r, numbers, thread, threads)
    elif kind == Operation.ADD_SCALED:
        add_scaled(like, r, thread, threads)
    elif kind == Operation.LIMIT:
        limit(like, r, cells, thread, threads)


@compiled
def measured(like, r, cells, thread, threads):
    """What only looks."""
    kind = r[0]
    if kind == Operation.SQUARES:
        squares(like, r, cells, thread, threads)
    elif kind == Operation.TOTAL and thread == 0:
        total(r, cells)
    elif kind == Operation.ALIVE:
        alive(like, r, thread, threads)
    elif kind == Operation.SATURATED:
        saturated(like, r, thread, threads)
    elif kind == Operation.SAMPLE and thread == 0:
        sample(like, r)
    elif kind == Operation.MOVED and thread == 0:
        moved(like, r, cells)


@compiled
def done(like, r, data, numbers, cells, scratch, start, step, thread, threads):
    """One thread's part of an operation."""
    kind = r[0]
    if kind <= Operation.MULTIPLY_AND_UPDATE:
        multiplied(like, r, numbers, scratch, thread, threads)
    elif kind <= Operation.REARRANGE:
        pictured(like, r, scratch, thread, threads)
    elif kind <= Operation.NORMALIZE_INPUT_GRADIENT:
        normalized(like, r, thread, threads)
    elif kind <= Operation.COST:
        passed(like, r, data, cells, start, step, thread, threads)
    elif kind <= Operation.LIMIT:
        changed(like, r, numbers, cells, thread, threads)
    else:
        measured(like, r, cells, thread, threads)


@compiled
def run(like, table, data, numbers, cells, scratch, sync, first, size, thread, threads):
    """Do a table's operations once for each row of `numbers`.

    Some of them sample by sample, one after the other: what one of them leaves is still in the
    cache when the next one looks for it.

    Args:
        like: an array of the dtype of all matrices.
        table: the operations, (…, WIDTH); see `Program`.
        data: the bytes of the samples, (rows, bytes); their labels; the weights of the classes; the
            order in which rows are taken; how each, in that order, is changed; keys of chance.
        numbers: of the optimizer's rule, step by step.
        cells: what the steps leave; see COST_SUM.
        scratch: address of memory for this thread alone.
        sync: how many threads have arrived, 0 at the start.
        first: which row of the order comes first, and `size` rows of it make a step.
    """
    stops = 0
    for step in range(len(numbers)):
        start, index = first + step * size, 0
        while index < len(table):
            together = table[index, -1]
            # Of a single one, each thread's part is as large as it can be.
            parts = size if together > 1 else threads
            begin, end = share(size, thread, threads) if together > 1 else (thread, thread + 1)
            for part in range(begin, end):
                for at in range(index, index + together):
                    done(
                        like, table[at], data, numbers[step], cells, scratch, start, step,
                        part, parts,
                    )  # fmt: skip
            index += together
            if threads > 1:
                stops += threads
                wait(sync, stops)
