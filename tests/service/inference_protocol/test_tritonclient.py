"""An unmodified tritonclient, sync and aio, does with the service what it does with others."""

import base64
import json
import re
import subprocess
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from service.settings import ServiceSettings
from tests.pages import blocks, page
from tests.service.inference_protocol.models import SIDE, publish_models
from tests.service.server_thread import serving
from tests.worker.data.making import encoded, pictures

# Apart from this environment, since the client wants an older ml-dtypes; `make test` installs it.
PYTHON = Path(__file__).parents[3] / ".venv-client" / "bin" / "python"
CHECKS = Path(__file__).with_name("client_checks.py")
NAMES = [
    f"{name}[{kind}]"
    for name in re.findall(r"^async def (check_\w+)", CHECKS.read_text(), re.MULTILINE)
    for kind in ("sync", "aio")
]
KEY, BASE = "a key of twenty chars", "/proxied"
IDLE_S = 10  # for which clients keep a connection that they will use again


needs_client = pytest.mark.skipif(
    not PYTHON.is_file(), reason="needs tritonclient: make .venv-client/.installed"
)


def run(*arguments: str | Path) -> str:
    """What a script prints that is run where the client is installed."""
    told = subprocess.run([PYTHON, *arguments], env={}, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return told.stdout


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """What became of each check; all are made by one process, of one service without Redis."""
    root = tmp_path_factory.mktemp("data")
    publish_models(root)
    settings = ServiceSettings(
        redis_url="unix:///nowhere.sock",
        data_dir=root,
        min_free_bytes=0,
        max_predict_bytes=4_000_000,
        api_key=SecretStr(KEY),
        root_path=BASE,
    )
    picture = base64.b64encode(encoded(pictures(1, side=SIDE)[0], "PNG")).decode()
    with serving(settings) as (address, _):
        where = address.removeprefix("http://") + BASE
        return dict(map(json.loads, run(CHECKS, where, KEY, picture).splitlines()))


@needs_client
@pytest.mark.parametrize("name", NAMES)
def test_tritonclient(outcomes: dict[str, str | None], name: str) -> None:
    assert outcomes.pop(name) is None


@needs_client
def test_the_example_of_the_documentation_runs(http: httpx.Client, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(encoded(pictures(1, side=SIDE)[0], "PNG"))
    ((_, example),) = blocks(page("inference-protocol.md"), "python")
    example = example.replace("localhost:8000", str(http.base_url).removeprefix("http://"))
    told = run("-c", f"FILE = {str(picture)!r}\n{example}")
    assert re.fullmatch(r"\[b'other' b'other'\] \[\[0.5 0.5\]\n \[0.5 0.5\]\]\n\[b'cat'\]\n", told)


def test_a_connection_is_kept_for_as_long_as_clients_use_it_again() -> None:
    assert ServiceSettings(redis_url="unix:///nowhere.sock").idle_timeout_s > IDLE_S
