"""Pieces of an upload follow one another without a gap, and are no more than was said."""

import pytest
import redis

from worker.errors import IllegalMove, StoreFull, TooLarge, UploadNotFound
from worker.jobs.queue import JobQueue
from worker.jobs.trash import Trash
from worker.operations.datasets import Datasets
from worker.operations.resumable_uploads import ResumableUploads
from worker.tasks.context import WorkerContext

LENGTH = 2_000
HDF5 = b"\x89HDF\r\n\x1a\n".ljust(LENGTH, b"x")


@pytest.fixture
def uploads(context: WorkerContext, raw: redis.Redis) -> ResumableUploads:
    store, records, settings = context.store, context.records["ds"], context.settings
    trash = Trash(context.redis, records, store, context.archiver)
    datasets = Datasets(
        records, trash, context.room, JobQueue(raw), store, context.archiver, settings
    )
    return ResumableUploads(store.uploads, {"ds": datasets}, context.room, settings)


@pytest.fixture
def upload(uploads: ResumableUploads) -> str:
    """The id of an upload of which a half is there."""
    made = uploads.begin(LENGTH, "cats.h5", {"name": "cats"})
    with uploads.appending(made, 0) as piece:
        piece.write(HDF5[:1_000])
    return made


@pytest.mark.parametrize("offset", [0, 999, 1_001, LENGTH])
def test_a_piece_from_another_place_is_refused_and_nothing_is_written(
    uploads: ResumableUploads, upload: str, offset: int
) -> None:
    refused = pytest.raises(IllegalMove, match=f"bytes from 1,000 on, got such from {offset:,}")
    with refused, uploads.appending(upload, offset) as piece:
        piece.write(b"x")
    assert uploads.progress(upload).offset == 1_000


def test_more_than_was_said_is_refused_and_what_was_said_stays(
    uploads: ResumableUploads, upload: str
) -> None:
    refused = pytest.raises(TooLarge, match="no more than the 2,000 bytes")
    with refused, uploads.appending(upload, 1_000) as piece:
        piece.write(HDF5[1_000:1_500])
        piece.write(bytes(501))
    assert uploads.progress(upload).offset == 1_500


def test_where_no_room_is_left_what_has_come_stays(
    uploads: ResumableUploads, upload: str, context: WorkerContext
) -> None:
    with pytest.raises(StoreFull), uploads.appending(upload, 1_000) as piece:
        piece.write(HDF5[1_000:1_500])
        context.store.space.reserve_bytes = 2**60
        piece.write(HDF5[1_500:])
    assert uploads.progress(upload).offset == 1_500


def test_only_the_whole_is_accepted_and_once(
    uploads: ResumableUploads, upload: str, context: WorkerContext
) -> None:
    assert uploads.finish(upload).expires_at is not None
    with uploads.appending(upload, 1_000) as piece:
        piece.write(HDF5[1_000:])
    for _ in range(2):
        assert uploads.finish(upload) == (LENGTH, LENGTH, None)
    assert [record.id for record in context.records["ds"].page(None, 9, None)] == [upload]


def test_an_upload_that_is_not_there_takes_nothing(uploads: ResumableUploads) -> None:
    with pytest.raises(UploadNotFound), uploads.appending("ds_" + "0" * 32, 0):
        pass
