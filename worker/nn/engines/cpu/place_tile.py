"""Tiles of a convolution, in the processor's registers.

They are those of a matrix product whose left factor is never made: each of its rows is a place of
a picture, and where the numbers under a position of the kernel begin there, a table says. It has
distances from the picture's beginning, in numbers, or a negative one where nothing lies under the
position; then zeros are taken.
"""

from typing import Any

from numba import types
from numba.extending import intrinsic

from worker.nn.engines.cpu.loops import Entry, Loops
from worker.nn.engines.cpu.tile import WIDE, Int, compiled

# Of a tile: as many as the registers hold, and no fewer sums than the processor has under way.
PLACES = 8 if WIDE else 6


class _PlaceTile(Loops):
    """Writes the code of one such tile for one dtype."""

    def __init__(self, context: Any, builder: Any, dtype: Any, vectors: int) -> None:
        super().__init__(context, builder, dtype)
        self.vectors, self.size = vectors, dtype.bitwidth // 8

    def place(self, entry: Any, start: Any, blank: Any) -> Any:
        """The address that an entry means."""
        builder = self.builder
        distance = builder.mul(builder.sext(entry, Int), Int(self.size))
        missing = builder.icmp_signed("<", entry, Entry(0))
        return builder.select(missing, blank, builder.add(start, distance))

    def convolve(
        self, x: Any, blank: Any, table: Any, positions: Any, b: Any, channels: Any, bias: Any,
        out: Any, places: Any, bent: Any,
    ) -> None:  # fmt: skip
        builder, least = self.builder, self.least(bent)
        begun = [self.load(p) for p in self.neighbours(self.at(bias), self.vectors)] * PLACES
        outer, (n, right, *sums) = self.loop("positions", [Int(0), b, *begun])
        entries = self.entries(table, builder.mul(n, Int(PLACES)), PLACES)
        missing = entries[0]
        for entry in entries[1:]:
            missing = builder.and_(missing, entry)
        skipped = self.skip(unless=builder.icmp_signed(">=", missing, Entry(0)))
        left = [self.at(self.place(entry, x, blank)) for entry in entries]
        current = self.joined(skipped, sums, self._channels(left, right, sums, channels))
        n_next = builder.add(n, Int(1))
        panel = builder.mul(channels, Int(self.vectors * self.lanes * self.size))
        following = [n_next, builder.add(right, panel), *current]
        more = builder.icmp_signed("<", n_next, positions)
        self.again(outer, [n, right, *sums], following, more)
        for i, entry in enumerate(self.entries(places, Int(0), PLACES)):
            row = self.neighbours(self.at(self.place(entry, out, out)), self.vectors)
            for v, pointer in enumerate(row):
                self.store(self.at_least(least, current[i * self.vectors + v]), pointer)

    def _channels(self, left: list[Any], right: Any, sums: list[Any], channels: Any) -> list[Any]:
        """The sums with the products of all channels."""
        builder, width = self.builder, self.vectors * self.lanes
        inner, (p, *current) = self.loop("channels", [Int(0), *sums])
        row = builder.gep(self.at(right), [builder.mul(p, Int(width))])
        numbers = [builder.gep(start, [p]) for start in left]
        following = self.advance(current, numbers, row, self.vectors)
        p_next = builder.add(p, Int(1))
        more = builder.icmp_signed("<", p_next, channels)
        self.again(inner, [p, *current], [p_next, *following], more)
        return following

    def gradient(
        self, x: Any, x_step: Any, table: Any, rows: Any, pictures: Any, places: Any, b: Any,
        c: Any, c_step: Any, add: Any,
    ) -> None:  # fmt: skip
        builder, count = self.builder, PLACES * self.vectors
        bytes_of_row = Int(self.vectors * self.lanes * self.size)
        under = [builder.sext(entry, Int) for entry in self.entries(rows, Int(0), PLACES)]
        outer, (i, start, right, *sums) = self.loop(
            "pictures", [Int(0), x, b, *[self.zero] * count]
        )
        inner, (p, row, *current) = self.loop("places", [Int(0), right, *sums])
        (entry,) = self.entries(table, p, 1)
        place = builder.gep(self.at(start), [builder.sext(entry, Int)])
        left = [builder.gep(place, [distance]) for distance in under]
        following = self.advance(current, left, self.at(row), self.vectors)
        p_next, row_next = builder.add(p, Int(1)), builder.add(row, bytes_of_row)
        more = builder.icmp_signed("<", p_next, places)
        self.again(inner, [p, row, *current], [p_next, row_next, *following], more)
        i_next, start_next = builder.add(i, Int(1)), builder.add(start, x_step)
        more = builder.icmp_signed("<", i_next, pictures)
        self.again(
            outer, [i, start, right, *sums], [i_next, start_next, row_next, *following], more
        )
        out = [builder.gep(self.at(c), [builder.mul(c_step, Int(i))]) for i in range(PLACES)]
        self.add_to([p for row in out for p in self.neighbours(row, self.vectors)], following, add)


