"""Models ready to answer: loaded when they are first asked, and kept within a bound of memory."""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property, partial
from threading import Lock

from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import TablePreprocessing, preprocessing_of
from worker.errors import UnsupportedFile
from worker.findings.finding import Finding
from worker.nn.arrays import Array
from worker.nn.engines.answering.network import answering_network
from worker.nn.engines.answering.widening import kept
from worker.nn.losses import Loss, loss_for
from worker.nn.network import Network
from worker.serving import at_once, parity
from worker.serving.decisions import TRAINED_BEFORE, unsure_of
from worker.serving.together import Together
from worker.settings import Settings
from worker.store.models import ModelStore
from worker.system.machine import cores
from worker.training.evaluate import of_rows
from worker.training.model import network_of
from worker.training.unsure import Unsure

QUICK_NUMBERS = 2**19  # of all layers': a quarter of a millisecond

Key = tuple[str, int]
NEVER_UNSURE = Unsure(off=TRAINED_BEFORE)


@dataclass(frozen=True)
class Loaded:
    """A version of a model, its large weights as they are stored; all if it is of pictures.

    Attributes:
        shape: of a raw sample.
        takes: of what the network takes: a raw sample, or the features of one.
        backbone: the digest of the one whose features it takes; None if it takes raw samples.
        fingerprint: of the pixels that pictures become here, in short; None if it takes none.
        warnings: what is to be said of each answer to pictures.
        unsure: when an answer is.
        remarks: what is to be said of each answer, whatever it is to.
        together: computes the rows that several threads ask about.
    """

    name: str
    version: int
    classes: list[str]
    shape: list[int]
    takes: list[int]
    backbone: str | None
    preprocessing: Preprocessing | TablePreprocessing
    network: Network
    loss: Loss
    fingerprint: str | None = None
    warnings: tuple[Finding, ...] = ()
    unsure: Unsure = NEVER_UNSURE
    remarks: tuple[Finding, ...] = ()
    together: Together = field(default_factory=Together)

    def probabilities(self, x: Array) -> Array:
        """Returns the probabilities of each class, (m, k), for raw rows, (m, …), or for the
        features of some, (m, features); no more than `rows_at_once`."""
        return self.hidden_and_probabilities(x)[1]

    def hidden_and_probabilities(self, x: Array) -> tuple[Array, Array]:
        """Returns what comes to the last layer, (m, n), and the probabilities as above."""
        # float64, so that an answer does not depend on the rows that were sent along with it;
        # networks of pictures see to that themselves.
        samples = x.astype("float64").reshape(len(x), *self.takes)
        hidden, logits = self._computed(samples)
        return hidden, self.loss.probabilities(logits)

    def _computed(self, samples: Array) -> tuple[Array, Array]:
        compute = self.network.hidden_and_logits
        if not self.is_shared:
            return compute(samples)
        return self.together.computed(compute, samples)

    @property
    def of_pictures(self) -> Preprocessing:
        """How pictures become numbers.

        Raises:
            UnsupportedFile: it was trained on a table.
        """
        how = self.preprocessing
        if isinstance(how, TablePreprocessing) or how.kind != "picture":
            raise UnsupportedFile(
                f"Expected rows, for the model {self.name} was trained on a table, got a picture; "
                'send {"rows": […]} with Content-Type: application/json.'
            )
        return how

    @cached_property
    def rows_at_once(self) -> int:
        return at_once.rows_at_once(self.network, self.takes)

    @cached_property
    def is_quick(self) -> bool:
        """Whether a row goes through every layer in less time than another thread takes to begin
        with it."""
        return of_rows(self.network) and sum(p.size for p in self.network.params) <= QUICK_NUMBERS

    @cached_property
    def is_shared(self) -> bool:
        """Whether rows of several requests are computed together: its weights come from memory for
        each computation."""
        return of_rows(self.network) and not self.is_quick

    @cached_property
    def bytes(self) -> int:
        """Bytes of its parameters, of its running statistics, and of what it answers with, in
        memory."""
        return self.network.memory + self.unsure.memory


class LoadedModels:
    """The models that were asked last: so many, and so many bytes of them, but always one."""

    def __init__(self, store: ModelStore, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._loaded: OrderedDict[Key, Loaded] = OrderedDict()
        self._loading: dict[Key, Lock] = {}
        self._lock = Lock()

    def get(self, name: str, version: int) -> Loaded:
        """Returns the model. Whoever asks for one that is being loaded waits, and nobody else does.

        Raises:
            ModelNotFound: there is no such version.
            DamagedModel: its file is not what was published.
            PreprocessingChanged: pictures become other pixels here than where it was trained.
        """
        key = name, version
        with self._lock:
            if (model := self._known(key)) is not None:
                return model
            loading = self._loading.setdefault(key, Lock())
        with loading:
            with self._lock:
                if (model := self._known(key)) is not None:
                    return model
            try:
                model = self._load(name, version)
            finally:
                with self._lock:
                    self._loading.pop(key, None)
            self._keep(key, model)
            return model

    def _known(self, key: Key) -> Loaded | None:
        if (model := self._loaded.get(key)) is None:
            return None
        if not self._store.has(*key):  # it was deleted, and answers no more
            del self._loaded[key]
            return None
        self._loaded.move_to_end(key)
        return model

    def _keep(self, key: Key, model: Loaded) -> None:
        with self._lock:
            self._loaded[key] = model
            while len(self._loaded) > 1 and self._too_many():
                self._loaded.popitem(last=False)

    def _too_many(self) -> bool:
        size = sum(model.bytes for model in self._loaded.values())
        most = self._settings
        return len(self._loaded) > most.models_in_memory or size > most.max_models_bytes

    def _load(self, name: str, version: int) -> Loaded:
        manifest = self._store.manifest(name, version)
        stored = self._store.tensors(name, version)
        tensors = {key: kept(array) for key, array in stored.items()}
        backbone, how = manifest.get("backbone"), preprocessing_of(manifest["preprocessing"])
        said = parity.compared(manifest.get("fingerprint"), how)
        takes = [manifest["features"]] if backbone else manifest["shape"]
        network = network_of(tensors, manifest, partial(answering_network, threads=cores()))
        return Loaded(
            name=name,
            version=version,
            classes=manifest["classes"],
            shape=manifest["shape"],
            takes=takes,
            backbone=backbone,
            preprocessing=how,
            network=network,
            loss=loss_for(len(manifest["classes"])),
            fingerprint=parity.short(how),
            warnings=() if said is None else (said,),
            unsure=unsure_of(self._store, manifest),
            together=Together(at_once.rows_at_once(network, takes)),
        )
