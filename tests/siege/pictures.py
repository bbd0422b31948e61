"""Pictures of a few bytes that are much work, at the door and in imports."""

import io
import time
import zipfile
from functools import cache
from pathlib import Path

from PIL import Image

from tests.siege.measures import Siege
from tests.siege.processes import cpu_seconds
from tests.siege.wire import Answer, request

AT_ONCE, MANY_AT_ONCE = 20, 40
SIDE = 7_000  # 49 million pixels, nearly the most that a picture may have
SCANS = 400
# Of a picture of so many scans: too much by its header, and not.
REFUSED_SIDE, TAKEN_SIDE = 3_000, 2_000
GOOD, BUSY, COSTLY = 200, 429, 422
IMPORTED_S, CANCELLED_S, FREE_S = 60.0, 10.0, 15.0
IDLE_SHARE = 0.2  # of a core, that decoders may take when nobody asks


@cache
def flat_webp(side: int = SIDE) -> bytes:
    """A picture of one colour: a thousand bytes, however many pixels."""
    return _encoded(Image.new("RGB", (side, side)), "WEBP", lossless=True)


@cache
def long_jpeg(side: int, scans: int = SCANS) -> bytes:
    """A progressive JPEG of which the last scan comes again and again."""
    whole = _encoded(Image.new("L", (side, side), 99), "JPEG", progressive=True)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + scan * scans + b"\xff\xd9"


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, kind, **options)
    return encoded.getvalue()


def about(picture: bytes, kind: str) -> bytes:
    return request("POST", "/v1/models/small/predict", picture, kind)


def webp_bombs(at: Siege, size: int) -> None:
    """So many in all, twenty at once."""
    words = about(flat_webp(), "image/webp")
    answers: list[Answer] = []
    while len(answers) < size:
        answers += at.wire.at_once([words] * min(AT_ONCE, size - len(answers)))
    at.sends(AT_ONCE * len(words))
    _answered_as(at, answers, {GOOD, BUSY})
    at.figures["decoded"] = sum(answer.status == GOOD for answer in answers)


def slow_jpegs(at: Siege, size: int) -> None:
    """So many at once that their header gives away, and as many that it does not."""
    refused = at.wire.at_once([about(long_jpeg(REFUSED_SIDE), "image/jpeg")] * size)
    _answered_as(at, refused, {COSTLY})
    taken = at.wire.at_once([about(long_jpeg(TAKEN_SIDE), "image/jpeg")] * size)
    _answered_as(at, taken, {GOOD, BUSY, COSTLY})
    at.sends(size * len(long_jpeg(REFUSED_SIDE)))


def _answered_as(at: Siege, answers: list[Answer], allowed: set[int]) -> None:
    strange = {answer.status for answer in answers} - allowed
    at.expect(not strange, f"pictures were answered by {strange} beside {allowed}")


def leavers(at: Siege, size: int) -> None:
    """Clients who send much work and leave in the middle of it."""
    for _ in range(size):
        with at.wire.many(1, about(long_jpeg(TAKEN_SIDE), "image/jpeg")):
            time.sleep(0.1)
    at.sends(size * len(long_jpeg(TAKEN_SIDE)))
    ask = about(at.material.picture, "image/png")
    at.figures["free_after_s"] = at.eventually(
        lambda: at.wire.ask(ask).status == GOOD, FREE_S, "a picture was not decoded"
    )
    at.figures["idle_after_s"] = at.eventually(
        lambda: _share(at) < IDLE_SHARE, FREE_S, "decoders went on for nobody, and did not end"
    )


def _share(at: Siege) -> float:
    """How much of a core the decoders take."""
    pids = [one.pid for one in at.subject.processes() if one.role == "decoder"]
    before = sum(map(cpu_seconds, pids))
    time.sleep(0.5)
    return 2 * (sum(map(cpu_seconds, pids)) - before)


def slow_import(at: Siege, size: int) -> None:
    """A zip of so many pictures of seconds each; three small imports come behind it."""
    path = at.material.folder / "slow.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(size):
            picture = flat_webp() if number % 4 == 0 else long_jpeg(TAKEN_SIDE)
            archive.writestr(f"{'cat' if number % 2 else 'other'}/{number}", picture)
    slow = at.material.upload(path.read_bytes(), "slow")
    began = time.monotonic()
    small = [at.material.upload(_small(at), "small") for _ in range(3)]
    states = [at.material.imported(one, IMPORTED_S)["state"] for one in small]
    at.figures["three_small_imports_s"] = round(time.monotonic() - began, 1)
    at.expect(states == ["ready"] * 3, f"small imports became {states}")
    at.expect(_state(at, slow) == "importing", "the slow import was over before the small ones")
    at.wire.ask(request("POST", f"/v1/datasets/{slow}/cancel"))
    at.eventually(lambda: _state(at, slow) == "cancelled", CANCELLED_S, "it was not cancelled")
    at.eventually(lambda: not _at_work(at), CANCELLED_S, "its processes did not end")


def _small(at: Siege) -> bytes:
    return Path(at.material.drawings[0]).read_bytes()


def _state(at: Siege, dataset: str) -> str:
    return str(at.wire.get(f"/v1/datasets/{dataset}")["state"])


def _at_work(at: Siege) -> list[int]:
    """Importers, and the decoders that they have started."""
    everybody = at.subject.processes()
    importers = {one.pid for one in everybody if one.role == "importer"}
    return [one.pid for one in everybody if one.role == "importer" or one.parent in importers]
