"""Which operations of the API are tools, and what a language model is told of each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

MOST_CHARACTERS = 20_000  # of the JSON of an answer; some five thousand tokens
PROMOTE = {"alias": "champion"}
PAGE = {"limit": 20}
WAITING = "Then ask show_job with `wait`."


class Tool(NamedTuple):
    """A tool.

    Attributes:
        operations: of the API; the first is asked of which all path parameters are given.
        defaults: arguments that are asked for unless others are given.
        writes, destroys, repeats: whether it changes something; whether that takes something away
            or changes what others are answered; whether twice is as once.
        most: characters of the JSON of an answer.
    """

    name: str
    title: str
    operations: tuple[str, ...]
    description: str
    defaults: Mapping[str, Any] = MappingProxyType({})
    writes: bool = False
    destroys: bool = False
    repeats: bool = False
    most: int = MOST_CHARACTERS


READING = (
    Tool(
        "list_datasets", "List datasets", ("list_datasets",),
        "Datasets, the newest first: id, state, classes, rows. Train only on those that are ready.",
        PAGE,
    ),
    Tool(
        "show_dataset", "Show a dataset", ("show_dataset",),
        "One dataset: classes, rows of each split and class, and findings: what was seen when it "
        "was checked, such as duplicates or wrong labels, with the edit that would mend it.",
    ),
    Tool(
        "look_at_dataset", "Look at pictures of a dataset", ("show_preview",),
        "A sheet with some pictures of each class, as an image. Those that findings name have "
        "frames.",
    ),
    Tool(
        "list_recipes", "List recipes", ("list_recipes",),
        "Specs that are known to do well: give the name of one as `recipe` to train.",
    ),
    Tool(
        "job_schema", "Read the schema of a job", ("job_schema",),
        "The whole JSON Schema of what train takes, with defaults and advice: long, and needed "
        "only to build networks, optimizers, schedules or augmentations by hand.",
        most=60_000,
    ),
    Tool(
        "estimate_job", "Estimate a job", ("estimate_job",),
        "What train would take with the same arguments: seconds, memory, disk, wait for a worker; "
        "and whether what it would train is sound. Submits nothing. May take some seconds.",
    ),
    Tool(
        "list_jobs", "List jobs", ("list_jobs",),
        "Jobs, the newest first, each in a few fields: state, model, dataset, progress, accuracy.",
        PAGE,
    ),
    Tool(
        "show_job", "Show a job", ("show_job",),
        "One job: state, progress, result with intervals, and the doctor's findings: why it does "
        "not learn well, with the patch that would help (retry_job follows it). With `wait`, "
        "answers when the state has changed or so many seconds have passed: better than to ask "
        "again and again.",
    ),
    Tool(
        "job_metrics", "Show the curves of a job", ("show_metrics",),
        "Epochs of a job, spread evenly from the first to the last: cost, accuracy, validation, "
        "learning rate.",
    ),
    Tool(
        "compare_jobs", "Compare jobs", ("compare_jobs",),
        "2 to 20 jobs side by side: where their specs differ, their curves, and whether one model "
        "is right more often than another by a test, in words.",
        {"points": 20},
    ),
    Tool(
        "list_models", "List models", ("list_models",),
        "Models by name, each with its newest version and its champion: the version that answers.",
        PAGE,
    ),
    Tool(
        "show_model", "Show a model", ("show_version", "show_model"),
        "One model and its newest versions, or with `version` one of them: how well it does on "
        "each split and class, from which job and dataset it came.",
        {"limit": 5},
    ),
    Tool(
        "look_at_errors", "Look at wrong answers", ("show_errors",),
        "A sheet with the pictures of a split that a version of a model answered wrong, as an "
        "image; those that look mislabelled have frames.",
    ),
    Tool(
        "predict", "Ask a model",
        ("predict_by_version", "predict_by_alias", "predict_by_name", "predict"),
        "What a model says of `rows` of numbers, of `images` in base64, or of a picture at a `url` "
        "that the service may fetch. `decision` is the label, or unsure with the reason.",
    ),
    Tool(
        "explain", "Explain an answer", ("explain_by_version", "explain"),
        "What a model says of one picture and why: an image with what speaks for the class in warm "
        "colours, and the rows that it learned from and that are most like it.",
    ),
)  # fmt: skip
WRITING = (
    Tool(
        "train", "Train a model", ("submit_job",),
        "Submit a job that trains a model: say at least `dataset`, `model` and a `recipe`; all "
        "else has defaults. Some fields are told in short here; job_schema has them whole. Give an "
        f"`idempotency_key`, so that asking twice trains once. {WAITING}",
        writes=True,
    ),
    Tool(
        "retry_job", "Retry a job otherwise", ("retry_job",),
        "Submit the spec of a job again as a new job, changed as its findings say (`findings`: "
        f"all, or codes) or by a JSON Patch (`patch`). {WAITING}",
        writes=True,
    ),
    Tool(
        "cancel_job", "Cancel a job", ("cancel_job",),
        "End a job and discard what it did. It cannot be taken back.",
        writes=True, destroys=True,
    ),
    Tool(
        "stop_job", "Stop a job early", ("stop_job",),
        "End a job early and keep the model that it has by then. It cannot be taken back.",
        writes=True, destroys=True,
    ),
    Tool(
        "pause_job", "Pause a job", ("pause_job",),
        "Keep what a job has learned so far, and let its worker do something else.",
        writes=True,
    ),
    Tool(
        "resume_job", "Resume a job", ("resume_job",),
        "Let a paused job go on where it was.",
        writes=True,
    ),
    Tool(
        "promote", "Promote a version", ("set_alias",),
        "Have a version of a model answer from now on, if it is no worse than the one before; "
        "everybody who asks the model sees it. roll_back undoes it.",
        PROMOTE, writes=True, destroys=True, repeats=True,
    ),
    Tool(
        "roll_back", "Roll back to the version before", ("roll_back_alias",),
        "Have the version of a model answer again that answered before.",
        PROMOTE, writes=True, destroys=True,
    ),
)  # fmt: skip
TOOLS = {tool.name: tool for tool in (*READING, *WRITING)}
