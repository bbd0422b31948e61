"""Products of matrices on the processor, tile by tile, in registers.

A matrix product here is small or narrow more often than not: a batch of 64 rows, a layer of 20
units. BLAS libraries are made for large squares and reach half of the processor's speed on such
shapes; this reaches most of it. A tile of ROWS × (1 or 2 vectors) of the result stays in registers
while its factors stream by; the right factor is packed first, so that it streams from the cache.

Every matrix has its rows on the lines of the cache, padded with zeros to whole vectors, and as
many rows as fill whole tiles: then there are no rests to care for. Each number is summed in
the order of the inner dimension, whatever the tile and however many threads there are, so that a
result does not depend on them.

Source: Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008.
"""

from typing import Any

import llvmlite.binding
import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from worker.nn import backend_cache

# Before anything is compiled.
numba.config.CACHE_DIR = str(backend_cache.folder())

WIDE = llvmlite.binding.get_host_cpu_features().get("avx512f", False)
VECTOR_BYTES = 64 if WIDE else 32
VECTORS = 3 if WIDE else 2  # of a tile's columns, at most
ROWS = 8 if WIDE else 4  # of a tile: as many as the registers hold
UNROLL = 4  # steps along the inner dimension at a time; the left factor's padding allows it
DEPTH = 512  # of the inner dimension at a time: the packed part of the right factor stays near
STRIP = 128  # rows of the result in a transposed product, for which the left factor is packed
WIDEST = 2_048  # columns of the right factor packed at a time

Int = ir.IntType(64)

# No assumption that numbers are finite: a run that diverges must be seen to.
compiled = numba.njit(
    cache=True,
    nogil=True,
    error_model="numpy",
    boundscheck=False,
    fastmath={"contract", "reassoc", "arcp", "nsz"},
)


