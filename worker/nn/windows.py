"""Where a kernel stands on a picture."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from worker.nn.arrays import Array, array_module

Padding = Literal["same", "valid"]
Shape = tuple[int, ...]


def picture_shape(X: Array) -> tuple[int, int, int, int]:
    """(m, h, w, c) of pictures X.

    Raises:
        ValueError: X is something else.
    """
    if X.ndim != 4:
        raise ValueError(
            f"Expected pictures (m, h, w, c), got an array of {X.shape}. "
            "Put this layer where the samples are still pictures."
        )
    m, h, w, c = X.shape
    return m, h, w, c


class Window(NamedTuple):
    """The places on a picture, (h, w), over which a kernel is laid.

    Attributes:
        height, width: of the kernel.
        stride: from one place to the next, along both sides.
        padding: "valid" keeps the kernel within the picture; "same" has as many places as a stride
            has starts, ⌈h / stride⌉ and ⌈w / stride⌉, some of them over the border.

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, chapter
    2; "same" with a stride above 1 is TensorFlow's, which pads at the end by one more where the
    padding is odd.
    """

    height: int
    width: int
    stride: int = 1
    padding: Padding = "same"

    def places(self, h: int, w: int) -> tuple[int, int]:
        """How many there are, downwards and across.

        Raises:
            ValueError: the kernel must stay within the picture, and is larger.
        """
        if self.padding == "same":
            return -(-h // self.stride), -(-w // self.stride)
        if self.height > h or self.width > w:
            raise ValueError(
                f"Expected a picture of at least {self.height} × {self.width} for this kernel, "
                f'got {h} × {w}. Use a smaller kernel, or the padding "same".'
            )
        return (h - self.height) // self.stride + 1, (w - self.width) // self.stride + 1

    def padded(self, shape: Shape) -> Shape:
        """The shape of pictures of this shape, (m, h, w, c), with their padding."""
        m, h, w, c = shape
        down, across = self._padding(h, w)
        return m, h + down, w + across, c

    def pad(self, X: Array, fill: float = 0) -> Array:
        """X, (m, h, w, c), with its padding filled so; X itself where there is none."""
        shape = self.padded(X.shape)
        if shape == X.shape:
            return X
        P = array_module(X).full(shape, fill, X.dtype)
        self.inner(P, X.shape)[...] = X
        return P

    def inner(self, P: Array, shape: Shape) -> Array:
        """The pictures of this shape, (m, h, w, c), within the padded ones P; a view of them."""
        _, h, w, _ = shape
        top, left = self.border(h, w)
        return P[:, top : top + h, left : left + w]

    def border(self, h: int, w: int) -> tuple[int, int]:
        """How many rows of padding are above pictures of this size, and columns on their left."""
        down, across = self._padding(h, w)
        return down // 2, across // 2

    def parts(self, P: Array) -> Iterator[tuple[tuple[int, int], Array]]:
        """For each position in the kernel, what lies under it, of all places; views of P.

        Args:
            P: pictures with their padding, (m, h, w, c).

        Yields:
            The position's row and column, and the numbers, (m, places down, places across, c).
        """
        _, h, w, _ = P.shape
        s, down, across = self.stride, h - self.height + 1, w - self.width + 1
        for i in range(self.height):
            for j in range(self.width):
                yield (i, j), P[:, i : i + down : s, j : j + across : s]

    def _padding(self, h: int, w: int) -> tuple[int, int]:
        """How many rows and columns the kernel reaches beyond the picture, both ends together."""
        down, across = self.places(h, w)
        return (
            max(0, (down - 1) * self.stride + self.height - h),
            max(0, (across - 1) * self.stride + self.width - w),
        )
