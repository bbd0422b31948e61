"""Imports go down the ladder of docs/architecture.md, only the named rooms know a library, and
nothing is longer than a reader can hold in view."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Lowest first; packages on one rung are strangers. Within a package neighbours may use each other.
LADDER = [
    ["worker.errors", "worker.jsontypes"],
    ["worker.system"],
    ["worker.settings"],
    ["worker.nn", "worker.spec", "worker.findings"],
    ["worker.data", "worker.doctor"],
    ["worker.store"],
    ["worker.jobs", "worker.training"],
    ["worker.operations", "worker.serving", "worker.watch"],
    ["worker.export"],
    ["worker.tasks"],
    ["worker.__main__"],
    ["service"],
]

ENGINES = ("worker.nn.arrays", "worker.nn.engines")

# Where a library may be imported: nowhere else.
HOMES = {
    "numpy": (*ENGINES, "worker.data", "worker.store", "worker.training", "worker.serving",
              "worker.export", "service.cli.samples"),
    "numba": ENGINES,
    "llvmlite": ("worker.nn.engines.cpu",),
    "cupy": ("worker.nn.engines.gpu.cuda",),
    "cuda": ("worker.nn.engines.gpu.cuda",),
    "rq": ("worker.jobs.messages", "worker.jobs.queue_worker"),
    "redis": ("worker.jobs", "service.launcher"),
    "fastapi": ("service",),
    "prometheus_client": ("service.telemetry",),
    "httpcore": ("service.outbound", "service.webhooks"),
    "h5py": ("worker.data.hdf5", "service.cli.samples"),
    "onnx": ("worker.data.backbones", "worker.export"),
    "onnxruntime": ("worker.data.backbones.running", "worker.export.taken"),
    "pyarrow": ("worker.data.tables",),
    "xxhash": ("worker.data.digests",),
    "google_crc32c": ("service.tracking.tensorboard",),
    "cronsim": ("worker.spec.cron",),
    "mcp": ("service.mcp",),
    "mcp_types": ("service.mcp",),
    "PIL": ("worker.data", "worker.export.taken", "service.cli.samples"),
    "typer": ("service.cli",),
    "purrceptron": ("service.cli",),
    "pickle": (),
    "marshal": (),
    "shelve": (),
}  # fmt: skip

FILE_LINES, FUNCTION_LINES = 250, 40

ROOMS = ("worker", "service", "client", "tests", "benchmarks", "docs")
SOURCES = sorted(
    path for room in ROOMS for end in ("py", "sh") for path in (ROOT / room).rglob(f"*.{end}")
)
PAGE = sorted(
    path for end in ("js", "css", "html") for path in (ROOT / "service").rglob(f"*.{end}")
)
PACKAGES = [
    path
    for path in SOURCES
    if path.name == "__init__.py" and path.relative_to(ROOT).parts[0] != "tests"
]
CLIENT = sorted((ROOT / "client").rglob("*.py"))
# What it needs, and what it uses where a caller has it: never when it is imported.
CLIENT_LIBRARIES = {"purrceptron", "httpx", "pydantic", "typing_extensions", "numpy", "pandas"}
MODULES = sorted(p for room in ("worker", "service") for p in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from worker.training import build` is an import of worker.training.build.
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (whole & NAMES) or {node.module}
    return found


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def place(module: str) -> tuple[int, str]:
    """The rung and the room of a module."""
    for rung, rooms in enumerate(LADDER):
        for room in rooms:
            if within(module, room):
                return rung, room
    raise LookupError(f"{module} has no place on the ladder")


def may_import(importer: str, imported: str) -> bool:
    here, there = place(importer), place(imported)
    return there[0] < here[0] or there[1] == here[1]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_the_ladder(path: Path) -> None:
    module = name_of(path)
    ours = {name for name in imports(path) if name.split(".")[0] in {"worker", "service"}}
    assert [name for name in sorted(ours - {"worker"}) if not may_import(module, name)] == []


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


@pytest.mark.parametrize("path", CLIENT, ids=name_of)
def test_the_client_knows_nothing_of_what_it_speaks_to(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path)}
    assert roots - sys.stdlib_module_names - CLIENT_LIBRARIES == set()


def test_the_ladder_refuses_a_climb() -> None:
    assert not may_import("worker.nn.layers", "worker.spec")
    assert not may_import("worker.training.fit", "worker.serving.predictor")
    assert not may_import("worker.jobs.transitions", "worker.operations.jobs")
    assert not may_import("worker.tasks", "service.app")
    assert may_import("worker.operations.jobs", "worker.jobs.transitions")
    assert may_import("worker.nn.network", "worker.nn.layers")


def functions(tree: ast.AST, outer: str) -> Iterator[tuple[str, int]]:
    """Every function by its path and name, with its number of lines."""
    for node in ast.iter_child_nodes(tree):
        name = outer
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{outer}.{node.name}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield name, (node.end_lineno or 0) - node.lineno + 1
        yield from functions(node, name)


def test_no_file_is_longer_than_a_reader_can_hold_in_view() -> None:
    long = {
        path.relative_to(ROOT).as_posix()
        for path in [*SOURCES, *PAGE]
        if len(path.read_text().splitlines()) > FILE_LINES
    }
    assert long == set()


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        name
        for path in SOURCES
        if path.suffix == ".py"
        for name, lines in functions(ast.parse(path.read_text()), name_of(path))
        if lines > FUNCTION_LINES
    }
    assert long == set()


def test_a_package_says_in_one_line_what_it_knows() -> None:
    told = {
        name_of(path): (ast.get_docstring(ast.parse(path.read_text())) or "").splitlines()
        for path in PACKAGES
    }
    assert {package for package, lines in told.items() if len(lines) != 1} == set()