@intrinsic
def _pointer(context: Any, address: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(address), code


@compiled
def numbers_at(like, address, count):
    """The numbers at an address as a vector, of `like`'s dtype."""
    return numba.carray(_pointer(address), (count,), like.dtype)


def tile_kernel(vectors: int, by_rows: bool) -> Any:
    """Code for a tile: C += A @ B, in registers.

    Args:
        vectors: columns of the tile, in vectors.
        by_rows: whether A lies row by row, `step` numbers apart; else column by column.
    """

    @intrinsic
    def tile(context, like, a, step, b, c, c_step, depth, add):
        """Addresses of A, (ROWS, depth), of the packed B, (depth, vectors), and of C; `add` is 0
        where C is written for the first time."""

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _Tile(context, builder, signature.args[0].dtype, vectors, by_rows).emit(*arguments[1:])
            return context.get_dummy_value()

        return types.void(like, *[types.int64] * 7), code

    return tile


class _Tile:
    """Writes the code of one tile kernel for one dtype."""

    def __init__(self, context: Any, builder: Any, dtype: Any, vectors: int, by_rows: bool) -> None:
        self.builder, self.vectors, self.by_rows = builder, vectors, by_rows
        self.number = context.get_value_type(dtype)
        self.lanes = VECTOR_BYTES * 8 // dtype.bitwidth
        self.vector = ir.VectorType(self.number, self.lanes)
        name = f"llvm.fma.v{self.lanes}f{dtype.bitwidth}"
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        known = builder.module.globals.get(name)
        self.fma = known or ir.Function(builder.module, kind, name)

    def emit(self, a: Any, step: Any, b: Any, c: Any, c_step: Any, depth: Any, add: Any) -> None:
        builder = self.builder
        places = self._places(c, c_step)
        kept = builder.icmp_signed("!=", add, Int(0))
        zero = ir.Constant(self.vector, [0.0] * self.lanes)
        start = [builder.select(kept, self._load(place), zero) for place in places]
        left = self._rows(a, step) if self.by_rows else [self._at(a)]
        right = self._at(b)

        before, loop, after = builder.block, *map(builder.append_basic_block, ("loop", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        p = builder.phi(Int)
        sums = [builder.phi(self.vector) for _ in places]
        current = list(sums)
        for ahead in range(UNROLL if self.by_rows else 1):
            current = self._advance(current, left, right, builder.add(p, Int(ahead)), step)
        p_next = builder.add(p, Int(UNROLL if self.by_rows else 1))
        for phi, first, following in zip(
            [p, *sums], [Int(0), *start], [p_next, *current], strict=True
        ):
            phi.add_incoming(first, before)
            phi.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", p_next, depth), loop, after)
        builder.position_at_end(after)
        for total, place in zip(current, places, strict=True):
            builder.store(total, builder.bitcast(place, self.vector.as_pointer())).align = 4

    def _advance(
        self, sums: list[Any], left: list[Any], right: Any, p: Any, step: Any
    ) -> list[Any]:
        """One step along the inner dimension: every sum gets its product."""
        builder, width = self.builder, self.vectors * self.lanes
        row = builder.gep(right, [builder.mul(p, Int(width))])
        factors = [self._load(builder.gep(row, [Int(v * self.lanes)])) for v in range(self.vectors)]
        column = None if self.by_rows else builder.gep(left[0], [builder.mul(p, step)])
        found = []
        for i in range(ROWS):
            place = builder.gep(left[i], [p]) if self.by_rows else builder.gep(column, [Int(i)])
            factor = self._everywhere(builder.load(place))
            found += [
                builder.call(self.fma, [factor, factors[v], sums[i * self.vectors + v]])
                for v in range(self.vectors)
            ]
        return found

    def _at(self, address: Any) -> Any:
        return self.builder.inttoptr(address, self.number.as_pointer())

    def _rows(self, address: Any, step: Any) -> list[Any]:
        start = self._at(address)
        return [self.builder.gep(start, [self.builder.mul(step, Int(i))]) for i in range(ROWS)]

    def _places(self, address: Any, step: Any) -> list[Any]:
        return [
            self.builder.gep(row, [Int(v * self.lanes)])
            for row in self._rows(address, step)
            for v in range(self.vectors)
        ]

    def _load(self, place: Any) -> Any:
        found = self.builder.load(self.builder.bitcast(place, self.vector.as_pointer()))
        found.align = 4
        return found

    def _everywhere(self, number: Any) -> Any:
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(nothing, number, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, nothing, zeros)


_rows_3, _rows_2, _rows_1 = (tile_kernel(vectors, by_rows=True) for vectors in (3, 2, 1))
_columns_3, _columns_2, _columns_1 = (tile_kernel(vectors, by_rows=False) for vectors in (3, 2, 1))


@compiled
def share(count, thread, threads):
    """Which of so many things are this thread's: from, to."""
    return count * thread // threads, count * (thread + 1) // threads


def scratch_numbers(columns: int) -> int:
    """How many numbers a thread needs beside the matrices, for a right factor this wide."""
    columns = min(columns, WIDEST) + VECTORS * VECTOR_BYTES
    return DEPTH * (columns + STRIP) + STRIP * columns


@compiled
def _pack(like, source, step, depth, width, packed, panel):
    """Rows of the right factor, `width` numbers of each, as one panel without gaps."""
    for p in range(depth):
        row = numbers_at(like, source + p * step * like.itemsize, width)
        copy = numbers_at(like, packed + p * panel * like.itemsize, panel)
        for q in range(width):
            copy[q] = row[q]
        for q in range(width, panel):
            copy[q] = 0


@compiled
def _pack_turned(like, source, step, depth, width, packed, panel):
    """The same of a factor that lies transposed: its columns are rows here."""
    rows = numbers_at(like, source, (width - 1) * step + depth)
    for p in range(depth):
        copy = numbers_at(like, packed + p * panel * like.itemsize, panel)
        for q in range(width):
            copy[q] = rows[q * step + p]
        for q in range(width, panel):
            copy[q] = 0


@compiled
def _clear(like, packed, panel, depth):
    """Zeros behind a panel, up to where the unrolled loop looks."""
    rest = -depth % UNROLL
    blank = numbers_at(like, packed + depth * panel * like.itemsize, rest * panel)
    for q in range(rest * panel):
        blank[q] = 0


@compiled
def _panel_vectors(like, columns):
    """How wide a panel is when so many columns are left, in vectors."""
    lanes = VECTOR_BYTES // like.itemsize
    return min(VECTORS, (columns + lanes - 1) // lanes)


@compiled
def multiply(
    like, a, a_step, b, b_step, turned, bias, c, c_step, m, k, n, scratch, thread, threads
):
    """This thread's part of C = A @ B, with a bias added to every row.

    Args:
        like: an array of the dtype.
        a, b, c: addresses of A, (m, k), of B, (k, n), and of C, (m, n).
        a_step, b_step, c_step: numbers from one row to the next.
        turned: whether B lies transposed, as (n, k).
        bias: address of it, (n,), or 0 for none.
        scratch: address of `scratch_numbers` numbers of this thread's own.
    """
    size, lanes = like.itemsize, VECTOR_BYTES // like.itemsize
    first, last = 0, (n + lanes - 1) // lanes
    top, bottom = 0, (m + ROWS - 1) // ROWS
    if last >= 2 * threads:
        first, last = share(last, thread, threads)
    else:
        top, bottom = share(bottom, thread, threads)
    for p in range(0, k, DEPTH):
        depth = min(DEPTH, k - p)
        looked_at = (depth + UNROLL - 1) // UNROLL * UNROLL
        for j in range(lanes * first, min(n, lanes * last), VECTORS * lanes):
            vectors = _panel_vectors(like, lanes * last - j)
            panel = vectors * lanes
            width = min(panel, n - j)
            if turned:
                _pack_turned(
                    like, b + (j * b_step + p) * size, b_step, depth, width, scratch, panel
                )
            else:
                _pack(like, b + (p * b_step + j) * size, b_step, depth, width, scratch, panel)
            _clear(like, scratch, panel, depth)
            if bias and not p:
                row = numbers_at(like, bias + j * size, panel)
                for i in range(top * ROWS, bottom * ROWS):
                    numbers_at(like, c + (i * c_step + j) * size, panel)[:] = row
            for i in range(top * ROWS, bottom * ROWS, ROWS):
                left = a + (i * a_step + p) * size
                place = c + (i * c_step + j) * size
                if vectors == 3:
                    _rows_3(like, left, a_step, scratch, place, c_step, looked_at, bias or p)
                elif vectors == 2:
                    _rows_2(like, left, a_step, scratch, place, c_step, looked_at, bias or p)
                else:
                    _rows_1(like, left, a_step, scratch, place, c_step, looked_at, bias or p)


@compiled
def pack_panels(like, b, b_step, depth, columns, packed):
    """All panels of a right factor, (depth, columns), one behind the other."""
    size, wide = like.itemsize, VECTORS * (VECTOR_BYTES // like.itemsize)
    for j in range(0, columns, wide):
        panel = _panel_vectors(like, columns - j) * (VECTOR_BYTES // size)
        place = packed + DEPTH * j * size
        _pack(like, b + j * size, b_step, depth, min(panel, columns - j), place, panel)


@compiled
def multiply_strip(like, a, a_step, packed, strip, c, c_step, rows, depth, columns, add):
    """C = Aᵀ @ B, or C += Aᵀ @ B, for A, (depth, rows), of STRIP rows at most, and a packed B."""
    size, lanes = like.itemsize, VECTOR_BYTES // like.itemsize
    rows = (rows + ROWS - 1) // ROWS * ROWS
    _pack_strip(like, a, a_step, depth, rows, strip)
    for j in range(0, columns, VECTORS * lanes):
        right, vectors = packed + DEPTH * j * size, _panel_vectors(like, columns - j)
        for r in range(0, rows, ROWS):
            left, place = strip + r * depth * size, c + (r * c_step + j) * size
            if vectors == 3:
                _columns_3(like, left, ROWS, right, place, c_step, depth, add)
            elif vectors == 2:
                _columns_2(like, left, ROWS, right, place, c_step, depth, add)
            else:
                _columns_1(like, left, ROWS, right, place, c_step, depth, add)


@compiled
def multiply_turned(like, a, a_step, b, b_step, c, c_step, m, k, n, scratch, thread, threads):
    """This thread's part of C = Aᵀ @ B for A, (k, m), and B, (k, n); arguments as of `multiply`.

    It takes each row of A apart only once: that of an input layer is the largest matrix there is.
    """
    size, wide = like.itemsize, VECTORS * VECTOR_BYTES
    first, last = share((m + STRIP - 1) // STRIP, thread, threads)
    for j in range(0, n if first < last else 0, WIDEST):
        columns = min(WIDEST, n - j)
        strip = scratch + DEPTH * (columns * size + wide)
        for p in range(0, k, DEPTH):
            depth = min(DEPTH, k - p)
            pack_panels(like, b + (p * b_step + j) * size, b_step, depth, columns, scratch)
            for i in range(first * STRIP, last * STRIP, STRIP):
                left, place = a + (p * a_step + i) * size, c + (i * c_step + j) * size
                rows = min(STRIP, m - i)
                multiply_strip(
                    like, left, a_step, scratch, strip, place, c_step, rows, depth, columns, p
                )


@compiled
def _pack_strip(like, source, step, depth, rows, packed):
    """`rows` columns of the left factor, tile by tile, as the tiles take them."""
    for p in range(depth):
        row = numbers_at(like, source + p * step * like.itemsize, rows)
        copy = numbers_at(like, packed + p * ROWS * like.itemsize, rows * depth)
        for r in range(0, rows, ROWS):
            for q in range(ROWS):
                copy[r * depth + q] = row[r + q]
