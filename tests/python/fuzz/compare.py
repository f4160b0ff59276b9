"""Compares two runs of one program, up to what rounding explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fuzz import modes, stability
from fuzz.modes import Outcome, Value
from fuzz.program import Program

# Relative to the largest magnitude of an array, at least 1: a few units in the last place, and one
# for each of the terms that are summed. Half-width floats are rounded after each operation.
UNIT = {"float64": 2.3e-16, "float32": 1.2e-7}
HALF_WIDTH = {"float16": 2 * 9.8e-4, "bfloat16": 2 * 7.9e-3}
TERMS = 64


@dataclass(frozen=True)
class Fault:
    """A mode that disagrees with what is expected of it."""

    mode: str
    kind: str  # "value", "bits", "type" or "error"
    message: str


def tolerance(dtype: str, terms: int) -> float:
    """What two right computations may differ by, relative to the array's largest magnitude."""
    if dtype in HALF_WIDTH:
        return HALF_WIDTH[dtype]
    return UNIT.get(dtype, 0.0) * (8 + terms)


def first_fault(program: Program, chosen: list[str]) -> Fault | None:
    """Runs the program in these modes; raises ValueError if it does not run eagerly."""
    expected = modes.run(program, modes.EAGER)
    if expected.internal:
        return Fault(modes.EAGER, "error", expected.error)
    if expected.error:
        raise ValueError(expected.error)
    known: dict[str, Outcome] = {}
    for mode in chosen:
        known[mode] = modes.run(program, mode)
        fault = fault_of(program, mode, expected, known)
        if fault:
            return fault
    return None


def fault_of(
    program: Program, mode: str, expected: Outcome, known: dict[str, Outcome]
) -> Fault | None:
    """What is wrong with a mode's outcome, against eager mode's and for its bits against jit's."""
    got = known[mode]
    if got.error:
        return Fault(mode, "error", got.error)
    fault = _type_fault(mode, expected, got) or _value_fault(program, mode, expected, got)
    if fault or modes.JIT not in known or not _keeps_bits(program, mode):
        return fault
    return _bit_fault(mode, known[modes.JIT], got)


def _keeps_bits(program: Program, mode: str) -> bool:
    """Whether it must give jit's bits.

    Where values lie and which passes run change no more than the order of sums: a product of a copy
    may be another kernel's.
    """
    changes_little = mode == modes.APART or mode.startswith(modes.WITHOUT)
    return changes_little and not program.sums()


def _type_fault(mode: str, expected: Outcome, got: Outcome) -> Fault | None:
    if len(expected.values) != len(got.values):
        message = f"{len(expected.values)} values expected, got {len(got.values)}"
        return Fault(mode, "type", message)
    for a, b in zip(expected.values, got.values, strict=True):
        if (a.dtype, a.array.shape) != (b.dtype, b.array.shape):
            message = f"{a.what}: expected {a.dtype}{a.array.shape}, got {b.dtype}{b.array.shape}"
            return Fault(mode, "type", message)
    return None


def _value_fault(program: Program, mode: str, expected: Outcome, got: Outcome) -> Fault | None:
    pairs = list(zip(expected.values, got.values, strict=True))
    # The reference adds one by one: it rounds once for each term of the longest sum.
    terms = max(TERMS, program.most_elements()) if mode == modes.REFERENCE else TERMS
    excess = [_excess(a, b, terms) for a, b in pairs]
    if not any(each.any() for each in excess):
        return None
    widest = stability.spread(program, expected)
    if widest is None:
        return None
    for (a, b), over, moved in zip(pairs, excess, widest, strict=True):
        wrong = over > moved
        if wrong.any():
            return Fault(mode, "value", _describe(a, b, wrong))
    return None


def _excess(expected: Value, got: Value, terms: int) -> np.ndarray:
    """How far each element is beyond the tolerance; 0 where it is within."""
    apart = stability.distance(got.array, expected.array)
    if not expected.is_float():
        return apart
    finite = np.abs(expected.array[np.isfinite(expected.array)].astype(np.float64))
    allowed = tolerance(expected.dtype, terms) * finite.max(initial=1.0)
    return np.where(apart <= allowed, 0.0, apart)


def _bit_fault(mode: str, expected: Outcome, got: Outcome) -> Fault | None:
    for a, b in zip(expected.values, got.values, strict=True):
        wrong = stability.distance(a.array, b.array) != 0
        if wrong.any():
            return Fault(mode, "bits", "against jit, " + _describe(a, b, wrong))
    return None


def _describe(expected: Value, got: Value, wrong: np.ndarray) -> str:
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    a, b = expected.array[place], got.array[place]
    where = f"{int(wrong.sum())} of {wrong.size} elements, the first at {list(place)}"
    return f"{expected.what} ({expected.dtype}): {where}: expected {a}, got {b}"
