"""Guards on the answers that Python code gets about traced numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from mycel import _core

_MOST_CALLS = 64  # in a guarded answer; beyond that, the numbers themselves are guarded
_SIGNS = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.eq: "==",
    operator.ne: "!=",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
}


class Slot:
    """A number in an optimiser's state that a trace replaces with a traced one."""

    def __init__(self, holder: dict[Any, Any], key: Any, value: int | float) -> None:
        self.holder, self.key, self.value = holder, key, value
        self.facts: set[Any] = set()  # already guarded


class Call(NamedTuple):
    """A function call whose operands are slots, calls and Python numbers."""

    function: Callable[..., Any]
    operands: tuple[Any, ...]


def guard_answer(source: Slot | Call, answer: Any) -> None:
    """Guards an answer about numbers: "step % 10 == 0", not the step."""
    slots, constants, calls, texts = _in_order(source)
    if len(calls) > _MOST_CALLS:
        for slot in slots:
            guard_answer(slot, slot.value)
        return
    fact = (*map(id, slots), *map(repr, constants), *map(str, calls))
    if fact in slots[0].facts:
        return
    slots[0].facts.add(fact)
    places = [(slot.holder, slot.key) for slot in slots]
    _core.guard_fact(places, constants, calls, answer, texts[-1])


def _in_order(source: Slot | Call) -> tuple[list[Slot], list[Any], list[Any], list[str]]:
    """Returns the slots, constants and calls that compute a number, in order, and their texts."""
    slots: list[Slot] = []
    constants: list[Any] = []
    order: list[Call] = []
    pending: list[tuple[Any, bool]] = [(source, False)]
    seen: set[int] = set()
    while pending:
        each, ready = pending.pop()
        if ready:
            order.append(each)
        elif id(each) in seen:
            continue
        elif isinstance(each, Call):
            seen.add(id(each))
            pending.append((each, True))
            pending += [(operand, False) for operand in each.operands]
        else:
            seen.add(id(each))
            (slots if isinstance(each, Slot) else constants).append(each)
    leaves = [*slots, *constants]
    positions = {id(each): index for index, each in enumerate([*leaves, *order])}
    texts = [str(each.key) if isinstance(each, Slot) else repr(each) for each in leaves]
    calls = []
    for call in order:
        operands = tuple(positions[id(each)] for each in call.operands)
        calls.append((call.function, operands))
        texts.append(_text(call.function, [texts[each] for each in operands]))
    return slots, constants, calls, texts


def _text(function: Any, operands: list[str]) -> str:
    sign = _SIGNS.get(function)
    name = getattr(function, "__name__", "function")
    text = f" {sign} ".join(map(_inner, operands)) if sign else f"{name}({', '.join(operands)})"
    return text if len(text) < 80 else "an expression of it"


def _inner(text: str) -> str:
    return f"({text})" if " " in text and not text.endswith(")") else text
