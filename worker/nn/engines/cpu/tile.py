"""Tiles of a matrix product, in the processor's registers.

A tile of ROWS × (one to three vectors) of the result stays in registers while its factors stream
by. Compilers do not find such code, so it is written here, instruction by instruction.
"""

from typing import Any

import llvmlite.binding
import numba
import numpy
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from worker.nn.engines.cpu import cache
from worker.system.kernel_folder import claim, kernel_folder

# Before anything is compiled, and before Numba makes the folder, open to others.
claim(kernel_folder())
numba.config.CACHE_DIR = str(cache.folder())

WIDE = llvmlite.binding.get_host_cpu_features().get("avx512f", False)
VECTOR_BYTES = 64 if WIDE else 32
VECTORS = 3 if WIDE else 2  # of a tile's columns, at most
ROWS = 8 if WIDE else 4  # of a tile: as many as the registers hold
UNROLL = 4  # steps along the inner dimension at a time; the left factor's padding allows it

Int = ir.IntType(64)

HOW: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "boundscheck": False}
# No assumption that numbers are finite: a run that diverges must be seen to.
FREELY = {"contract", "reassoc", "arcp", "nsz"}
compiled = numba.njit(**HOW, fastmath=FREELY)
# Without the freedom to add in another order.
exact = numba.njit(**HOW, fastmath={"contract"})


