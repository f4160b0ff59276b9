"""Handlers of operators, comparisons and truth tests."""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Any

from mycel import _core
from mycel._reads.kinds import CONTAINERS, MISSING, is_array_type
from mycel._reads.order import Handler
from mycel._reads.values import (
    NONE,
    UNKNOWN,
    Made,
    Objects,
    Value,
    Within,
    kind_of,
    union,
    with_own_operators,
)

if TYPE_CHECKING:
    from dis import Instruction

    from mycel._reads.body import Body


def _binary(body: Body, instruction: Instruction) -> None:
    right, left = body.pop(), body.pop()
    text = instruction.argrepr or instruction.opname
    in_place = "=" in text or text.startswith("INPLACE")
    if in_place:
        body.reads.wrote(left.objects, body.code, body.line)
        holders = {key: each for key, each in left.objects.items() if _holds_items(each)}
        body.reads.pour(holders, right.objects)
    objects = union(left.objects, right.objects)
    others = with_own_operators(objects)
    body.reads.special(others)
    if "%" in text or text.endswith("MODULO"):  # it may format a string
        body.show(right.objects)
    objects = {key: each for key, each in objects.items() if not isinstance(each, _NO_RESULTS)}
    if not objects and not others:
        body.push(UNKNOWN)
        return
    made = body.copy(_kind_of(objects), objects).objects if objects else NONE
    if in_place:
        made = union(made, left.objects)
    if others:
        made = union(made, union(objects, body.reads.returned))
    body.push(Value(made))


# Their operators do not return them; the results of user-defined operators are in `returned`.
_NO_RESULTS = (_core.Tensor, _core.Guarded, Within)


def _holds_items(value: Any) -> bool:
    kind = kind_of(value)
    return isinstance(value, Made) or issubclass(kind, CONTAINERS) or is_array_type(kind)


def _kind_of(objects: Objects) -> type:
    """Returns the kind of container that an operator makes from containers."""
    dicts = all(issubclass(kind_of(each), dict) for each in objects.values())
    return dict if dicts else object


def _format(body: Body, instruction: Instruction) -> None:
    """A part of an f-string, with its format."""
    for each in body.pop_many(1 - dis.stack_effect(instruction.opcode, instruction.arg)):
        body.show(each.objects)
    body.push(UNKNOWN)


def _compare(body: Body, instruction: Instruction) -> None:
    for side in body.pop_many(2):
        body.reads.everything(side.objects)
        body.reads.special(with_own_operators(side.objects), "__eq__")
    body.push(UNKNOWN)


def _contains(body: Body, instruction: Instruction) -> None:
    container, key = body.pop(), body.pop()
    known = all(issubclass(kind_of(each), dict) for each in container.objects.values())
    body.reads.item(container.objects, key.constant if known else MISSING)
    body.reads.special(with_own_operators(container.objects), "__contains__", "__iter__")
    body.push(UNKNOWN)


def _is(body: Body, instruction: Instruction) -> None:
    body.pop_many(2)
    body.push(UNKNOWN)


def _truth(body: Body, instruction: Instruction) -> None:
    body.reads.length(body.pop().objects, truth=True)
    if not instruction.opname.startswith("POP_JUMP"):
        body.push(UNKNOWN)


def _truth_or_pop(body: Body, instruction: Instruction) -> None:
    body.reads.length(body.peek().objects, truth=True)
    body.pop()


HANDLERS: dict[str, Handler] = {
    "BINARY_OP": _binary,
    "COMPARE_OP": _compare,
    **dict.fromkeys(("CONVERT_VALUE", "FORMAT_SIMPLE", "FORMAT_VALUE"), _format),
    "FORMAT_WITH_SPEC": _format,
    "CONTAINS_OP": _contains,
    "IS_OP": _is,
    "TO_BOOL": _truth,
    "UNARY_NOT": _truth,
    "JUMP_IF_TRUE_OR_POP": _truth_or_pop,
    "JUMP_IF_FALSE_OR_POP": _truth_or_pop,
}
for _name in dis.opname:
    if _name.startswith(("BINARY_", "INPLACE_")) and "SUBSCR" not in _name and "SLICE" not in _name:
        HANDLERS.setdefault(_name, _binary)
    elif _name.startswith("POP_JUMP") and _name.endswith(("_TRUE", "_FALSE")):
        HANDLERS.setdefault(_name, _truth)
