"""Normalisation layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mycel import _core
from mycel._core import functional
from mycel._public import public
from mycel.nn._checks import check_size
from mycel.nn.module import Module
from mycel.nn.parameter import Parameter


@public
class BatchNorm2d(Module):
    """Normalises images (N, C, H, W) per channel: (x - mean) / sqrt(var + eps) * weight + bias.

    Training uses the batch's mean and variance and moves the running ones towards them by
    `momentum`; evaluation uses the running ones. Parameters, unless affine=False: weight, bias
    (num_features). Buffers: running_mean, running_var (num_features), num_batches_tracked; without
    them (track_running_stats=False) the batch's statistics are always used.

    Example:
        >>> nn.BatchNorm2d(3)(mc.rand(2, 3, 4, 4)).shape
        (2, 3, 4, 4)

    Source: Ioffe and Szegedy, Batch normalization, 2015
    """

    running_mean: _core.Tensor | None
    running_var: _core.Tensor | None
    num_batches_tracked: _core.Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: _core.dtype = _core.float32,
    ) -> None:
        check_size("num_features", num_features, 0)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats

        def full(value: int) -> _core.Tensor:
            return _core.full(num_features, value, dtype, None)

        self.weight = Parameter(full(1)) if affine else None
        self.bias = Parameter(full(0)) if affine else None
        tracked = track_running_stats
        count = _core.full((), 0, _core.int64, None)
        self.register_buffer("running_mean", full(0) if tracked else None)
        self.register_buffer("running_var", full(1) if tracked else None)
        self.register_buffer("num_batches_tracked", count if tracked else None)

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """(N, C, H, W), normalised."""
        if isinstance(input, _core.Tensor) and input.ndim != 4:
            raise ValueError(f"[BatchNorm2d] expects input (N, C, H, W), got shape {input.shape}")
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.copy_(self.num_batches_tracked + 1)
        return functional.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=self.training or not self.track_running_stats,
            momentum=self.momentum,
            eps=self.eps,
        )

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


@public
class LayerNorm(Module):
    """Normalises the trailing dims: (x - mean) / sqrt(var + eps) * weight + bias.

    `normalized_shape` gives the extents of those dims. Parameters of that shape, unless
    elementwise_affine=False: weight and, unless bias=False, bias.

    Example:
        >>> nn.LayerNorm(2, eps=0.0)(mc.tensor([[1., 3.]])).detach()
        tensor([[-1.,  1.]])

    Source: Ba, Kiros and Hinton, Layer normalization, 2016
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: _core.dtype = _core.float32,
    ) -> None:
        given: Any = normalized_shape
        given = tuple(given) if isinstance(given, Iterable) else (given,)
        for extent in given:
            check_size("normalized_shape", extent)
        shape = tuple(map(int, given))
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = Parameter(_core.full(shape, 1, dtype, None)) if elementwise_affine else None
        has_bias = elementwise_affine and bias
        self.bias = Parameter(_core.full(shape, 0, dtype, None)) if has_bias else None

    def forward(self, input: _core.Tensor) -> _core.Tensor:
        """(..., *normalized_shape), normalised."""
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )
