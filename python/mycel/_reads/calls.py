"""The effect of calls: of methods in C, of classes, of Python functions."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from contextvars import ContextVar
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from mycel import _core
from mycel._reads import functions
from mycel._reads.lookups import SUPER, stays_with_methods
from mycel._reads.values import (
    CACHED,
    CONTAINERS,
    MISSING,
    NONE,
    PROXIES,
    UNKNOWN,
    Instance,
    Objects,
    Value,
    class_value,
    held_by,
    is_generator_type,
    is_library,
    matters,
    union,
    unwrapped,
)

if TYPE_CHECKING:
    from mycel._reads.body import Body

_BY_KEY = frozenset({"get", "setdefault", "pop", "__getitem__", "__contains__"})
_READS_ONLY = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
_ITERATORS = {"items": 2, "keys": 1, "values": 1, "copy": 1}


def call(body: Body, callee: Value, arguments: Sequence[Value]) -> Value:
    """What a call may give."""
    body.calls = True
    reads = body.reads
    given = functools.reduce(union, (each.objects for each in arguments), NONE)
    if callee.method not in ("", SUPER):
        others = {k: o for k, o in callee.objects.items() if not stays_with_methods(o)}
        if len(others) == len(callee.objects):
            return _method(body, callee, arguments, given)
        found = [_call_method_in_c(body, o, callee.method) for o in callee.objects.values()]
        return Value(functools.reduce(union, found, given))
    if not callee.objects:
        reads.tell_of_attributes(given, "a function that is not known")
        return Value(union(reads.returned, reads.everything(given)))
    results = [_function(body, each, arguments, given) for each in callee.objects.values()]
    result = functools.reduce(Value.joined, results)
    if len(results) == 1 and results[0].method:
        return results[0]
    return Value(union(result.objects, reads.returned), depth=result.depth)


def _call_method_in_c(body: Body, value: Any, name: str) -> Objects:
    """A method of a generator of random numbers, or of a context variable."""
    if is_generator_type(type(value)):
        body.reads.draw(value, name, body.code, body.line)
    elif isinstance(value, ContextVar) and name == "get":
        _core.guard_given("context variable", value, None, f"the context variable {value.name}")
        current = value.get(None)
        body.reads.know(current, value.name)
        return {id(current): current} if matters(current) else NONE
    return NONE


def _method(body: Body, callee: Value, arguments: Sequence[Value], given: Objects) -> Value:
    """A method of built-in containers."""
    reads, name, containers = body.reads, callee.method, callee.objects
    if name not in _READS_ONLY:
        reads.wrote(containers, body.code, body.line)
    dicts = all(isinstance(each, dict) for each in containers.values())
    if dicts and name in _BY_KEY and arguments:
        found = reads.item(containers, arguments[0].constant)
        if name == "setdefault":
            reads.store(containers, arguments[0].constant, given)
        return Value(union(found, given))
    if name in ("append", "add", "insert", "extend", "update"):
        reads.store(containers, MISSING, given)
    items = reads.all_items(containers)
    if name in _ITERATORS:
        return Value(items, depth=_ITERATORS[name])
    return Value(union(union(items, containers), given))


def _function(body: Body, callee: Any, arguments: Sequence[Value], given: Objects) -> Value:
    if isinstance(callee, CodeType):
        return _nested(body, callee, arguments)
    if isinstance(callee, FunctionType) and not _core.is_library_code(callee.__code__):
        return UNKNOWN  # its own call is seen
    if isinstance(callee, type) and not is_library(callee.__module__):
        return _make(body, callee, given)
    if isinstance(callee, _core.Guarded):
        return UNKNOWN
    if isinstance(callee, MethodType):
        if is_generator_type(type(callee.__self__)):
            body.reads.draw(callee.__self__, callee.__name__, body.code, body.line)
        return _function(body, callee.__func__, arguments, given)
    if isinstance(callee, functools.partial):
        return _function(body, callee.func, arguments, given)
    if isinstance(callee, functions.GETTERS):
        return functions.get_by(body, callee, given)
    if isinstance(callee, CACHED):
        return functions.cached(body, callee)
    if isinstance(callee, PROXIES) or hasattr(type(callee), "__callback__"):
        return Value(body.reads.all_items({id(callee): callee}))
    known = functions.effect_of(callee)
    if known is not None:
        return known(body, arguments)
    body.reads.special({id(callee): callee}, "__call__")
    if not _is_opaque(callee):
        return UNKNOWN
    return _opaque(body, callee, given)


def _opaque(body: Body, callee: Any, given: Objects) -> Value:
    """A function in C or in the standard library: it may read all that containers hold."""
    reads = body.reads
    reads.advance(given)
    found = reads.everything(given)
    getters = [each for each in given.values() if isinstance(each, functions.GETTERS)]
    for getter in getters:
        found = union(found, functions.get_by(body, getter, found).objects)
    if not getters:
        reads.tell_of_attributes(given, functions.name_of(callee)[0])
    return Value(found, depth=1)


def _is_opaque(callee: Any) -> bool:
    """Whether its code is not followed."""
    if callable(callee) and not isinstance(callee, (*CONTAINERS, functools.partial, Instance)):
        own_call = class_value(type(callee), "__call__")
        return not isinstance(own_call, FunctionType) or _core.is_library_code(own_call.__code__)
    return False


def _make(body: Body, kind: type, given: Objects) -> Value:
    """A call of a class of the user's."""
    reads = body.reads
    held: Objects = given
    for owner, name in ((type(kind), "__call__"), (kind, "__new__"), (kind, "__init__")):
        function = unwrapped(class_value(owner, name))
        reads.guard_class(owner, name)
        if isinstance(function, FunctionType):
            reads.know(function, f"{name} of {kind.__name__}")
            held = union(held, {id(each): each for _, each in held_by(function) if matters(each)})
    made = reads.instance(kind)
    reads.store({id(made): made}, MISSING, held)
    return Value({id(made): made})


def _nested(body: Body, code: CodeType, arguments: Sequence[Value]) -> Value:
    """A function that the code itself makes, or a comprehension."""
    nested = body.nested(code)
    for name, each in zip(code.co_varnames, arguments, strict=False):
        nested.add(name, each.objects)
        if name == ".0":
            nested.depth = each.depth
    if nested.dirty:
        nested.run()
    return Value(body.reads.returned)
