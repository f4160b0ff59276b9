"""Builds a program statement by statement; each runs at once, and one that raises is left out."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import mycel as mc
from fuzz import modes
from fuzz.program import FLOATS, LAYOUTS, Call, Input, Program

NAMES = "abcdehiklmnpqstuwxyz"  # the others are other things in a script
# How a call says that it does not take its operands.
REFUSALS = (ValueError, TypeError, IndexError, RuntimeError, OverflowError)
MOST_ELEMENTS = 32_768
# Beyond it products of a few values leave the range of a dtype.
LARGEST = {"float16": 60.0, "bfloat16": 1e4, "float32": 1e4, "float64": 1e4}


class Builder:
    """The statements so far, with the values that they gave."""

    def __init__(self, rng: random.Random, dtype: str, extents: list[int]):
        self.rng = rng
        self.dtype = dtype
        self.extents = extents
        self.inputs: list[Input] = []
        self.calls: list[Call] = []
        self.values: dict[str, Any] = {}
        # NaN and infinities are allowed once an input has them.
        self.special = False
        # The values to build on: drawn again and again, where the others are drawn once.
        self.core: set[str] = set()
        self.failure: modes.Outcome | None = None
        self._names = modes.namespace()

    def input(self, shape: tuple[int, ...], dtype: str | None = None, **options: Any) -> str | None:
        """A new input's name; None if there is none such."""
        name, seed = NAMES[len(self.inputs)], self.rng.randrange(1000)
        return self._add(Input(name, shape, dtype or self.dtype, seed, **options))

    def alias(self, name: str, view: str) -> str | None:
        """A new input that is an input, or with `view` one of it; None if there is none such."""
        dtype = self.dtype_of(self.values[name])
        return self._add(Input(NAMES[len(self.inputs)], (), dtype, 0, of=f"{name}{view}"))

    def _add(self, given: Input) -> str | None:
        try:
            exec(f"{given.name} = {given.text()}", self._names)
        except REFUSALS:
            return None
        value = self._names[given.name]
        self.inputs.append(replace(given, shape=tuple(value.shape)))
        self.values[given.name] = value
        return given.name

    def layout(self, shape: tuple[int, ...]) -> str:
        """A layout that a tensor of that shape may have, mostly the plain one."""
        if not shape or 0 in shape or self.rng.random() < 0.7:
            return "plain"
        return self.rng.choice(list(LAYOUTS))

    def call(self, text: str, *operands: str, sums: bool = False) -> tuple[str, ...]:
        """Runs a statement; the names of its results, or () if it is left out."""
        try:
            value = eval(text.format(*operands), self._names)
        except (mc.InternalError, mc.CompileError) as error:
            self.calls.append(Call(text, operands, (f"v{len(self.calls)}",), sums))
            self.failure = modes.Outcome(error=str(error), internal=True)
            return ()
        except REFUSALS:
            return ()
        if isinstance(value, mc.Tensor):
            names, found = (f"v{len(self.calls)}",), [value]
        else:
            found = list(value)
            names = tuple(f"v{len(self.calls)}{chr(97 + i)}" for i in range(len(found)))
        present = {n: each for n, each in zip(names, found, strict=True) if each is not None}
        if not present or not all(self._is_kept(each) for each in present.values()):
            return ()
        self.calls.append(Call(text, operands, names, sums))
        self._names.update(present)
        self.values.update(present)
        return tuple(present)

    def write(self, text: str, *operands: str, sums: bool = False) -> bool:
        """Runs a statement that writes; one after which a value is out of bounds is undone."""
        before = self._copies()
        try:
            exec(text.format(*operands), self._names)
        except (mc.InternalError, mc.CompileError) as error:
            self.calls.append(Call(text, operands, (), sums))
            self.failure = modes.Outcome(error=str(error), internal=True)
            return False
        except REFUSALS:
            return False
        self.calls.append(Call(text, operands, (), sums))
        if all(self._is_kept(value) for value in self.values.values()):
            return True
        # Views are connected to nothing from here on, which only rejects some programs later.
        self.calls.pop()
        self.values = before
        self._names.update(before)
        return False

    def _copies(self) -> dict[str, Any]:
        """Copies of the values that can be read."""
        found = {}
        for name, value in self.values.items():
            with contextlib.suppress(*REFUSALS):
                found[name] = value.detach().clone()
        return found

    def _is_kept(self, value: Any) -> bool:
        try:
            return self._is_in_bounds(value)
        except REFUSALS:
            return False

    def _is_in_bounds(self, value: Any) -> bool:
        if not isinstance(value, mc.Tensor) or value.numel() > MOST_ELEMENTS:
            return False
        dtype = self.dtype_of(value)
        if dtype not in FLOATS:
            return True
        array = modes.value_of("", value).array
        finite = np.isfinite(array)
        if not self.special and not finite.all():
            return False
        return bool((np.abs(array[finite]) <= LARGEST[dtype]).all())

    @staticmethod
    def dtype_of(value: Any) -> str:
        """The name of a tensor's dtype."""
        return str(value.dtype).removeprefix("mc.")

    def pick(self, wanted: Callable[[Any], bool] = lambda value: True) -> str | None:
        """A value's name, rather one that nothing reads yet; None if none is as wanted."""
        fit = [name for name, value in self.values.items() if wanted(value)]
        read = {name for call in self.calls for name in call.operands}
        weights = [8 if n in self.core else 1 if n in read else 3 for n in fit]
        return self.rng.choices(fit, weights)[0] if fit else None

    def pick_float(self, ranks: range = range(6)) -> str | None:
        """A floating-point value's name."""
        return self.pick(lambda v: self.dtype_of(v) in FLOATS and v.ndim in ranks)

    def sinks(self) -> list[str]:
        """Results that nothing reads, the last ones first."""
        read = {name for call in self.calls for name in call.operands}
        made = [name for call in self.calls for name in call.results]
        return [name for name in reversed(made) if name not in read]

    def program(self, outputs: list[str], **options: Any) -> Program:
        """The program with these results."""
        return Program(tuple(self.inputs), tuple(self.calls), tuple(outputs), **options)
