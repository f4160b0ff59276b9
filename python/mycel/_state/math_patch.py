"""Replaces functions of `math` during a trace with ones that take traced numbers."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Iterable
from typing import Any

from mycel._state.number import Number, is_number, traced


def _in_math(name: str) -> Callable[..., Any]:
    original = getattr(math, name)

    @functools.wraps(original)
    def run(*operands: Any) -> Any:
        if not any(type(each) is Number for each in operands):
            return original(*operands)
        if not all(is_number(each) for each in operands):
            return original(*operands)
        return traced(original, *operands)

    return run


_NAMES = (
    *("sqrt", "exp", "expm1", "log", "log1p", "log2", "log10", "pow", "fabs"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh"),
)
_MATH = {name: _in_math(name) for name in _NAMES}
_PYTHONS = {name: getattr(math, name) for name in _MATH}
_TRACED = {id(_PYTHONS[name]): _MATH[name] for name in _MATH}


class MathPatch:
    """Gives a trace functions of `math` that take traced numbers, also under other names."""

    _open = 0  # open patches, of all threads
    _lock = threading.Lock()

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any]] = []
        MathPatch._count(1)
        self._is_open = True

    @staticmethod
    def _count(change: int) -> None:
        with MathPatch._lock:
            MathPatch._open += change
            for name, function in (_MATH if MathPatch._open else _PYTHONS).items():
                setattr(math, name, function)

    def replace(self, names: dict[str, Any], used: Iterable[str], cells: Iterable[Any]) -> None:
        """Replaces the functions in the globals that code uses and in its closure cells."""
        for name in used:
            function = names.get(name)
            if id(function) in _TRACED:
                self._replaced.append((names, name, function))
                names[name] = _TRACED[id(function)]
        for cell in cells:
            try:
                function = cell.cell_contents
            except ValueError:  # not assigned yet
                continue
            if id(function) in _TRACED:
                self._replaced.append((cell, "", function))
                cell.cell_contents = _TRACED[id(function)]

    def pause(self) -> None:
        """Restores the original functions in `math` for code outside the trace."""
        MathPatch._count(-1)

    def resume(self) -> None:
        """Ends a pause."""
        MathPatch._count(1)

    def undo(self) -> None:
        """Restores the original functions."""
        if not self._is_open:
            return
        self._is_open = False
        MathPatch._count(-1)
        for holder, name, function in self._replaced:
            if not name:
                holder.cell_contents = function
            elif holder.get(name) is _TRACED[id(function)]:
                holder[name] = function
