"""What may be asked for, and how much of it."""

from typing import Any

from service.access.scopes import ANY, ScopedRouter
from service.deps import SettingsDep
from service.schemas.common import Page
from service.schemas.recipes import Recipe
from service.settings import limits_of
from worker.spec import JobSpec
from worker.spec.recipes import RECIPES

router = ScopedRouter(prefix="/v1", tags=["about"], needs={"GET": ANY})


@router.get("/schema/job")
def job_schema() -> dict[str, Any]:
    """The JSON Schema of a job's spec, with defaults and advice."""
    return JobSpec.model_json_schema()


@router.get("/recipes")
def list_recipes() -> Page[Recipe]:
    """Specs that are known to do well, by the names that a submission may give as its `recipe`."""
    return Page(data=[Recipe.of(name) for name in RECIPES], next=None)


@router.get("/limits")
def limits(settings: SettingsDep) -> dict[str, int]:
    """Every limit in force."""
    return limits_of(settings)
