"""Tiles of a matrix product, in the processor's registers.

A tile of ROWS × (one to three vectors) of the result stays in registers while its factors stream
by. Compilers do not find such code, so it is written here, instruction by instruction.
"""

from typing import Any

import llvmlite.binding
import numba
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
        addresses = self._addresses(c, c_step)
        zero = ir.Constant(self.vector, [0.0] * self.lanes)
        left = self._rows(a, step) if self.by_rows else [self._at(a)]
        right = self._at(b)

        before, loop, after = builder.block, *map(builder.append_basic_block, ("loop", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        p = builder.phi(Int)
        sums = [builder.phi(self.vector) for _ in addresses]
        current = list(sums)
        for ahead in range(UNROLL if self.by_rows else 1):
            current = self._advance(current, left, right, builder.add(p, Int(ahead)), step)
        p_next = builder.add(p, Int(UNROLL if self.by_rows else 1))
        for phi, first, following in zip(
            [p, *sums], [Int(0), *[zero] * len(sums)], [p_next, *current], strict=True
        ):
            phi.add_incoming(first, before)
            phi.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", p_next, depth), loop, after)
        builder.position_at_end(after)
        adding = builder.icmp_signed("!=", add, Int(0))
        for total, address in zip(current, addresses, strict=True):
            # Added at the end: rounding would grow with a sum that went on from one to the next.
            whole = builder.fadd(total, builder.select(adding, self._load(address), zero))
            builder.store(whole, builder.bitcast(address, self.vector.as_pointer())).align = 4

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
            address = builder.gep(left[i], [p]) if self.by_rows else builder.gep(column, [Int(i)])
            factor = self._everywhere(builder.load(address))
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

    def _addresses(self, address: Any, step: Any) -> list[Any]:
        return [
            self.builder.gep(row, [Int(v * self.lanes)])
            for row in self._rows(address, step)
            for v in range(self.vectors)
        ]

    def _load(self, address: Any) -> Any:
        found = self.builder.load(self.builder.bitcast(address, self.vector.as_pointer()))
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
