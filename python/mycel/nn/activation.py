"""Activation functions as layers."""

from __future__ import annotations

from mycel import _core
from mycel._core import functional
from mycel._public import public
from mycel.nn.module import Module


@public
class ReLU(Module):
    """max(x, 0), element by element; `inplace` also writes the result to the input.

    Example:
        >>> nn.ReLU()(mc.tensor([-1., 2.]))
        tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """The input with negative elements zeroed."""
        return input.relu_() if self.inplace else functional.relu(input)

    def extra_repr(self) -> str:
        """The option if it is not the default."""
        return "inplace=True" if self.inplace else ""
