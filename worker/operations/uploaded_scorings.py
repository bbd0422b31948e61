"""What the service may ask for about scorings whose rows are uploaded with the request."""

from worker.jobs.record import Record
from worker.jsontypes import Json
from worker.operations.imports import Imports
from worker.operations.kept_versions import versions_kept
from worker.operations.scoring_request import ScoringRequests
from worker.spec.scoring import AnswersSpec


class UploadedScorings(Imports):
    """Uploads that a model is to answer for. What becomes of them is asked of `Scorings`."""

    def admitted(self, spec: AnswersSpec) -> Json:
        """Returns the body of a scoring of an upload, which names a version.

        Raises:
            InvalidParameter: there is no such model or version.
            DamagedModel: nobody can tell which version is the champion.
        """
        # Of a file that was fetched, its address is no part of what is kept.
        asked = AnswersSpec(**spec.model_dump(include={*AnswersSpec.model_fields}))
        answering = ScoringRequests(self._records, self._store).answering(asked)
        return {**answering, "dataset": None, "split": None, "upload": True}

    def _created(self, record_id: str, body: Json) -> Record:
        # Between the check and this moment the version may have been deleted.
        with versions_kept(self._records.kind, body, self._store):
            return super()._created(record_id, body)
