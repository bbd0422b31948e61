"""Speaks to a Purrceptron, which trains small neural networks over HTTP and serves them."""

from purrceptron.answers import Answer, Finding, Problem
from purrceptron.client import AsyncClient, Client
from purrceptron.datasets import Dataset
from purrceptron.errors import (
    Busy,
    Conflict,
    Failed,
    Forbidden,
    Invalid,
    NoRoom,
    NotFound,
    Overdue,
    PurrError,
    Refused,
    ServiceFault,
    Stranger,
    Unauthenticated,
    Unreachable,
)
from purrceptron.events import Event
from purrceptron.job_log import LogLine
from purrceptron.jobs import Job
from purrceptron.keys import Key, NewKey
from purrceptron.metrics import Epoch, Metrics
from purrceptron.models import Model
from purrceptron.predictions import Prediction, Predictions
from purrceptron.transport import Async, Sync
from purrceptron.versions import Alias, ModelSummary, Version

__version__ = "0.1.0"

__all__ = [
    "Alias",
    "Answer",
    "Async",
    "AsyncClient",
    "Busy",
    "Client",
    "Conflict",
    "Dataset",
    "Epoch",
    "Event",
    "Failed",
    "Finding",
    "Forbidden",
    "Invalid",
    "Job",
    "Key",
    "LogLine",
    "Metrics",
    "Model",
    "ModelSummary",
    "NewKey",
    "NoRoom",
    "NotFound",
    "Overdue",
    "Prediction",
    "Predictions",
    "Problem",
    "PurrError",
    "Refused",
    "ServiceFault",
    "Stranger",
    "Sync",
    "Unauthenticated",
    "Unreachable",
    "Version",
]
