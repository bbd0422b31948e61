"""Asks a service for all that an experiment needs: jobs, first steps, answers for a plane."""

import tempfile
from pathlib import Path

from benchmarks.learning.lines import SEEDS, SKETCHES, Experiment, Line
from benchmarks.learning.measures import Run
from benchmarks.learning.samples import FILES
from benchmarks.running_service import FINAL, Service
from worker.jsontypes import Json

MODEL = "learning"
# Of these, only what the network leaves to chance differs from seed to seed.
ALWAYS_THE_SAME = (SKETCHES, "thumbs")
ALL_NUMBERS = 32  # along each side of an array, in a lesson
PLANE = 41  # points along each side of it, from -1 to 1


class Trials:
    """A service, and the datasets that it has so far."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._datasets: dict[tuple[str, int], str] = {}

    def of(self, experiment: Experiment) -> dict[str, list[Run]]:
        """By the names of the lines, a run for each seed."""
        print(f"{experiment.title} …", flush=True)
        return {
            line.name: [self.run(line, seed) for seed in experiment.seeds]
            for line in experiment.lines
        }

    def run(self, line: Line, seed: int) -> Run:
        spec = {
            "model": MODEL,
            **line.spec,
            "dataset": self.dataset(line.dataset, seed),
            "seed": seed,
        }
        run = ended(self.service, spec) if line.trained else Run({}, [])
        if line.lesson:
            run = run._replace(lesson=lesson_of(self.service, spec))
        if line.plane:
            run = run._replace(plane=plane_of(self.service, run.job["model"]["version"]))
        return run

    def dataset(self, name: str, seed: int) -> str:
        """Its id; it is uploaded where it was not yet."""
        key = name, SEEDS[0] if name in ALWAYS_THE_SAME else seed
        if key not in self._datasets:
            with tempfile.TemporaryDirectory() as folder:
                self._datasets[key] = self.service.upload(FILES[name](Path(folder), key[1]))
        return self._datasets[key]


def ended(service: Service, spec: Json) -> Run:
    """The job as it ended: that it diverges may be just what is to be shown."""
    job = service.submit(spec)
    while job["state"] not in FINAL:
        job = service.http.get(f"/v1/jobs/{job['id']}?wait=30").raise_for_status().json()
    code = (job["problem"] or {}).get("code")
    if job["state"] != "succeeded" and code != "diverged":
        raise RuntimeError(f"Expected a job that succeeds or diverges, got {job}.")
    return Run(job, service.metrics(job["id"]))


def lesson_of(service: Service, spec: Json) -> Json:
    """The first step of the job, on four rows; nothing is submitted."""
    answer = service.http.post(f"/v1/lessons/step?most={ALL_NUMBERS}", json=spec)
    found: Json = answer.raise_for_status().json()
    return found


def plane_of(service: Service, version: int) -> list[list[float]]:
    """How sure a version is of the class `same`: a row for each height, from the lowest on."""
    along = [2 * i / (PLANE - 1) - 1 for i in range(PLANE)]
    rows = [[across, up] for up in along for across in along]
    answer = service.http.post(
        f"/v1/models/{MODEL}/versions/{version}/predict", json={"rows": rows}
    )
    answers = answer.raise_for_status().json()["predictions"]
    sure = [each["probabilities"]["same"] for each in answers]
    return [sure[at : at + PLANE] for at in range(0, len(sure), PLANE)]
