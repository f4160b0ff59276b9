"""Numbers of a trace, and arithmetic with them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, ClassVar

from mycel import _core
from mycel._state.answers import Call, Slot, guard_answer

_MOST_EXACT = 1 << 53  # numbers travel as float64
WIDE = {int: _core.int64, float: _core.float64}


class Number:
    """A number of a trace: its value now, and the traced one.

    It behaves as the Python number; with numbers and in `math` the result is traced, with tensors
    it takes their dtype. Where Python needs to know the value, or how it compares, the compilation
    holds for this answer alone.
    """

    __slots__ = ("source", "tensor", "value")

    def __init__(self, value: int | float, tensor: _core.Tensor, source: Slot | Call) -> None:
        self.value, self.tensor, self.source = value, tensor, source

    def ask(self) -> int | float:
        """The value; the trace holds as long as it is the same."""
        if isinstance(self.source, Slot):
            _core.guard_note(
                f"no other value of {self.source.key!r} in an optimiser's state, {self.value}, "
                "as the code asks for it (float(), an index): each value is another compilation"
            )
        guard_answer(self.source, self.value)
        return self.value

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # isinstance(number, int)
        return type(self.value)

    def wide(self, kind: type) -> _core.Tensor:
        """The traced value as int64 or float64."""
        return self.tensor if type(self.value) is kind else self.tensor.to(WIDE[kind])

    # --- Python asks ---------------------------------------------------------------------------

    def __int__(self) -> int:
        return int(settle(int, self))

    def __float__(self) -> float:
        return float(settle(float, self))

    def __bool__(self) -> bool:
        return bool(settle(operator.truth, self))

    def __index__(self) -> int:
        return operator.index(self.ask())  # type: ignore[arg-type] # of a float, its error

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

    def __round__(self, digits: int | None = None) -> Any:
        return settle(round, self, digits)

    __trunc__: ClassVar[Any] = lambda self: settle(math.trunc, self)
    __floor__: ClassVar[Any] = lambda self: settle(math.floor, self)
    __ceil__: ClassVar[Any] = lambda self: settle(math.ceil, self)


# --- arithmetic ----------------------------------------------------------------------------------

_Numeric = (Number, int, float)


def is_number(value: Any) -> bool:
    """Whether it is a number that arithmetic is traced with."""
    return type(value) is Number or (isinstance(value, (int, float)) and not is_huge(value))


def is_huge(value: Any) -> bool:
    """Whether an int is too large to travel as a float64."""
    return isinstance(value, int) and abs(value) > _MOST_EXACT


def _source(operand: Any) -> Any:
    return operand.source if type(operand) is Number else operand


def value_of(operand: Any) -> Any:
    """The Python value."""
    return operand.value if type(operand) is Number else operand


def wide(operand: Any, kind: type) -> Any:
    """An operand as a tensor of int64 or float64."""
    if type(operand) is Number:
        return operand.wide(kind)
    return _core.full((), kind(operand), WIDE[kind], _core.get_default_device())


def traced(function: Callable[..., Any], on_tensors: Callable[..., Any], *operands: Any) -> Any:
    """function(*operands) as a Number: an int where it gives one."""
    result = function(*map(value_of, operands))
    kind = type(result)
    if kind not in WIDE or is_huge(result):
        return settle(function, *operands)
    tensor = on_tensors(*(wide(each, kind) for each in operands))
    return Number(result, tensor, Call(function, tuple(map(_source, operands))))


def settle(function: Callable[..., Any], *operands: Any) -> Any:
    """function(*operands) as Python's value; the trace holds as long as it is the same."""
    result = function(*map(value_of, operands))
    guard_answer(Call(function, tuple(map(_source, operands))), result)
    return result


def _binary(function: Callable[[Any, Any], Any], swapped: bool) -> Callable[[Any, Any], Any]:
    def run(self: Number, other: Any) -> Any:
        if not is_number(other):
            return NotImplemented
        a, b = (other, self) if swapped else (self, other)
        return traced(function, function, a, b)

    return run


def _power(swapped: bool) -> Callable[[Any, Any], Any]:
    def run(self: Number, other: Any, modulus: Any = None) -> Any:
        if not is_number(other) or modulus is not None:
            return NotImplemented
        a, b = (other, self) if swapped else (self, other)
        if type(b) is Number and type(value_of(b)) is int and type(value_of(a)) is int:
            b = b.ask()  # an int or a float, by the exponent's sign
        return traced(operator.pow, operator.pow, a, b)

    return run


def _comparison(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(self: Number, other: Any) -> Any:
        if not is_number(other):
            return NotImplemented
        return settle(function, self, other)

    return run


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod"):
    _function = getattr(operator, _name)
    setattr(Number, f"__{_name}__", _binary(_function, swapped=False))
    setattr(Number, f"__r{_name}__", _binary(_function, swapped=True))
for _name in ("neg", "abs"):
    _function = getattr(operator, _name)
    setattr(Number, f"__{_name}__", lambda self, _f=_function: traced(_f, _f, self))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Number, f"__{_name}__", _comparison(getattr(operator, _name)))
setattr(Number, "__pow__", _power(swapped=False))  # noqa: B010
setattr(Number, "__rpow__", _power(swapped=True))  # noqa: B010
