"""What may be asked for, and how much of it."""

from typing import Any

from fastapi import APIRouter

from service.deps import SettingsDep
from service.settings import limits_of
from worker.spec import JobSpec

router = APIRouter(prefix="/v1", tags=["about"])


@router.get("/schema/job")
def job_schema() -> dict[str, Any]:
    """The JSON Schema of a job's spec, with defaults and advice."""
    return JobSpec.model_json_schema()


@router.get("/limits")
def limits(settings: SettingsDep) -> dict[str, int]:
    """Every limit in force."""
    return limits_of(settings)
