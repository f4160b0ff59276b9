"""Pooling layers."""

from __future__ import annotations

from mycel import _core
from mycel._core import functional
from mycel._public import public
from mycel.nn._checks import Pair, as_pair
from mycel.nn.module import Module


@public
class MaxPool2d(Module):
    """The maximum of each window of an image; the windows are `stride` apart, by default adjacent.

    (N, C, H, W) gives (N, C, H', W'); the options are those of F.max_pool2d.

    Example:
        >>> nn.MaxPool2d(2)(mc.zeros(1, 6, 28, 28)).shape
        (1, 6, 14, 14)
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        ceil_mode: bool = False,
    ) -> None:
        as_pair("kernel_size", kernel_size)
        as_pair("padding", padding, 0)
        as_pair("dilation", dilation)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        as_pair("stride", self.stride)
        self.padding, self.dilation, self.ceil_mode = padding, dilation, ceil_mode

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """(N, C, H, W) to (N, C, H', W')."""
        result: _core.Tensor = functional.max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        )
        return result

    def extra_repr(self) -> str:
        """The window."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


@public
class AvgPool2d(Module):
    """The mean of each window of an image; the windows are `stride` apart, by default adjacent.

    (N, C, H, W) gives (N, C, H', W'); the options are those of F.avg_pool2d.

    Example:
        >>> nn.AvgPool2d(2)(mc.ones(1, 1, 2, 2))
        tensor([[[[1.]]]])
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        as_pair("kernel_size", kernel_size)
        as_pair("padding", padding, 0)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        as_pair("stride", self.stride)
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """(N, C, H, W) to (N, C, H', W')."""
        return functional.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )

    def extra_repr(self) -> str:
        """The window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
