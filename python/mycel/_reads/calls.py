"""Effects of calls of C methods, classes and Python functions."""

from __future__ import annotations

import functools
import io
from collections import deque
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from mycel import _core
from mycel._reads import functions
from mycel._reads.attributes import plain_objects
from mycel._reads.getters import GETTERS, get_by
from mycel._reads.kinds import (
    CONTAINERS,
    MISSING,
    class_name,
    class_value,
    is_generator_type,
    is_library,
    module_of,
)
from mycel._reads.lookups import has_paths
from mycel._reads.made_classes import instance_of
from mycel._reads.values import (
    CACHED,
    NONE,
    PUBLIC_FUNCTION,
    UNKNOWN,
    Bound,
    Instance,
    Made,
    Objects,
    Value,
    Within,
    held_by,
    is_container,
    is_iterator,
    is_proxy,
    kind_of,
    matters,
    objects_of,
    owner_in_c,
    union,
    unwrapped,
    value_of,
)

if TYPE_CHECKING:
    from mycel._reads.body import Body

_BY_KEY = frozenset({"get", "setdefault", "pop", "__getitem__", "__contains__"})
# Writes to files, which change no state that is read.
_WRITES = frozenset({"write", "writelines", "flush", "print"})
_KEEPERS = (*CONTAINERS, SimpleNamespace)  # constructors that read no attributes of their arguments
_READS_ONLY = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
_PUTS = frozenset({"add", "append", "appendleft", "insert", "__setitem__"})
_TAKES = frozenset({"pop", "popleft"})
_POURS = frozenset({"extend", "extendleft", "update", "__iadd__", "__ior__"})
_WRITES_ONLY = _PUTS | _POURS | {"clear"}
_GIVES_NOTHING = (_PUTS | _POURS | {"clear", "count", "discard", "index", "remove"}) - {
    *("__iadd__", "__ior__"),
}


def call(
    body: Body, callee: Value, arguments: Sequence[Value], owner: Value | None = None
) -> Value:
    """Returns a call's possible results; a method's owner, if known, is its first argument."""
    reads = body.reads
    with_owner = arguments if owner is None else [owner, *arguments]
    given = objects_of(with_owner)
    entries = [each for each in callee.objects.values() if isinstance(each, PUBLIC_FUNCTION)]
    if len(entries) == len(callee.objects):  # a function of the package, or an unknown one
        how = "the package" if entries else "a function that is not known"
        reads.tell_of_attributes(given, how)
        return Value(union(body.mixed(reads.everything(given)).objects, reads.returned))
    found = NONE
    mixed = [each for each in callee.objects.values() if isinstance(each, Made) and each.is_mixed]
    if mixed:  # each may return what any of them holds
        found = _call_made(body, mixed, arguments).objects
    for each in callee.objects.values():
        if isinstance(each, Bound):
            result = _method(body, each.owner, each.name, arguments)
        elif isinstance(each, Made) and each.is_class:
            result = instance_of(body, each, arguments)
        elif isinstance(each, Made):
            result = UNKNOWN if each.is_mixed else _call_made(body, [each], arguments)
        else:
            result = _function(body, each, with_owner, given)
        found = union(found, result.objects)
    return Value(found)


def _call_made(body: Body, made: Sequence[Made], arguments: Sequence[Value]) -> Value:
    """A call of the result of a library function, such as functools.partial."""
    held = functools.reduce(union, map(body.reads.all_of, made))
    functions = {k: o for k, o in held.items() if callable(o) and not isinstance(o, Made)}
    functions |= {k: o for k, o in held.items() if isinstance(o, (Bound, CodeType))}
    return call(body, Value(functions), [Value(held), *arguments]) if functions else UNKNOWN


def _method(body: Body, owner: Any, name: str, arguments: Sequence[Value]) -> Value:
    """A C method of a container, a random generator, a context variable or a string."""
    reads, whole, given = body.reads, {id(owner): owner}, objects_of(arguments)
    if name in _WRITES and isinstance(owner, io.IOBase):
        return Value(reads.everything(given))
    if is_container(owner) or isinstance(owner, Instance) or is_iterator(owner):
        return _method_of_container(body, owner, name, arguments)
    if is_generator_type(type(owner)):
        reads.draw(owner, name, body.code, body.line)
    elif isinstance(owner, ContextVar) and name == "get":
        _core.guard_given("context variable", owner, None, f"the context variable {owner.name}")
        current = owner.get(None)
        reads.know(current, owner.name)
        given = union(given, value_of((current,)).objects)
    elif isinstance(owner, str):
        if has_paths(owner):
            reads.all_attributes(given)
        else:
            body.show(given)
        return UNKNOWN
    else:
        reads.everything(union(whole, given))
    return Value(given)


