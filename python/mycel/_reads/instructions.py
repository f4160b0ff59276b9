"""The effect of each instruction on the stack, and what it reads."""

from __future__ import annotations

import dis
import functools
import importlib.util
import sys
from collections.abc import Callable
from types import CodeType
from typing import TYPE_CHECKING, Any

from mycel._reads import calls
from mycel._reads.values import MISSING, NONE, NULL, UNKNOWN, Value, union, value_of

if TYPE_CHECKING:
    from mycel._reads.body import Body

Instruction = dis.Instruction
Handler = Callable[["Body", Instruction], None]


def step(body: Body, instruction: Instruction) -> None:
    """Does what an instruction does to the stack and the variables."""
    name = instruction.opname
    handler = _HANDLERS.get(name)
    if handler is not None:
        handler(body, instruction)
        return
    if name.startswith("LOAD_") and instruction.opcode in dis.haslocal:
        _load_fast(body, instruction)
        return
    change = dis.stack_effect(instruction.opcode, instruction.arg, jump=False)
    for _ in range(-change):
        body.pop()
    for _ in range(change):
        body.push(UNKNOWN)
    if body.stack and not _leaves_stack(instruction):
        body.push(Value(body.pop().objects))  # of what it took


def _leaves_stack(instruction: Instruction) -> bool:
    """Whether an instruction without a handler puts nothing of its own on the stack."""
    name = instruction.opname
    return name in _QUIET or name.startswith(("STORE_", "DELETE_", "SETUP_", "POP_", "JUMP_"))


_QUIET = frozenset({"CACHE", "COPY_FREE_VARS", "END_FOR", "MAKE_CELL", "NOP", "RESUME"})


# --- loads and stores ----------------------------------------------------------------------------


def _names(instruction: Instruction) -> tuple[str, ...]:
    names = instruction.argval
    return names if isinstance(names, tuple) else (names,)


def _load_fast(body: Body, instruction: Instruction) -> None:
    for name in _names(instruction):
        body.push(body.load(name))


def _store_fast(body: Body, instruction: Instruction) -> None:
    for name in _names(instruction):
        body.add(name, body.pop().objects)
        cell = body.reads.cells.get((body.code, name))
        if cell is not None:
            body.reads.wrote({id(cell): cell}, body.code, body.line)


def _store_global(body: Body, instruction: Instruction) -> None:
    body.pop()
    body.reads.wrote({id(body.names): body.names}, body.code, body.line)


def _store_load_fast(body: Body, instruction: Instruction) -> None:
    first, second = _names(instruction)
    body.add(first, body.pop().objects)
    body.push(body.load(second))


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


def _load_name(body: Body, instruction: Instruction) -> None:
    """In the code of `eval`: a local of the caller, or a global."""
    local = body.load(instruction.argval)
    if local.objects:
        body.push(local)
    else:
        _load_global(body, instruction)


_NULL_LAST = "CALL_KW" in dis.opmap  # from Python 3.13 on


def _load_attr(body: Body, instruction: Instruction) -> None:
    owner = body.pop()
    found = calls.attribute(body, owner, instruction.argval)
    body.push(found)
    change = dis.stack_effect(instruction.opcode, instruction.arg)
    if change == 1:  # a method and its object
        body.push(Value(owner.objects))


def _load_super_attr(body: Body, instruction: Instruction) -> None:
    owner = body.pop_many(3)[-1]._replace(method=calls.SUPER)
    body.push(calls.attribute(body, owner, instruction.argval))
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
    module = sys.modules.get(name if names else name.partition(".")[0])
    body.reads.know(module, name)
    body.push(value_of((module,)))


def _import_from(body: Body, instruction: Instruction) -> None:
    owner = body.stack[-1] if body.stack else UNKNOWN
    body.push(calls.attribute(body, owner, instruction.argval))


def _subscript(body: Body, instruction: Instruction) -> None:
    key, owner = body.pop(), body.pop()
    if owner.depth > 0:
        body.push(body.parts(owner))
        return
    if owner.method == "" and any(not _is_indexed(each) for each in owner.objects.values()):
        body.calls = True
        found = union(body.reads.item(owner.objects, key.constant), body.reads.returned)
    else:
        found = body.reads.item(owner.objects, key.constant)
    body.push(Value(found))


