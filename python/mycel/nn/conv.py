"""Convolutional layers."""

from __future__ import annotations

from mycel import _core
from mycel._core import functional
from mycel._public import public
from mycel.nn import init
from mycel.nn._checks import Pair, as_pair, check_size
from mycel.nn.module import Module
from mycel.nn.parameter import Parameter


@public
class Conv2d(Module):
    """A two-dimensional convolution (cross-correlation), with the options of F.conv2d.

    Images (N, in_channels, H, W) give (N, out_channels, H', W'). `padding` is "same", "valid", one
    number or one per dim. Parameters: weight (out_channels, in_channels / groups, *kernel_size)
    and, unless bias=False, bias (out_channels). Raises ValueError for groups that do not divide
    the channels.

    Example:
        >>> nn.Conv2d(1, 6, 5, padding=2)(mc.zeros(4, 1, 28, 28)).shape
        (4, 6, 28, 28)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        dtype: _core.dtype = _core.float32,
    ) -> None:
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels)):
            check_size(name, value)
        check_size("groups", groups)
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"expects groups that divide the channels, got {groups} for "
                f"{in_channels} and {out_channels}"
            )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair("kernel_size", kernel_size)
        self.stride, self.dilation = as_pair("stride", stride), as_pair("dilation", dilation)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f'expects padding as numbers, "same" or "valid", got {padding!r}')
            self.padding: tuple[int, int] | str = padding
        else:
            self.padding = as_pair("padding", padding, 0)
        self.groups = groups
        shape = out_channels, in_channels // groups, *self.kernel_size
        fan_in = shape[1] * shape[2] * shape[3]
        self.weight = Parameter(init.uniform_by_fan_in(shape, fan_in, dtype))
        self.bias = (
            Parameter(init.uniform_by_fan_in((out_channels,), fan_in, dtype)) if bias else None
        )

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """(N, in_channels, H, W) to (N, out_channels, H', W')."""
        return functional.conv2d(
            input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        """The options that are not the defaults."""
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        text += f", stride={self.stride}"
        defaults = {"padding": (0, 0), "dilation": (1, 1), "groups": 1}
        for name, default in defaults.items():
            value = getattr(self, name)
            if value != default:
                text += f", {name}={value!r}"
        return text if self.bias is not None else text + ", bias=False"
