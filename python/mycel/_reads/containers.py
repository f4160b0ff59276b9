"""Handlers of the instructions that make, unpack, iterate over and match containers."""

from __future__ import annotations

import dis
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mycel._reads.functions import check_instance
from mycel._reads.kinds import MISSING, class_value
from mycel._reads.lookups import attribute
from mycel._reads.values import NONE, UNKNOWN, Value, objects_of, union

if TYPE_CHECKING:
    from dis import Instruction

    from mycel._reads.body import Body

Handler = Callable[["Body", "Instruction"], None]


def _build(kind: type) -> Handler:
    """Builds a list, set or slice from the stack; a tuple keeps positions."""

    def run(body: Body, instruction: Instruction) -> None:
        values = body.pop_many(instruction.arg or 0)
        if kind is tuple and not objects_of(values):
            body.push(UNKNOWN)
            return
        made = body.make(kind)
        for position, each in enumerate(values):
            body.reads.store(made.objects, position if kind is tuple else MISSING, each.objects)
        body.push(made)

    return run


def _build_map(body: Body, instruction: Instruction) -> None:
    made = body.make(dict)
    count = instruction.arg or 0
    if instruction.opname == "BUILD_CONST_KEY_MAP":
        *values, names = body.pop_many(count + 1)
        constants = names.constant if isinstance(names.constant, tuple) else (MISSING,) * count
        keys = [Value(constant=each) for each in constants]
    else:
        pairs = body.pop_many(2 * count)
        keys, values = pairs[::2], pairs[1::2]
    for key, value in zip(keys, values, strict=True):
        body.put(made, key, value)
    body.push(made)


def _add_to(body: Body, instruction: Instruction) -> None:
    """LIST_APPEND, LIST_EXTEND and the like: add to a container deeper on the stack."""
    depth = instruction.arg or 1
    values = body.pop_many(2 if instruction.opname == "MAP_ADD" else 1)
    holder = body.peek(depth)
    if instruction.opname == "MAP_ADD":
        body.put(holder, *values)
    elif instruction.opname in ("LIST_APPEND", "SET_ADD"):
        body.reads.store(holder.objects, MISSING, values[0].objects)
    else:
        body.reads.store(holder.objects, MISSING, body.parts(values[0]).objects)
        body.reads.pour(holder.objects, values[0].objects)


def _keep_objects(body: Body, instruction: Instruction) -> None:
    """An intrinsic function of one value, such as list to tuple."""
    body.push(Value(body.pop().objects))


def _iterate(body: Body, instruction: Instruction) -> None:
    body.push(body.iterator_over(body.pop()))


def _for(body: Body, instruction: Instruction) -> None:
    body.push(body.parts(body.peek()))


def _unpack(body: Body, instruction: Instruction) -> None:
    value = body.pop()
    count = instruction.arg or 0
    body.parts(value)
    if instruction.opname == "UNPACK_SEQUENCE":
        body.stack += [body.part(value, position) for position in reversed(range(count))]
        return
    before, after = count & 0xFF, count >> 8
    body.stack += [body.parts(value)] * after
    body.push(body.make(list, body.parts(value).objects))
    body.stack += [body.part(value, position) for position in reversed(range(before))]


def _match_keys(body: Body, instruction: Instruction) -> None:
    keys, subject = body.pop(), body.pop()
    made = body.make(tuple)
    for at, key in enumerate(keys.constant if isinstance(keys.constant, tuple) else (MISSING,)):
        body.reads.store(made.objects, at, body.reads.item(subject.objects, key))
    body.stack += [subject, keys, made]
    if dis.stack_effect(instruction.opcode) == 2:  # Python 3.10 also pushes whether it matches
        body.push(UNKNOWN)


def _match_names(kind: Any) -> tuple[str, ...]:
    found = class_value(kind, "__match_args__") if isinstance(kind, type) else MISSING
    return found if isinstance(found, tuple) else ()


def _match_class(body: Body, instruction: Instruction) -> None:
    names, kind, subject = body.pop(), body.pop(), body.pop()
    check_instance(body, [subject, kind])
    found = NONE
    for name in names.constant if isinstance(names.constant, tuple) else ():
        found = union(found, attribute(body, subject, name).objects)
    for each in kind.objects.values():
        for name in _match_names(each)[: instruction.arg]:
            found = union(found, attribute(body, subject, name).objects)
    body.push(body.make(tuple, found))
    if dis.stack_effect(instruction.opcode, instruction.arg) == -1:  # in Python 3.10
        body.push(UNKNOWN)


def _get_length(body: Body, instruction: Instruction) -> None:
    body.reads.length(body.peek().objects)
    body.push(UNKNOWN)


HANDLERS: dict[str, Handler] = {
    "BUILD_LIST": _build(list),
    "BUILD_TUPLE": _build(tuple),
    "BUILD_SET": _build(set),
    "BUILD_SLICE": _build(slice),
    "BUILD_MAP": _build_map,
    "BUILD_CONST_KEY_MAP": _build_map,
    "LIST_APPEND": _add_to,
    "SET_ADD": _add_to,
    "MAP_ADD": _add_to,
    "LIST_EXTEND": _add_to,
    "SET_UPDATE": _add_to,
    "DICT_UPDATE": _add_to,
    "DICT_MERGE": _add_to,
    "CALL_INTRINSIC_1": _keep_objects,
    "GET_ITER": _iterate,
    "GET_YIELD_FROM_ITER": _iterate,
    "FOR_ITER": _for,
    "UNPACK_SEQUENCE": _unpack,
    "UNPACK_EX": _unpack,
    "MATCH_KEYS": _match_keys,
    "MATCH_CLASS": _match_class,
    "GET_LEN": _get_length,
}
