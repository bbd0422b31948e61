"""What MLflow's own client sees: `python seen_by_mlflow.py ADDRESS JOB MODEL ROWS`.

It is run where MLflow is installed; it prints what it saw as JSON.
"""

import json
import sys
from typing import Any

import mlflow
import numpy as np


def main(address: str, job: str, model: str, rows: str) -> dict[str, Any]:
    mlflow.set_tracking_uri(address)
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("purrceptron")
    wanted = f"tags.`purrceptron.job_id` = '{job}'"
    runs = client.search_runs([experiment.experiment_id], wanted)
    (run,) = runs
    versions = client.search_model_versions(f"run_id = '{run.info.run_id}'")
    history = client.get_metric_history(run.info.run_id, "loss/train")
    loaded = mlflow.pyfunc.load_model(f"models:/{model}/{versions[0].version}")
    answers = loaded.predict({"pictures": np.load(rows)})
    return {
        "name": run.info.run_name,
        "status": run.info.status,
        "times": [run.info.start_time, run.info.end_time],
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": run.data.metrics,
        "history": [[each.step, each.value] for each in history],
        "files": sorted(files(client, run.info.run_id)),
        "versions": [[each.name, each.tags] for each in versions],
        "classes": loaded.metadata.metadata["classes"],
        "probabilities": answers["probabilities"].tolist(),
        "onnx": type(mlflow.onnx.load_model(f"runs:/{run.info.run_id}/model")).__name__,
    }


def files(client: Any, run: str, folder: str | None = None) -> list[str]:
    found: list[str] = []
    for each in client.list_artifacts(run, folder):
        found += files(client, run, each.path) if each.is_dir else [each.path]
    return found


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
