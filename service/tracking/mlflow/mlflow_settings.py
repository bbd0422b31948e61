"""Where MLflow is, and who the service is there. MLflow's names of these variables count too."""

from typing import Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from worker.settings import Settings


def read_from(name: str) -> Any:
    """Returns the variables that a setting is read from: ours outranks MLflow's."""
    return AliasChoices(f"PURR_{name}", name)


class MlflowSettings(Settings):
    """The worker's settings, and those by which the API sends to MLflow."""

    # Some are secrets, and a traceback is no place for them.
    model_config = SettingsConfigDict(hide_input_in_errors=True, populate_by_name=True)

    mlflow_tracking_uri: str | None = Field(
        None,
        validation_alias=read_from("MLFLOW_TRACKING_URI"),
        description="Address of an [MLflow](tracking.md#mlflow) server that jobs are sent to.",
    )
    mlflow_experiment_name: str = Field(
        "purrceptron",
        min_length=1,
        max_length=250,
        validation_alias=read_from("MLFLOW_EXPERIMENT_NAME"),
        description="Experiment that they belong to there.",
    )
    mlflow_tracking_username: str | None = Field(
        None,
        validation_alias=read_from("MLFLOW_TRACKING_USERNAME"),
        description="User that the service is there.",
    )
    mlflow_tracking_password: SecretStr | None = Field(
        None,
        validation_alias=read_from("MLFLOW_TRACKING_PASSWORD"),
        description="Password of that user.",
    )
    mlflow_tracking_token: SecretStr | None = Field(
        None,
        validation_alias=read_from("MLFLOW_TRACKING_TOKEN"),
        description="Token that is shown there where no user is named.",
    )

    @field_validator("mlflow_tracking_uri")
    @classmethod
    def _a_server_without_a_user(cls, uri: str | None) -> str | None:
        if uri is None:
            return None
        parts = urlsplit(uri)
        extra = parts.username, parts.password, parts.query, parts.fragment
        if parts.scheme not in ("http", "https") or not parts.hostname or any(extra):
            raise ValueError(
                "Expected http://… or https://… of an MLflow server, without a user in it, whom "
                "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD name; files and databases "
                "need one in front: `mlflow server`. Correct MLFLOW_TRACKING_URI, or unset it"
            )
        return uri.rstrip("/")
