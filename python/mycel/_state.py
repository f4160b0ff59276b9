"""State of optimisers under a trace: its numbers become operands that every call reads anew."""

from __future__ import annotations

import math
import operator
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

from mycel import _core

_MOST_EXACT = 1 << 53  # numbers travel as float64
_WIDE = {int: _core.int64, float: _core.float64}


class State(defaultdict[Any, Any]):
    """What an optimiser remembers: `state[parameter]` is an empty dict at first.

    In a compiled step the ints and floats in it, and in dicts inside it, are operands: a counter
    needs no new compilation.

    Example:
        >>> state = optim.SGD([nn.Parameter(mc.ones(1))], lr=0.1).state
        >>> state["count"]
        {}
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(dict, *args)

    def __reduce__(self) -> Any:
        return State, (dict(self),)

    def __repr__(self) -> str:
        return repr(dict(self))


class Place(NamedTuple):
    """A number in a dict."""

    holder: dict[Any, Any]
    key: Any


class Number:
    """A number of a trace: its value now, and the traced one.

    It behaves as the Python number; with numbers and in `math` the result is traced, with tensors
    it takes their dtype. Where Python needs to know the value, the compilation holds for this value
    alone.
    """

    __slots__ = ("places", "tensor", "value")

    def __init__(self, value: int | float, tensor: _core.Tensor, places: frozenset[Slot]) -> None:
        self.value, self.tensor, self.places = value, tensor, places

    def ask(self) -> int | float:
        """The value; the trace holds as long as the numbers that it came from are the same."""
        for place in self.places:
            place.asked = True
        return self.value

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # isinstance(number, int)
        return type(self.value)

    def wide(self, kind: type) -> _core.Tensor:
        """The traced value as int64 or float64."""
        return self.tensor if type(self.value) is kind else self.tensor.to(_WIDE[kind])

    # --- Python asks ---------------------------------------------------------------------------

    def __int__(self) -> int:
        return int(self.ask())

    def __float__(self) -> float:
        return float(self.ask())

    def __bool__(self) -> bool:
        return bool(self.ask())

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

        return np.asarray(self.ask(), *args)

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
        return round(self.ask(), digits)

    __trunc__: ClassVar[Any] = lambda self: math.trunc(self.ask())
    __floor__: ClassVar[Any] = lambda self: math.floor(self.ask())
    __ceil__: ClassVar[Any] = lambda self: math.ceil(self.ask())


class Slot:
    """A number of an optimiser's state that a trace has replaced by a traced one."""

    def __init__(self, place: Place, value: int | float) -> None:
        self.place, self.value, self.asked = place, value, False
        tensor = _core.state_number(*place, _WIDE[type(value)])
        self.number = Number(value, tensor, frozenset([self]))


# --- arithmetic ----------------------------------------------------------------------------------

_Numeric = (Number, int, float)


def _is_number(value: Any) -> bool:
    return type(value) is Number or (isinstance(value, (int, float)) and not _is_huge(value))


