"""Pooling: pictures of fewer places, channel by channel."""

from worker.nn.arrays import Array, zeros_like
from worker.nn.engine import EAGER, Engine
from worker.nn.layers import Backward, none
from worker.nn.pools import POOLS, Pool
from worker.nn.windows import Window, picture_shape


class Pooling:
    """Z = the largest number in each place of a window, or the mean; what is padded is no part.

    Backwards, dX is dZ where the largest came from, the first of equals; or dZ in equal shares.

    Source: Zhou and Chellappa, Computation of optical flow using a neural network, 1988, for the
    largest; LeCun et al., Handwritten digit recognition with a back-propagation network, 1989, for
    the mean.
    """

    def __init__(self, pool: Pool, window: Window) -> None:
        self.pool, self.window = pool, window
        self.params: list[Array] = []
        self.running: list[Array] = []

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """Z, (m, places down, places across, c), for pictures X, (m, h, w, c).

        Raises:
            ValueError: X has no place for the window, or is no picture.
        """
        picture_shape(X)
        Z = do.pool(self.pool, X, self.window)

        def to_input(dZ: Array) -> Array:
            return do.pool_input_gradient(self.pool, X, Z, dZ, self.window)

        # Where each number of Z is taken from: with another largest number, it is another.
        return Z, Backward(none, to_input, slopes=lambda: [to_input(zeros_like(Z) + 1)])


class GlobalAverage:
    """The mean of each channel over the whole picture, whatever its size.

    Source: Lin, Chen and Yan, Network in network, 2014, section 3.2.
    """

    def __init__(self) -> None:
        self.params: list[Array] = []
        self.running: list[Array] = []

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """Rows, (m, c), for pictures X, (m, h, w, c).

        Raises:
            ValueError: X is no picture.
        """
        m, h, w, c = picture_shape(X)
        means = Pooling(POOLS["average"], Window(h, w, padding="valid"))
        Z, backward = means.forward(X, do)
        return Z.reshape(m, c), Backward(none, lambda dZ: backward.to_input(dZ.reshape(m, 1, 1, c)))
