"""Reductions, softmax, prefix sums and sorting, with ties."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from cases.case import Case, Draw, vary

DIMS: tuple[dict[str, Any], ...] = (
    {},
    {"dim": 0},
    {"dim": -1, "keepdim": True},
    {"dim": (0, 2)},
    {"dim": (0, 1, 2), "keepdim": True},
)
FIRST_WEIGHT = -4.5 / 4  # the weight of outputs of one element
ONE_DIM: tuple[dict[str, Any], ...] = (
    {"dim": 0},
    {"dim": 1, "keepdim": True},
    {"dim": -1},
)


def cases() -> Iterator[Case]:
    """Every case of the family."""
    draw = Draw(11)
    x = draw.normal(3, 4, 2)
    for call in ("sum", "mean"):
        yield from vary(call, x, over=DIMS)
    for call in ("amax", "amin"):
        yield from vary(call, draw.tied(3, 4, 2), over=DIMS)
    for call in ("max", "min"):
        yield from vary(call, draw.tied(3, 4, 2), over=({}, *ONE_DIM))
    yield from _with_nan()
    yield from vary("argmax", draw.tied(3, 4, 2), over=({}, *ONE_DIM))
    for correction in (0, 1, 2, 0.5):
        yield from vary("var", x, over=tuple({**dims, "correction": correction} for dims in DIMS))
    yield from vary("var", x)
    yield from _softmax(draw)
    yield from _ordered(draw)


def _with_nan() -> Iterator[Case]:
    x = np.array([1, np.nan, 2, np.nan])
    for call in ("max", "min"):
        yield from vary(call, x, over=({}, {"dim": 0}))
    for call in ("amax", "amin"):
        yield Case(
            call,
            (x,),
            gradients=(np.array([0, 0.5, 0, 0.5]) * FIRST_WEIGHT,),
            reason="as max does, the gradient reaches the NaN; PyTorch's amax makes all of it NaN",
        )


def _softmax(draw: Draw) -> Iterator[Case]:
    far = np.array([[1000.0, 0, -1000], [-1000, -1000, -1000], [1e-3, 2e-3, -1e-3]])
    masked = np.where(np.eye(3, dtype=bool), -np.inf, draw.normal(3, 3))
    for call in ("nn.functional.softmax", "nn.functional.log_softmax"):
        yield from vary(call, draw.normal(3, 4, 2), over=tuple({"dim": d} for d in (0, 1, 2, -1)))
        yield from vary(call, far, over=({"dim": 1}, {"dim": 0}))
        yield Case(call, (draw.normal(7),), {"dim": 0})
    yield Case("nn.functional.softmax", (masked,), {"dim": 1})


def _ordered(draw: Draw) -> Iterator[Case]:
    yield from vary("cumsum", draw.normal(3, 4, 2), over=tuple({"dim": d} for d in (0, 1, -1)))
    distinct = np.arange(24.0).reshape(3, 4, 2) * 7 % 24
    for dim in (0, 1, -1):
        for descending in (False, True):
            options = {"dim": dim, "descending": descending}
            yield Case("sort", (distinct,), options)
            yield Case("sort", (draw.tied(3, 4, 2),), {**options, "stable": True})
    yield Case("sort", (distinct,))
