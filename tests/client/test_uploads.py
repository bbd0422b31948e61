"""An upload goes on where the connection broke. The service is the real one; the line breaks."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

import purrceptron.uploads
from purrceptron import AsyncClient, Client, Invalid, NotFound, Stranger, Unreachable
from purrceptron.files import sources
from tests.client.scripted import URL, Scripted
from tests.worker.data.making import HDF5

CLASSES = ("cat", "dog")
BLOCK = 100_000
OFFSET = "Upload-Offset"


class Line(httpx.HTTPTransport):
    """Cuts the requests that append, as often as `times` says, after so many bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.after, self.times = 0, 0
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if OFFSET in request.headers and self.times:
            self.times -= 1
            request.stream = Cut(request.stream, self.after)
        return super().handle_request(request)

    @property
    def offsets(self) -> list[int]:
        """Where what was appended began."""
        return [int(each.headers[OFFSET]) for each in self.asked if OFFSET in each.headers]


class Cut(httpx.SyncByteStream):
    """A body that breaks off after so many bytes."""

    def __init__(self, stream: Any, after: int) -> None:
        self._stream, self._after = stream, after

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for piece in self._stream:
            yield piece[: self._after - sent]
            if (sent := sent + len(piece)) >= self._after:
                raise httpx.WriteError("cut")


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purrceptron.uploads, "BLOCK", BLOCK)
    monkeypatch.setattr(purrceptron.uploads, "SLICE", 30_000)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def purr(http: httpx.Client, line: Line) -> Iterator[Client]:
    """A purr of the service, by way of the line."""
    with httpx.Client(transport=line) as broken:
        yield Client(str(http.base_url), patience_s=20, http=broken)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures as far as their first bytes say: nobody imports them."""
    made = tmp_path / "pets"
    for number in range(8):
        path = made / CLASSES[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff" + bytes([number]) * 50_000)
    return made


def packed(folder: Path) -> bytes:
    with ExitStack() as stack:
        (source,) = sources([folder], stack)
        return b"".join(source.checked())


def received(root: Path, dataset: str) -> list[bytes]:
    """The files of an upload as the service has them."""
    found = sorted((root / "uploads" / dataset).iterdir())
    return [path.read_bytes() for path in found if not path.name.startswith(".")]


@pytest.mark.parametrize(("after", "times"), [(0, 0), (45_000, 1), (1, 3), (BLOCK, 2)])
def test_a_folder_arrives_byte_by_byte_however_often_the_line_is_cut(
    purr: Client, line: Line, root: Path, folder: Path, after: int, times: int
) -> None:
    line.after, line.times = after, times
    heard: list[tuple[int, int]] = []
    made = purr.datasets.upload(
        folder, name="pets", tags=["new"], progress=lambda *told: heard.append(told)
    )
    assert (made.name, made.state, made.tags) == ("pets", "importing", ["new"])
    whole = packed(folder)
    assert received(root, made.id) == [whole]
    assert heard[-1] == (len(whole), len(whole))


def test_what_came_before_a_cut_is_not_sent_again(purr: Client, line: Line, folder: Path) -> None:
    line.after, line.times = 60_000, 1
    purr.datasets.upload(folder)
    first, second, *others = line.offsets
    assert (first, others) == (0, [BLOCK, 2 * BLOCK, 3 * BLOCK, 4 * BLOCK])
    assert 0 < second < BLOCK


def test_an_upload_of_which_the_last_answer_got_lost_is_one_dataset(
    purr: Client, line: Line, http: httpx.Client, folder: Path
) -> None:
    purr.datasets.upload(folder)
    last = line.offsets[-1]

    class Deaf(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if request.headers.get(OFFSET) == str(last):
                answer.read()
                raise httpx.ReadError("lost")
            return answer

    with httpx.Client(transport=Deaf()) as deaf:
        made = Client(str(http.base_url), http=deaf).datasets.upload(folder)
    assert made.state == "importing"
    assert len(list(purr.datasets.list())) == 2


def test_a_line_that_is_cut_for_longer_than_there_is_patience_is_told(
    http: httpx.Client, line: Line, folder: Path
) -> None:
    line.times = 1000
    with httpx.Client(transport=line) as broken, pytest.raises(Unreachable, match="cut"):
        Client(str(http.base_url), patience_s=0.2, http=broken).datasets.upload(folder)


def test_several_files_are_one_request(purr: Client, root: Path, tmp_path: Path) -> None:
    for name in ("test.h5", "train.h5"):
        (tmp_path / name).write_bytes(HDF5 * 300 + name.encode())
    heard: list[tuple[int, int]] = []
    files = [tmp_path / "test.h5", tmp_path / "train.h5"]
    made = purr.datasets.upload(*files, progress=lambda *told: heard.append(told))
    assert received(root, made.id) == [path.read_bytes() for path in files]
    assert heard[-1] == (sum(path.stat().st_size for path in files),) * 2


def test_what_is_no_data_is_refused(purr: Client, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF" * 1000)
    with pytest.raises(Invalid, match="unsupported_media_type"):
        purr.datasets.upload(path)


def test_a_field_that_is_unknown_is_named(purr: Client, folder: Path) -> None:
    with pytest.raises(Invalid, match="image_sise"):
        purr.datasets.upload(folder, image_sise=8)


def test_an_event_loop_uploads_the_same(
    http: httpx.Client, root: Path, folder: Path, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("a.h5", "b.h5")]
    for path in files:
        path.write_bytes(HDF5 * 300)

    async def upload() -> list[str]:
        async with AsyncClient(str(http.base_url)) as client:
            whole = await client.datasets.upload(folder)
            several = await client.datasets.upload(*files)
            await several.cancel()
            return [whole.id, several.id]

    whole, several = asyncio.run(upload())
    assert received(root, whole) == [packed(folder)]
    assert http.get(f"/v1/datasets/{several}").json()["state"] == "cancelled"


def test_a_dataset_is_deleted_and_restored(purr: Client, known: str) -> None:
    purr.datasets.delete(known)
    found = purr.datasets.get(known)
    assert (found.state, found.restore().state) == ("trashed", "ready")
    with pytest.raises(NotFound):
        purr.datasets.wait("ds_0")


@pytest.mark.parametrize(
    "answers",
    [
        [httpx.Response(200)],
        [httpx.Response(201, headers={"Location": "/v1/uploads/ds_1"}), httpx.Response(204)],
    ],
    ids=["nowhere", "no offset"],
)
def test_another_service_is_told_from_this_one(
    service: Scripted, folder: Path, answers: list[httpx.Response]
) -> None:
    service.answers += answers
    with httpx.Client(transport=httpx.MockTransport(service)) as http, pytest.raises(Stranger):
        Client(URL, http=http).datasets.upload(folder)


def test_a_service_that_lost_what_it_had_is_no_reason_to_go_on(
    service: Scripted, folder: Path
) -> None:
    service.answers.append(httpx.Response(201, headers={"Location": "/v1/uploads/ds_1"}))
    service.answers.append(httpx.Response(204, headers={OFFSET: str(BLOCK)}))
    service.fail(httpx.ReadError("lost"))
    service.answers.append(httpx.Response(200, headers={OFFSET: "0"}))
    with (
        httpx.Client(transport=httpx.MockTransport(service)) as http,
        pytest.raises(Unreachable, match=r"had 100,000 bytes of pets\.zip, and now 0"),
    ):
        Client(URL, http=http).datasets.upload(folder)
