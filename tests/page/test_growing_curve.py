"""A curve that grows while somebody looks at it, as a worker would write it."""

import json
import re
import threading
import time
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, expect

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.long_job import metrics_file
from tests.page.conftest import looked_at
from tests.service.server_thread import serving_app
from tests.service.wait import wait_until
from worker.jobs.fill_mark import FILLED
from worker.jobs.record import Record, new_id
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
        self._records, self._mine = records, records.claim(self.id, "w", 600)
        self._path = metrics_file(root, self.id)

    def train(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            for first in range(1, EPOCHS, AT_ONCE):
                rows = [epoch_row(first + at) for at in range(AT_ONCE)]
                file.writelines(json.dumps(row) + "\n" for row in rows)
                file.flush()
                self._mine = self._told(rows[-1])
                time.sleep(0.005)

    def _told(self, row: Json) -> Record:
        event = {"event": "metrics", "data": {"rows": [row]}}
        return self._records.renew(self._mine, 600, {}, [event])


@pytest.fixture
def records(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


def test_2500_epochs_are_drawn_as_they_come(
    browser: Browser, valkey: Valkey, client: redis.Redis, records: Transitions, tmp_path: Path
) -> None:
    settings = ServiceSettings(redis_url=valkey.url, data_dir=tmp_path, min_free_bytes=0)
    with serving_app(settings) as http:
        wait_until(lambda: client.exists(FILLED))
        worker = Worker(records, tmp_path)
        for visit in looked_at(browser, str(http.base_url).rstrip("/")):
            page = visit.go(f"/jobs/{worker.id}")
            page.set_default_timeout(60_000)
            training = threading.Thread(target=worker.train)
            training.start()
            gaps, drawn = page.evaluate(GROWING, EPOCHS)
            training.join()
            gaps.sort()
            median = gaps[len(gaps) // 2]
            print(
                f"\n{EPOCHS} epochs in {drawn} steps: half of {len(gaps)} frames within "
                f"{median:.1f} ms, 95 % within {gaps[len(gaps) * 95 // 100]:.1f} ms"
            )
            assert drawn > 20
            assert median < 100
            told = re.compile(f"^epoch 2,500: training {epoch_row(EPOCHS)['loss']:.4g}, ")
            chart = page.get_by_role("slider", name="Cost by epoch")
            expect(chart).to_have_attribute("aria-valuetext", told)
            visit.picture("job_2500_epochs")
