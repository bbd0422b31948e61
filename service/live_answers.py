"""What models have answered, what is said of it afterwards, and what comes of both."""

from service.settings import ServiceSettings
from worker.operations.feedback import Feedback
from worker.operations.live import LiveModels
from worker.serving.answer_log import AnswerLog
from worker.store.store import Store


class LiveAnswers:
    """What the API has of them.

    Attributes:
        log: gives ids to answers, and keeps them.
        feedback: what was true.
        live: how versions do.
    """

    def __init__(self, store: Store, settings: ServiceSettings) -> None:
        self._most_bytes = settings.keep_answers_bytes
        self.log = AnswerLog(store.answered, on=settings.keep_answers_days > 0)
        self.feedback = Feedback(store, settings.keep_answers_days)
        self.live = LiveModels(store)

    def tidy(self) -> None:
        """Forget what is too old or too much."""
        self.feedback.tidy(self._most_bytes)
