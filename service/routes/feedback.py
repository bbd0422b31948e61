"""What was true of predictions, once somebody knows."""

from service.access.scopes import TRAIN, ScopedRouter
from service.deps import StateDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.schemas.live import Feedback, FeedbackAnswer, Judged

router = ScopedRouter(
    prefix="/v1/feedback",
    tags=["predictions"],
    route_class=StrictRoute,
    needs={"POST": TRAIN},
)


@router.post("", responses=problems(409, 507))
def give_feedback(said: Feedback, app_state: StateDep) -> FeedbackAnswer:
    """Say what was true of up to 500 predictions, by their ids. What is said again changes nothing,
    what is said otherwise corrects it; an item that is refused refuses no other."""
    answers = app_state.live_answers
    answers.log.flush()  # what this process has just answered may be judged at once
    truths = [(each.prediction_id, each.label) for each in said.feedback]
    return FeedbackAnswer(data=[Judged.of(each) for each in answers.feedback.give(truths)])
