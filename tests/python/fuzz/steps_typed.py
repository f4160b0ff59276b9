"""Statements that mix dtypes: numbers of Python, comparisons, masks and casts."""

from __future__ import annotations

from typing import Any

from fuzz import definitions
from fuzz.builder import Builder
from fuzz.program import FLOATS
from fuzz.steps import partner

ALL = (*FLOATS, "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool")
NUMBERS = ("2", "-3", "0", "1", "7", "0.5", "-1.25", "1e-3", "True", "100", "float('inf')")
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=")


def number(b: Builder) -> Any:
    """A value and a number of Python, on either side of an operator."""
    name = b.pick()
    if name is None:
        return None
    sides = ["{0}", b.rng.choice(NUMBERS)]
    if b.rng.random() < 0.3:
        sides.reverse()
    return b.call(f"({sides[0]} {b.rng.choice(OPERATORS)} {sides[1]})", name)


def operator(b: Builder) -> Any:
    """Two values and an operator, of whatever dtypes they are."""
    name = b.pick()
    found = name and partner(b, name)
    if not found:
        return None
    other, text = found
    return b.call(f"({{0}} {b.rng.choice(OPERATORS)} {text})", name, other)


def logic(b: Builder) -> Any:
    """Masks combined, or a reduction of one."""
    name = b.pick(lambda v: b.dtype_of(v) == "bool")
    found = name and partner(b, name, lambda v: b.dtype_of(v) == "bool")
    if name and (not found or b.rng.random() < 0.3):
        return b.call(b.rng.choice(["(~{0})", "{0}.any()", "{0}.sum()", "{0}.all()"]), name)
    return found and b.call(f"({{0}} {b.rng.choice('&|')} {found[1]})", name, found[0])


def masked(b: Builder) -> Any:
    """A choice by a mask between values, or a value and a number."""
    mask = b.pick(lambda v: b.dtype_of(v) == "bool")
    first = mask and partner(b, mask)
    second = mask and partner(b, mask)
    if not first or not second:
        return None
    yes, no = first[1], second[1].replace("{1}", "{2}")
    if b.rng.random() < 0.3:
        return b.call(f"mc.where({{0}}, {yes}, {b.rng.choice(NUMBERS)})", mask, first[0])
    return b.call(f"mc.where({{0}}, {yes}, {no})", mask, first[0], second[0])


def converted(b: Builder) -> Any:
    """A value in any other dtype."""
    name = b.pick(lambda v: not (b.special and b.dtype_of(v) in FLOATS))
    return name and b.call(f"{{0}}.to(mc.{b.rng.choice(ALL)})", name)


def clipped(b: Builder) -> Any:
    """A value within bounds, that are numbers or values."""
    name = b.pick()
    if name is None:
        return None
    low, high = sorted(b.rng.sample(["-1", "0", "0.5", "1", "3"], 2), key=float)
    text = b.rng.choice([f"{{0}}.clip({low}, {high})", f"mc.clip({{0}}, max={high})"])
    return b.call(text, name)


def elementwise(b: Builder) -> Any:
    """An operation of one or two values by its name, on a value of any dtype."""
    name = b.pick()
    if name is None:
        return None
    count = b.rng.choice([1, 2])
    operation = b.rng.choice(definitions.elementwise(count))
    if count == 1:
        return b.call(f"{operation.function}({{0}})", name, sums=operation.sums)
    found = partner(b, name)
    if not found:
        return None
    return b.call(f"{operation.function}({{0}}, {found[1]})", name, found[0], sums=operation.sums)
