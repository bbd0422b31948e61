"""How long a model of 50 MB takes to be ready when it is first asked, and how much memory twenty of
2.5 MB take beside their weights, once each has answered.

Each look is a process of its own. The files are in the cache of the system, as they are after they
were published.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import setting
from worker.data.preprocessing import Preprocessing
from worker.jsontypes import Json
from worker.store.store import Store

LARGE, SMALL, MANY = 1_017, 51, 20  # units of the first layer; models
PIXELS = 12_288
MOST_MS, MOST_TIMES = 150.0, 1.2

LOOK = """
import json, os, sys, time
from pathlib import Path
import numpy as np
from worker.serving.predictor import Predictor
from worker.settings import Settings
from worker.store.store import Store

def used():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

store, names = Store(Path(sys.argv[1])), sys.argv[3:]
predictor = Predictor(store, Settings(models_in_memory=len(names)))
row = np.ones((1, int(sys.argv[2])))
predictor.model("first", 1).probabilities(row)  # what is imported on the way
before, began = used(), time.perf_counter()
models = [predictor.model(name, 1) for name in names]
ready = time.perf_counter()
for model in models:
    model.probabilities(row)
answered = time.perf_counter()
milliseconds = [1e3 * (ready - began), 1e3 * (answered - ready)]
json.dump([*milliseconds, used() - before], sys.stdout)
"""


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=9).parse_args()
    rounds = 1 if asked.quick else asked.rounds
    with tempfile.TemporaryDirectory() as folder, setting.Strangers() as strangers:
        store, many = Store(Path(folder)), [f"m{number}" for number in range(MANY)]
        publish(store, "first", SMALL)
        large = publish(store, "large", LARGE)
        small = sum(publish(store, name, SMALL) for name in many)
        loads, answers, _ = zip(*(look(folder, "large") for _ in range(rounds)), strict=True)
        times = [look(folder, *many)[2] / small for _ in range(rounds)]
    about: Json = {
        "cores_that_others_used": strangers.cores,
        "weights_bytes": large,
        "milliseconds": setting.spread(loads),
        "milliseconds_of_the_first_answer": setting.spread(answers),
        "memory_times_weights": setting.spread(times),
    }
    median, share = about["milliseconds"]["median"], about["memory_times_weights"]["median"]
    print(f"{large:,} bytes: {median:.0f} ms; {MANY} models: {share:.2f} times their weights")
    if not asked.quick:
        setting.save("model_loading", about)
    return int((median > MOST_MS or share > MOST_TIMES) and not asked.quick)


def publish(store: Store, name: str, units: int) -> int:
    """Put a network of two layers into the store; returns the bytes of its weights."""
    chance, widths = np.random.default_rng(1), [(PIXELS, units), (units, 1)]
    tensors = {}
    for layer, (n_in, n_out) in enumerate(widths, 1):
        tensors[f"W{layer}"] = chance.normal(scale=1e-3, size=(n_in, n_out)).astype("float32")
        tensors[f"b{layer}"] = np.zeros(n_out, "float32")
    about = {
        "job": name, "created_at": "2026-01-01T00:00:00Z", "classes": ["other", "cat"],
        "shape": [64, 64, 3], "preprocessing": Preprocessing().as_dict(),
        "spec": {"network": {"activation": "relu"}}, "result": {}, "fold_difference": 0.0,
        "dataset": {"id": "ds_0", "digest": "sha256:0"},
    }  # fmt: skip
    store.models.publish(name, 1, tensors, about, {})
    return sum(array.nbytes for array in tensors.values())


def look(folder: str, *names: str) -> tuple[float, float, int]:
    """Milliseconds until all these models are ready, then until each has answered for a row, and
    the bytes by which memory has grown."""
    ended = subprocess.run(
        [sys.executable, "-c", LOOK, folder, str(PIXELS), *names],
        capture_output=True,
        check=True,
        cwd=setting.ROOT,
        env=setting.environment(1),
    )
    load, answer, grown = json.loads(ended.stdout)
    return load, answer, grown


if __name__ == "__main__":
    sys.exit(main())
