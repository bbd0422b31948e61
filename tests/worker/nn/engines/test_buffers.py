import numpy as np

from worker.nn.engines.buffers import BufferPool
from worker.nn.engines.layout import empty


def lending() -> BufferPool:
    return BufferPool(lambda *shape: empty("float32", *shape))


def test_the_same_memory_is_lent_again_as_pictures_and_as_rows() -> None:
    pool = lending()
    pictures = pool.lend(2, 3, 4, 5)
    pictures[...] = np.arange(120).reshape(2, 3, 4, 5)
    pool.rewind()
    assert (pool.lend(12, 5) == np.arange(60).reshape(12, 5)).all()
    assert len(pool.buffers) == 1


def test_a_vector_is_no_part_of_a_matrix() -> None:
    pool = lending()
    pool.lend(9, 5)
    pool.rewind()
    assert pool.lend(5).shape == (5,)
    pool.rewind()
    assert pool.lend(9, 5).shape == (9, 5)
