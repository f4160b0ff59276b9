"""Handlers of the instructions that load, store and import: names, attributes, items."""

from __future__ import annotations

import builtins
import dis
import importlib.util
from collections.abc import Callable
from types import CodeType
from typing import TYPE_CHECKING, Any

from mycel._reads.kinds import MISSING, class_value
from mycel._reads.lookups import attribute
from mycel._reads.values import (
    NULL,
    UNKNOWN,
    Objects,
    Value,
    has_own_operators,
    kind_of,
    union,
    value_of,
    with_own_operators,
)

if TYPE_CHECKING:
    from dis import Instruction

    from mycel._reads.body import Body


def _names(instruction: Instruction) -> tuple[str, ...]:
    names = instruction.argval
    return names if isinstance(names, tuple) else (names,)


def load_fast(body: Body, instruction: Instruction) -> None:
    """Pushes local variables."""
    for name in _names(instruction):
        body.load(name)


def _store_fast(body: Body, instruction: Instruction) -> None:
    for name in _names(instruction):
        body.add(name, body.pop().objects)
        cell = body.reads.cells.get((body.code, name))
        if cell is not None:
            body.reads.wrote({id(cell): cell}, body.code, body.line)


def _store_global(body: Body, instruction: Instruction) -> None:
    body.pop()
    body.reads.wrote({id(body.names): body.names}, body.code, body.line)


def _storeload_fast(body: Body, instruction: Instruction) -> None:
    first, second = _names(instruction)
    body.add(first, body.pop().objects)
    body.load(second)


def _load_build_class(body: Body, instruction: Instruction) -> None:
    body.push(value_of((builtins.__build_class__,)))


def _load_const(body: Body, instruction: Instruction) -> None:
    constant = instruction.argval
    if isinstance(constant, CodeType):
        body.push(value_of((constant,)))
    else:
        body.push(Value(constant=constant))


def _load_global(body: Body, instruction: Instruction) -> None:
    value = body.load_global(instruction.argval)
    change = dis.stack_effect(instruction.opcode, instruction.arg)
    if change == 2 and not _NULL_LAST:
        body.push(NULL)
    body.push(value)
    if change == 2 and _NULL_LAST:
        body.push(NULL)


_NULL_LAST = "CALL_KW" in dis.opmap  # since Python 3.13


def _load_attr(body: Body, instruction: Instruction) -> None:
    owner = body.pop()
    found = attribute(body, owner, instruction.argval)
    body.push(found)
    change = dis.stack_effect(instruction.opcode, instruction.arg)
    if change == 1:  # a method and its object
        body.push(Value(owner.objects))


def _load_super_attr(body: Body, instruction: Instruction) -> None:
    owner = body.pop_many(3)[-1]
    body.push(Value(body.reads.inherited(owner.objects, instruction.argval)))
    if dis.stack_effect(instruction.opcode, instruction.arg) == -1:
        body.push(Value(owner.objects))


def _store_attr(body: Body, instruction: Instruction) -> None:
    owner = body.pop()
    value = body.pop() if instruction.opname == "STORE_ATTR" else UNKNOWN
    body.reads.attribute(owner.objects, instruction.argval)
    body.reads.wrote(owner.objects, body.code, body.line)
    body.reads.store(owner.objects, instruction.argval, value.objects)


def _import_name(body: Body, instruction: Instruction) -> None:
    names, level = body.pop().constant, body.pop().constant
    name = instruction.argval
    if isinstance(level, int) and level > 0:
        name = importlib.util.resolve_name("." * level + name, body.names.get("__package__") or "")
    body.push(body.imported(name if names else name.partition(".")[0]))


def _import_from(body: Body, instruction: Instruction) -> None:
    owner = body.peek()
    body.push(attribute(body, owner, instruction.argval))


