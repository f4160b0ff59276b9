"""Fully connected layers."""

from __future__ import annotations

from mycel import _core
from mycel._core import functional
from mycel._public import public
from mycel.nn import init
from mycel.nn._checks import check_size
from mycel.nn.module import Module
from mycel.nn.parameter import Parameter


@public
class Linear(Module):
    """x @ weight.T + bias, along the last dim: (..., in_features) to (..., out_features).

    Parameters: weight (out_features, in_features) and, unless bias=False, bias (out_features); both
    are drawn uniformly from +-1/sqrt(in_features).

    Example:
        >>> nn.Linear(3, 2)(mc.zeros(4, 3)).shape
        (4, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        dtype: _core.dtype = _core.float32,
    ) -> None:
        check_size("in_features", in_features, 0)
        check_size("out_features", out_features, 0)
        self.in_features, self.out_features = in_features, out_features
        shape = out_features, in_features
        self.weight = Parameter(init.uniform_by_fan_in(shape, in_features, dtype))
        self.bias = (
            Parameter(init.uniform_by_fan_in((out_features,), in_features, dtype)) if bias else None
        )

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """(..., in_features) to (..., out_features)."""
        return functional.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
