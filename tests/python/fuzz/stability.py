"""Estimates how far rounding alone moves each element of a program's results.

The program runs eagerly with noise: every rounded result of an operation is moved by a few units in
its last place, at random. An element that noise moves far is ill-conditioned, or stands at a jump
(a comparison, a rounding, a tie); such an element proves nothing. Results that only pick elements
(views, maxima, gathers) are exact and stay as they are, and equal elements at one place move alike,
so that `x == x.amax()` keeps its meaning. In every third run equal elements at different places
move apart: a tie that another order of summation breaks proves nothing. What noise does not explain
is a fault.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

import mycel as mc
from fuzz import modes
from fuzz.program import Program

RUNS = 24
# Units in the last place: more than operations differ by, less than what hides a fault.
UNITS = {"float64": 32, "float32": 32, "float16": 4, "bfloat16": 4}
EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def spread(program: Program, expected: modes.Outcome) -> list[np.ndarray] | None:
    """How far noise moves each element of each value; infinite where it does not stay finite.

    That is twice what the runs show: the farthest of a few runs is an estimate from below. None if
    the program raises when it is moved: then nothing can be said of it.
    """
    widest = [np.zeros(value.array.shape) for value in expected.values]
    for seed in range(RUNS):
        values = _noisy_run(program, seed)
        if values is None or len(values) != len(widest):
            return None
        for i, (value, base) in enumerate(zip(values, expected.values, strict=True)):
            if value.array.shape != base.array.shape:
                return None
            widest[i] = np.maximum(widest[i], 2 * distance(value.array, base.array))
    return widest


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|a - b|: 0 where both are NaN or the same infinity, infinite where one alone is.

    Integers and bools are equal or infinitely apart.
    """
    if a.dtype.kind != "f":
        return np.where(a == b, 0.0, np.inf)
    x, y = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(x - y)
    same = (x == y) | (np.isnan(x) & np.isnan(y))
    return np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))


def _noisy_run(program: Program, seed: int) -> tuple[modes.Value, ...] | None:
    names = modes.namespace() | {"noise": _Noise(seed)}
    try:
        mc.manual_seed(1)
        exec("\n".join([*program.setup(), *program.function(noisy=True)]), names)
        function = eval(program.target(), names)
        return modes.values_of(program, names, modes.call_all(program, function, names))
    except (ValueError, TypeError, IndexError, RuntimeError):
        return None


class _Noise:
    """Moves the elements of tensors that were rounded."""

    def __init__(self, seed: int):
        self._random = np.random.default_rng(seed)
        self._noted: list[np.ndarray] = []
        self._salt = int(self._random.integers(1 << 62))
        self._breaks_ties = seed % 3 == 0

    def __call__(self, results: Any, sums: bool, operands: list[Any]) -> Any:
        known = [_elements(each) for each in operands if _is_float(each)]
        if isinstance(results, mc.Tensor):
            return self._moved(results, sums, known)
        return [each if each is None else self._moved(each, sums, known) for each in results]

    def note(self, operands: list[Any]) -> None:
        """Keeps the elements of what the next statement reads."""
        self._noted = [_elements(each) for each in operands if _is_float(each)]

    def move_written(self, target: Any) -> None:
        """Moves elements that the statement rounded; it may write where this cannot."""
        if not _is_float(target):
            return
        values = _elements(target)
        # Numbers that a program writes are multiples of 1/8 and not rounded.
        move = np.where(values * 8 % 1 == 0, 0.0, self._move(target, self._noted))
        if move.any():
            with contextlib.suppress(ValueError, TypeError, RuntimeError):
                target.mul_(mc.tensor(1 + move, dtype=target.dtype))

    def _moved(self, result: Any, sums: bool, known: list[np.ndarray]) -> Any:
        if not _is_float(result):
            return result
        move = self._move(result, known)
        if not sums and not move.any():
            return result
        moved = result * mc.tensor(1 + move, dtype=result.dtype)
        # Terms that cancel leave the rounding of the terms.
        finite = [np.abs(each[np.isfinite(each)]).max(initial=0) for each in known]
        if sums and finite:
            values = _elements(result)
            shift = _unit(result) * max(finite) * self._draw(values + 0.5)
            if not self._breaks_ties:
                shift = np.where(_picked(values, known), 0.0, shift)
            moved = moved + mc.tensor(shift, dtype=result.dtype)
        return moved

    def _move(self, result: Any, known: list[np.ndarray]) -> np.ndarray:
        """By what each element is to be moved, relative to it: 0 where it is one of `known`."""
        values = _elements(result)
        stays = _picked(values, known) | ~np.isfinite(values)
        return np.where(stays, 0.0, _unit(result) * self._draw(values))

    def _draw(self, values: np.ndarray) -> np.ndarray:
        """Numbers in [-1, 1), the same for equal elements, unless ties are broken."""
        bits = np.ascontiguousarray(values + 0.0).view(np.uint64)
        with np.errstate(over="ignore"):
            if self._breaks_ties:
                place = np.arange(values.size, dtype=np.uint64).reshape(bits.shape)
                bits = bits ^ (place * np.uint64(0xD6E8FEB86659FD93))
            mixed = (bits ^ np.uint64(self._salt)) * np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1


def _picked(values: np.ndarray, known: list[np.ndarray]) -> np.ndarray:
    return np.isin(values, np.concatenate([each.ravel() for each in known] or [[]]))


def _unit(tensor: Any) -> float:
    dtype = str(tensor.dtype).removeprefix("mc.")
    return UNITS[dtype] * EPSILON[dtype]


def _is_float(value: Any) -> bool:
    return isinstance(value, mc.Tensor) and "float" in str(value.dtype)


def _elements(tensor: Any) -> np.ndarray:
    return modes.value_of("", tensor).array.astype(np.float64)
