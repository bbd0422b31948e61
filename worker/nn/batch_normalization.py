"""Batch normalization: each unit or channel at one size, whatever the layers before it do."""

from worker.nn.arrays import Array, zeros_like
from worker.nn.engine import EAGER, Engine
from worker.nn.layers import Backward, once


class BatchNormalization:
    """Z = γ · X̂ + β, X̂ = (X − μ) / √(σ² + ε). While the network is trained, μ and σ² are the mean
    and variance of each column over the rows of the batch, and over all places of pictures; the
    running ones follow them. While it answers, they are the running ones.

    Backwards, of m rows, or places of pictures:

        dγ = Σ dZ · X̂
        dβ = Σ dZ
        dX = γ / √(σ² + ε) · (dZ − (dγ · X̂ + dβ) / m)       while it is trained
        dX = γ / √(σ² + ε) · dZ                             while it answers

    Attributes:
        params: γ and β, (n,).
        running: μ and σ², (n,); σ² is that of a sample, m / (m − 1) times the batch's.

    Source: Ioffe and Szegedy, Batch normalization, 2015, algorithms 1 and 2 and section 3.
    """

    def __init__(self, gamma: Array, beta: Array, *, decay: float = 0.9, eps: float = 1e-5) -> None:
        """
        Args:
            decay: of the running statistics, per step.
        """
        self.params = [gamma, beta]
        self.running = [zeros_like(gamma), zeros_like(gamma) + 1]
        self.decay, self.eps = decay, eps

    def forward(self, X: Array, do: Engine = EAGER) -> tuple[Array, Backward]:
        """Z, of X's shape, (m, n) or (m, h, w, n).

        Raises:
            ValueError: X has other columns than γ; or, in training, one row, of one place.
        """
        gamma, beta = self.params
        if X.shape[-1:] != gamma.shape:
            raise ValueError(
                f"Expected {len(gamma)} columns or channels to normalize, got an array of "
                f"{X.shape}. Use as many as the layer before returns."
            )
        by = do.statistics(X, self.running, self.decay, self.eps)

        @once
        def gradients(dZ: Array) -> list[Array]:
            return [do.normalize_scale_gradient(X, by, dZ), do.add_rows(dZ)]

        def to_input(dZ: Array) -> Array:
            return do.normalize_input_gradient(X, by, gamma, gradients(dZ), dZ)

        return do.normalize(X, by, gamma, beta), Backward(gradients, to_input)