def _is_indexed(value: Any) -> bool:
    return isinstance(value, (dict, list, tuple))


def _store_subscript(body: Body, instruction: Instruction) -> None:
    key, owner = body.pop(), body.pop()
    value = body.pop() if instruction.opname == "STORE_SUBSCR" else UNKNOWN
    body.reads.item(owner.objects, key.constant)
    body.reads.wrote(owner.objects, body.code, body.line)
    body.reads.store(owner.objects, key.constant, value.objects)


def _slice(body: Body, instruction: Instruction) -> None:
    _, _, owner = body.pop(), body.pop(), body.pop()
    body.push(Value(union(body.reads.all_items(owner.objects), owner.objects)))


def _store_slice(body: Body, instruction: Instruction) -> None:
    owner = body.pop_many(4)[1]
    body.reads.all_items(owner.objects)
    body.reads.wrote(owner.objects, body.code, body.line)


# --- the stack's order ---------------------------------------------------------------------------


def _copy(body: Body, instruction: Instruction) -> None:
    depth = instruction.arg or 1
    body.push(body.stack[-depth] if depth <= len(body.stack) else UNKNOWN)


def _swap(body: Body, instruction: Instruction) -> None:
    depth = instruction.arg or 1
    while len(body.stack) < depth:
        body.stack.insert(0, UNKNOWN)
    body.stack[-1], body.stack[-depth] = body.stack[-depth], body.stack[-1]


def _rotate(depth: int) -> Handler:
    def run(body: Body, instruction: Instruction) -> None:
        values = body.pop_many(depth or instruction.arg or 1)
        body.stack += [values[-1], *values[:-1]]

    return run


def _duplicate(depth: int) -> Handler:
    def run(body: Body, instruction: Instruction) -> None:
        values = body.pop_many(depth)
        body.stack += [*values, *values]

    return run


def _same(body: Body, instruction: Instruction) -> None:
    pass


# --- operators -----------------------------------------------------------------------------------


def _binary(body: Body, instruction: Instruction) -> None:
    right, left = body.pop(), body.pop()
    text = instruction.argrepr or instruction.opname
    if "=" in text or text.startswith("INPLACE"):
        body.reads.wrote(left.objects, body.code, body.line)
    for side in (left, right):
        body.parts(side)
    body.push(Value(union(left.objects, right.objects), depth=max(left.depth, right.depth)))


def _compare(body: Body, instruction: Instruction) -> None:
    for side in (body.pop(), body.pop()):
        body.reads.everything(side.objects)
    body.push(UNKNOWN)


def _contains(body: Body, instruction: Instruction) -> None:
    container, key = body.pop(), body.pop()
    known = all(isinstance(each, dict) for each in container.objects.values())
    body.reads.item(container.objects, key.constant if known else MISSING)
    body.push(UNKNOWN)


def _is(body: Body, instruction: Instruction) -> None:
    body.pop_many(2)
    body.push(UNKNOWN)


def _truth(body: Body, instruction: Instruction) -> None:
    body.reads.length(body.pop().objects, truth=True)
    if not instruction.opname.startswith("POP_JUMP"):
        body.push(UNKNOWN)


def _truth_or_pop(body: Body, instruction: Instruction) -> None:
    body.reads.length(body.stack[-1].objects if body.stack else NONE, truth=True)
    body.pop()


# --- containers ----------------------------------------------------------------------------------


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


def _list_to_tuple(body: Body, instruction: Instruction) -> None:
    if instruction.arg == 6:  # CALL_INTRINSIC_1 with INTRINSIC_LIST_TO_TUPLE
        return
    body.pop()
    body.push(UNKNOWN)


def _iterate(body: Body, instruction: Instruction) -> None:
    body.calls = True
    found = body.parts(body.pop())
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


# --- functions -----------------------------------------------------------------------------------


