"""The effect of instructions that make, unpack, iterate over and match containers."""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from mycel._reads.functions import check_instance
from mycel._reads.lookups import attribute
from mycel._reads.values import CONTAINERS, MISSING, NONE, UNKNOWN, Objects, Value, union

if TYPE_CHECKING:
    from dis import Instruction

    from mycel._reads.body import Body

Handler = Callable[["Body", "Instruction"], None]


def _build(count_of: Callable[[Instruction], int]) -> Handler:
    def run(body: Body, instruction: Instruction) -> None:
        parts = [each.objects for each in body.pop_many(count_of(instruction))]
        body.push(Value(functools.reduce(union, parts, NONE), depth=1))

    return run


def _add_to(body: Body, instruction: Instruction) -> None:
    """LIST_APPEND, LIST_EXTEND and the like: to what stands deeper on the stack."""
    depth = instruction.arg or 1
    values = body.pop_many(2 if instruction.opname == "MAP_ADD" else 1)
    if instruction.opname not in ("LIST_APPEND", "SET_ADD", "MAP_ADD"):
        values = [body.parts(each) for each in values]
    objects = functools.reduce(union, (each.objects for each in values), NONE)
    if 0 < depth <= len(body.stack):
        body.stack[-depth] = Value(union(body.stack[-depth].objects, objects), depth=1)


_LIST_TO_TUPLE = 6  # INTRINSIC_LIST_TO_TUPLE, of CALL_INTRINSIC_1


def _list_to_tuple(body: Body, instruction: Instruction) -> None:
    if instruction.arg == _LIST_TO_TUPLE:
        return
    body.pop()
    body.push(UNKNOWN)


def _iterate(body: Body, instruction: Instruction) -> None:
    body.calls = True
    over = body.pop()
    body.reads.special(_others(over.objects), "__iter__")
    found = body.parts(over)
    body.push(Value(found.objects, depth=found.depth + 1))


def _for(body: Body, instruction: Instruction) -> None:
    over = body.stack[-1] if body.stack else UNKNOWN
    body.push(Value(over.objects, depth=max(over.depth - 1, 0)))


def _unpack(body: Body, instruction: Instruction) -> None:
    found = body.parts(body.pop())
    count = instruction.arg or 0
    if instruction.opname == "UNPACK_EX":
        count = (count & 0xFF) + (count >> 8) + 1
    body.stack += [found] * count


def _match_keys(body: Body, instruction: Instruction) -> None:
    keys, subject = body.pop(), body.pop()
    found = NONE
    for key in keys.constant if isinstance(keys.constant, tuple) else (MISSING,):
        found = union(found, body.reads.item(subject.objects, key))
    body.stack += [subject, keys, Value(found, depth=1)]
    if dis.stack_effect(instruction.opcode) == 2:  # in Python 3.10: and whether it matches
        body.push(UNKNOWN)


def _match_class(body: Body, instruction: Instruction) -> None:
    names, kind, subject = body.pop(), body.pop(), body.pop()
    check_instance(body, [subject, kind])
    found = NONE
    for name in names.constant if isinstance(names.constant, tuple) else ():
        found = union(found, attribute(body, subject, name).objects)
    for each in kind.objects.values():
        for name in getattr(each, "__match_args__", ())[: instruction.arg]:
            found = union(found, attribute(body, subject, name).objects)
    body.push(Value(found, depth=1))
    if dis.stack_effect(instruction.opcode, instruction.arg) == -1:  # in Python 3.10
        body.push(UNKNOWN)


def _get_length(body: Body, instruction: Instruction) -> None:
    body.reads.length(body.stack[-1].objects if body.stack else NONE)
    body.push(UNKNOWN)


def _others(objects: Objects) -> Objects:
    return {key: each for key, each in objects.items() if not isinstance(each, CONTAINERS)}


HANDLERS: dict[str, Handler] = {
    "BUILD_LIST": _build(lambda i: i.arg or 0),
    "BUILD_TUPLE": _build(lambda i: i.arg or 0),
    "BUILD_SET": _build(lambda i: i.arg or 0),
    "BUILD_SLICE": _build(lambda i: i.arg or 0),
    "BUILD_MAP": _build(lambda i: 2 * (i.arg or 0)),
    "BUILD_CONST_KEY_MAP": _build(lambda i: (i.arg or 0) + 1),
    "LIST_APPEND": _add_to,
    "SET_ADD": _add_to,
    "MAP_ADD": _add_to,
    "LIST_EXTEND": _add_to,
    "SET_UPDATE": _add_to,
    "DICT_UPDATE": _add_to,
    "DICT_MERGE": _add_to,
    "CALL_INTRINSIC_1": _list_to_tuple,
    "GET_ITER": _iterate,
    "GET_YIELD_FROM_ITER": _iterate,
    "FOR_ITER": _for,
    "UNPACK_SEQUENCE": _unpack,
    "UNPACK_EX": _unpack,
    "MATCH_KEYS": _match_keys,
    "MATCH_CLASS": _match_class,
    "GET_LEN": _get_length,
}
