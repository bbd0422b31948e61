"""A piece of which nobody knows whether it came is asked for; one that is refused ends it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from purrceptron import Client, Invalid, NoRoom, Unreachable
from purrceptron.uploads import OFFSET
from tests.client.scripted import URL, Scripted
from tests.worker.data.making import HDF5

MADE = {"id": "ds_1", "name": "small", "state": "importing"}


@pytest.fixture
def purr(service: Scripted) -> Iterator[Client]:
    with httpx.Client(transport=httpx.MockTransport(service)) as http:
        yield Client(URL, patience_s=3, http=http)


@pytest.fixture
def small(service: Scripted, tmp_path: Path) -> Path:
    """A file, of which the service knows that it comes."""
    path = tmp_path / "small.h5"
    path.write_bytes(HDF5 * 10)
    service.answers.append(httpx.Response(201, headers={"Location": "/v1/uploads/ds_1"}))
    return path


def reached(service: Scripted, offset: int) -> None:
    service.answers.append(httpx.Response(200, headers={OFFSET: str(offset)}))


@pytest.mark.parametrize("there", [0, 40, 80])
@pytest.mark.parametrize(
    ("status", "code"), [(502, "http_502"), (504, "http_504"), (503, "acceptance_unknown")]
)
@pytest.mark.usefixtures("slept")
def test_a_piece_of_which_nobody_knows_goes_on_where_the_service_is(
    service: Scripted, purr: Client, small: Path, status: int, code: str, there: int
) -> None:
    whole = small.read_bytes()
    service.refuse(status, code)
    reached(service, there)
    if there < len(whole):
        reached(service, len(whole))
    service.say(MADE)
    assert purr.datasets.upload(small).id == "ds_1"
    sent = [each for each in service.requests if each.method == "PATCH"]
    assert [int(each.headers[OFFSET]) for each in sent] == ([0] if there == 80 else [0, there])
    assert sent[-1].content == whole[int(sent[-1].headers[OFFSET]) :]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(507, "insufficient_storage", NoRoom), (415, "unsupported_media_type", Invalid)],
)
def test_a_piece_that_is_refused_ends_it(
    service: Scripted, purr: Client, small: Path, status: int, code: str, kind: type[Exception]
) -> None:
    service.refuse(status, code, "0")
    with pytest.raises(kind):
        purr.datasets.upload(small)
    assert [each.method for each in service.requests] == ["POST", "PATCH"]


def test_a_service_that_stays_away_is_waited_for_once(
    service: Scripted, purr: Client, small: Path, slept: list[float]
) -> None:
    service.fail(*[httpx.ConnectError("refused")] * 40)
    with pytest.raises(Unreachable, match="refused"):
        purr.datasets.upload(small)
    assert sum(slept) <= 3
    assert {each.method for each in service.requests[1:]} == {"PATCH"}
