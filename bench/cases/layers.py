"""Normalisation, linear layers and matrix products."""

from collections.abc import Iterator
from typing import Any

from cases.case import Case, Draw

STATE = (1, 2)  # running mean and variance


def cases() -> Iterator[Case]:
    """Every case of the family."""
    yield from _batch_norm()
    yield from _layer_norm()
    yield from _linear()
    yield from _matmul()


def _batch_norm() -> Iterator[Case]:
    draw = Draw(41)
    call = "nn.functional.batch_norm"
    for shape in ((5, 3), (2, 3, 4), (2, 3, 2, 3)):
        x, mean, variance = draw.normal(*shape), draw.normal(3), draw.positive(3)
        scale, shift = draw.positive(3), draw.normal(3)
        over: tuple[dict[str, Any], ...] = ({}, {"momentum": 0.25}, {"eps": 0.5})
        for options in over:
            for training in (True, False):
                arguments = (x, mean, variance, scale, shift)
                yield Case(call, arguments, {**options, "training": training}, STATE)
        yield Case(call, (x, mean, variance), {"training": True}, STATE)
        yield Case(call, (x, mean, variance), {}, STATE)
        yield Case(call, (x, None, None, scale, shift), {"training": True})


def _layer_norm() -> Iterator[Case]:
    draw = Draw(42)
    call = "nn.functional.layer_norm"
    x = draw.normal(2, 3, 4)
    for normalized in ((4,), (3, 4), (2, 3, 4)):
        scale, shift = draw.positive(*normalized), draw.normal(*normalized)
        yield Case(call, (x, normalized))
        yield Case(call, (x, normalized, scale))
        yield Case(call, (x, normalized, scale, shift))
        yield Case(call, (x, normalized, scale, shift), {"eps": 0.5})


def _linear() -> Iterator[Case]:
    draw = Draw(43)
    weight, bias = draw.normal(3, 4), draw.normal(3)
    for shape in ((4,), (2, 4), (2, 2, 4), (0, 4)):
        x = draw.normal(*shape)
        yield Case("nn.functional.linear", (x, weight))
        yield Case("nn.functional.linear", (x, weight, bias))


def _matmul() -> Iterator[Case]:
    draw = Draw(44)
    for x, y in (
        ((4,), (4,)),
        ((4,), (4, 3)),
        ((2, 4), (4,)),
        ((2, 4), (4, 3)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((4,), (2, 4, 3)),
        ((2, 3, 4), (4,)),
        ((2, 0), (0, 3)),
    ):
        yield Case("matmul", (draw.normal(*x), draw.normal(*y)))
