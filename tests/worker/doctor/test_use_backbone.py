"""What the doctor says of pictures that are too few to learn from nothing."""

from dataclasses import replace
from typing import Any

import pytest

from tests.worker.doctor.patients import GOOD, net, patched, rate, records, spec_of
from tests.worker.doctor.test_after import LEVEL, partly_right
from worker.doctor.examination import examine
from worker.doctor.outcome import Outcome
from worker.findings.finding import Finding
from worker.jsontypes import Json
from worker.operations.revision import prescribed, revised
from worker.spec import JobSpec
from worker.spec.recipes import RECIPES, expanded

PHOTOS = replace(GOOD, pictures=True)
SPEC: Json = {"dataset": "ds_" + "0" * 32, "recipe": "photos", "seed": 7, "epochs": 20}


def found(
    accuracy: float | None,
    backbone: str | None = None,
    epochs: list[Json] | None = None,
    spec: JobSpec | None = None,
    **about: Any,
) -> dict[str, Finding]:
    """Findings on a job that is right on this share of 200 test rows; None for one without any."""
    test = None if accuracy is None else partly_right(200, accuracy)
    result = {"train": partly_right(200, 1), "validation": None, "test": test}
    outcome = Outcome("epochs", result, ["cat", "dog"], None, backbone)
    spec = spec or JobSpec.model_validate(expanded(SPEC))
    seen = examine(LEVEL if epochs is None else epochs, spec, replace(PHOTOS, **about), outcome)
    return {finding.code: finding for finding in seen}


def test_few_photos_of_which_some_are_mistaken_want_a_backbone() -> None:
    seen = found(0.9)["use_backbone"]
    low, high = partly_right(200, 0.9)["accuracy_interval"]
    assert seen.evidence == {
        "train_rows": 200,
        "accuracy": 0.9,
        "accuracy_interval": pytest.approx([low, high], abs=1e-4),
        "backbone": None,
    }
    assert "200 pictures" in seen.message
    assert "POST /v1/backbones or `purr backbones add`" in seen.message
    assert (seen.severity, seen.patch) == ("warning", [])


@pytest.mark.parametrize(
    "healthy",
    [
        {"accuracy": 0.93},  # up to 95.8 % with 200 rows
        {"accuracy": None},
        {"accuracy": 0.9, "pictures": False},
        {"accuracy": 0.9, "train_per_class": [2500, 2500]},
    ],
    ids=["may be well", "not tested", "a table or features", "enough of them"],
)
def test_nothing_is_said_where_a_backbone_is_not_known_to_help(healthy: dict[str, Any]) -> None:
    assert "use_backbone" not in found(**healthy)


def test_a_network_that_does_not_learn_is_cured_first() -> None:
    assert "use_backbone" not in found(0.6, epochs=records([0.6931] * 20))
    fast = spec_of(network=net(5, 5), optimizer=rate(1.0))
    leaping = records([0.3, 0.6] * 10)
    assert "learning_rate_too_high" in found(0.7, epochs=leaping, spec=fast)
    assert "use_backbone" not in found(0.7, epochs=leaping, spec=fast)


def test_a_network_that_is_not_better_than_a_guess_may_want_one_too() -> None:
    assert {"use_backbone", "no_better_than_guessing"} <= found(0.5).keys()


def test_while_it_trains_nothing_is_said() -> None:
    spec = JobSpec.model_validate(expanded(SPEC))
    assert "use_backbone" not in {each.code for each in examine(LEVEL, spec, PHOTOS)}


def test_where_a_backbone_is_ready_the_patch_makes_a_job_of_the_recipe_on_it() -> None:
    before = JobSpec.model_validate(expanded(SPEC))
    seen = found(0.9, "mobilenet")["use_backbone"]
    assert seen.evidence["backbone"] == "mobilenet"
    assert "'mobilenet'" in seen.message
    after = patched(before, seen.patch)
    wanted = {**SPEC, "recipe": "backbone", "backbone": "mobilenet"}
    del wanted["epochs"]
    assert after == JobSpec.model_validate(expanded(wanted))
    assert after.network.kind == "dense"
    assert (after.seed, after.epochs) == (7, RECIPES["backbone"].spec["epochs"])


def test_a_model_of_pictures_is_no_start_for_features() -> None:
    start = {"start_from": {"model": "cats", "version": 1}, "freeze": 1}
    before = JobSpec.model_validate(expanded({**SPEC, **start}))
    after = patched(before, found(0.9, "mobilenet", spec=before)["use_backbone"].patch)
    assert (after.start_from, after.freeze) == (None, 0)


def test_whoever_follows_all_findings_gets_a_job_that_can_be_asked_for() -> None:
    before = JobSpec.model_validate(expanded(SPEC))
    told = [finding.as_dict() for finding in found(0.8, "mobilenet").values()]
    assert [finding["code"] for finding in told] == ["use_backbone", "overfitting", "use_folds"]
    after = revised(before.model_dump(mode="json"), prescribed(told, None))
    followed = [*told[0]["patch"], *told[2]["patch"]]
    assert after == patched(before, followed).model_dump(mode="json")


def test_what_is_not_to_go_live_by_itself_does_not_by_following_the_advice() -> None:
    before = JobSpec.model_validate(expanded({**SPEC, "promote": "never"}))
    after = patched(before, found(0.9, "mobilenet", spec=before)["use_backbone"].patch)
    assert (after.backbone, after.promote) == ("mobilenet", "never")
