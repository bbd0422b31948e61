"""Imports go down the ladder of docs/architecture.md, and only the named rooms know a library."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Lowest first. Rooms on one rung are strangers, but for those in NEIGHBOURS.
LADDER = [
    ["worker.errors", "worker.machine", "worker.kernel_folder", "worker.settings"],
    [
        "worker.spec",
        "worker.stored_spec",
        "worker.nn",
        "worker.files",
        "worker.death",
        "worker.confinement",
        "worker.memory",
    ],
    [
        "worker.data",
        "worker.thinning",
        "worker.metrics_log",
        "worker.metrics_page",
        "worker.archive",
        "worker.tensor_file",
        "worker.store",
        "worker.build",
    ],
    [
        "worker.devices",
        "worker.evaluate",
        "worker.gradient_check",
        "worker.vitals",
        "worker.steps",
        "worker.run",
        "worker.train",
        "worker.sizes",
        "worker.estimate",
        "worker.allowance",
        "worker.loaded_models",
        "worker.newest_model",
        "worker.pixel_range",
        "worker.predict",
        "worker.doctor",
        "worker.revision",
    ],
    [
        "worker.connection",
        "worker.record",
        "worker.webhooks",
        "worker.counters",
        "worker.arrivals",
        "worker.ledger",
        "worker.records",
        "worker.idempotency",
        "worker.deletion",
        "worker.filing",
        "worker.events",
        "worker.queue",
        "worker.overview",
        "worker.attempt",
        "worker.jobs",
        "worker.datasets",
    ],
    ["worker.reaper", "worker.watch", "worker.tasks"],
    ["worker.__main__"],
    ["service"],
]
# Within these, a room may use those named before it on its rung, or, in a package, its neighbours.
NEIGHBOURS = {"worker.nn", "worker.confinement", "worker.data", "worker.doctor", "service"}
IN_ORDER = {0, 2, 3, 4, 5}

PARTS = [
    "activations",
    "barrier",
    "cache",
    "cpu",
    "cuda",
    "device",
    "feed",
    "functions",
    "gpu",
    "kernels",
    "layout",
    "lent",
    "products",
    "program",
    "record",
    "recorder",
    "rows",
    "table",
    "team",
    "tiles",
    "updates",
]
BACKENDS = ("worker.nn.backend", *(f"worker.nn.backend_{part}" for part in PARTS))

# Where a library may be imported: nowhere else.
HOMES = {
    "numpy": (*BACKENDS, "worker.data", "worker.build", "worker.tensor_file", "worker.store",
              "worker.train", "worker.evaluate", "worker.gradient_check", "worker.pixel_range",
              "worker.predict",
              "service.samples"),
    "numba": BACKENDS,
    "llvmlite": BACKENDS,
    "cupy": ("worker.nn.backend_cuda",),
    "cuda": ("worker.nn.backend_cuda",),
    "rq": ("worker.queue",),
    "redis": ("worker.connection", "worker.webhooks", "worker.ledger", "worker.records",
              "worker.idempotency", "worker.deletion", "worker.events", "worker.queue",
              "worker.filing", "worker.reaper", "worker.overview", "service.valkey",
              "service.disk_room"),
    "fastapi": ("service",),
    "prometheus_client": ("service.telemetry",),
    "httpcore": ("service.webhooks", "service.webhook_answer"),
    "h5py": ("worker.data", "service.samples"),
    "PIL": ("worker.data", "service.samples"),
    "pickle": (),
    "marshal": (),
    "shelve": (),
}  # fmt: skip

MODULES = sorted(p for room in ("worker", "service") for p in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from worker import build` is an import of worker.build.
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= whole if node.module in {"worker", "service"} else {node.module}
    return found


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def place(module: str) -> tuple[int, str] | None:
    """The rung and the room of a module; packages' own `__init__` stand nowhere."""
    for rung, rooms in enumerate(LADDER):
        for room in rooms:
            if within(module, room):
                return rung, room
    return None


def may_import(importer: str, imported: str) -> bool:
    here, there = place(importer), place(imported)
    if here is None or there is None:
        return True
    if there[0] != here[0]:
        return there[0] < here[0]
    if here[1] == there[1]:
        return here[1] in NEIGHBOURS or importer == imported
    rooms = LADDER[here[0]]
    return here[0] in IN_ORDER and rooms.index(there[1]) < rooms.index(here[1])


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_the_ladder(path: Path) -> None:
    module = name_of(path)
    ours = {name for name in imports(path) if name.split(".")[0] in {"worker", "service"}}
    assert [name for name in sorted(ours) if not may_import(module, name)] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    module = name_of(path)
    strays = [
        name
        for name in imports(path)
        if (homes := HOMES.get(name.split(".")[0])) is not None
        and not any(within(module, home) for home in homes)
    ]
    assert strays == []


def test_every_module_has_a_place() -> None:
    assert [name for name in map(name_of, MODULES) if "." in name and place(name) is None] == []


def test_the_ladder_refuses_a_climb() -> None:
    assert not may_import("worker.nn.layers", "worker.spec")
    assert not may_import("worker.train", "worker.predict")
    assert not may_import("worker.records", "worker.jobs")
    assert not may_import("worker.tasks", "service.app")
    assert may_import("worker.jobs", "worker.records")
    assert may_import("worker.nn.network", "worker.nn.layers")
