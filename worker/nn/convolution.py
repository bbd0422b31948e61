"""Convolution: the same small kernels at every place of a picture."""

from worker.nn.arrays import Array
from worker.nn.engine import EAGER, Engine
from worker.nn.layers import Backward
from worker.nn.windows import Padding, Window, picture_shape


class Convolution:
    """Z = Σ X(i, j) @ W[i, j] + b over the positions (i, j) of the kernel, where X(i, j) is what
    lies under that position at each place of the window. What is padded is 0.

    Backwards, dW[i, j] = X(i, j)ᵀ @ dZ, db = Σ dZ, and dX is what dZ @ W[i, j]ᵀ adds up to at the
    places from which X(i, j) was taken.

    Attributes:
        params: the kernels W, (height, width, c, filters), and the bias b, (filters,), if there is
            one. A depthwise W is (height, width, c): each channel is convolved with its own kernel,
            W[i, j] multiplies element by element, and there are as many filters as channels.
        window: where the kernels stand.

    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document
    recognition, 1998, section II.A; depthwise, Chollet, Xception, 2017.
    """

    def __init__(
        self, W: Array, b: Array | None = None, *, stride: int = 1, padding: Padding = "same"
    ) -> None:
        self.params = [W] if b is None else [W, b]
        self.running: list[Array] = []
        self.window = Window(W.shape[0], W.shape[1], stride, padding)

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """Z, (m, places down, places across, filters), for pictures X, (m, h, w, c).

        Raises:
            ValueError: X has other channels than the kernels, has no place for them, or is no
                picture.
        """
        W, *bias = self.params
        if picture_shape(X)[3] != W.shape[2]:
            raise ValueError(
                f"Expected pictures of {W.shape[2]} channels, as the kernels have, got "
                f"{X.shape[3]}. Use kernels of as many channels as the layer before returns."
            )

        def gradients(dZ: Array) -> list[Array]:
            dW = do.convolve_kernel_gradient(X, dZ, W, self.window)
            return [dW, *(do.add_rows(dZ) for _ in bias)]

        def to_input(dZ: Array) -> Array:
            return do.convolve_input_gradient(dZ, W, self.window, X.shape)

        Z = do.convolve(X, W, bias[0] if bias else None, self.window)
        return Z, Backward(gradients, to_input)
