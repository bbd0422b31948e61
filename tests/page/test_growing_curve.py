"""A curve that grows while somebody looks at it, as a worker would write it."""

import json
import re
import threading
import time
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Locator, Page, expect

from tests.long_job import metrics_file
from tests.page.conftest import Visit, long
from worker.jobs.record import new_id
from worker.jobs.transitions import Transitions, open_records
from worker.jsontypes import Json
from worker.spec import JobSpec

EPOCHS = 2500
AT_ONCE = 10
# Counts frames while the curve grows; gives how long each took, once all epochs are there.
GROWING = """(epochs) => new Promise((resolve) => {
  const gaps = []; let before = performance.now();
  const chart = document.querySelector('[role=slider][aria-label^=Cost]');
  const drawn = new Set();
  function frame(now) {
    gaps.push(now - before); before = now;
    const last = Number(chart.getAttribute('aria-valuemax'));
    drawn.add(last);
    if (last < epochs) requestAnimationFrame(frame);
    else resolve([gaps, drawn.size]);
  }
  requestAnimationFrame(frame);
})"""
# Rows of the table beside a chart.
EPOCHS_SHOWN = """() => {
  const table = document.querySelector('.chart-table');
  table.open = true;
  return new Promise((resolve) => setTimeout(() => resolve(
    [...table.querySelectorAll('tbody th')].map((cell) => Number(cell.textContent))), 200));
}"""


def epoch_row(epoch: int) -> Json:
    layer = {"weight_norm": 6.0, "update_ratio": 0.01 / epoch, "saturated": 0.0, "dead": 0.25}
    return {
        "epoch": epoch,
        "step": 10 * epoch,
        "loss": 1 / epoch + 0.01 * (epoch % 7),
        "accuracy": 1 - 0.5 / epoch,
        "validation_loss": 1 / epoch + 0.1,
        "validation_accuracy": 1 - 0.6 / epoch,
        "learning_rate": 0.01,
        "gradient_norms": [1 / epoch] * 4,
        "layers": [layer] * 4,
        "seconds": epoch / 500,
    }


class Worker:
    """Writes epochs and tells of some of them: each time the last one, as a worker does."""

    def __init__(self, records: Transitions, root: Path) -> None:
        asked = {"model": "cats", "dataset": new_id("ds"), "epochs": EPOCHS}
        spec = JobSpec.model_validate(asked).model_dump(mode="json")
        self.id = records.create(new_id("job"), spec).id
        self._records, self._root = records, root
        self._mine = records.claim(self.id, "w", 600)

    def write(self, epochs: range) -> None:
        path = metrics_file(self._root, self.id, self._mine.attempt)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [epoch_row(epoch) for epoch in epochs]
        with path.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        event = {"event": "metrics", "data": {"rows": rows[-1:]}}
        self._mine = self._records.renew(self._mine, 600, {}, [event])

    def train(self) -> None:
        for first in range(1, EPOCHS, AT_ONCE):
            self.write(range(first, first + AT_ONCE))
            time.sleep(0.005)

    def begin_again(self) -> None:
        """Give the attempt back and claim the next one, which goes on from a checkpoint."""
        self._records.give_back(self._mine, "told to end")
        self._mine = self._records.claim(self.id, "w", 600)


@pytest.fixture
def worker(client: redis.Redis, tmp_path: Path) -> Worker:
    return Worker(open_records(client)["job"], tmp_path)


def cost(page: Page) -> Locator:
    return page.get_by_role("slider", name="Cost by epoch")


@long
def test_2500_epochs_are_drawn_as_they_come(window: Visit, worker: Worker) -> None:
    page = window.go(f"/jobs/{worker.id}")
    page.set_default_timeout(60_000)
    training = threading.Thread(target=worker.train)
    training.start()
    gaps, drawn = page.evaluate(GROWING, EPOCHS)
    training.join()
    gaps.sort()
    median, most = gaps[len(gaps) // 2], gaps[len(gaps) * 95 // 100]
    print(f"\n{EPOCHS} epochs in {drawn} steps; of {len(gaps)} frames half took")
    print(f"{median:.1f} ms at most, and 95 % {most:.1f} ms")
    assert drawn > 20
    assert median < 100
    told = re.compile(f"^epoch 2,500: training {epoch_row(EPOCHS)['loss']:.4g}, ")
    expect(cost(page)).to_have_attribute("aria-valuetext", told)
    window.picture("job_2500_epochs")


def test_an_attempt_that_goes_on_from_before_takes_the_place_of_the_last(
    window: Visit, worker: Worker
) -> None:
    worker.write(range(1, 41))
    page = window.go(f"/jobs/{worker.id}")
    expect(cost(page)).to_have_attribute("aria-valuemax", "40")
    worker.begin_again()
    expect(page.locator(".timeline")).to_contain_text("(attempt 2)")
    worker.write(range(1, 31))
    expect(cost(page)).to_have_attribute("aria-valuemax", "30")
    worker.write(range(31, 51))
    expect(cost(page)).to_have_attribute("aria-valuemax", "50")
    epochs = page.evaluate(EPOCHS_SHOWN)
    assert epochs == sorted(set(epochs))
    assert (epochs[0], epochs[-1]) == (1, 50)
