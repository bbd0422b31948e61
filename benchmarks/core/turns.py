"""Competitors that train in turns, each in a process of its own.

The threads of two matrix libraries in one process get in each other's way, and a process of its own
for every turn would spend most of the time on starting. So each process stays, and waits for its
turn; noise meets all of them.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Self

from benchmarks import setting
from benchmarks.core.peers import ALL, AnyWorkload, training, workload_of
from worker.jsontypes import Json
from worker.nn.arrays import Array


class Competitor:
    """One of them, at one workload, in a process of its own, warmed up."""

    def __init__(self, name: str, workload: AnyWorkload, threads: int) -> None:
        command = [sys.executable, "-m", "benchmarks.core.turns", name]
        command += [json.dumps(workload._asdict()), "--threads", str(threads)]
        self.name, self._workload = name, workload
        self.seconds: list[float] = []  # per step, of each turn
        self.strangers: list[float] = []  # cores that others used meanwhile
        self._process = subprocess.Popen(
            command,
            cwd=setting.ROOT,
            env=setting.environment(threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def warmed_up(self) -> bool:
        """Whether it is ready; it is not where something that it needs is missing."""
        try:
            self._ask("warm up")
        except (BrokenPipeError, json.JSONDecodeError):
            return False
        return True

    def turn(self) -> None:
        answer = self._ask("turn")
        self.seconds.append(answer["seconds"] / (self._workload.epochs * self._workload.steps))
        self.strangers.append(answer["strangers"])

    def loss(self) -> float:
        """Of its weights as they are now."""
        loss: float = self._ask("loss")["loss"]
        return loss

    def best(self, rounds: int) -> list[int]:
        """The turns in which others disturbed least, in their order."""
        turns = range(len(self.seconds))
        return sorted(sorted(turns, key=lambda turn: self.strangers[turn])[:rounds])

    def disturbed(self, rounds: int) -> bool:
        """Whether one of the best turns was disturbed."""
        return any(self.strangers[turn] >= setting.QUIET_CORES for turn in self.best(rounds))

    def _ask(self, question: str) -> Json:
        pipes = self._process
        if pipes.stdin is None or pipes.stdout is None:
            raise RuntimeError("Expected a process with pipes.")
        print(question, file=pipes.stdin, flush=True)
        answer: Json = json.loads(pipes.stdout.readline())
        return answer


def take_turns(competitors: list[Competitor], rounds: int) -> dict[str, float]:
    """As many turns for all as there are rounds, and more for those that others disturbed.

    Returns:
        The losses after the turns that all have taken.
    """
    for _ in range(rounds):
        for competitor in competitors:
            competitor.turn()
    losses = {competitor.name: competitor.loss() for competitor in competitors}
    for _ in range(rounds):
        for competitor in competitors:
            if competitor.disturbed(rounds):
                competitor.turn()
    return losses


def main() -> None:
    """A competitor's own process: a line of JSON for every line that asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=ALL)
    parser.add_argument("workload", help="its fields, as JSON")
    parser.add_argument("--threads", type=int, required=True)
    asked = parser.parse_args()
    setting.keep_to(asked.threads)
    # What a library says on its own goes elsewhere.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    workload = workload_of(json.loads(asked.workload))
    turns = training(asked.name, workload)
    weights: Callable[[], list[Array]] = list  # there are none before the first turn
    for question in sys.stdin:
        if question == "loss\n":
            answer = {"loss": workload.loss(weights())}
        else:
            with setting.Strangers() as strangers:
                started = time.perf_counter()
                weights = next(turns)
                seconds = time.perf_counter() - started
            answer = {"seconds": seconds, "strangers": strangers.cores}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
