"""What `/openapi.json` shows of a step of a training."""

from worker.jsontypes import Json

SAID = (
    "The cost of these 4 rows falls: 0.815125 before the step, 0.795261 after it. The way there "
    "takes 196,624 multiplications and the way back 196,656, since 36 numbers were kept; with "
    "nothing kept it would take 589,888. Of 39 derivatives that were compared with central "
    "differences none is further from them than 7.5e-12; the largest is 0.363."
)
# Two of the arrays, and one of the parameters.
Z1: Json = {
    "name": "Z1", "shape": [4, 4], "part": "forward", "layer": "1",
    "formula": "Z1 = A0 W1 + b1", "multiplications": 196_608, "uses": ["A0", "W1", "b1"],
    "arrived": [], "used_by": ["A1", "dZ1"], "kept": True,
    "numbers": [[-1.013, -0.3852], [-0.5141, -0.4442]],
}  # fmt: skip
DW2: Json = {
    "name": "dW2", "shape": [4, 1], "part": "backward", "layer": "2",
    "formula": "dW2 = A1ᵀ dZ2", "multiplications": 16, "uses": ["A1", "dZ2"],
    "arrived": ["dZ2"], "used_by": ["W2"], "kept": False, "numbers": [[-0.0482], [0.0313]],
}  # fmt: skip
W2: Json = {
    "name": "W2", "shape": [4, 1], "formula": "W2 ← W2 − α dW2",
    "before": [[0.9082], [-0.5008]], "after": [[0.9563], [-0.5321]],
}  # fmt: skip
LESSON: Json = {
    "said": SAID,
    "rows": [{"row": row, "label": label} for row, label in enumerate(("cat", "other") * 2)],
    "learning_rate": 1.0,
    "cost_before": 0.815125,
    "cost_after": 0.795261,
    "arrays": [Z1, DW2],
    "updates": [W2],
    "cache": {
        "kept": ["Z1", "A1", "ŷ"], "numbers": 36, "forward": 196_624, "backward": 196_656,
        "backward_without": 589_888,
    },
    "check": {"derivatives": 39, "difference": 7.5e-12, "largest": 0.363},
    "left_out": [],
}  # fmt: skip
