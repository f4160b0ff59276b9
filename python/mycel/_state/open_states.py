"""The optimiser states that a trace reads, and the changes that it makes to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mycel import _core
from mycel._state.answers import Slot
from mycel._state.math_patch import MathPatch
from mycel._state.number import Number, is_huge
from mycel._state.plan import WIDE, Known, Plan


class StateCreatedError(Exception):
    """A trace created state, or replaced it by neither a number nor a tensor of its type."""


class Output(NamedTuple):
    """A number of the plan that a call writes back to a state."""

    holder: dict[Any, Any]
    key: Any
    number: int  # index in the plan


class Arithmetic(NamedTuple):
    """A call's arithmetic on state numbers: `run` first, then the writes of `outputs`."""

    run: Callable[[], bool]
    values: list[Any]
    outputs: list[Output]


class OpenStates:
    """Holds the optimiser states that a trace has read, with traced numbers in them."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._slots: list[Slot] = []
        self._numbers: dict[Slot, Number] = {}
        self._dicts: dict[int, tuple[dict[Any, Any], dict[Any, Any]]] = {}  # and old items
        self.math = MathPatch()

    def open(self, state: dict[Any, Any]) -> None:
        """Replaces the numbers of a state with traced ones."""
        self._plan = self._plan or Plan()
        if id(state) not in self._dicts:
            self._open(state, self._plan)

    def _open(self, holder: dict[Any, Any], plan: Plan) -> None:
        self._dicts[id(holder)] = holder, dict(holder)
        for key, value in list(holder.items()):
            if isinstance(value, dict):
                if id(value) not in self._dicts:
                    self._open(value, plan)
            elif type(value) in WIDE and not is_huge(value):
                slot = Slot(holder, key, value)
                known = Known(plan.read(holder, key, value))
                self._slots.append(slot)
                holder[key] = self._numbers[slot] = Number(value, plan, known, slot)

    def holders(self) -> Iterator[dict[Any, Any]]:
        """Yields the open dicts."""
        for holder, _ in self._dicts.values():
            yield holder

    def close(self) -> Arithmetic | None:
        """Takes the changes that the trace made, restores the old content, and guards it."""
        plan = self._plan
        if plan is None:
            self.restore()
            return None
        try:
            outputs, tensors = self._changes(plan)
        finally:
            self.restore()
        for old, new in tensors:
            _core.assign(old, new)
        numbers = {(id(slot.holder), slot.key) for slot in self._slots}
        for holder, items in self._dicts.values():
            traced_keys = [key for key in items if (id(holder), key) in numbers]
            _core.guard_state(holder, traced_keys)
        return Arithmetic(plan.compiled(), plan.values, outputs)

    def restore(self) -> None:
        """Restores the old content."""
        for holder, items in self._dicts.values():
            dict.clear(holder)
            dict.update(holder, items)
        self.math.undo()

    def _changes(self, plan: Plan) -> tuple[list[Output], list[tuple[_core.Tensor, _core.Tensor]]]:
        outputs: list[Output] = []
        tensors: list[tuple[_core.Tensor, _core.Tensor]] = []
        slots = {(id(slot.holder), slot.key): slot for slot in self._slots}
        for holder, items in self._dicts.values():
            if [*map(id, holder)] != [*map(id, items)]:
                raise StateCreatedError(_difference(holder, items))
            for key, old in items.items():
                new, slot = holder[key], slots.get((id(holder), key))
                if slot is not None and new is not self._numbers[slot]:
                    outputs.append(Output(holder, key, _written(plan, key, new)))
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


def _written(plan: Plan, key: Any, new: Any) -> int:
    """Returns the plan's index of a number that the trace left in a state."""
    if type(new) is Number:
        return new.known.number
    if type(new) not in WIDE or is_huge(new):
        raise StateCreatedError(f"{key!r} became {type(new).__name__}")
    return plan.constant(new)


def _replaced(key: Any, old: Any, new: Any) -> tuple[_core.Tensor, _core.Tensor]:
    """Returns the old tensor, and the replacement whose value it takes."""
    same = isinstance(old, _core.Tensor) and isinstance(new, _core.Tensor)
    if not same or (old.shape, old.dtype) != (new.shape, new.dtype):
        raise StateCreatedError(f"{key!r} was replaced")
    return old, _core.alias(new)
