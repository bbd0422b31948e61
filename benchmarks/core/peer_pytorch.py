"""PyTorch as its own users write it: tensors in memory, the fused optimizer, no word about it."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch.nn import Linear, Module, ReLU, Sequential
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.optim import SGD, Adam

from benchmarks.core.workloads import Training, Workload

OPTIMIZERS = {"sgd": SGD, "adam": Adam}

# How a compiled program is run on a graphics processor: as a captured graph.
GRAPHS = "reduce-overhead"

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    # An epoch's last batch may be smaller: a program for each size is faster than one for any.
    return torch.compile(function, dynamic=False)


def captured(function: Callable[..., Any]) -> Callable[..., Any]:
    return torch.compile(function, dynamic=False, mode=GRAPHS)


def as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def eager(workload: Workload) -> Training:
    return trained(workload, as_it_is, as_it_is)


def compiled_cost(workload: Workload) -> Training:
    """Model and loss are compiled, and with them the way back."""
    return trained(workload, compiled, as_it_is)


def compiled_step(workload: Workload) -> Training:
    """The whole step is compiled, down to the optimizer."""
    return trained(workload, as_it_is, compiled)


def eager_on_gpu(workload: Workload) -> Training:
    return trained(workload, as_it_is, as_it_is, "cuda")


def captured_cost_on_gpu(workload: Workload) -> Training:
    return trained(workload, captured, as_it_is, "cuda")


def captured_step_on_gpu(workload: Workload) -> Training:
    return trained(workload, as_it_is, captured, "cuda")


def trained(workload: Workload, of_cost: Wrap, of_step: Wrap, device: str = "cpu") -> Training:
    X, Y = (tensor.to(device) for tensor in tensors(workload))
    model, loss = model_of(workload).to(device), loss_of(workload)
    optimizer = OPTIMIZERS[workload.optimizer](
        model.parameters(), lr=workload.learning_rate, fused=True
    )
    cost = of_cost(lambda inputs, targets: loss(model(inputs), targets))

    @of_step
    def step(inputs: torch.Tensor, targets: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        cost(inputs, targets).backward()
        optimizer.step()

    for epochs in workload.turns():
        for rows in workload.batches(epochs):
            if workload.whole:
                step(X, Y)
            else:
                index = torch.from_numpy(rows).to(device, non_blocking=True)
                step(X.index_select(0, index), Y.index_select(0, index))
        if device != "cpu":
            torch.cuda.synchronize()  # a turn is over when its steps are
        yield lambda: [p.detach().cpu().numpy().T for p in model.parameters()]


def tensors(workload: Workload) -> tuple[torch.Tensor, torch.Tensor]:
    X, y = workload.inputs()
    Y = torch.from_numpy(y)
    return torch.from_numpy(X), Y if workload.widths[-1] > 1 else Y[:, None].float()


def loss_of(workload: Workload) -> Callable[..., torch.Tensor]:
    return cross_entropy if workload.widths[-1] > 1 else binary_cross_entropy_with_logits


def model_of(workload: Workload) -> Sequential:
    layers: list[Module] = []
    for n_in, n_out in pairwise(workload.widths):
        layers += [Linear(n_in, n_out), ReLU()]
    model = Sequential(*layers[:-1])
    with torch.no_grad():
        for parameter, start in zip(model.parameters(), workload.weights(), strict=True):
            parameter.copy_(torch.from_numpy(start.T))
    return model
