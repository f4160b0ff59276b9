"""Handlers of the instructions that call, make and leave functions."""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

from mycel._reads.calls import call, spread_over
from mycel._reads.values import NONE, NULL, UNKNOWN, Made, Objects, Value, union, value_of

if TYPE_CHECKING:
    from dis import Instruction

    from mycel._reads.body import Body


def _call_method(body: Body, count: int) -> None:
    """A call since Python 3.11: next to the callee is its object, or NULL."""
    arguments = body.pop_many(count)
    second, first = body.pop(), body.pop()
    if first is NULL:
        body.push(call(body, second, arguments))
    elif second is NULL or _are_modules(second.objects):
        body.push(call(body, first, arguments))
    else:
        body.push(call(body, first, arguments, second))


def _are_modules(objects: Objects) -> bool:
    return bool(objects) and all(isinstance(each, ModuleType) for each in objects.values())


def _call(body: Body, instruction: Instruction) -> None:
    _call_method(body, instruction.arg or 0)


def _call_with_names(body: Body, instruction: Instruction) -> None:
    """CALL_KW, CALL_FUNCTION_KW: the names are on top."""
    body.pop()
    if instruction.opname == "CALL_KW":
        _call_method(body, instruction.arg or 0)
    else:
        _call_function(body, instruction)


def _call_function(body: Body, instruction: Instruction) -> None:
    arguments = body.pop_many(instruction.arg or 0)
    body.push(call(body, body.pop(), arguments))


def _call_spread(body: Body, instruction: Instruction) -> None:
    """f(*args, **kwargs)."""
    spread = body.pop_many(1 + ((instruction.arg or 0) & 1))
    values = spread_over(body.parts(spread[0]).objects)
    values += [body.parts(each) for each in spread[1:]]
    callee = body.pop()
    if "CALL" in dis.opmap:  # since Python 3.11 NULL is next to it
        other = body.pop()
        callee = other if callee is NULL else callee
    body.push(call(body, callee, values))


def _enter(body: Body, instruction: Instruction) -> None:
    """`with x as y`: y is often x."""
    owner = body.pop()
    body.reads.special(owner.objects, "__enter__", "__exit__")
    body.push(UNKNOWN)
    found = union(owner.objects, body.reads.returned)
    made = {k: o for k, o in found.items() if isinstance(o, Made)}  # contextlib's generators
    body.push(Value(union(found, body.reads.all_items(made))))


def _make_function(body: Body, instruction: Instruction) -> None:
    values = body.pop_many(-dis.stack_effect(instruction.opcode, instruction.arg or 0) + 1)
    made = functools.reduce(union, (each.objects for each in values), NONE)
    for each in values:
        for code in each.objects.values():
            if isinstance(code, CodeType):
                body.nested(code).catch_up()
    body.push(Value(made))


def _keep_top(body: Body, instruction: Instruction) -> None:
    """SET_FUNCTION_ATTRIBUTE: the function stays."""
    function, value = body.pop(), body.pop()
    body.push(Value(union(function.objects, value.objects)))


def _return(body: Body, instruction: Instruction) -> None:
    body.leave(body.pop().objects)


def _yield(body: Body, instruction: Instruction) -> None:
    body.give(body.pop().objects)
    body.push(UNKNOWN)


def _send(body: Body, instruction: Instruction) -> None:
    """`yield from x` yields what x yields; SEND leaves x on the stack, YIELD_FROM does not."""
    body.pop()
    over = body.pop()
    given = body.parts(over)
    if instruction.opname == "SEND":
        body.push(over)
    else:
        body.give(given.objects)
    body.push(given)


def _raise(body: Body, instruction: Instruction) -> None:
    """Any handler may catch the exception."""
    for each in body.pop_many(instruction.arg or 0):
        body.reads.give_back(each.objects)


def _handle(body: Body, instruction: Instruction) -> None:
    """The start of a handler: pushes the exception handled before, then the current one."""
    body.pop()
    body.push(UNKNOWN)
    body.push(Value(body.reads.returned))


def _load_assertion_error(body: Body, instruction: Instruction) -> None:
    body.push(value_of((AssertionError,)))


def _delete(body: Body, instruction: Instruction) -> None:
    """The end of a handler that names its exception."""
    body.read_messages()


HANDLERS: dict[str, Callable[..., None]] = {
    "CALL": _call,
    "CALL_KW": _call_with_names,
    "CALL_FUNCTION": _call_function,
    "CALL_FUNCTION_KW": _call_with_names,
    "CALL_METHOD": _call,
    "CALL_FUNCTION_EX": _call_spread,
    "BEFORE_WITH": _enter,
    "SETUP_WITH": _enter,
    "MAKE_FUNCTION": _make_function,
    "SET_FUNCTION_ATTRIBUTE": _keep_top,
    "RETURN_VALUE": _return,
    "YIELD_VALUE": _yield,
    "SEND": _send,
    "YIELD_FROM": _send,
    "RAISE_VARARGS": _raise,
    "PUSH_EXC_INFO": _handle,
    "LOAD_ASSERTION_ERROR": _load_assertion_error,
    **dict.fromkeys(("DELETE_DEREF", "DELETE_FAST", "DELETE_GLOBAL", "DELETE_NAME"), _delete),
}
