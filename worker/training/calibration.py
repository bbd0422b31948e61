"""How sure an answer is: probabilities that are as high as the answers are often right."""

import numpy as np

from worker.nn.arrays import Array


def calibrated(probabilities: Array, temperature: float) -> Array:
    """The probabilities of the logits divided by the temperature, (m, k), from those of the logits
    themselves: powers of these, brought to a sum of 1.

    Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017,
    section 4.2.
    """
    # In proportion to the largest, which no power brings to 0.
    powers = (probabilities / probabilities.max(axis=1, keepdims=True)) ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
