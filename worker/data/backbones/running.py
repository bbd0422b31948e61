"""The runtime: a session for a network, and the features of pictures by it.

Nothing else imports ONNX Runtime, and no process that holds keys may call this.
"""

import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.data.backbones.backbone import Backbone
from worker.data.backbones.options import Layout
from worker.data.backbones.sizing import sized
from worker.errors import LimitExceeded, UnsupportedFile, WorkerError

SPATIAL: dict[Layout, tuple[int, int]] = {"NHWC": (1, 2), "NCHW": (2, 3)}
NOTHING_BUT_ERRORS = 3
# In its words, and in ours.
NO_MEMORY = re.compile("bad.alloc|failed to allocate|allocate memory", re.IGNORECASE)
MORE_MEMORY = (
    "Expected a network that runs within the memory that there is for it, but it needs more; take "
    "a smaller one, or raise PURR_MAX_BACKBONE_MEMORY_BYTES."
)


def loaded() -> ModuleType:
    """Returns ONNX Runtime. A process that is going to be sealed must call this before: it looks
    at the processor as it loads, and would not be allowed to."""
    # By itself it notes an id of this machine in the home folder, and sends what it was used for.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime  # type: ignore[no-any-return]


def open_session(network: Path | bytes, threads: int) -> Any:
    """Returns a session of ONNX Runtime for a network, by which equal pictures get equal features
    whenever it is asked. Several threads may ask it at a time.

    Args:
        network: its file, or what is in it.
        threads: that compute for each that asks, this one among them.

    Raises:
        UnsupportedFile, LimitExceeded: the runtime cannot run it.
    """
    runtime, options = loaded(), session_options(threads)
    given = network if isinstance(network, bytes) else str(network)
    try:
        session = runtime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no class in common
        raise not_run(error) from error
    session._model_bytes = None  # it would hold on to what it has read, for other providers
    return session


def session_options(threads: int) -> Any:
    """Returns how a session computes: the same, whenever and on whichever processor it is asked."""
    options = loaded().SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Threads that wait would take the cores of those that work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights that are kept as whole numbers become floats once, and not for every picture; and no
    # processor has products of whole numbers of its own, which would answer otherwise.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.use_deterministic_compute = True
    options.log_severity_level = NOTHING_BUT_ERRORS
    return options


def features(session: Any, backbone: Backbone, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Returns the features of pictures, (n, features).

    The network is given each of them alone: what it makes of a picture never depends on others.

    Args:
        session: for the backbone's network.
        pictures: of any one size, (n, height, width, 3) in red, green and blue.

    Raises:
        UnsupportedFile, LimitExceeded: the network cannot be run, or makes something else.
    """
    made = np.empty((len(pictures), backbone.features), np.float32)
    for row, picture in zip(made, pictures, strict=True):
        row[:] = together(session, backbone, sized(picture, backbone.input)[None])[0]
    return made


def together(session: Any, backbone: Backbone, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Returns the features of pictures that the network is given all at once, (n, features).

    Args:
        session: for the backbone's network.
        pictures: of the backbone's size, (n, height, width, 3); one, unless it takes any number.

    Raises:
        UnsupportedFile, LimitExceeded: as above.
    """
    found = pooled(answer(session, backbone.input.prepared(pictures)), backbone.pooled)
    if found.shape != (len(pictures), backbone.features):
        raise UnsupportedFile(
            f"Expected {backbone.features} features for each of {len(pictures)} pictures, got "
            f"{found.shape}; export the network with a batch that is free."
        )
    return found


def answer(session: Any, given: NDArray[Any]) -> NDArray[Any]:
    """Returns what the network makes of its input, as it makes it.

    Raises:
        UnsupportedFile, LimitExceeded: it cannot be run.
    """
    (name,) = (each.name for each in session.get_inputs())
    try:
        (found,) = session.run(None, {name: given})
    except Exception as error:  # as above
        raise not_run(error) from error
    return np.asarray(found)


def pooled(found: NDArray[Any], layout: Layout | None) -> NDArray[Any]:
    """Returns the mean over all places in a picture, where there are features for each."""
    return found if layout is None else found.mean(axis=SPATIAL[layout], dtype=np.float32)


def not_run(error: Exception) -> WorkerError:
    """Returns what an error of the runtime means: LimitExceeded where it had too little memory,
    and may have enough another time; UnsupportedFile where it will never run this network."""
    if isinstance(error, MemoryError) or NO_MEMORY.search(str(error)):
        return LimitExceeded(MORE_MEMORY)
    said = str(error).strip().partition("\n")[0]
    return UnsupportedFile(
        f"Expected a network that ONNX Runtime runs, but it says {said!r:.400}; export it again, "
        "with operators that it has."
    )
