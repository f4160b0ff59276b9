"""Convolution and pooling over stride, padding, dilation, groups and rounding."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from cases.case import Case, Draw

CONVOLUTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"stride": 2},
    {"stride": (1, 3)},
    {"padding": 1},
    {"padding": (2, 0)},
    {"padding": "valid"},
    {"padding": "same"},
    {"padding": "same", "dilation": (1, 2)},
    {"dilation": 2},
    {"dilation": (1, 2), "stride": (2, 1), "padding": (1, 2)},
)

WINDOWS: tuple[dict[str, Any], ...] = (
    {"kernel_size": 2},
    {"kernel_size": (3, 2)},
    {"kernel_size": 3, "stride": 1},
    {"kernel_size": (2, 3), "stride": (1, 2)},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": (2, 4), "stride": (2, 1), "padding": (1, 2)},
    {"kernel_size": 2, "ceil_mode": True},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
)


def cases() -> Iterator[Case]:
    """Every case of the family."""
    yield from _convolutions()
    yield from _pools()


def _convolutions() -> Iterator[Case]:
    draw = Draw(21)
    call = "nn.functional.conv2d"
    for groups, channels, filters in ((1, 2, 3), (2, 4, 4)):
        x, w = draw.normal(2, channels, 6, 5), draw.normal(filters, channels // groups, 3, 2)
        bias = draw.normal(filters)
        for options in CONVOLUTIONS:
            yield Case(call, (x, w, bias), {**options, "groups": groups})
    depthwise = draw.normal(1, 4, 5, 5), draw.normal(8, 1, 3, 3)
    yield Case(call, depthwise, {"groups": 4, "padding": 1})
    yield Case(call, (draw.normal(2, 3, 4, 4), draw.normal(2, 3, 1, 1)))
    yield Case(call, (draw.normal(1, 2, 4, 3), draw.normal(2, 2, 4, 3)))
    yield Case(call, (draw.normal(0, 2, 5, 5), draw.normal(3, 2, 3, 3), draw.normal(3)))


def _pools() -> Iterator[Case]:
    draw = Draw(22)
    x, tied = draw.normal(2, 2, 7, 5), draw.tied(2, 2, 7, 5)
    for options in WINDOWS:
        yield Case("nn.functional.max_pool2d", (tied,), options)
        yield Case("nn.functional.avg_pool2d", (x,), options)
        if "padding" in options:
            excluded = {**options, "count_include_pad": False}
            yield Case("nn.functional.avg_pool2d", (x,), excluded)
    for dilation, padding in ((2, 0), ((1, 2), 1), ((3, 1), (1, 0))):
        options = {"kernel_size": 2, "stride": 1, "padding": padding, "dilation": dilation}
        yield Case("nn.functional.max_pool2d", (tied,), options)
    yield Case("nn.functional.avg_pool2d", (x,), {"kernel_size": 2, "divisor_override": 3})
    special = np.where(tied == 2, -np.inf, tied)
    yield Case("nn.functional.max_pool2d", (special,), {"kernel_size": 2, "padding": 1})
