"""Rules about the epochs: how the cost develops, and the vital signs of the layers."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import mean

from worker.doctor import remedies
from worker.doctor.chart import RECENT, Chart
from worker.doctor.remedies import replace
from worker.findings.finding import Severity, short
from worker.findings.rule import Observation


def unless_learning(chart: Chart) -> Severity:
    """Returns how severe a bad vital sign is: a warning where the network learns all the same."""
    return "warning" if chart.has_learned else "severe"


# A wide network with He's initializer starts at about twice an even guess; dropout adds to that.
HIGH_COST = 3  # times an even guess
# Adam's first steps on wide rows also raise the cost so high, but then it falls at once.
ENDURED = 3  # epochs in a row
LEAP = 1.25  # times the cost of the epoch before; it must also rise by a quarter of a guess
LEAPS, WINDOW = 3, 10  # so many leaps in so many epochs; one or two may be chance


def learning_rate_too_high(chart: Chart) -> Observation | None:
    losses, guess = chart.losses, chart.guess_cost
    if len(losses) < ENDURED:
        return None
    # Dropout makes the cost higher and less even, at any learning rate.
    kept = 1 - chart.spec.network.dropout
    # A cost that starts high is compared with its start.
    limit = HIGH_COST * (chart.even_cost / kept if chart.starts_small else losses[0])
    high = min(losses[-ENDURED:]) > limit
    wrecked = max(losses) > limit and not chart.has_learned and chart.stuck_for() > 0
    steps = pairwise(losses[-WINDOW - 1 :])
    leaps = sum(after > max(LEAP / kept * before, before + guess / 4) for before, after in steps)
    if not (high or wrecked or leaps >= LEAPS):
        return None
    return Observation(
        "The steps are so large that they jump over the better weights: the cost leaps up instead "
        "of falling.",
        {
            "learning_rate": chart.spec.optimizer.learning_rate,
            "highest_loss": short(max(losses)),
            "loss": short(losses[-1]),
            "leaps": leaps,
        },
        remedies.obstacles_removed(chart) + remedies.slower(chart.spec),
        severity="severe" if high or wrecked else "warning",
    )


# Part of the weights' size by which the whole job would move them at most. A network that learns
# moves them by a tenth at least.
NOWHERE = 0.02


def learning_rate_too_low(chart: Chart) -> Observation | None:
    epochs, schedule = chart.signed, chart.spec.schedule
    if len(epochs) < RECENT or epochs[-1]["epoch"] <= schedule.warmup_epochs:
        return None
    if chart.has_learned or (pace := chart.pace()) >= NOWHERE:
        return None
    return Observation(
        "The steps are so small that the weights will hardly have moved when the job ends.",
        {
            "learning_rate": chart.spec.optimizer.learning_rate,
            "weights_move_by": short(pace),
            "first_loss": short(chart.losses[0]),
            "loss": short(chart.losses[-1]),
        },
        remedies.faster(chart),
    )


# Gradients of the first layer grow with the root of the inputs' number: on 12,288 standardized
# pixels and without hidden layers they reach 110 at most.
EXPLODED = 100


def exploding_gradients(chart: Chart) -> Observation | None:
    epochs = chart.signed
    if not epochs or chart.spec.regularization.clip_norm is not None:
        return None
    # A large gradient does no harm where the cost is low: there the steps have the right length.
    norm, loss = max((largest(epoch["gradient_norms"]), epoch["loss"]) for epoch in epochs)
    if not (norm > EXPLODED and loss > HIGH_COST * chart.even_cost):
        return None
    patch = remedies.obstacles_removed(chart)
    patch = patch or replace("/regularization/clip_norm", 1.0) + remedies.slower(chart.spec)
    return Observation(
        "The gradients are so large that a step throws the weights far away instead of improving "
        "them.",
        {"gradient_norm": short(norm), "loss": short(loss)},
        patch,
        severity=unless_learning(chart),
    )


def largest(norms: Sequence[float | None]) -> float:
    """Returns the largest norm; frozen layers have none, and the last layer is never frozen."""
    return max(norm for norm in norms if norm is not None)


# A layer counts when most of its units are dead or saturated. In a small layer one or two often
# are, and the network learns with the others.
MOST_UNITS = 0.5


def saturated_units(chart: Chart) -> Observation | None:
    # A relu is flat on one side by design: of its units, dead_units tells.
    if chart.spec.network.activation not in ("tanh", "sigmoid"):
        return None
    shares = chart.unit_shares("saturated")
    if max(shares, default=0) < MOST_UNITS:
        return None
    return Observation(
        "Most units of a layer sit on the flat ends of their activation, where a step changes "
        "almost nothing.",
        {"saturated": [short(share) for share in shares]},
        remedies.obstacles_removed(chart) or remedies.slower(chart.spec),
        severity=unless_learning(chart),
    )


FOR_EVER = (
    "Most units of a layer are off on every row, so no gradient reaches them and they cannot come "
    "back."
)
FOR_NOW = (
    "Most units of a layer are off on every row and get no gradient; only if the layers before it "
    "change can they come back, and the cost no longer falls."
)


def dead_units(chart: Chart) -> Observation | None:
    shares = chart.unit_shares("dead")
    # Where all answers are right and certain there is no gradient, and nothing is wrong.
    if max(shares, default=0) < MOST_UNITS or chart.losses[-1] < chart.guess_cost / 100:
        return None
    # The inputs of the first layer never change, and no gradient passes a layer that is all dead.
    lost = max(shares) == 1 or shares[0] >= MOST_UNITS
    stuck = chart.stuck_for() > 0
    if not lost and (not stuck or chart.falls_by()):
        return None
    severe = max(shares) == 1 or (stuck and not chart.has_learned)
    revived = replace("/network/activation", "leaky_relu")
    if severe:  # a network that learns would only learn more slowly
        revived += remedies.slower(chart.spec)
    return Observation(
        FOR_EVER if lost else FOR_NOW,
        {"dead": [short(share) for share in shares]},
        remedies.obstacles_removed(chart) or revived,
        severity="severe" if severe else "warning",
    )


# With He's or Glorot's initializer the norms of all layers are within a factor of ten. Each layer
# of sigmoids divides them by four or more, so three of them divide by fifty or more.
VANISHED = 1 / 50


def vanishing_gradients(chart: Chart) -> Observation | None:
    if len(chart.signed) < RECENT:
        return None
    norms = chart.gradient_norms()
    # A gradient of exactly 0 has other causes: dead units, or weights that are all zero.
    if len(norms) < 3 or chart.has_learned or min(norms) == 0:
        return None
    if min(norm / max(norms[at:]) for at, norm in enumerate(norms)) > VANISHED:
        return None
    return Observation(
        "The gradient shrinks from layer to layer on its way back, so the early layers hardly "
        "learn.",
        {"gradient_norms": [short(norm) for norm in norms]},
        remedies.bend(chart.spec) or remedies.evened(chart.spec) or remedies.shallower(chart.spec),
    )


NEAR_GUESS = (0.97, 1.1)  # times the cost of a guess


def not_learning(chart: Chart) -> Observation | None:
    if not (epochs := chart.stuck_for()):
        return None
    loss, guess = mean(chart.losses[-epochs:]), chart.guess_cost
    low, high = NEAR_GUESS
    if not low * guess < loss < high * guess:
        return None
    return Observation(
        "The cost stays where it is when the network only guesses: it has found nothing in the "
        "data yet.",
        {"loss": short(loss), "guess": short(guess), "epochs": epochs},
        remedies.plain(chart.spec),
    )


WORSE = 1.2  # times the best validation loss; less may be chance where it has few rows
SINCE = 5  # epochs since the best validation loss


def overfitting(chart: Chart) -> Observation | None:
    # Early stopping takes the best epoch's weights, so the later ones do no harm.
    if chart.spec.early_stopping:
        return None
    # It is missing where no row is kept out, and infinite where the training diverged.
    losses = ((epoch, epoch["validation_loss"]) for epoch in chart.epochs)
    seen = [epoch for epoch, loss in losses if loss is not None and math.isfinite(loss)]
    if not seen:
        return None
    best, last = min(seen, key=lambda epoch: epoch["validation_loss"]), seen[-1]
    rises = last["validation_loss"] > WORSE * best["validation_loss"]
    late = last["epoch"] - best["epoch"] >= SINCE
    if not (rises and late and last["loss"] < best["loss"]):
        return None
    return Observation(
        "The network learns the training rows by heart: its cost still falls there, but rises on "
        "rows it has not seen.",
        {
            "best_epoch": best["epoch"],
            "best_validation_loss": short(best["validation_loss"]),
            "validation_loss": short(last["validation_loss"]),
            "loss": short(last["loss"]),
        },
        remedies.stopped_early(chart.spec),
    )
