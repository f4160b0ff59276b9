"""Gather, embedding, one-hot and padding."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from cases.case import Case, Draw, vary


def cases() -> Iterator[Case]:
    """Every case of the family."""
    draw = Draw(51)
    yield from _gather(draw)
    yield from _embedding(draw)
    yield from _one_hot(draw)
    yield from _pad(draw)


def _gather(draw: Draw) -> Iterator[Case]:
    x = draw.normal(3, 4, 2)
    for dim, size in ((0, 3), (1, 4), (-1, 2)):
        yield Case("gather", (x, dim, draw.integers(size, 3, 4, 2)))
        yield Case("gather", (x, dim, draw.integers(size, 2, 3, 1)))  # only a part of x
    yield Case("gather", (x, 1, draw.integers(4, 3, 9, 2)))  # some values more than once
    yield Case("gather", (draw.normal(5), 0, np.array([4, 4, 0])))


def _embedding(draw: Draw) -> Iterator[Case]:
    table = draw.normal(5, 3)
    options: tuple[dict[str, Any], ...] = ({}, {"padding_idx": 1}, {"padding_idx": -1})
    for shape in ((), (4,), (2, 6)):
        yield from vary("nn.functional.embedding", draw.integers(5, *shape), table, over=options)


def _one_hot(draw: Draw) -> Iterator[Case]:
    for shape in ((), (4,), (2, 3)):
        indices = draw.integers(4, *shape)
        yield from vary("nn.functional.one_hot", indices, over=({"num_classes": 6}, {}))


def _pad(draw: Draw) -> Iterator[Case]:
    x = draw.normal(2, 3, 4)
    for pads in ((1, 2), (1, 0, 0, 2), (0, 1, 2, 0, 1, 1), (0, 0)):
        yield Case("nn.functional.pad", (x, pads))
        yield Case("nn.functional.pad", (x, pads), {"mode": "constant", "value": -1.5})
    for mode in ("reflect", "replicate", "circular"):
        for pads in ((2, 3), (3, 0), (0, 0), (-1, 2)):
            yield Case("nn.functional.pad", (x, pads), {"mode": mode})
