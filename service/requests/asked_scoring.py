"""What a scoring is asked for by: JSON, or the address and an upload as the body."""

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from service.requests.fetched import FileAddress
from service.requests.json_body import type_refusal
from worker.errors import InvalidParameter
from worker.spec.names import ModelName
from worker.spec.scoring import AnswersSpec, ScoringSpec, Threshold, Top, Version


class FetchedScoring(FileAddress, AnswersSpec):
    """A model, and the address of a file with the rows that it is asked about."""


OF_JSON: tuple[type[BaseModel], ...] = (ScoringSpec, FetchedScoring)  # that a body may be
OF_UPLOAD = {"model", "version", "threshold", "top"}  # parameters


async def asked_scoring(
    request: Request,
    model: Annotated[
        ModelName | None, Query(description="With an upload; as are the other parameters.")
    ] = None,
    version: Annotated[Version, Query()] = None,
    threshold: Annotated[Threshold, Query(allow_inf_nan=False)] = None,
    top: Annotated[Top, Query()] = 10,
) -> AnswersSpec | None:
    """Returns how a model is to answer for an upload; None where the address says nothing of that.

    Raises:
        InvalidParameter: it names no model, or what a dataset is asked for beside one.
    """
    given = {*request.query_params}
    if model is None and given & OF_UPLOAD:
        others = ", ".join(sorted(given & OF_UPLOAD))
        raise InvalidParameter(f"Expected model beside {others}, got none; name the one to ask.")
    if model is None:
        return None
    if others := ", ".join(sorted(given - OF_UPLOAD)):
        raise InvalidParameter(
            f"Expected {', '.join(sorted(OF_UPLOAD))} of an upload for which a model answers, got "
            f"{others} too; leave that out."
        )
    return AnswersSpec(model=model, version=version, threshold=threshold, top=top)


AnswersDep = Annotated[AnswersSpec | None, Depends(asked_scoring)]


def with_upload(request: Request, asked: AnswersSpec | None) -> AnswersSpec:
    """Returns how a model is to answer for the upload that the body is.

    Raises:
        HTTPException: 415; the address names no model, so the body should have been JSON.
    """
    if asked is None:
        raise HTTPException(
            415,
            f"{type_refusal(request)} Or name the model in the address of an upload: ?model=….",
        )
    return asked
