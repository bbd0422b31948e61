"""Who deletes a dataset is killed, or Valkey forgets what was answered."""

from threading import Thread

from tests.faults.bench import Bench, pictures
from tests.faults.evidence import parts_of
from tests.faults.faults import AWAY_S, KILL, wait_for
from tests.faults.wires import DELETION, Step, caught, lay

SWEPT_S = 5.0  # within which a sweep has ended what somebody began


def deletions(at: Bench, size: int) -> None:
    """The API is killed before and after each step by which it deletes a dataset for good; now and
    then Valkey forgets everything besides. Who had no answer asks again."""
    moments = [(step, when) for step in DELETION for when in ("before", "after")]
    at.rng.shuffle(moments)
    at.history.note("plan", deletions=[f"{when} {step.step} {step.path}" for step, when in moments])
    for number in range(size):
        deletion(at, *moments[number % len(moments)])


def deletion(at: Bench, step: Step, when: str) -> None:
    """The API is killed before or after this step of a deletion."""
    dataset = at.client.upload(pictures(at.subject.folder))
    lay(at, step, when, KILL)
    asking = Thread(target=at.client.delete, args=(dataset,))
    asking.start()
    caught(at)
    asking.join()
    wait_for(at.client.ready, AWAY_S)
    if at.rng.random() < 0.5:
        at.faults.wipe()
        wait_for(at.remembered, AWAY_S)
    if at.rng.random() < 0.5:
        wait_for(lambda: at.client.delete(dataset) in (204, 404), SWEPT_S)
    wait_for(lambda: len({*parts_of(at.subject, dataset).values()}) == 1, SWEPT_S)
    at.history.note("dataset", id=dataset, parts=parts_of(at.subject, dataset))
