"""Inputs for the comparison with NumPy: sizes, layouts and values at the edges of every dtype."""

from dataclasses import dataclass
from typing import Any

import numpy as np

BOOL = ("bool",)
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
FLOATS = ("float16", "float32", "float64")
NUMBERS = INTEGERS + FLOATS
ALL = BOOL + NUMBERS

SHAPES = ((), (1,), (7,), (0,), (2, 0, 3), (1, 5), (3, 4, 5))


@dataclass(frozen=True)
class Operand:
    """A tensor as a view of another: `index` applies to Mycel's tensor and to NumPy's array."""

    base: np.ndarray
    index: Any = ...
    swapped: bool = False

    def of(self, base: Any) -> Any:
        """The view of a base, which is the array or the tensor made of it."""
        return (base.transpose(1, 0) if self.swapped else base)[self.index]


def ordinary(dtype: str, *shape: int, seed: int = 0) -> np.ndarray:
    """Small values without rounding trouble: quarters between -4 and 4, or whole numbers."""
    random = np.random.default_rng(seed)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    if dtype in FLOATS:
        return (random.integers(-16, 17, shape) / 4).astype(dtype)
    return random.integers(0 if dtype in UNSIGNED else -8, 9, shape).astype(dtype)


def special(dtype: str) -> np.ndarray:
    """The edges of a dtype: zeros, extremes, and for floats subnormals, infinities and NaN."""
    if dtype == "bool":
        return np.array([False, True])
    if dtype not in FLOATS:
        limits = np.iinfo(dtype)
        some = [0, 1, 2, 3, 7, 100, limits.max - 1, limits.max]
        return np.array(some + ([] if limits.min == 0 else [-1, -2, -7, limits.min]), dtype=dtype)
    limits = np.finfo(dtype)
    positive = [0.0, 1.0, 0.5, 2.5, 3.0, 7.25, 1e-3, limits.max, limits.tiny, limits.tiny / 4]
    some = [*positive, *(-value for value in positive), np.inf, -np.inf, np.nan]
    return np.array(some, dtype=dtype)


def views(dtype: str) -> list[Operand]:
    """One array of every shape, and views that are not contiguous."""
    whole = [Operand(ordinary(dtype, *shape)) for shape in SHAPES]
    square = ordinary(dtype, 6, 5)
    return [
        *whole,
        Operand(square, swapped=True),
        Operand(square, (slice(None), slice(1, None, 2))),
        Operand(square, (slice(None, None, -1), slice(None))),
        Operand(square, (slice(4, None, -2), slice(None, None, -1))),
    ]


def unary(dtype: str) -> list[tuple[Operand, ...]]:
    """Every view, and every edge of the dtype."""
    return [(each,) for each in [*views(dtype), Operand(special(dtype))]]


def binary(dtype: str) -> list[tuple[Operand, ...]]:
    """Operands that broadcast, views with views, and every edge with every edge."""
    shapes = (
        ((), ()),
        ((7,), ()),
        ((3, 1), (1, 5)),
        ((4, 5), (3, 1, 5)),
        ((0,), (1,)),
        ((1,), (5,)),
    )
    pairs = [
        (Operand(ordinary(dtype, *a, seed=1)), Operand(ordinary(dtype, *b, seed=2)))
        for a, b in shapes
    ]
    mixed = list(zip(views(dtype)[-4:], (Operand(ordinary(dtype, 1, seed=3)),) * 4, strict=True))
    edges = special(dtype)
    return [*pairs, *mixed, (Operand(edges[:, None]), Operand(edges))]


def powers(dtype: str) -> list[tuple[Operand, ...]]:
    """Bases of either sign; exponents of integers are not negative, which NumPy refuses."""
    if dtype in FLOATS:
        return binary(dtype)
    base = np.arange(0 if dtype in UNSIGNED else -5, 6).astype(dtype)
    return [(Operand(base[:, None]), Operand(np.arange(8).astype(dtype)))]


def matrices(dtype: str) -> list[tuple[Operand, ...]]:
    """Products of one to four dims, batches that broadcast, and transposed and empty operands."""
    shapes = (
        ((4,), (4,)),
        ((3, 4), (4,)),
        ((4,), (4, 5)),
        ((3, 4), (4, 5)),
        ((1, 4), (4, 1)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((2, 3, 4), (2, 4, 5)),
        ((3, 0), (0, 5)),
        ((0, 4), (4, 5)),
        ((37, 65), (65, 19)),
    )
    pairs = [
        (Operand(ordinary(dtype, *a, seed=4)), Operand(ordinary(dtype, *b, seed=5)))
        for a, b in shapes
    ]
    square = ordinary(dtype, 6, 6, seed=6)
    plain, turned = Operand(square), Operand(square, swapped=True)
    back = Operand(square, (slice(None, None, -1), slice(None, None, -1)))
    return [*pairs, (plain, turned), (turned, plain), (turned, turned), (back, plain)]


def cubes(dtype: str) -> list[tuple[Operand, ...]]:
    """Three dims: whole, and as a view."""
    return [
        (Operand(ordinary(dtype, 3, 4, 5)),),
        (Operand(ordinary(dtype, 6, 4, 5), (slice(None, None, -2),)),),
    ]


def cubes_and_empty(dtype: str) -> list[tuple[Operand, ...]]:
    """Three dims, and none in the first: what a reduction of nothing gives."""
    return [*cubes(dtype), (Operand(ordinary(dtype, 0, 4, 5)),)]


def cubes_with_edges(dtype: str) -> list[tuple[Operand, ...]]:
    """Three dims, and a square in which edges of the dtype meet."""
    edges = np.resize(special(dtype), (5, 6, 5))
    return [*cubes(dtype), (Operand(edges),)]
