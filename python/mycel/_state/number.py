"""Traced numbers and their arithmetic."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable
from typing import Any

from mycel import _core
from mycel._state.answers import Call, Slot, guard_answer
from mycel._state.plan import MOST_EXACT, WIDE, Known, Plan


class Number:
    """A traced number: its current value, and its place in the arithmetic that each call repeats.

    It behaves like the Python number. Arithmetic with numbers and functions of `math` give another
    traced number; with a tensor it takes the tensor's dtype. If Python needs the value, or the
    result of a comparison, the compilation holds for that answer only. Only `type(number)` differs
    from the number's type.
    """

    __slots__ = ("known", "plan", "source", "value")

    def __init__(self, value: int | float, plan: Plan, known: Known, source: Slot | Call) -> None:
        self.value, self.plan, self.known, self.source = value, plan, known, source

    def ask(self) -> int | float:
        """Returns the value and guards it."""
        if isinstance(self.source, Slot):
            _core.guard_note(
                f"no other value of {self.source.key!r} in an optimiser's state, {self.value}, "
                "as the code asks for it (float(), an index): each value is another compilation"
            )
        guard_answer(self.source, self.value)
        return self.value

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # for isinstance(number, int)
        return type(self.value)

    @property
    def tensor(self) -> _core.Tensor:
        """The number as an operand of the program: int64 or float64."""
        return self.plan.operand(self.known.number)

    # --- Python asks ---------------------------------------------------------------------------

    def __int__(self) -> int:
        return int(settle(int, self))

    def __float__(self) -> float:
        return float(settle(float, self))

    def __bool__(self) -> bool:
        return bool(settle(operator.truth, self))

    def __index__(self) -> int:
        return operator.index(self.ask())  # type: ignore[arg-type] # a float raises its error

    def __hash__(self) -> int:
        return hash(self.ask())

    def __repr__(self) -> str:
        return repr(self.ask())

    def __format__(self, spec: str) -> str:
        return format(self.ask(), spec)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        import numpy as np

        return np.asarray(self.ask(), *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ask(), name)

    def __reduce__(self) -> Any:
        value = self.ask()
        return type(value), (value,)

    def __copy__(self) -> Number:
        return self

    def __deepcopy__(self, memo: Any) -> Number:
        return self

    def __pos__(self) -> Number:
        return self


# --- arithmetic ----------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """Whether a value can be an operand of traced arithmetic."""
    return type(value) is Number or isinstance(value, (int, float))


def is_huge(value: Any) -> bool:
    """Whether an int is too large to pass exactly as a float64."""
    return isinstance(value, int) and abs(value) > MOST_EXACT


def _source(operand: Any) -> Any:
    return operand.source if type(operand) is Number else operand


def value_of(operand: Any) -> Any:
    """Returns the Python value of an operand."""
    return operand.value if type(operand) is Number else operand


def traced(function: Callable[..., Any], *operands: Any) -> Any:
    """Returns function(*operands) as a Number if the result is an int or a float."""
    try:
        result = function(*map(value_of, operands))
    except Exception:  # the program may catch it
        for each in operands:
            if type(each) is Number:
                each.ask()
        raise
    if type(result) not in WIDE or is_huge(result):
        return settle(function, *operands)
    plan = next(each.plan for each in operands if type(each) is Number)
    given = tuple(each.known if type(each) is Number else each for each in operands)
    known = Known(plan.compute(function, given, result))
    return Number(result, plan, known, Call(function, tuple(map(_source, operands))))


def settle(function: Callable[..., Any], *operands: Any) -> Any:
    """Returns function(*operands) as a Python value and guards it."""
    result = function(*map(value_of, operands))
    guard_answer(Call(function, tuple(map(_source, operands))), result)
    return result


def _takes(other: Any) -> bool:
    return is_number(other) or isinstance(other, numbers.Number)


def _binary(function: Callable[[Any, Any], Any], swapped: bool) -> Callable[[Any, Any], Any]:
    def run(self: Number, other: Any) -> Any:
        if not _takes(other):
            return NotImplemented
        a, b = (other, self) if swapped else (self, other)
        return traced(function, a, b)

    return run


def _comparison(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(self: Number, other: Any) -> Any:
        return settle(function, self, other) if _takes(other) else NotImplemented

    return run


def _power(self: Number, exponent: Any, modulus: Any = None) -> Any:
    if modulus is not None:
        return traced(pow, self, exponent, modulus)
    return _binary(operator.pow, swapped=False)(self, exponent)


def _unary(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: traced(function, self, *others)


_BINARY = "add sub mul truediv floordiv mod and or xor lshift rshift"
for _name in _BINARY.split():
    _function = getattr(operator, _name, None) or getattr(operator, _name + "_")
    setattr(Number, f"__{_name}__", _binary(_function, swapped=False))
    setattr(Number, f"__r{_name}__", _binary(_function, swapped=True))
for _name in ("neg", "abs", "invert"):
    setattr(Number, f"__{_name}__", _unary(getattr(operator, _name)))
_ROUNDINGS: dict[str, Callable[..., Any]] = {
    "round": round,
    "trunc": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
}
for _name, _function in _ROUNDINGS.items():
    setattr(Number, f"__{_name}__", _unary(_function))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Number, f"__{_name}__", _comparison(getattr(operator, _name)))
_METHODS = {
    "__pow__": _power,
    "__rpow__": _binary(operator.pow, swapped=True),
    "__divmod__": lambda self, other: (self // other, self % other),
    "__rdivmod__": lambda self, other: (other // self, other % self),
}
for _name, _function in _METHODS.items():
    setattr(Number, _name, _function)
