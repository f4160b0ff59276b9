"""Tensors that are trained."""

from __future__ import annotations

from typing import Any

from mycel import _core
from mycel._entry import public


@public
class Parameter(_core.Tensor):
    """A tensor of its own that a Module lists in parameters() where it is an attribute.

    Example:
        >>> nn.Parameter(mc.zeros(2))
        Parameter([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Any, requires_grad: bool = True) -> Parameter:
        made: Parameter = super().__new__(cls, data)
        return made.requires_grad_() if requires_grad else made


_core.set_parameter_type(Parameter)
