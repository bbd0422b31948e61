"""Bodies of rows that are wrong, endless, or answered by far more than they are."""

from collections.abc import Iterator

from tests.siege.measures import Siege
from tests.siege.wire import Answer, request

MIB = 2**20
FEATURES = 12_288  # of the small model's pictures
ANSWER_BYTES = 4_096  # of a refusal
MOST_ANSWER_BYTES = 16 * MIB
GOOD, WRONG = 200, 422
HUGE, LARGE = 64 * MIB - 1024, 2 * MIB  # of bodies at full size, and in the ordinary suite


def filled(begin: bytes, piece: bytes, end: bytes, size: int) -> bytes:
    """A body of this size, or a little less, of one piece again and again."""
    return begin + piece * ((size - len(begin) - len(end)) // len(piece)) + end


def texts(size: int) -> bytes:
    return filled(b'{"rows":[["a"', b',"a"', b"]]}", size)


def about(body: bytes, model: str = "small", top: str = "") -> bytes:
    return request("POST", f"/v1/models/{model}/predict{top}", body)


def wrong_rows(at: Siege, size: int) -> None:
    """Texts in the place of numbers: of 1 MB, so many at once, in one row and in thousands of them
    before one that is long; and of 64 MB."""
    thousands = texts(MIB).replace(b"[[", b"[" + b'["a"],' * 9_000 + b"[", 1)
    small = at.wire.at_once([about(texts(MIB)), about(thousands)] * (size // 2))
    at.sends(size * MIB)
    huge = [at.wire.ask(about(texts(HUGE))) for _ in range(max(1, size // 4))]
    at.sends(HUGE)
    _briefly_refused(at, [*small, *huge])


def zero_rows(at: Siege, size: int) -> None:
    """64 MB of zeros: as rows of pictures, which are answered."""
    row = b"[" + b"0," * (FEATURES - 1) + b"0],"
    pictures = filled(b'{"rows":[', row, row[:-1] + b"]}", HUGE)
    at.sends(len(pictures))
    answered = [at.wire.ask(about(pictures)) for _ in range(size)]
    at.figures["longest_s"] = round(max(answer.seconds for answer in answered), 1)
    at.expect({a.status for a in answered} == {GOOD}, f"rows were answered by {answered[0]!r:.200}")


def endless_rows(at: Siege, size: int) -> None:
    """Bodies of one number, row, blank or bracket after the other, so many of each at once."""
    assert at.material.wide_job
    for body in endless(HUGE if at.whole else LARGE):
        at.sends(size * len(body))
        _briefly_refused(at, at.wire.at_once([about(body, "wide")] * size))


def endless(size: int) -> Iterator[bytes]:
    """Bodies of about this size for rows of three numbers."""
    yield filled(b'{"rows":[[0,0,0]', b",[0,0,0]", b"]}", size)
    yield filled(b'{"rows":[[0', b",0", b"]]}", size)
    yield filled(b'{"rows":[[9', b"9", b",0,0]]}", size)
    yield filled(b'{"rows":[[0.', b"9", b"x,0,0]]}", size)
    yield filled(b'{"rows":[[0,0,0]', b" ", b"]}x", size)
    yield filled(b'{"rows":', b"[", b"]}", size)
    yield filled(b'{"rows":[[0,0,0]],"', b"a", b'":1}', size)


def long_names(at: Siege, size: int) -> None:
    """A thousand classes of 256 characters each, for 16 KB of rows, so many times at once."""
    assert at.material.wide_job
    body = filled(b'{"rows":[[0,0,0]', b",[0,0,0]", b"]}", 16 * 1024)
    few = at.wire.at_once([about(body, "wide")] * size)
    at.expect({a.status for a in few} == {GOOD}, f"ten classes were answered by {few[0]!r:.200}")
    at.figures["answer_mib"] = round(max(len(answer.body) for answer in few) / MIB, 1)
    at.expect(max(len(a.body) for a in few) <= MOST_ANSWER_BYTES, "an answer was over its limit")
    _briefly_refused(at, at.wire.at_once([about(body, "wide", "?top=1000")] * size))
    at.sends(size * len(body))


def _briefly_refused(at: Siege, answers: list[Answer]) -> None:
    for answer in answers:
        fine = answer.status in (WRONG, 400, 429) and len(answer.body) <= ANSWER_BYTES
        at.expect(fine, f"rows were answered by {answer.status}, {len(answer.body):,} bytes")
    at.figures["longest_refusal_s"] = round(max(answer.seconds for answer in answers), 1)