def _enter(body: Body, instruction: Instruction) -> None:
    """`with x as y`: y is often x."""
    body.calls = True
    owner = body.pop()
    body.push(UNKNOWN)
    body.push(Value(union(owner.objects, body.reads.returned)))


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
    found = NONE
    for name in names.constant if isinstance(names.constant, tuple) else ():
        found = union(found, calls.attribute(body, subject, name).objects)
    for each in kind.objects.values():
        for name in getattr(each, "__match_args__", ())[: instruction.arg]:
            found = union(found, calls.attribute(body, subject, name).objects)
    body.push(Value(found, depth=1))
    if dis.stack_effect(instruction.opcode, instruction.arg) == -1:  # in Python 3.10
        body.push(UNKNOWN)


def _get_length(body: Body, instruction: Instruction) -> None:
    body.reads.length(body.stack[-1].objects if body.stack else NONE)
    body.push(UNKNOWN)


def _make_function(body: Body, instruction: Instruction) -> None:
    values = body.pop_many(-dis.stack_effect(instruction.opcode, instruction.arg or 0) + 1)
    made = functools.reduce(union, (each.objects for each in values), NONE)
    for each in values:
        for code in each.objects.values():
            if isinstance(code, CodeType):
                nested = body.nested(code)
                if nested.dirty:
                    nested.run()
    body.push(Value(made))


def _keep_top(body: Body, instruction: Instruction) -> None:
    """SET_FUNCTION_ATTRIBUTE: the function stays."""
    function, value = body.pop(), body.pop()
    body.push(Value(union(function.objects, value.objects)))


def _return(body: Body, instruction: Instruction) -> None:
    body.reads.give_back(body.pop().objects)
    if instruction.opname.startswith("YIELD"):
        body.push(UNKNOWN)


_HANDLERS: dict[str, Handler] = {
    "LOAD_NAME": _load_name,
    "LOAD_GLOBAL": _load_global,
    "LOAD_CONST": _load_const,
    "LOAD_CLOSURE": _load_fast,
    "LOAD_DEREF": _load_fast,
    "LOAD_CLASSDEREF": _load_fast,
    "STORE_FAST": _store_fast,
    "STORE_GLOBAL": _store_global,
    "STORE_DEREF": _store_fast,
    "STORE_FAST_STORE_FAST": _store_fast,
    "STORE_FAST_LOAD_FAST": _store_load_fast,
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
    "COPY": _copy,
    "SWAP": _swap,
    "DUP_TOP": _duplicate(1),
    "DUP_TOP_TWO": _duplicate(2),
    "ROT_TWO": _rotate(2),
    "ROT_THREE": _rotate(3),
    "ROT_FOUR": _rotate(4),
    "ROT_N": _rotate(0),
    "BINARY_OP": _binary,
    "COMPARE_OP": _compare,
    "CONTAINS_OP": _contains,
    "IS_OP": _is,
    "TO_BOOL": _truth,
    "UNARY_NOT": _truth,
    "JUMP_IF_TRUE_OR_POP": _truth_or_pop,
    "JUMP_IF_FALSE_OR_POP": _truth_or_pop,
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
    "LIST_TO_TUPLE": _same,
    "CALL_INTRINSIC_1": _list_to_tuple,
    "GET_ITER": _iterate,
    "GET_YIELD_FROM_ITER": _iterate,
    "FOR_ITER": _for,
    "UNPACK_SEQUENCE": _unpack,
    "UNPACK_EX": _unpack,
    "BEFORE_WITH": _enter,
    "SETUP_WITH": _enter,
    "MATCH_KEYS": _match_keys,
    "MATCH_CLASS": _match_class,
    "GET_LEN": _get_length,
    "MAKE_FUNCTION": _make_function,
    "SET_FUNCTION_ATTRIBUTE": _keep_top,
    "RETURN_VALUE": _return,
    "YIELD_VALUE": _return,
    **calls.HANDLERS,
}
for _name in dis.opname:
    if _name.startswith(("BINARY_", "INPLACE_")) and _name not in _HANDLERS:
        _HANDLERS[_name] = _binary
    elif _name.startswith("POP_JUMP") and _name.endswith(("_TRUE", "_FALSE")):
        _HANDLERS.setdefault(_name, _truth)
