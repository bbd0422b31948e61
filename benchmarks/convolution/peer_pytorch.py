"""PyTorch as its own users write it: tensors in memory, channels last, the fused optimizer."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    ZeroPad2d,
)
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.optim import Adam

from benchmarks.convolution.workloads import PictureWorkload
from benchmarks.core.peer_pytorch import Wrap, as_it_is, captured, compiled
from benchmarks.core.workloads import Training
from worker.nn.arrays import Array
from worker.training.layer_plan import LayerPlan


class Rows(Module):
    """Each picture as a row, its channels last, as our own Flatten lays them."""

    def forward(self, X: Tensor) -> Tensor:
        return X.permute(0, 2, 3, 1).flatten(1)


class Residual(Module):
    def __init__(self, inner: Module, shortcut: Module) -> None:
        super().__init__()
        self.inner, self.shortcut = inner, shortcut

    def forward(self, X: Tensor) -> Tensor:
        return self.inner(X) + self.shortcut(X)


def convolution(plan: Any) -> Module:
    """With the padding of our own, which is larger below and to the right where it is uneven."""
    c, filters, k, s = plan.arrives[2], plan.filters, plan.kernel, plan.stride
    if plan.padding == "valid" or (s == 1 and k % 2):
        padding = k // 2 if plan.padding == "same" else 0
        return Conv2d(c, filters, k, padding=padding, bias=plan.bias)
    h, w, _ = plan.arrives
    down, across = (max(0, (-(-n // s) - 1) * s + k - n) for n in (h, w))
    convolve = Conv2d(c, filters, k, s, bias=plan.bias)
    if not (down or across):
        return convolve
    sides = (across // 2, across - across // 2, down // 2, down - down // 2)
    return Sequential(ZeroPad2d(sides), convolve)


def residual(plan: Any) -> Module:
    past = convolution(plan.projection) if plan.projection else Sequential()
    return Residual(in_a_row(plan.body), past)


MODULES: dict[str, Callable[[Any], Module]] = {
    "convolution": convolution,
    "max_pool": lambda plan: MaxPool2d(plan.kernel, plan.stride),
    "global_average_pool": lambda plan: Sequential(AdaptiveAvgPool2d(1), Flatten()),
    "batch_norm": lambda plan: BatchNorm2d(plan.arrives[-1], plan.eps, 1 - plan.decay),
    "activation": lambda plan: ReLU(),
    "flatten": lambda plan: Rows(),
    "dense": lambda plan: Linear(plan.arrives[0], plan.units),
    "residual": residual,
}


def in_a_row(layers: tuple[LayerPlan, ...]) -> Sequential:
    return Sequential(*(MODULES[layer.kind](layer) for layer in layers))


def model_of(workload: PictureWorkload) -> Sequential:
    model = in_a_row(workload.plan().network.layers)
    with torch.no_grad():
        for parameter, start in zip(model.parameters(), workload.weights(), strict=True):
            parameter.copy_(torch.from_numpy(theirs(start)))
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def theirs(p: Array) -> Array:
    """An array of ours as PyTorch lays it: outputs first, then channels."""
    return p.transpose(3, 2, 0, 1) if p.ndim == 4 else p.T


def ours(p: Array) -> Array:
    """And back."""
    return p.transpose(2, 3, 1, 0) if p.ndim == 4 else p.T


def trained(
    workload: PictureWorkload, of_cost: Wrap, of_step: Wrap, device: str = "cpu"
) -> Training:
    X, Y = (tensor.to(device) for tensor in tensors(workload))
    model = model_of(workload).to(device)
    loss = cross_entropy if workload.units > 1 else binary_cross_entropy_with_logits
    optimizer = Adam(model.parameters(), lr=workload.learning_rate, fused=True)
    cost = of_cost(lambda inputs, targets: loss(model(inputs), targets))

    @of_step
    def step(inputs: Tensor, targets: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        cost(inputs, targets).backward()
        optimizer.step()

    for epochs in workload.turns():
        for rows in workload.batches(epochs):
            index = torch.from_numpy(rows).to(device, non_blocking=True)
            # A view with channels last, as the rows lie.
            inputs = X.index_select(0, index).permute(0, 3, 1, 2)
            step(inputs, Y.index_select(0, index))
        if device != "cpu":
            torch.cuda.synchronize()  # a turn is over when its steps are
        yield lambda: [ours(p.detach().cpu().numpy()) for p in model.parameters()]


def tensors(workload: PictureWorkload) -> Iterator[Tensor]:
    X, y = workload.inputs()
    yield torch.from_numpy(X)
    Y = torch.from_numpy(y)
    yield Y if workload.units > 1 else Y[:, None].float()


def eager(workload: PictureWorkload) -> Training:
    return trained(workload, as_it_is, as_it_is)


def compiled_cost(workload: PictureWorkload) -> Training:
    """Model and loss are compiled, and with them the way back."""
    return trained(workload, compiled, as_it_is)


def eager_on_gpu(workload: PictureWorkload) -> Training:
    return trained(workload, as_it_is, as_it_is, "cuda")


def captured_cost_on_gpu(workload: PictureWorkload) -> Training:
    return trained(workload, captured, as_it_is, "cuda")