def _load_name(body: Body, instruction: Instruction) -> None:
    """In code that `exec` runs: loads a local or global name."""
    if body.has(instruction.argval):
        load_fast(body, instruction)
    else:
        _load_global(body, instruction)


def _store_name(body: Body, instruction: Instruction) -> None:
    body.add(instruction.argval, body.pop().objects)


def _subscript(body: Body, instruction: Instruction) -> None:
    key, owner = body.pop(), body.pop()
    found = body.reads.item(owner.objects, key.constant)
    if _may_be_slice(key):
        found = union(found, body.copy(list, owner.objects).objects)
    others = {k: each for k, each in owner.objects.items() if not _gives_items(each)}
    if others:
        body.reads.special(others, "__getitem__", "__missing__")
        found = union(union(found, body.reads.returned), _classes(others))
    if others or not owner.objects:
        body.reads.positions(key.objects)
    body.push(Value(found))


def _may_be_slice(key: Value) -> bool:
    return any(kind_of(each) is slice for each in key.objects.values())


def _classes(objects: Objects) -> Objects:
    """Returns the classes: `Kind[argument]` stands for the class."""
    return {key: each for key, each in objects.items() if isinstance(each, type)}


def _is_indexed(value: Any) -> bool:
    return issubclass(kind_of(value), (dict, list, tuple))


def _gives_items(value: Any) -> bool:
    """Whether indexing gives items and runs no function, such as a defaultdict's."""
    calls = has_own_operators(value) or class_value(kind_of(value), "__missing__") is not MISSING
    return _is_indexed(value) and not calls


def _store_subscript(body: Body, instruction: Instruction) -> None:
    key, owner = body.pop(), body.pop()
    value = body.pop() if instruction.opname == "STORE_SUBSCR" else UNKNOWN
    body.reads.item(owner.objects, key.constant)
    body.reads.wrote(owner.objects, body.code, body.line)
    body.put(owner, key, value)
    if not owner.objects or not all(_is_indexed(each) for each in owner.objects.values()):
        body.reads.positions(union(key.objects, value.objects))


def _slice(body: Body, instruction: Instruction) -> None:
    _, _, owner = body.pop(), body.pop(), body.pop()
    body.reads.special(with_own_operators(owner.objects), "__getitem__")
    body.push(Value(union(body.copy(list, owner.objects).objects, body.reads.returned)))


def _store_slice(body: Body, instruction: Instruction) -> None:
    value, owner, _, _ = body.pop_many(4)
    body.reads.pour(owner.objects, value.objects)
    body.reads.all_items(owner.objects)
    body.reads.wrote(owner.objects, body.code, body.line)
    body.reads.positions(value.objects)


HANDLERS: dict[str, Callable[..., None]] = {
    "LOAD_NAME": _load_name,
    "LOAD_GLOBAL": _load_global,
    "LOAD_BUILD_CLASS": _load_build_class,
    "LOAD_CONST": _load_const,
    "LOAD_CLOSURE": load_fast,
    "LOAD_DEREF": load_fast,
    "LOAD_CLASSDEREF": load_fast,
    "STORE_NAME": _store_name,
    "STORE_FAST": _store_fast,
    "STORE_GLOBAL": _store_global,
    "STORE_DEREF": _store_fast,
    "STORE_FAST_STORE_FAST": _store_fast,
    "STORE_FAST_LOAD_FAST": _storeload_fast,
    "LOAD_ATTR": _load_attr,
    "LOAD_METHOD": _load_attr,
    "LOAD_SUPER_ATTR": _load_super_attr,
    "IMPORT_NAME": _import_name,
    "IMPORT_FROM": _import_from,
    "STORE_ATTR": _store_attr,
    "DELETE_ATTR": _store_attr,
    "BINARY_SUBSCR": _subscript,
    "STORE_SUBSCR": _store_subscript,
    "DELETE_SUBSCR": _store_subscript,
    "BINARY_SLICE": _slice,
    "STORE_SLICE": _store_slice,
}
