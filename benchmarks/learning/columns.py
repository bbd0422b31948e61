"""What the tables of docs/learning.md and its neighbours have in their columns."""

SHARES = (
    *("train_accuracy", "test_accuracy", "out_of_use"),
    *("by_heart", "train", "test", "noisy_train", "noisy_test"),
)
COLUMNS: dict[str, dict[str, str]] = {
    "depth": {
        "shrinks_by": "gradient shrinks, per layer, by",
        "loss": "loss",
        "test_accuracy": "test accuracy",
    },
    "batch_norm": {
        "shrinks_by": "gradient shrinks, per layer, by",
        "learned_epoch": "epochs to half a guess",
        "loss": "loss",
        "test_accuracy": "test accuracy",
    },
    "start": {
        "first_loss": "loss, first epoch",
        "loss": "loss, last epoch",
        "out_of_use": "units out of use",
        "train_accuracy": "training accuracy",
        "test_accuracy": "test accuracy",
    },
    "normalization": {
        "first_loss": "loss, first epoch",
        "loss": "loss, last epoch",
        "out_of_use": "units out of use",
        "test_accuracy": "test accuracy",
    },
    "optimizers": {
        "learned_epoch": "epochs to half a guess",
        "loss": "loss, last epoch",
        "lowest_loss": "lowest loss",
        "late_peak": "highest, second half",
        "test_accuracy": "test accuracy",
    },
    "best_rates": {
        "rate": "best rate",
        "loss": "loss there",
        "late_peak": "highest, second half",
        "test_accuracy": "test accuracy there",
        "lowest": "learns from",
        "highest": "up to",
    },
    "bend": {
        "parameters": "parameters",
        "loss": "loss",
        "train_accuracy": "training accuracy",
        "test_accuracy": "test accuracy",
    },
    "corners": {"loss": "loss", "test_accuracy": "test accuracy"},
    "bends": {
        "shrinks_by": "gradient shrinks, per layer, by",
        "learned_epoch": "epochs to half a guess",
        "loss": "loss",
        "test_accuracy": "test accuracy",
    },
    "vanishing": {
        "forth": "A grows, per layer, by",
        "back": "dZ grows, per layer, by",
        "cost_before": "first cost",
        "loss": "loss, last epoch",
        "test_accuracy": "test accuracy",
    },
    "contours": {
        "rate": "best rate",
        "highest": "arrives up to",
        "steps": "steps there",
    },
    "first_steps": {
        "moved": "a weight moves by",
        "risen": "seeds with which the cost rises",
        "worst": "times, at worst",
        "falls_up_to": "falls with every seed up to",
    },
    "sizes": {
        "rate": "best rate",
        "steps": "steps in an epoch",
        "epoch_ms": "milliseconds for an epoch",
        "epochs": "epochs to the loss",
        "seconds": "seconds to the loss",
    },
    "cache": {
        "forward": "the way there",
        "backward": "the way back",
        "without": "the way back, with nothing kept",
        "times": "times as many",
        "kept": "numbers kept",
    },
    "by_size": {
        "parameters": "parameters",
        "by_heart": "dealt labels, by heart",
        "train": "true labels, by heart",
        "test": "new pictures",
        "noisy_train": "a fifth wrong, by heart",
        "noisy_test": "new pictures then",
    },
}
COLUMNS["initializers"] = COLUMNS["vanishing"]
