"""The images that the Dockerfile makes, read without making them."""

import http.server
import os
import re
import shlex
import subprocess
import sys
import threading

import pytest

from tests.containers import ROOT, SERVICES, all_of, health_check, last


@pytest.mark.parametrize("stage", ["api", "worker", "gpu", "up"])
def test_an_image_does_not_run_as_root(stage: str) -> None:
    assert last(stage, "USER") == "10001:10001"
    assert last(stage, "STOPSIGNAL") == "SIGTERM"


def test_images_from_elsewhere_are_pinned_by_tag() -> None:
    theirs = [each["image"] for each in SERVICES.values() if "build" not in each]
    images = [*all_of("FROM"), *theirs]
    assert [image for image in images if not re.fullmatch(r"[\w/]+:v?\d[\w.-]+", image)] == []


def test_every_package_from_an_index_is_checked_against_its_hash() -> None:
    installs = [text for text in all_of("RUN") if "pip install" in text]
    assert len(installs) == 3
    unchecked = [text for text in installs if "--require-hashes" not in text]
    assert unchecked == ["pip install --no-deps --no-build-isolation /src/client /src"]


def test_everything_copied_exists_and_nothing_else_reaches_the_builder() -> None:
    copies = [shlex.split(text) for text in all_of("COPY") if not text.startswith("--from")]
    sources = {source for *sources, _ in copies for source in sources}
    first, *rules = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] != "#"
    ]
    assert first == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def versions(lock: str) -> dict[str, str]:
    text = (ROOT / "locks" / lock).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE))


def test_the_image_for_graphics_processors_has_the_versions_of_the_others() -> None:
    run, gpu = versions("run.txt"), versions("gpu.txt")
    assert {name for name in run.keys() & gpu.keys() if run[name] != gpu[name]} == set()
    assert {"cupy-cuda13x", "numba", "rq"} <= gpu.keys()


class Livez(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/livez" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Ailing(Livez):
    status = 503


@pytest.mark.parametrize(("answer", "healthy"), [(Livez, True), (Ailing, False)])
def test_the_health_check_asks_whether_the_api_lives(answer: type[Livez], healthy: bool) -> None:
    python, *rest = health_check("api")
    assert python == "python"
    with http.server.HTTPServer(("127.0.0.1", 0), answer) as api:
        threading.Thread(target=api.serve_forever).start()
        environ = os.environ | {"PURR_PORT": str(api.server_port), "http_proxy": "http://192.0.2.1"}
        done = subprocess.run([sys.executable, *rest], env=environ, capture_output=True)
        api.shutdown()
    assert (done.returncode == 0) == healthy
