"""A vector of channels of a maximum pool, in the processor's registers: forward and back."""

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from worker.nn.engines.cpu.loops import Entry, Loops
from worker.nn.engines.cpu.tile import Int


class _PoolVector(Loops):
    """Writes the code of one such vector for one dtype."""

    def forward(self, x: Any, x_step: Any, under: Any, stride: Any, positions: Any, z: Any) -> None:
        builder = self.builder
        lowest = ir.Constant(self.vector, [-math.inf] * self.lanes)
        block, (n, most) = self.loop("positions", [Int(0), lowest])
        (entry,) = self.entries(under, builder.mul(n, stride), 1)
        skipped = self.skip(unless=builder.icmp_signed(">=", entry, Entry(0)))
        number = self.load(self.at(self.source(entry, x, x_step)))
        # What is no number stays so.
        none = builder.fcmp_unordered("!=", most, most)
        stays = builder.or_(builder.fcmp_ordered(">=", most, number), none)
        (largest,) = self.joined(skipped, [most], [builder.select(stays, most, number)])
        following = builder.add(n, Int(1))
        more = builder.icmp_signed("<", following, positions)
        self.again(block, [n, most], [following, largest], more)
        self.store(largest, self.at(z))

    def back(
        self, x: Any, dx: Any, x_step: Any, under: Any, stride: Any, positions: Any, z: Any,
        dz: Any,
    ) -> None:  # fmt: skip
        builder = self.builder
        most, error = self.load(self.at(z)), self.load(self.at(dz))
        block, (n, left) = self.loop("positions", [Int(0), error])
        (entry,) = self.entries(under, builder.mul(n, stride), 1)
        skipped = self.skip(unless=builder.icmp_signed(">=", entry, Entry(0)))
        number = self.load(self.at(self.source(entry, x, x_step)))
        taken = builder.fcmp_ordered("==", number, most)
        out = self.at(self.source(entry, dx, x_step))
        own = builder.select(taken, left, self.zero)
        self.store(builder.fadd(self.load(out), own), out)
        rest = builder.select(taken, self.zero, left)
        (rest,) = self.joined(skipped, [left], [rest])
        following = builder.add(n, Int(1))
        more = builder.icmp_signed("<", following, positions)
        self.again(block, [n, left], [following, rest], more)

    def source(self, entry: Any, start: Any, step: Any) -> Any:
        """The address of the row that an entry means."""
        return self.builder.add(start, self.builder.mul(self.builder.sext(entry, Int), step))


@intrinsic
def largest_vector(context, like, x, x_step, under, stride, positions, z):
    """A vector of Z of what lies under a window.

    Addresses of X at the picture's first place, whose rows are `x_step` bytes apart; of the table,
    whose entries are `stride` apart; and of Z.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _PoolVector(context, builder, signature.args[0].dtype).forward(*arguments[1:])
        return context.get_dummy_value()

    return types.void(like, *[types.int64] * 6), code


@intrinsic
def largest_vector_back(context, like, x, dx, x_step, under, stride, positions, z, dz):
    """dX += dJ/dZ where the first of the largest numbers is; the rest as above."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _PoolVector(context, builder, signature.args[0].dtype).back(*arguments[1:])
        return context.get_dummy_value()

    return types.void(like, *[types.int64] * 8), code