def _is_huge(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > _MOST_EXACT


def _value(operand: Any) -> Any:
    return operand.value if type(operand) is Number else operand


def _wide(operand: Any, kind: type) -> Any:
    if type(operand) is Number:
        return operand.wide(kind)
    return _core.full((), kind(operand), _WIDE[kind], _core.get_default_device())


def traced(function: Callable[..., Any], on_tensors: Callable[..., Any], *operands: Any) -> Any:
    """function(*operands) as a Number: an int where it gives one."""
    result = function(*map(_value, operands))
    kind = type(result)
    if kind not in _WIDE or _is_huge(result):
        asked = [each.ask() if type(each) is Number else each for each in operands]
        return function(*asked)
    places = frozenset().union(*(each.places for each in operands if type(each) is Number))
    return Number(result, on_tensors(*(_wide(each, kind) for each in operands)), places)


def _binary(function: Callable[[Any, Any], Any], swapped: bool) -> Callable[[Any, Any], Any]:
    def run(self: Number, other: Any) -> Any:
        if not _is_number(other):
            return NotImplemented
        a, b = (other, self) if swapped else (self, other)
        return traced(function, function, a, b)

    return run


def _power(swapped: bool) -> Callable[[Any, Any], Any]:
    def run(self: Number, other: Any, modulus: Any = None) -> Any:
        if not _is_number(other) or modulus is not None:
            return NotImplemented
        a, b = (other, self) if swapped else (self, other)
        if type(b) is Number and type(_value(b)) is int and type(_value(a)) is int:
            b = b.ask()  # an int or a float, by the exponent's sign
        return traced(operator.pow, operator.pow, a, b)

    return run


def _comparison(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(self: Number, other: Any) -> Any:
        if not _is_number(other):
            return NotImplemented
        return function(self.ask(), other.ask() if type(other) is Number else other)

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


# --- math ----------------------------------------------------------------------------------------


def _in_math(name: str) -> Callable[..., Any]:
    original = getattr(math, name)

    def run(*operands: Any) -> Any:
        if not any(type(each) is Number for each in operands):
            return original(*operands)
        if not all(_is_number(each) for each in operands):
            return original(*operands)
        return traced(original, _traced_math(name), *operands)

    return run


def _traced_math(name: str) -> Callable[..., Any]:
    from mycel._core import functions

    if name == "pow":
        return operator.pow
    function: Callable[..., Any] = getattr(functions, name)
    if name != "log":
        return function
    return lambda x, *base: function(x) / function(*base) if base else function(x)


_MATH = {name: _in_math(name) for name in ("sqrt", "exp", "log", "pow")}
_PYTHONS = {name: getattr(math, name) for name in _MATH}
_patched = 0  # open traces with traced numbers, of all threads
_patching = threading.Lock()


def _patch_math(change: int) -> None:
    """Counts the traces that need `math` to take traced numbers."""
    global _patched
    with _patching:
        _patched += change
        for name, function in (_MATH if _patched else _PYTHONS).items():
            setattr(math, name, function)


# --- a trace -------------------------------------------------------------------------------------


class StateCreatedError(Exception):
    """A trace created or replaced state that is no number and no tensor of the same type."""


class Output(NamedTuple):
    """A number that a call writes back."""

    holder: dict[Any, Any]
    key: Any
    kind: type
    tensor: _core.Tensor


class OpenStates:
    """The states of optimisers that a trace has read, with traced numbers in them."""

    def __init__(self) -> None:
        self._slots: list[Slot] = []
        self._dicts: dict[int, tuple[dict[Any, Any], dict[Any, Any]]] = {}  # and their items
        self._patches = False

    def open(self, state: dict[Any, Any]) -> None:
        """Puts traced numbers in the place of those of a state."""
        if not self._patches:
            self._patches = True
            _patch_math(1)
        if id(state) not in self._dicts:
            self._open(state)

    def _open(self, holder: dict[Any, Any]) -> None:
        self._dicts[id(holder)] = holder, dict(holder)
        for key, value in list(holder.items()):
            if isinstance(value, dict):
                if id(value) not in self._dicts:
                    self._open(value)
            elif type(value) in _WIDE and not _is_huge(value):
                slot = Slot(Place(holder, key), value)
                self._slots.append(slot)
                holder[key] = slot.number

    def holders(self) -> Iterator[dict[Any, Any]]:
        """The dicts that are open."""
        for holder, _ in self._dicts.values():
            yield holder

    def close(self) -> list[Output]:
        """Takes what the trace left in the states, puts the old content back, and guards it."""
        try:
            outputs, tensors = self._changes()
        finally:
            self.restore()
        for old, new in tensors:
            _core.assign(old, new)
        asked = {(id(s.place.holder), s.place.key) for s in self._slots if s.asked}
        numbers = {(id(s.place.holder), s.place.key) for s in self._slots} - asked
        for holder, items in self._dicts.values():
            traced_keys = [key for key in items if (id(holder), key) in numbers]
            _core.guard_state(holder, traced_keys)
        for slot in self._slots:
            if slot.asked:
                _core.guard_note(
                    f"no other value of {slot.place.key!r} in an optimiser's state, {slot.value}, "
                    "as the code asks for it (a comparison, float(), an index): each value is "
                    "another compilation"
                )
        return outputs

    def restore(self) -> None:
        """Puts the old content back."""
        for holder, items in self._dicts.values():
            dict.clear(holder)
            dict.update(holder, items)
        if self._patches:
            self._patches = False
            _patch_math(-1)

    def _changes(self) -> tuple[list[Output], list[tuple[_core.Tensor, _core.Tensor]]]:
        outputs: list[Output] = []
        tensors: list[tuple[_core.Tensor, _core.Tensor]] = []
        slots = {(id(s.place.holder), s.place.key): s for s in self._slots}
        for holder, items in self._dicts.values():
            if [*map(id, holder)] != [*map(id, items)]:
                raise StateCreatedError(_difference(holder, items))
            for key, old in items.items():
                new, slot = holder[key], slots.get((id(holder), key))
                if slot is not None and new is not slot.number:
                    outputs.append(_output(holder, key, new))
                elif slot is None and new is not old:
                    tensors.append(_replaced(key, old, new))
        return outputs, tensors


def _difference(holder: dict[Any, Any], items: dict[Any, Any]) -> str:
    new = [key for key in holder if key not in items]
    if not new:
        return "items were removed or their order changed"
    if isinstance(new[0], _core.Tensor):
        return "the state of a parameter was made"
    return f"{new[0]!r} was made"


def _output(holder: dict[Any, Any], key: Any, new: Any) -> Output:
    value = _value(new)
    if type(value) not in _WIDE or _is_huge(value):
        raise StateCreatedError(f"{key!r} became {type(value).__name__}")
    kind = type(value)
    return Output(holder, key, kind, _wide(new, kind))


def _replaced(key: Any, old: Any, new: Any) -> tuple[_core.Tensor, _core.Tensor]:
    """The tensor that takes the value of one that replaced it."""
    same = isinstance(old, _core.Tensor) and isinstance(new, _core.Tensor)
    if not same or (old.shape, old.dtype) != (new.shape, new.dtype):
        raise StateCreatedError(f"{key!r} was replaced")
    return old, _core.alias(new)


_core.set_state_types(State, Number)