def _method_of_container(body: Body, owner: Any, name: str, arguments: Sequence[Value]) -> Value:
    reads, holder, given = body.reads, Value({id(owner): owner}), objects_of(arguments)
    kind = kind_of(owner)
    key = arguments[0] if arguments else UNKNOWN
    if name not in _READS_ONLY:
        reads.wrote(holder.objects, body.code, body.line)
    if name in _PUTS or name == "setdefault":
        by_key = name in ("setdefault", "__setitem__")
        body.put(holder, key if by_key else UNKNOWN, Value(given))
    elif name in _POURS:
        body.fill(holder, arguments)
    if name in _BY_KEY and arguments and issubclass(kind, dict):
        return Value(union(reads.item(holder.objects, key.constant), given))
    if kind is not object and name in _GIVES_NOTHING:
        if isinstance(owner, (deque, list, set)) and name in _WRITES_ONLY:
            reads.writes_only(owner)
        elif not isinstance(owner, Instance):
            body.parts(holder)
        return UNKNOWN
    items = body.parts(holder).objects
    if kind is not object and name in _TAKES:
        return Value(items)
    if name == "sort":
        functions.ordered(body, items, arguments)
    if name == "items":
        return body.make(Iterator, body.make(tuple, items, "pair").objects)
    if name in ("keys", "values"):
        return body.make(Iterator, items)
    if name == "copy":
        return body.copy(kind, holder.objects)
    return Value(union(body.mixed(union(items, given)).objects, holder.objects))


def _function(body: Body, callee: Any, arguments: Sequence[Value], given: Objects) -> Value:
    """A function; of one that is followed only the results, as its own call is interpreted."""
    if isinstance(callee, CodeType):
        return _nested(body, callee, arguments)
    if isinstance(callee, FunctionType) and not _core.is_library_code(callee.__code__):
        return Value(body.reads.returned)
    if isinstance(callee, type) and not is_library(module_of(callee)):
        return _make(body, callee, arguments)
    if isinstance(callee, (_core.Guarded, Within)):
        return Value(body.reads.returned)
    if isinstance(callee, MethodType):
        if is_generator_type(type(callee.__self__)):
            body.reads.draw(callee.__self__, callee.__name__, body.code, body.line)
        return _function(body, callee.__func__, arguments, given)
    if isinstance(callee, functools.partial):
        held = [value_of((each,)) for each in (*callee.args, *callee.keywords.values())]
        return call(body, value_of((callee.func,)), [*held, *arguments])
    if isinstance(callee, GETTERS):
        return get_by(body, callee, given)
    if isinstance(callee, CACHED):
        return Value(union(functions.cached(body, callee).objects, body.reads.returned))
    if is_proxy(callee) or hasattr(type(callee), "__callback__"):
        return Value(union(body.reads.all_items({id(callee): callee}), body.reads.returned))
    owner = owner_in_c(callee)
    if owner is not MISSING:
        return _method(body, owner, callee.__name__, arguments)
    known = functions.effect_of(callee)
    if known is not None:
        return known(body, arguments)
    body.reads.special({id(callee): callee}, "__call__")
    found = _opaque(body, callee, given) if _is_opaque(callee) else UNKNOWN
    return Value(union(found.objects, body.reads.returned))


def _opaque(body: Body, callee: Any, given: Objects) -> Value:
    """A C or standard-library function, which may read everything that containers hold."""
    reads = body.reads
    if functions.name_of(callee)[0] not in _WRITES:
        reads.advance(given)
    reads.library_state(given)
    found = reads.everything(given)
    if not (isinstance(callee, type) and issubclass(callee, _KEEPERS)):
        found = union(found, reads.own_values(plain_objects(given)))
    getters = [each for each in given.values() if isinstance(each, GETTERS)]
    for getter in getters:
        found = union(found, get_by(body, getter, found).objects)
    for each in given.values():
        effect = functions.effect_of(each) if isinstance(each, BuiltinFunctionType) else None
        if effect is not None:  # the callee may call it, as starmap(getattr, pairs) does
            found = union(found, effect(body, spread_over(found)).objects)
    if not getters:
        reads.tell_of_attributes(given, functions.name_of(callee)[0])
    if any(isinstance(each, _CALLED) for each in found.values()):
        found = union(found, reads.returned)
    return body.mixed(found)


def spread_over(objects: Objects) -> list[Value]:
    """Returns arguments that are any of the objects, as many as a known function distinguishes."""
    return [Value(objects, spread=True)] * 3


_CALLED = (FunctionType, MethodType, CodeType)


def _is_opaque(callee: Any) -> bool:
    """Whether the code of a callee is not followed."""
    if callable(callee) and not isinstance(callee, (*CONTAINERS, functools.partial, Instance)):
        own_call = class_value(type(callee), "__call__")
        return not isinstance(own_call, FunctionType) or _core.is_library_code(own_call.__code__)
    return False


def _make(body: Body, kind: type, arguments: Sequence[Value]) -> Value:
    """A call of a user class."""
    reads = body.reads
    held = objects_of(arguments)
    for owner, name in ((type(kind), "__call__"), (kind, "__new__"), (kind, "__init__")):
        function = unwrapped(class_value(owner, name))
        reads.guard_class(owner, name)
        if isinstance(function, FunctionType):
            reads.know(function, f"{name} of {class_name(kind)}")
            held = union(held, {id(each): each for _, each in held_by(function) if matters(each)})
    made = reads.instance(kind)
    value = Value({id(made): made})
    reads.store(value.objects, MISSING, held)
    if issubclass(kind, CONTAINERS):
        body.fill(value, arguments)
    return Value(union(value.objects, reads.returned))


def _nested(body: Body, code: CodeType, arguments: Sequence[Value]) -> Value:
    """A call of a function that the code itself makes, or of a comprehension."""
    nested = body.nested(code)
    for name, each in zip(code.co_varnames, arguments, strict=False):
        nested.add(name, each.objects)
    nested.catch_up()
    return Value(nested.returned())
