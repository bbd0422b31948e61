"""An upload while it comes, file after file."""

import pytest

from worker.errors import StoreFull
from worker.jobs.record import new_id
from worker.operations.upload import Upload, of_dataset
from worker.tasks.context import WorkerContext


def test_room_is_asked_for_before_every_block(context: WorkerContext) -> None:
    uploads, made = context.store.uploads, new_id("ds")
    with uploads.open(made) as writer:
        upload = Upload(writer, context.room, of_dataset(context.settings))
        upload.begin("a.h5")
        upload.write(b"1")
        context.store.space.reserve_bytes = 2**60
        with pytest.raises(StoreFull, match="Make room"):
            upload.write(b"2")
    (file,) = uploads.local_files(made)
    assert file.read_bytes() == b"1"
