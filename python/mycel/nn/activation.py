"""Activation functions as layers."""

from __future__ import annotations

from mycel import _core
from mycel._core import functional
from mycel.nn.module import Module


class ReLU(Module):
    """max(x, 0), element by element.

    Example:
        >>> nn.ReLU()(mc.tensor([-1., 2.]))
        tensor([0., 2.])
    """

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """The input with negative elements zeroed."""
        return functional.relu(input)
