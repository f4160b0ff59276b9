"""The operations that the generator knows: definitions and samples of the registry.

An operation that is added is tried without a change here.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from typing import Any

import mycel as mc
from mycel import _core


@dataclass(frozen=True)
class Wanted:
    """One operand of a sample: its shape, the dtypes that it takes and its values."""

    shape: tuple[int, ...]
    dtypes: tuple[str, ...]
    swept: bool
    low: float
    high: float
    distinct: bool

    def is_free(self) -> bool:
        """Whether any values do."""
        return self.swept and (self.low, self.high) == (-2, 2) and not self.distinct


@dataclass(frozen=True)
class Sample:
    """A call of an operation: its operands, None for one left out, and the call as text."""

    wanted: tuple[Wanted | None, ...]
    text: str  # with {0}, {1}, ... for the operands that are there


@dataclass(frozen=True)
class Operation:
    """One definition."""

    name: str
    function: str  # "mc.tanh"
    in_place: str  # "tanh_", or "" where there is no such method
    operands: int
    parameters: tuple[str, ...]
    sums: bool
    draws: bool
    samples: tuple[Sample, ...]


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of a program; the front end makes constants itself, of arrays that it has."""
    return tuple(
        _operation(each)
        for each in _core.definitions()
        if not any(_holds_array(sample["attributes"]) for sample in each["samples"])
    )


def _holds_array(attributes: dict[str, Any]) -> bool:
    return any(isinstance(value, _core.Tensor) for value in attributes.values())


@cache
def elementwise(operands: int) -> tuple[Operation, ...]:
    """Operations element by element, of so many tensors and nothing else that must be given."""
    return tuple(
        each
        for each in operations()
        if each.in_place
        and each.operands == operands
        and not each.draws
        and any(_is_plain(sample, operands) for sample in each.samples)
    )


def _is_plain(sample: Sample, operands: int) -> bool:
    return "=" not in sample.text and all(sample.wanted) and len(sample.wanted) == operands


@cache
def reductions() -> tuple[Operation, ...]:
    """Operations that take `dim` and `keepdim`."""
    found = {"dim", "keepdim"}
    return tuple(
        each for each in operations() if found <= set(each.parameters) and each.operands == 1
    )


def _operation(definition: dict[str, Any]) -> Operation:
    operands = [operand["name"] for operand in definition["operands"]]
    return Operation(
        definition["names"][0],
        _function(definition),
        definition["names"][0] + "_" if definition["in_place"] else "",
        len(operands),
        tuple(parameter["name"] for parameter in definition["parameters"]),
        definition["sums"],
        "generator" in operands,
        tuple(_sample(definition, each) for each in definition["samples"]),
    )


@cache
def _called_with_keywords() -> dict[str, str]:
    """The functions by whose keywords other definitions are called."""
    return {each["with_keywords"]: each["names"][0] for each in _core.definitions()}


def _function(definition: dict[str, Any]) -> str:
    name = definition["names"][0]
    if name in _called_with_keywords():
        return f"mc.{_called_with_keywords()[name]}"
    if definition["function"]:
        made = getattr(_core.functions, name)
        # Some functions of the package complete these by arguments that only Python has.
        return f"mc.{name}" if getattr(mc, name) is made else f"mc._core.functions.{name}"
    if definition["functional"]:
        return f"F.{name}"
    return f"mc.Tensor.{name}" if definition["method"] else f'op("{name}")'


def _sample(definition: dict[str, Any], sample: dict[str, Any]) -> Sample:
    inputs = sample["inputs"]
    wanted = tuple(each and _wanted(each) for each in inputs)
    numbers = itertools.count()
    places = ["" if each is None else f"{{{next(numbers)}}}" for each in inputs]
    operands = definition["operands"]
    given: dict[str, str] = {}
    for i, operand in enumerate(operands):
        if operand["variadic"]:
            given[operand["name"]] = f"[{', '.join(places[i:])}]"
        elif i < len(places) and places[i]:
            given[operand["name"]] = places[i]
    given |= {name: text_of(value) for name, value in sample["attributes"].items()}
    return Sample(wanted, f"{_function(definition)}({_arguments(definition, given)})")


def _arguments(definition: dict[str, Any], given: dict[str, str]) -> str:
    """Operands by position as far as they come first, the rest by name."""
    names = {operand["name"] for operand in definition["operands"]}
    by_position = True
    parts = []
    for parameter in definition["parameters"]:
        name = parameter["name"]
        by_position = by_position and name in names and name in given
        if name in given:
            parts.append(given[name] if by_position else f"{name}={given[name]}")
    return ", ".join(parts)


def _wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(
        tuple(given["shape"]),
        tuple(str(dtype).removeprefix("mc.") for dtype in given["dtypes"]),
        given["swept"],
        given["low"],
        given["high"],
        given["distinct"],
    )


def text_of(value: Any) -> str:
    """An attribute's value as Python."""
    return f"float({str(value)!r})" if isinstance(value, float) else repr(value)
