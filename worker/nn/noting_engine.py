"""An engine that computes a step once, and writes down what it does."""

from collections.abc import Mapping, Sequence

from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.arrays import Array
from worker.nn.engine import Eager, Statistics
from worker.nn.losses import Loss
from worker.nn.notebook import Notebook, number_of
from worker.nn.pools import POOLS, Pool
from worker.nn.windows import Shape, Window


class NotingEngine:
    """Does at once what it is asked, as `Eager` does in training.

    Attributes:
        book: what it has done.
    """

    def __init__(self, given: Mapping[str, Array]) -> None:
        """
        Args:
            given: samples, targets, parameters and running statistics, by their names.
        """
        self.book, self._do = Notebook(given), Eager(training=True)

    def cost(self, loss: Loss, Z: Array, Y: Array) -> tuple[Array, Array]:
        """J of logits Z, (m, k), and targets Y, and dZ: where the way back begins."""
        book, z, y, layer = self.book, self.book[Z], self.book[Y], self.book.layer(Z)
        J, dZ = loss.cost(Z, Y, 1)
        one = Z.shape[1] == 1
        said = loss.probabilities(Z)[:, -Z.shape[1] :]
        said = book.add("ŷ", layer, said, f"{'sigmoid' if one else 'softmax'}({z})", [Z])
        losses = f"[{y} log ŷ + (1 − {y}) log(1 − ŷ)]" if one else f"{y} log ŷ"
        book.add("J", layer, J, f"−(1/m) Σ {losses}", [said, Y])
        book.part = "backward"
        return J, book.derivative(z, layer, dZ, f"(ŷ − {y}) / m", [said, Y])

    def affine(self, X: Array, W: Array, b: Array) -> Array:
        x, w, bias = (self.book[each] for each in (X, W, b))
        self.book.inputs[w] = x
        Z, times = self._do.affine(X, W, b), X.size * W.shape[1]
        return self.book.output("Z", number_of(w), Z, f"{x} {w} + {bias}", [X, W, b], times)

    def product(self, A: Array, B: Array) -> Array:
        """dX = dZ @ Wᵀ where the first of the two is a derivative; else dW = Xᵀ @ dZ."""
        book, a, b = self.book, self.book[A], self.book[B]
        made, times = self._do.product(A, B), A.size * B.shape[1]
        if book.whose(A) is not None:
            return book.derivative(book.inputs[b], number_of(b), made, f"{a} {b}ᵀ", [A, B], times)
        layer = book.behind(B)
        return book.derivative(f"W{layer}", layer, made, f"{a}ᵀ {b}", [A, B], times)

    def add(self, X: Array, Y: Array) -> Array:
        made, formula = self._do.add(X, Y), f"{self.book[X]} + {self.book[Y]}"
        if (of := self.book.whose(X)) is not None:
            return self.book.derivative(of, self.book.layer(X), made, formula, [X, Y])
        return self.book.sum(made, formula, [X, Y])

    def add_rows(self, dZ: Array) -> Array:
        layer, places = self.book.behind(dZ), " and places" if dZ.ndim == 4 else ""
        bias = f"beta{layer}" if f"beta{layer}" in self.book else f"b{layer}"
        formula = f"Σ {self.book[dZ]} over the rows{places}"
        return self.book.derivative(bias, layer, self._do.add_rows(dZ), formula, [dZ])

    def activate(self, activation: Activation, Z: Array) -> Array:
        z, A = self.book[Z], self._do.activate(activation, Z)
        return self.book.output("A", number_of(z), A, f"{named(activation, ACTIVATIONS)}({z})", [Z])

    def chain(self, activation: Activation, Z: Array, A: Array, dA: Array) -> Array:
        z, dZ = self.book[Z], self._do.chain(activation, Z, A, dA)
        formula = f"{self.book[dA]} ∘ {named(activation, ACTIVATIONS)}'({z})"
        return self.book.derivative(z, number_of(z), dZ, formula, [dA, Z, A], Z.size)

    def drop(self, X: Array, rate: float, index: int) -> Array:
        return X

    def flatten(self, X: Array) -> Array:
        x, made = self.book[X], self._do.flatten(X)
        return self.book.output("F", number_of(x), made, f"{x}, each sample as a row", [X])

    def unflatten(self, dX: Array, shape: Shape) -> Array:
        of, made = self.book.inputs[self.book.whose(dX) or ""], self._do.unflatten(dX, shape)
        formula = f"{self.book[dX]}, each row as a sample"
        return self.book.derivative(of, number_of(of), made, formula, [dX])

    # Pictures.

    def convolve(self, X: Array, W: Array, b: Array | None, window: Window) -> Array:
        x, w, bias = self.book[X], self.book[W], [] if b is None else [b]
        self.book.inputs[w] = x
        Z = self._do.convolve(X, W, b, window)
        formula = f"Σ {x}(i, j){times_sign(W)}{w}[i, j]"
        formula += "".join(f" + {self.book[each]}" for each in bias)
        return self.book.output("Z", number_of(w), Z, formula, [X, W, *bias], laid(Z, W))

    def convolve_kernel_gradient(self, X: Array, dZ: Array, W: Array, window: Window) -> Array:
        x, dz, w = (self.book[each] for each in (X, dZ, W))
        dW = self._do.convolve_kernel_gradient(X, dZ, W, window)
        made = f"{x}(i, j)ᵀ {dz}" if W.ndim == 4 else f"Σ {x}(i, j) ∘ {dz}"
        formula = f"{made} at each [i, j], over the rows and places"
        return self.book.derivative(w, number_of(w), dW, formula, [X, dZ], laid(dZ, W))

    def convolve_input_gradient(self, dZ: Array, W: Array, window: Window, shape: Shape) -> Array:
        dz, w = self.book[dZ], self.book[W]
        dX = self._do.convolve_input_gradient(dZ, W, window, shape)
        formula = f"{dz}{times_sign(W)}{w}[i, j]{'ᵀ' if W.ndim == 4 else ''}, added at (i, j)"
        of = self.book.inputs[w]
        return self.book.derivative(of, number_of(w), dX, formula, [dZ, W], laid(dZ, W))

    def pool(self, pool: Pool, X: Array, window: Window) -> Array:
        x, made = self.book[X], self._do.pool(pool, X, window)
        what = "largest" if named(pool, POOLS) == "max" else "mean"
        return self.book.output("P", number_of(x), made, f"the {what} of {x}(i, j)", [X])

    def pool_input_gradient(
        self, pool: Pool, X: Array, Z: Array, dZ: Array, window: Window
    ) -> Array:
        x, z, dz = (self.book[each] for each in (X, Z, dZ))
        dX = self._do.pool_input_gradient(pool, X, Z, dZ, window)
        if named(pool, POOLS) == "max":
            formula, uses = f"{dz}, added where {x}(i, j) = {z}", [dZ, X, Z]
        else:
            formula, uses = f"{dz} / count, added at (i, j)", [dZ]
        return self.book.derivative(x, number_of(x), dX, formula, uses)

    # Normalization of each column over the rows.

    def statistics(
        self, X: Array, running: Sequence[Array], decay: float, eps: float
    ) -> Statistics:
        layer, x = number_of(self.book[running[0]]), self.book[X]
        mean, deviation, share = self._do.statistics(X, running, decay, eps)
        mean = self.book.add(f"μ{layer}", layer, mean, f"the mean of {x}", [X])
        formula = f"√(the mean of ({x} − μ{layer})² + ε)"
        deviation = self.book.add(f"σ{layer}", layer, deviation, formula, [X, mean])
        return Statistics(mean, deviation, share)

    def normalize(self, X: Array, by: Statistics, gamma: Array, beta: Array) -> Array:
        g, Z = self.book[gamma], self._do.normalize(X, by, gamma, beta)
        formula = f"{g} ∘ {self._normalized(X, by)} + {self.book[beta]}"
        uses = [X, by.mean, by.deviation, gamma, beta]
        return self.book.output("Z", number_of(g), Z, formula, uses, X.size)

    def normalize_scale_gradient(self, X: Array, by: Statistics, dZ: Array) -> Array:
        layer, made = self.book.behind(dZ), self._do.normalize_scale_gradient(X, by, dZ)
        formula = f"Σ {self.book[dZ]} ∘ {self._normalized(X, by)} over the rows"
        uses = [dZ, X, by.mean, by.deviation]
        return self.book.derivative(f"gamma{layer}", layer, made, formula, uses, X.size)

    def normalize_input_gradient(
        self, X: Array, by: Statistics, gamma: Array, gradients: Sequence[Array], dZ: Array
    ) -> Array:
        dgamma, dbeta, dz = (self.book[each] for each in (*gradients, dZ))
        g, inner = self.book[gamma], f"{dgamma} ∘ {self._normalized(X, by)} + {dbeta}"
        dX = self._do.normalize_input_gradient(X, by, gamma, gradients, dZ)
        formula = f"{g} / {self.book[by.deviation]} ∘ ({dz} − ({inner}) / N)"
        uses = [dZ, *gradients, X, by.mean, by.deviation, gamma]
        return self.book.derivative(self.book[X], number_of(g), dX, formula, uses, 3 * X.size)

    def _normalized(self, X: Array, by: Statistics) -> str:
        return f"({self.book[X]} − {self.book[by.mean]}) / {self.book[by.deviation]}"


def named(entry: Activation | Pool, table: Mapping[str, Activation] | Mapping[str, Pool]) -> str:
    """What a table calls one of its entries."""
    return next(name for name, each in table.items() if each is entry)


def times_sign(W: Array) -> str:
    """Between what lies under a kernel and the kernel: a depthwise one multiplies each by each."""
    return " " if W.ndim == 4 else " ∘ "


def laid(Z: Array, W: Array) -> int:
    """Multiplications of a kernel W that is laid on as many places as Z, (m, h, w, …), has."""
    m, h, w, _ = Z.shape
    return int(m * h * w * W.size)
