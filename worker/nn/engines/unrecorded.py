"""What the engine for a graphics processor has no kernels for yet."""

from typing import Any, NoReturn


class Unrecorded:
    """Operations that only `Eager` does."""

    def _refuse(self, *arguments: Any, **named: Any) -> NoReturn:
        raise NotImplementedError(
            "Expected dense layers to record, got a layer of pictures, a batch normalization or a "
            "residual, for which this engine has no kernels. Compute it with Eager."
        )

    add = flatten = unflatten = _refuse
    convolve = convolve_kernel_gradient = convolve_input_gradient = _refuse
    pool = pool_input_gradient = _refuse
    statistics = normalize = normalize_scale_gradient = normalize_input_gradient = _refuse
