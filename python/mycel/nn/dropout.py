"""Dropout layers."""

from __future__ import annotations

from numbers import Real

from mycel import _core
from mycel._core import functional
from mycel._public import public
from mycel.nn.module import Module


@public
class Dropout(Module):
    """In training, zeroes each element with probability p and scales the others by 1 / (1 - p).

    After eval() it returns its input. Raises ValueError for a p outside [0, 1].

    Example:
        >>> nn.Dropout(0.5).eval()(mc.ones(3))
        tensor([1., 1., 1.])
    """

    def __init__(self, p: float = 0.5) -> None:
        if not isinstance(p, Real) or not 0 <= p <= 1:
            raise ValueError(f"expects p in [0, 1], got {p!r}")
        self.p: float = p

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """The input, with dropout in training."""
        return functional.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"
