"""A model and its versions."""

from datetime import datetime

from pydantic import BaseModel, Field

from service.responses.endings import EndedBy
from service.schemas.jobs import DoctorsFinding
from service.schemas.provenance import Chain, Environment
from service.schemas.unsure import Unsure
from worker.jsontypes import Json
from worker.operations.models import Versions
from worker.store.aliases import CHAMPION


class Parent(BaseModel):
    """A version from whose weights another was trained; `digest` is that of its tensors."""

    model: str
    version: int
    digest: str


class Fingerprint(BaseModel):
    """What a picture of the service's own became, where the model was trained: the digest of its
    pixels, and the versions of the libraries that made them."""

    sha256: str
    made_by: dict[str, str | None]


class Int8(BaseModel):
    """The export with weights of 8 bits: on the same rows, the largest difference in probability
    to what is answered here, its accuracy, how much less that is than with whole weights, with the
    interval at 95 %, and how many rows get another class."""

    largest_difference: float
    accuracy: float
    accuracy_lost: float
    interval: tuple[float, float]
    changed: int


class Export(BaseModel):
    """What is known of the ONNX file of a version: the largest difference in probability between it
    and what is answered here, on so many rows of a split and on made-up ones. `refused` says why
    there is none, and is null where there is one."""

    refused: str | None = None
    opset: int | None = None
    inputs: list[Json] = []
    made_by: dict[str, str] | None = None
    split: str | None = None
    rows: int | None = None
    largest_difference: float | None = None
    int8: Int8 | None = None
    files: dict[str, str] | None = None


class Version(BaseModel):
    """One published version of a model; `backbone` is the digest of the one on whose features it
    was trained, null where it was trained on raw samples; `unsure` is null of one that was trained
    before models could be."""

    name: str
    version: int
    created_at: datetime
    job: str
    spec: Json
    dataset: Json
    shape: list[int]
    classes: list[str]
    preprocessing: Json
    result: Json
    ended_by: EndedBy | None = None
    findings: list[DoctorsFinding] = []
    fold_difference: float
    digest: str
    parents: list[Parent] = []
    backbone: str | None = None
    fingerprint: Fingerprint | None = None
    unsure: Unsure | None = None
    chain: Chain | None = None
    environment: Environment | None = None
    aliases: list[str] = []
    export: Export | None = None
    bytes: int = Field(description="What its files take on the disk.")
    trashed_until: datetime | None = Field(
        None, description="When it goes for good, at the latest; null unless it is in the trash."
    )


class Model(BaseModel):
    """A model and some of its versions, the newest first; `next` is where the older ones begin.
    `champion` is the version that answers where none is named, `aliases` has those that every alias
    names. Of a model in the trash these are the versions there, of which none is champion."""

    name: str
    newest: int
    champion: int | None
    aliases: dict[str, int]
    total: int
    notes: str
    tags: list[str]
    versions: list[Version]
    next: str | None

    @classmethod
    def of(cls, model: Versions) -> "Model":
        """Returns the model with all versions that it comes with."""
        versions = [Version(**manifest) for manifest in model.manifests]
        return cls(**about(model), versions=versions, next=None)


def about(model: Versions) -> Json:
    """Returns what is said of a model beside its versions."""
    return {
        "name": model.name,
        "newest": model.newest,
        "champion": model.aliases.get(CHAMPION),
        "aliases": model.aliases,
        "total": model.total,
        **model.labels,
    }
