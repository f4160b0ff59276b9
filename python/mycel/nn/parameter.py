"""Tensors that are trained."""

from __future__ import annotations

from typing import Any

from mycel import _core
from mycel._public import public


@public
class Parameter(_core.Tensor):
    """A tensor that is trained: a Module lists it in parameters() where it is an attribute.

    It is an object of its own with the value of `data`. Raises RuntimeError for a dtype that is no
    float, unless requires_grad=False.

    Example:
        >>> nn.Parameter(mc.zeros(2))
        Parameter([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Any, requires_grad: bool = True) -> Parameter:
        made: Parameter = super().__new__(cls, data)
        return made.requires_grad_() if requires_grad else made


_core.set_parameter_type(Parameter)
