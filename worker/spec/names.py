"""Ids and names, as a caller writes them."""

from typing import Annotated

from pydantic import Field

# Ids and names meet file paths and Redis keys: nothing but these characters may pass.
DatasetId = Annotated[str, Field(pattern=r"^ds_[0-9a-f]{32}$")]
JobId = Annotated[str, Field(pattern=r"^job_[0-9a-f]{32}$")]
SweepId = Annotated[str, Field(pattern=r"^swp_[0-9a-f]{32}$")]
ScheduleId = Annotated[str, Field(pattern=r"^sch_[0-9a-f]{32}$")]
MODEL_NAME = r"^[a-z0-9][a-z0-9._-]{0,62}$"
ModelName = Annotated[str, Field(pattern=MODEL_NAME)]
BackboneName = ModelName  # or the id of one
FindingCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
