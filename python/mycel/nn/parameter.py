"""Parameter: a trainable tensor."""

from __future__ import annotations

from typing import Any

from mycel import _core
from mycel._public import public


@public
class Parameter(_core.Tensor):
    """A trainable tensor: a Module that has it as an attribute lists it in parameters().

    It is a new object with the value of `data`. Raises RuntimeError for a non-float dtype, unless
    requires_grad=False.

    Example:
        >>> nn.Parameter(mc.zeros(2))
        Parameter([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Any, requires_grad: bool = True) -> Parameter:
        made: Parameter = super().__new__(cls, data)
        return made.requires_grad_() if requires_grad else made


_core.set_parameter_type(Parameter)
