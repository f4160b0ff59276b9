"""Layers that change shapes."""

from __future__ import annotations

from mycel import _core
from mycel._core import functions
from mycel._public import public
from mycel.nn.module import Module


@public
class Flatten(Module):
    """Flattens the dims from start_dim to end_dim into one; by default all but the batch dim.

    Example:
        >>> nn.Flatten()(mc.zeros(2, 3, 4)).shape
        (2, 12)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """The flattened input."""
        return functions.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The dims."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
