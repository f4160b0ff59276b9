"""Initial values of parameters, drawn from the default generator.

Example:
    >>> weight = nn.init.uniform_by_fan_in((2, 3), 3, mc.float32)
    >>> (weight.abs() < 1).all()
    tensor(True)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mycel import _core
from mycel._context import no_grad
from mycel._core import functions

__all__ = ["uniform_by_fan_in"]


def uniform_by_fan_in(shape: Sequence[int], fan_in: int, dtype: _core.dtype) -> _core.Tensor:
    """Uniform in (-1/sqrt(fan_in), 1/sqrt(fan_in)): weights and biases of Linear and Conv2d.

    This is He et al. 2015 (doi.org/10.1109/ICCV.2015.123) with the gain of a leaky ReLU of slope
    sqrt(5), as in PyTorch. A fan_in of 0 gives zeros.

    Example:
        >>> nn.init.uniform_by_fan_in((2, 3), 3, mc.float32).shape
        (2, 3)
    """
    if fan_in == 0:
        return _core.full(shape, 0, dtype, None)
    bound = 1 / math.sqrt(fan_in)
    with no_grad():
        return functions.uniform(-bound, bound, shape, dtype=dtype)