@intrinsic
def _pointer(context: Any, address: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(address), code


@compiled
def numbers_at(like, address, count):
    """The numbers at an address as a vector, of `like`'s dtype."""
    return numba.carray(_pointer(address), (count,), like.dtype)


@compiled
def entries_at(address, count):
    """Entries of a table of places at an address, see `places`."""
    return numba.carray(_pointer(address), (count,), numpy.int32)


@intrinsic
def ask_for(context: Any, address: Any) -> Any:
    """Have what is at this address come to a cache; there may be nothing."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, byte = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        name = "llvm.prefetch.p0"
        known = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        reading, near, data = number(0), number(2), number(1)
        builder.call(known, [builder.inttoptr(arguments[0], byte), reading, near, data])
        return context.get_dummy_value()

    return types.void(address), code


def tile_kernel(vectors: int, by_rows: bool) -> Any:
    """Code for a tile: C = A @ B, or C += A @ B.

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


class Vectors:
    """Writes instructions on vectors of one dtype.

    Attributes:
        lanes: numbers in a vector.
    """

    def __init__(self, context: Any, builder: Any, dtype: Any) -> None:
        self.builder = builder
        self.number = context.get_value_type(dtype)
        self.lanes = VECTOR_BYTES * 8 // dtype.bitwidth
        self.vector = ir.VectorType(self.number, self.lanes)
        self.zero = ir.Constant(self.vector, [0.0] * self.lanes)
        name = f"llvm.fma.v{self.lanes}f{dtype.bitwidth}"
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        known = builder.module.globals.get(name)
        self.fma = known or ir.Function(builder.module, kind, name)

    def at(self, address: Any) -> Any:
        """A pointer to the number at an address."""
        return self.builder.inttoptr(address, self.number.as_pointer())

    def load(self, pointer: Any) -> Any:
        """The vector that begins there."""
        found = self.builder.load(self.builder.bitcast(pointer, self.vector.as_pointer()))
        found.align = 4
        return found

    def store(self, vector: Any, pointer: Any) -> None:
        """Put a vector there."""
        place = self.builder.bitcast(pointer, self.vector.as_pointer())
        self.builder.store(vector, place).align = 4

    def everywhere(self, number: Any) -> Any:
        """A vector that is this number in each lane."""
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(nothing, number, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, nothing, zeros)

    def neighbours(self, pointer: Any, count: int) -> list[Any]:
        """Pointers to so many vectors, one after the other."""
        return [self.builder.gep(pointer, [Int(v * self.lanes)]) for v in range(count)]

    def advance(self, sums: list[Any], left: list[Any], right: Any, vectors: int) -> list[Any]:
        """Sums with one more product each: of every number on the left, and some vectors."""
        factors = [self.load(pointer) for pointer in self.neighbours(right, vectors)]
        found = []
        for i, pointer in enumerate(left):
            factor = self.everywhere(self.builder.load(pointer))
            for v, other in enumerate(factors):
                found.append(self.builder.call(self.fma, [factor, other, sums[i * vectors + v]]))
        return found

    def add_to(self, pointers: list[Any], sums: list[Any], add: Any) -> None:
        """Store sums; or, unless `add` is 0, add them to what is there.

        Added at the end: rounding would grow with a sum that went on from one to the next.
        """
        adding = self.builder.icmp_signed("!=", add, Int(0))
        for total, pointer in zip(sums, pointers, strict=True):
            before = self.builder.select(adding, self.load(pointer), self.zero)
            self.store(self.builder.fadd(total, before), pointer)


class _Tile(Vectors):
    """Writes the code of one tile kernel for one dtype."""

    def __init__(self, context: Any, builder: Any, dtype: Any, vectors: int, by_rows: bool) -> None:
        super().__init__(context, builder, dtype)
        self.vectors, self.by_rows = vectors, by_rows

    def emit(self, a: Any, step: Any, b: Any, c: Any, c_step: Any, depth: Any, add: Any) -> None:
        builder = self.builder
        pointers = [p for row in self._rows(c, c_step) for p in self.neighbours(row, self.vectors)]
        left = self._rows(a, step) if self.by_rows else [self.at(a)]
        right = self.at(b)

        before, loop, after = builder.block, *map(builder.append_basic_block, ("loop", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        p = builder.phi(Int)
        sums = [builder.phi(self.vector) for _ in pointers]
        current = list(sums)
        for ahead in range(UNROLL if self.by_rows else 1):
            current = self._step(current, left, right, builder.add(p, Int(ahead)), step)
        p_next = builder.add(p, Int(UNROLL if self.by_rows else 1))
        for phi, first, following in zip(
            [p, *sums], [Int(0), *[self.zero] * len(sums)], [p_next, *current], strict=True
        ):
            phi.add_incoming(first, before)
            phi.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", p_next, depth), loop, after)
        builder.position_at_end(after)
        self.add_to(pointers, current, add)

    def _step(self, sums: list[Any], left: list[Any], right: Any, p: Any, step: Any) -> list[Any]:
        """One step along the inner dimension: every sum gets its product."""
        gep = self.builder.gep
        row = gep(right, [self.builder.mul(p, Int(self.vectors * self.lanes))])
        if self.by_rows:
            numbers = [gep(start, [p]) for start in left]
        else:
            column = gep(left[0], [self.builder.mul(p, step)])
            numbers = [gep(column, [Int(i)]) for i in range(ROWS)]
        return self.advance(sums, numbers, row, self.vectors)

    def _rows(self, address: Any, step: Any) -> list[Any]:
        start = self.at(address)
        return [self.builder.gep(start, [self.builder.mul(step, Int(i))]) for i in range(ROWS)]


_rows_3, _rows_2, _rows_1 = (tile_kernel(vectors, by_rows=True) for vectors in (3, 2, 1))
_columns_3, _columns_2, _columns_1 = (tile_kernel(vectors, by_rows=False) for vectors in (3, 2, 1))


@compiled
def tile_by_rows(like, vectors, a, step, b, c, c_step, depth, add):
    """A tile so many vectors wide of a left factor that lies row by row."""
    if vectors == 3:
        _rows_3(like, a, step, b, c, c_step, depth, add)
    elif vectors == 2:
        _rows_2(like, a, step, b, c, c_step, depth, add)
    else:
        _rows_1(like, a, step, b, c, c_step, depth, add)


@compiled
def tile_by_columns(like, vectors, a, step, b, c, c_step, depth, add):
    """The same of one that lies column by column."""
    if vectors == 3:
        _columns_3(like, a, step, b, c, c_step, depth, add)
    elif vectors == 2:
        _columns_2(like, a, step, b, c, c_step, depth, add)
    else:
        _columns_1(like, a, step, b, c, c_step, depth, add)
