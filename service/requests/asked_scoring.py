"""What a scoring is asked for by: JSON, or the address and an upload as the body."""

from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.exceptions import HTTPException

from service.requests.fetched import FileAddress
from service.requests.json_body import type_refusal
from worker.spec.names import ModelName
from worker.spec.scoring import AnswersSpec, ScoringSpec, Threshold, Top, Version


class FetchedScoring(FileAddress, AnswersSpec):
    """A model, and the address of a file with the rows that it is asked about."""


# A JSON body, by whether it names a file.
OF_JSON: dict[bool, type[ScoringSpec] | type[FetchedScoring]] = {
    False: ScoringSpec,
    True: FetchedScoring,
}


async def asked_scoring(
    request: Request,
    model: Annotated[
        ModelName | None, Query(description="With an upload; as are the other parameters.")
    ] = None,
    version: Annotated[Version, Query()] = None,
    threshold: Annotated[Threshold, Query(allow_inf_nan=False)] = None,
    top: Annotated[Top, Query()] = 10,
) -> AnswersSpec | None:
    """Returns how a model is to answer for an upload; None where the address names none."""
    if model is None:
        return None
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
