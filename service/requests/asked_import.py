"""What the address of an upload asks for: the dataset's name, and how files become samples."""

from typing import Annotated

from fastapi import Depends, Query

from service.requests.names import DatasetName
from worker.data.options import ArrayName, ChannelOrder, ColumnName, ImportOptions, Side
from worker.data.preprocessing import Resize
from worker.operations.import_request import ImportRequest
from worker.spec.labels import Notes, Tags


async def asked_import(
    name: DatasetName = "dataset",
    image_size: Annotated[Side | None, Query()] = None,
    resize: Annotated[Resize | None, Query()] = None,
    channel_order: Annotated[ChannelOrder | None, Query()] = None,
    x: Annotated[ArrayName | None, Query()] = None,
    y: Annotated[ArrayName | None, Query()] = None,
    label: Annotated[ColumnName | None, Query()] = None,
    leave_out: Annotated[list[ColumnName] | None, Query()] = None,
    dry_run: Annotated[
        bool, Query(description="Whether it is only looked at: nothing but the report is kept.")
    ] = False,
    notes: Annotated[Notes, Query(description="What a person wants to know of it.")] = "",
    tag: Annotated[Tags | None, Query(description="By which lists are filtered.")] = None,
) -> ImportRequest:
    options = ImportOptions(
        image_size=image_size,
        resize=resize,
        channel_order=channel_order,
        x=x,
        y=y,
        label=label,
        leave_out=None if leave_out is None else tuple(leave_out),
    )
    return ImportRequest(name, options, dry_run, notes, tag or ())


AskedDep = Annotated[ImportRequest, Depends(asked_import)]
