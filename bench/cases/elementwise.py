"""Elementwise operators: activations over their whole range, and gradients at the edges."""

from collections.abc import Iterator

import numpy as np
from cases.case import Case, Draw, vary

WIDE = np.array([-1000, -40, -8, -3, -1, -0.5, -1e-3, 0, 1e-3, 0.5, 1, 3, 8, 40, 1000])
FROM_ZERO = np.array([0, 1e-300, 1e-3, 0.5, 1, 3, 40, 1e300])
BOUNDS = np.array([-2, -1, -0.5, 0, 0.5, 1, 2])


def cases() -> Iterator[Case]:
    """Every case of the family."""
    yield from _unary()
    yield from _binary()
    yield from _power()
    yield from _choices()
    yield from _dropout()


def _unary() -> Iterator[Case]:
    for call in ("neg", "abs", "exp", "tanh", "sigmoid", "erf", "floor", "sin", "cos"):
        yield Case(call, (WIDE,))
    for call in ("log", "log1p", "sqrt", "rsqrt"):
        yield Case(call, (FROM_ZERO,))
    yield Case("nn.functional.relu", (WIDE,))
    for approximate in ("none", "tanh"):
        yield Case("nn.functional.gelu", (WIDE,), {"approximate": approximate})


def _binary() -> Iterator[Case]:
    draw = Draw(1)
    x, row, column = draw.normal(3, 4), draw.positive(4), draw.positive(3, 1)
    for call in ("add", "subtract", "multiply", "divide", "remainder"):
        for y in (draw.positive(3, 4), row, column):
            yield Case(call, (x, y))
        yield Case(call, (x, -0.75))
    for call in ("maximum", "minimum"):
        for shape in ((3, 4), (4,), (3, 1), ()):
            yield Case(call, (draw.tied(3, 4), draw.tied(*shape)))
        yield Case(call, (np.array([1, np.nan, 1]), np.array([1, 1, np.nan])))


def _power() -> Iterator[Case]:
    base, exponent = np.meshgrid([-2.0, -1, 0, 0.5, 1, 3], [-2.0, -1, 0, 0.5, 1, 2, 3])
    yield Case("operator.pow", (base, exponent))
    for number in (-2, -0.5, 0, 0.5, 1, 2, 3):
        yield Case("operator.pow", (BOUNDS, number))
        if number >= 0:
            yield Case("operator.pow", (number, BOUNDS))
    draw = Draw(2)
    yield Case("operator.pow", (draw.positive(3, 1), draw.normal(4)))


def _choices() -> Iterator[Case]:
    draw = Draw(3)
    limits = ({"min": -1, "max": 1}, {"min": -0.5}, {"max": 0.5}, {"min": 1, "max": -1})
    yield from vary("clip", BOUNDS, over=limits)
    for x, y in (((3, 4), (3, 4)), ((4,), (3, 1)), ((), (3, 4))):
        yield Case("where", (draw.booleans(3, 4), draw.normal(*x), draw.normal(*y)))
    yield Case("where", (draw.booleans(3, 1), draw.normal(3, 4), 0.5))
    yield Case("clip", (np.array([0, 1, 2, np.nan]),), {"min": 1})
    for low, high in (((3, 4), None), (None, (3, 4)), ((3, 4), (3, 4)), ((4,), (3, 1))):
        bounds = (None if shape is None else draw.tied(*shape) for shape in (low, high))
        yield Case("clip", (draw.tied(3, 4), *bounds))


def _dropout() -> Iterator[Case]:
    off = ({"p": 0.0, "training": True}, {"p": 1.0, "training": True}, {"training": False})
    yield from vary("nn.functional.dropout", Draw(4).normal(2, 3), over=off)