def convolution_kernel(vectors: int) -> Any:
    """Code for PLACES places of a convolution, and so many vectors of its filters."""

    @intrinsic
    def tile(context, like, x, blank, table, positions, b, channels, bias, out, places, bent):
        """Addresses of a picture; of `channels` zeros; of the table, PLACES entries for each
        position; of the packed kernels, (positions, channels, vectors); of the vectors with which
        sums begin; and of the picture that comes of it, with the table of its places. Unless `bent`
        is 0, relu is done to that."""

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            tile = _PlaceTile(context, builder, signature.args[0].dtype, vectors)
            tile.convolve(*arguments[1:])
            return context.get_dummy_value()

        return types.void(like, *[types.int64] * 10), code

    return tile


def gradient_kernel(vectors: int) -> Any:
    """Code for PLACES rows of a kernel's gradient, each of a position and channel, and so many
    vectors of its filters."""

    @intrinsic
    def tile(context, like, x, x_step, table, rows, pictures, places, b, c, c_step, add):
        """Addresses of pictures, `x_step` bytes apart; of the table, where the numbers under the
        kernel begin for each place, and how far from there is that of each row; of dJ/dZ, packed,
        (pictures, places, vectors); and of the gradient's rows, `c_step` numbers apart. `add` is 0
        where they are written first."""

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            tile = _PlaceTile(context, builder, signature.args[0].dtype, vectors)
            tile.gradient(*arguments[1:])
            return context.get_dummy_value()

        return types.void(like, *[types.int64] * 10), code

    return tile


_convolve_3, _convolve_2, _convolve_1 = map(convolution_kernel, (3, 2, 1))
_gradient_3, _gradient_2, _gradient_1 = map(gradient_kernel, (3, 2, 1))


@compiled
def tile_of_places(
    like, vectors, x, blank, table, positions, b, channels, bias, out, places, bent
):  # fmt: skip
    """A tile so many vectors wide of a convolution."""
    if vectors == 3:
        _convolve_3(like, x, blank, table, positions, b, channels, bias, out, places, bent)
    elif vectors == 2:
        _convolve_2(like, x, blank, table, positions, b, channels, bias, out, places, bent)
    else:
        _convolve_1(like, x, blank, table, positions, b, channels, bias, out, places, bent)


@compiled
def tile_of_gradient(like, vectors, x, x_step, table, rows, pictures, places, b, c, c_step, add):
    """A tile so many vectors wide of a kernel's gradient."""
    if vectors == 3:
        _gradient_3(like, x, x_step, table, rows, pictures, places, b, c, c_step, add)
    elif vectors == 2:
        _gradient_2(like, x, x_step, table, rows, pictures, places, b, c, c_step, add)
    else:
        _gradient_1(like, x, x_step, table, rows, pictures, places, b, c, c_step, add)
