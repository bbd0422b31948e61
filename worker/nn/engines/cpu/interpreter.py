"""The interpreter of recorded steps: a table of operations, done by a team of threads.

A row of the table is an operation and its numbers: addresses, distances between rows, sizes. The
first lines of its kernel name them. All threads go through the same table, each does its part of
every operation, and they wait for one another in between. So a step costs no call from Python and
no allocation, and training of a small network is as fast as its arithmetic.
"""

from worker.nn.engines.cpu.barrier import wait
from worker.nn.engines.cpu.changes import add_scaled, limit, multiply_and_update, update
from worker.nn.engines.cpu.gather import gather, gather_changed
from worker.nn.engines.cpu.kernels import activate, add_rows, chain, cost, drop
from worker.nn.engines.cpu.matmul import multiply, multiply_transposed
from worker.nn.engines.cpu.measures import alive, moved, sample, saturated, squares, total
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
def run(like, table, data, numbers, cells, scratch, sync, first, size, thread, threads):
    """Do a table's operations once for each row of `numbers`.

    Args:
        like: an array of the dtype of all matrices.
        table: the operations, (…, WIDTH).
        data: the samples, (rows, features); their labels; the weights of the classes; the order in
            which rows are taken; how each, in that order, is changed; keys of chance.
        numbers: of the optimizer's rule, step by step.
        cells: what the steps leave; see COST_SUM.
        scratch: address of memory for this thread alone.
        sync: how many threads have arrived, 0 at the start.
        first: which row of the order comes first, and `size` rows of it make a step.
    """
    stops = 0
    for step in range(len(numbers)):
        start = first + step * size
        for index in range(len(table)):
            r = table[index]
            kind = r[0]
            if kind <= Operation.MULTIPLY_AND_UPDATE:
                multiplied(like, r, numbers[step], scratch, thread, threads)
            elif kind <= Operation.COST:
                passed(like, r, data, cells, start, step, thread, threads)
            elif kind <= Operation.LIMIT:
                changed(like, r, numbers[step], cells, thread, threads)
            else:
                measured(like, r, cells, thread, threads)
            if threads > 1:
                stops += threads
                wait(sync, stops)
