"""What tests that kill a part of the service may ask for: one of their own."""

from collections.abc import Iterator

import pytest

from service.launcher.launcher import Launcher
from tests.conftest import running_service, short_folder
from tests.service.api import Api


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    for folder in short_folder():
        with running_service(folder) as launcher:
            yield launcher


@pytest.fixture(scope="module")
def api(launcher: Launcher) -> Iterator[Api]:
    with Api.at(launcher.address) as api:
        yield api
