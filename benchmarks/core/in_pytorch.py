"""The course's training in PyTorch, written plainly."""

import json
import tempfile
import time
from itertools import pairwise

import numpy as np
import torch
from torch.nn import BCEWithLogitsLoss, Linear, Module, ReLU, Sequential
from torch.optim import SGD

from benchmarks.core.course import LEARNING_RATE, LOOKS, Course, Run


def silent(course: Course) -> Run:
    X, Y, model, optimizer = in_pytorch(course)
    cost, losses = BCEWithLogitsLoss(), {}
    started = time.perf_counter()
    for epoch in range(1, course.spec.epochs + 1):
        optimizer.zero_grad()
        loss = cost(model(X), Y)
        if epoch in LOOKS:
            losses[epoch] = loss.item()
        loss.backward()
        optimizer.step()
    return Run(time.perf_counter() - started, losses)


def telling(course: Course) -> Run:
    X, Y, model, optimizer = in_pytorch(course)
    cost, losses = BCEWithLogitsLoss(), {}
    started = time.perf_counter()
    with tempfile.TemporaryFile("w") as file:
        for epoch in range(1, course.spec.epochs + 1):
            optimizer.zero_grad()
            logits = model(X)
            loss = cost(logits, Y)
            loss.backward()
            optimizer.step()
            norms = [parameter.grad.norm().item() for parameter in model.parameters()]
            row = {"epoch": epoch, "loss": loss.item(), "gradient_norms": norms}
            row["accuracy"] = ((logits > 0) == Y).float().mean().item()
            row["seconds"] = time.perf_counter() - started
            file.write(json.dumps(row) + "\n")
            if epoch in LOOKS:
                losses[epoch] = row["loss"]
    return Run(time.perf_counter() - started, losses)


def in_pytorch(course: Course) -> tuple[torch.Tensor, torch.Tensor, Sequential, SGD]:
    """Inputs, targets, the model with the starting weights of all, and its optimizer."""
    torch.set_num_threads(course.threads)
    X = torch.from_numpy(course.rows())
    Y = torch.from_numpy(course.pictures.y).reshape(-1, 1).to(X.dtype)
    layers: list[Module] = []
    for n_in, n_out in pairwise([X.shape[1], *course.spec.network.hidden_units, 1]):
        layers += [Linear(n_in, n_out, dtype=X.dtype), ReLU()]
    model = Sequential(*layers[:-1])
    with torch.no_grad():
        for parameter, start in zip(model.parameters(), course.network().params, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(start.T)))
    return X, Y, model, SGD(model.parameters(), lr=LEARNING_RATE)
