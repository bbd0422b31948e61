"""Loops in the code that is written instruction by instruction, over places that a table names."""

import math
from typing import Any

from llvmlite import ir

from worker.nn.engines.cpu.tile import Int, Vectors

Entry = ir.IntType(32)


class Loops(Vectors):
    """Writes loops that carry numbers from one time to the next, and looks up entries."""

    def entries(self, table: Any, index: Any, count: int) -> list[Any]:
        """So many entries of a table, the first at this index."""
        start = self.builder.inttoptr(table, Entry.as_pointer())
        first = self.builder.gep(start, [index])
        return [self.builder.load(self.builder.gep(first, [Int(i)])) for i in range(count)]

    def least(self, bent: Any) -> Any:
        """The least that numbers may be, in each lane: 0, or where `bent` is 0 any number."""
        nothing = ir.Constant(self.vector, [-math.inf] * self.lanes)
        return self.builder.select(self.builder.icmp_signed("!=", bent, Int(0)), self.zero, nothing)

    def at_least(self, least: Any, vector: Any) -> Any:
        """The larger numbers of two vectors; what is no number stays so."""
        below = self.builder.fcmp_ordered("<", vector, least)
        return self.builder.select(below, least, vector)

    def loop(self, name: str, first: list[Any]) -> tuple[Any, list[Any]]:
        """Begin a loop over numbers that begin so. Returns its block, and what stands for them."""
        before, block = self.builder.block, self.builder.append_basic_block(name)
        self.builder.branch(block)
        self.builder.position_at_end(block)
        current = [self.builder.phi(number.type) for number in first]
        for phi, number in zip(current, first, strict=True):
            phi.add_incoming(number, before)
        return block, current

    def again(self, block: Any, current: list[Any], following: list[Any], more: Any) -> None:
        """End a loop: go through it again with these, or go on."""
        for phi, number in zip(current, following, strict=True):
            phi.add_incoming(number, self.builder.block)
        after = self.builder.append_basic_block("after")
        self.builder.cbranch(more, block, after)
        self.builder.position_at_end(after)

    def skip(self, unless: Any) -> tuple[Any, Any]:
        """Begin what is done only if that holds. Returns what `joined` needs."""
        before, after = self.builder.block, self.builder.append_basic_block("joined")
        inner = self.builder.append_basic_block("found")
        self.builder.cbranch(unless, inner, after)
        self.builder.position_at_end(inner)
        return before, after

    def joined(self, skipped: tuple[Any, Any], old: list[Any], new: list[Any]) -> list[Any]:
        """End it. Returns the new numbers where it was done, else the old ones."""
        (before, after), inner = skipped, self.builder.block
        self.builder.branch(after)
        self.builder.position_at_end(after)
        found = [self.builder.phi(number.type) for number in old]
        for phi, first, second in zip(found, old, new, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(second, inner)
        return found
