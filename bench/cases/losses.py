"""Losses over reduction, ignored targets, class weights and label smoothing."""

from collections.abc import Iterator

import numpy as np
from cases.case import Case, Draw

REDUCTIONS = ("none", "mean", "sum")
IGNORED = -100


def cases() -> Iterator[Case]:
    """Every case of the family."""
    draw = Draw(31)
    for reduction in REDUCTIONS:
        pair = draw.normal(3, 4), draw.normal(3, 4)
        yield Case("nn.functional.mse_loss", pair, {"reduction": reduction})
    yield Case("nn.functional.mse_loss", pair)
    yield from _classified(draw)
    yield from _edges(draw)


def _classified(draw: Draw) -> Iterator[Case]:
    weight = draw.positive(4)
    for call in ("nn.functional.nll_loss", "nn.functional.cross_entropy"):
        smoothings: tuple[float, ...] = (
            (0.0, 0.1, 1.0) if call.endswith("cross_entropy") else (0.0,)
        )
        for shape in ((5, 4), (2, 4, 3), (2, 4, 2, 2)):
            x, y = draw.normal(*shape), draw.integers(4, shape[0], *shape[2:])
            yield Case(call, (x, y))
            for reduction in REDUCTIONS:
                for smoothing in smoothings:
                    options = {"reduction": reduction}
                    if smoothing:
                        options["label_smoothing"] = smoothing
                    yield Case(call, (x, y), options)
                    if len(shape) < 4:
                        yield Case(call, (x, y), {**options, "ignore_index": 1})
                        yield Case(call, (x, y), {**options, "weight": weight})
                        both = {**options, "weight": weight, "ignore_index": 2}
                        yield Case(call, (x, y), both)


def _edges(draw: Draw) -> Iterator[Case]:
    ignored = np.array([0, IGNORED, 3, IGNORED, 1])
    for call in ("nn.functional.nll_loss", "nn.functional.cross_entropy"):
        for reduction in REDUCTIONS:
            options = {"reduction": reduction}
            yield Case(call, (draw.normal(5, 4), ignored), options)
            yield Case(call, (draw.normal(2, 4), np.array([IGNORED, IGNORED])), options)
            yield Case(call, (draw.normal(0, 4), draw.integers(4, 0)), options)
        yield Case(call, (draw.normal(4), np.array(2)))
    far = np.array([[1000.0, 0, -1000], [-1000, -1000, 0]])
    yield Case("nn.functional.cross_entropy", (far, np.array([2, 2])))
