"""What the address of an upload asks for: the dataset's name, and how files become samples."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Query

from service.requests.names import DatasetName
from worker.data.options import ArrayName, ChannelOrder, ColumnName, ImportOptions, Resize, Side


class AskedImport(NamedTuple):
    """The name of a dataset and the options of its import."""

    name: str
    options: ImportOptions


async def asked_import(
    name: DatasetName = "dataset",
    image_size: Annotated[Side | None, Query()] = None,
    resize: Annotated[Resize | None, Query()] = None,
    channel_order: Annotated[ChannelOrder | None, Query()] = None,
    x: Annotated[ArrayName | None, Query()] = None,
    y: Annotated[ArrayName | None, Query()] = None,
    label: Annotated[ColumnName | None, Query()] = None,
    leave_out: Annotated[list[ColumnName] | None, Query()] = None,
) -> AskedImport:
    options = ImportOptions(
        image_size=image_size,
        resize=resize,
        channel_order=channel_order,
        x=x,
        y=y,
        label=label,
        leave_out=None if leave_out is None else tuple(leave_out),
    )
    return AskedImport(name, options)


AskedDep = Annotated[AskedImport, Depends(asked_import)]
