"""What a `traceparent` says, by the rules of W3C's Trace Context."""

import pytest

from worker.system.trace import Trace, current_trace, trace_of, traced

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SOUND = f"00-{TRACE}-{SPAN}-01"


def test_what_is_sound_is_read_and_written_as_it_was() -> None:
    assert trace_of(SOUND) == Trace(TRACE, SPAN, "01")
    assert str(trace_of(SOUND)) == SOUND


def test_a_later_version_may_say_more() -> None:
    assert trace_of(f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like") == trace_of(SOUND)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f" {SOUND}",
        f"{SOUND}\n",
    ],
)
def test_what_is_none_is_ignored(text: str | None) -> None:
    assert trace_of(text) is None


def test_a_place_below_is_in_the_same_trace() -> None:
    above = Trace(TRACE, SPAN, "01")
    below, other = above.child(), above.child()
    assert (below.trace_id, below.flags) == (TRACE, "01")
    assert len({above.span_id, below.span_id, other.span_id}) == 3
    assert trace_of(str(below)) == below


def test_who_works_for_no_trace_says_none() -> None:
    assert traced() == {}
    token = current_trace.set(trace_of(SOUND))
    try:
        assert traced() == {"traceparent": SOUND}
    finally:
        current_trace.reset(token)
