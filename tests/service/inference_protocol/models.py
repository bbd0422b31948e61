"""Models that are asked over the protocol."""

from pathlib import Path

from tests.worker.serving.test_loaded_models import publish
from worker.data.preprocessing import Preprocessing
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.store.aliases import CHAMPION, Move
from worker.store.store import Store

SIDE = 8
SHAPE = SIDE, SIDE, 3
AGE = NumberColumn("age", mean=1.0, deviation=2.0, median=1.0, missing=True)
WEIGHT = NumberColumn("weight", mean=0.0, deviation=1.0, median=0.0, missing=False)
COLOUR = TextColumn("colour", ("blue", "red"), missing=True)


def publish_models(root: Path) -> Store:
    """Publish models of pictures, rows and tables. The last version of `pixels` is damaged."""
    store = Store(root)
    pixels = Preprocessing(height=SIDE, width=SIDE)
    for version in (1, 2, 3):
        weight = 1e-3 * version
        publish(store, "pixels", version, shape=SHAPE, preprocessing=pixels, weight=weight)
    store.aliases.move("pixels", Move(CHAMPION, 2, "caller", ""), 0)
    store.aliases.move("pixels", Move("first", 1, "caller", ""), 1)
    weights = root / "models" / "pixels" / "3" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    publish(store, "cats", shape=(64, 64, 3), preprocessing=Preprocessing(), weight=1e-6)
    publish(store, "plain", weight=1e-3)
    for name, columns in (("table", (AGE, COLOUR)), ("numbers", (AGE, WEIGHT))):
        how = TablePreprocessing("label", columns)
        publish(store, name, shape=how.shape, preprocessing=how, weight=0.5)
    return store
