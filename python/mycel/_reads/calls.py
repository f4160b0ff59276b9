"""The effect of calls: of methods of containers, of built-in functions, of Python functions."""

from __future__ import annotations

import dis
import functools
import gc
import operator
import os
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from mycel import _core
from mycel._reads.values import (
    CONTAINERS,
    MISSING,
    NONE,
    NULL,
    UNKNOWN,
    Objects,
    Value,
    class_value,
    dict_of,
    is_array_type,
    is_generator_type,
    is_library,
    is_standard,
    matters,
    union,
)

if TYPE_CHECKING:
    from dis import Instruction

    from mycel._reads.body import Body

SUPER = "super()"  # in the place of a method: an object whose classes are read
_GETTERS = (operator.attrgetter, operator.itemgetter)
_CACHED = type(functools.cache(len))
_HARMLESS = frozenset(
    {"callable", "delattr", "hash", "id", "isinstance", "issubclass", "object", "print", "range",
     "setattr"}
)  # fmt: skip
_BY_KEY = frozenset({"get", "setdefault", "pop", "__getitem__", "__contains__"})
_READS_ONLY = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
_ITERATORS = {"items": 2, "keys": 1, "values": 1, "copy": 1}
_COPIES = frozenset({"copy", "dataclasses"})


def attribute(body: Body, owner: Value, name: str) -> Value:
    """`owner.name`; the methods of a built-in container stay with it."""
    objects = owner.objects
    if owner.method == SUPER:
        body.calls = True
        return Value(body.reads.inherited(objects, name))
    if name == "__class__":
        return _type(body, [owner])
    containers = {k: o for k, o in objects.items() if isinstance(o, CONTAINERS)}
    if containers and len(containers) == len(objects) and _is_method(containers, name):
        return Value(containers, method=name)
    if name == "__dict__":
        return Value(body.reads.all_attributes(objects, "__dict__"))
    found = body.reads.attribute(objects, name)
    if any(_is_generator(each) for each in objects.values()):
        found = union(found, objects)
        return Value(found, method=name)
    if any(_runs_code(each, name) for each in objects.values()):
        body.calls = True
        found = union(found, body.reads.returned)
    return Value(found)


def _is_method(containers: Objects, name: str) -> bool:
    kinds = {type(each) for each in containers.values()}
    return all(not isinstance(class_value(kind, name), FunctionType) for kind in kinds)


def _is_generator(value: Any) -> bool:
    return is_generator_type(type(value))


def _runs_code(value: Any, name: str) -> bool:
    """Whether reading the attribute calls a function: a property, `__getattr__`."""
    found = class_value(type(value), name)
    if found is MISSING:
        return class_value(type(value), "__getattr__") is not MISSING
    return hasattr(type(found), "__get__") and not isinstance(found, FunctionType)


def call(body: Body, callee: Value, arguments: Sequence[Value]) -> Value:
    """What a call may give."""
    body.calls = True
    reads = body.reads
    given = functools.reduce(union, (each.objects for each in arguments), NONE)
    if callee.method not in ("", SUPER) and not any(
        _is_generator(each) for each in callee.objects.values()
    ):
        return _method(body, callee, arguments, given)
    for each in callee.objects.values() if callee.method else ():
        if _is_generator(each):
            reads.draw(each, callee.method, body.code, body.line)
    if not callee.objects:
        return Value(union(reads.returned, reads.everything(given)))
    results = [_function(body, each, arguments, given) for each in callee.objects.values()]
    result = functools.reduce(Value.joined, results)
    return Value(union(result.objects, reads.returned), depth=result.depth)


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
    if isinstance(callee, _core.Guarded) or (
        isinstance(callee, type) and not is_library(callee.__module__)
    ):
        return UNKNOWN
    name, module = _name_of(callee)
    if module == "builtins" and name in _BUILTINS:
        return _BUILTINS[name](body, arguments)
    if module == "builtins" and name in _HARMLESS:
        return UNKNOWN
    if isinstance(callee, MethodType):
        if _is_generator(callee.__self__):
            body.reads.draw(callee.__self__, name, body.code, body.line)
        return _function(body, callee.__func__, arguments, given)
    if isinstance(callee, functools.partial):
        return _function(body, callee.func, arguments, given)
    if isinstance(callee, _GETTERS):
        return _getter(body, callee, given)
    if isinstance(callee, _CACHED):
        return _cached(body, callee)
    if not _is_opaque(callee):
        return UNKNOWN
    if (module, name) == ("os", "getenv"):
        return _environment(body)
    if module in _COPIES:
        found = union(given, body.reads.all_attributes(given, name))
        return Value(body.reads.everything(found))
    found = body.reads.everything(given)
    getters = [each for each in given.values() if isinstance(each, _GETTERS)]
    for getter in getters:
        found = union(found, _getter(body, getter, found).objects)
    if not getters:
        body.reads.unknown_attributes(_plain(given), name)
    return Value(found)


def _name_of(callee: Any) -> tuple[str, Any]:
    """Its name and module, without calling a `__getattr__` of the user's."""
    if class_value(type(callee), "__getattr__") is not MISSING:
        return type(callee).__name__, type(callee).__module__
    return getattr(callee, "__name__", type(callee).__name__), getattr(callee, "__module__", None)


def _is_opaque(callee: Any) -> bool:
    """Whether its code is not followed."""
    if callable(callee) and not isinstance(callee, (*CONTAINERS, functools.partial)):
        own_call = class_value(type(callee), "__call__")
        return not isinstance(own_call, FunctionType) or _core.is_library_code(own_call.__code__)
    return False


def _plain(objects: Objects) -> Objects:
    """The plain objects among them."""
    followed = (
        *CONTAINERS,
        type,
        ModuleType,
        FunctionType,
        MethodType,
        CodeType,
        _core.Guarded,
        _core.Jit,
    )
    return {
        key: each
        for key, each in objects.items()
        if not isinstance(each, followed)
        and not is_array_type(type(each))
        and dict_of(each) is not None
        and not is_standard(type(each).__module__)
        and not callable(each)
    }


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


def _length(body: Body, arguments: Sequence[Value]) -> Value:
    for each in arguments:
        body.reads.length(each.objects)
    return UNKNOWN


def _truth(body: Body, arguments: Sequence[Value]) -> Value:
    for each in arguments:
        body.reads.length(each.objects, truth=True)
    return UNKNOWN


def _iterate(body: Body, arguments: Sequence[Value], depth: int = 1) -> Value:
    found = NONE
    for each in arguments:
        found = union(found, body.parts(each).objects)
    return Value(found, depth=depth)


def _iterate_tuples(body: Body, arguments: Sequence[Value]) -> Value:
    return _iterate(body, arguments, depth=2)


def _get_attribute(body: Body, arguments: Sequence[Value]) -> Value:
    if len(arguments) < 2:
        return UNKNOWN
    owner, name = arguments[0], arguments[1].constant
    if isinstance(name, str):
        return attribute(body, owner, name)
    body.reads.unknown_attributes(_plain(owner.objects), "getattr with a computed name")
    return Value(body.reads.any_attribute(owner.objects))


def _set_attribute(body: Body, arguments: Sequence[Value]) -> Value:
    if arguments:
        body.reads.wrote(arguments[0].objects, body.code, body.line)
    return _get_attribute(body, arguments)


def _type(body: Body, arguments: Sequence[Value]) -> Value:
    kinds = {type(each) for value in arguments[:1] for each in value.objects.values()}
    for kind in kinds:
        body.reads.know(kind, kind.__name__)
    return Value({id(kind): kind for kind in kinds})


def _super(body: Body, arguments: Sequence[Value]) -> Value:
    names = body.code.co_varnames
    owner = arguments[1] if len(arguments) > 1 else body.load(names[0]) if names else UNKNOWN
    return Value(owner.objects, method=SUPER)


def _getter(body: Body, getter: Any, objects: Objects) -> Value:
    """operator.attrgetter and itemgetter."""
    found = NONE
    for name in getter.__reduce__()[1]:
        part = objects
        if isinstance(getter, operator.itemgetter):
            part = body.reads.item(part, name)
        else:
            for each in name.split("."):
                part = attribute(body, Value(part), each).objects
        found = union(found, part)
    return Value(found)


def _environment(body: Body) -> Value:
    """os.getenv reads os.environ."""
    body.reads.know(os.environ, "os.environ")
    return Value(body.reads.inside({id(os.environ): os.environ}))


def _cached(body: Body, function: Any) -> Value:
    """What functools.cache keeps of a function's results; of lru_cache they cannot be seen."""
    if function.cache_parameters()["maxsize"] is not None:
        _core.guard_note(f"what the cached function {function.__name__} gave before")
    found: dict[int, Any] = {}
    for table in gc.get_referents(function):
        for each in table.values() if type(table) is dict else ():
            if matters(each):
                body.reads.know(each, f"a result of {function.__name__}")
                found[id(each)] = each
    return Value(found)


def _vars(body: Body, arguments: Sequence[Value]) -> Value:
    found = body.reads.all_attributes(arguments[0].objects, "vars") if arguments else NONE
    return Value(found)


_BUILTINS: dict[str, Callable[[Body, Sequence[Value]], Value]] = {
    "len": _length,
    "bool": _truth,
    "enumerate": _iterate_tuples,
    "iter": _iterate,
    "reversed": _iterate,
    "zip": _iterate_tuples,
    "getattr": _get_attribute,
    "hasattr": _get_attribute,
    "setattr": _set_attribute,
    "delattr": _set_attribute,
    "vars": _vars,
    "type": _type,
    "super": _super,
}


# --- instructions --------------------------------------------------------------------------------


def _call_method(body: Body, count: int) -> None:
    """A call since Python 3.11: beside the callee stands its object, or NULL."""
    arguments = body.pop_many(count)
    second, first = body.pop(), body.pop()
    if first is NULL:
        body.push(call(body, second, arguments))
    elif second is NULL or first.method or _are_modules(second.objects):
        body.push(call(body, first, arguments))
    else:
        body.push(call(body, first, [second, *arguments]))


def _are_modules(objects: Objects) -> bool:
    return bool(objects) and all(isinstance(each, ModuleType) for each in objects.values())


def _call(body: Body, instruction: Instruction) -> None:
    _call_method(body, instruction.arg or 0)


def _call_with_names(body: Body, instruction: Instruction) -> None:
    """CALL_KW, CALL_FUNCTION_KW: the names stand on top."""
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
    values = [Value(union(each.objects, body.reads.all_items(each.objects))) for each in spread]
    callee = body.pop()
    if "CALL" in dis.opmap:  # since Python 3.11 NULL stands beside it
        other = body.pop()
        callee = other if callee is NULL else callee
    body.push(call(body, callee, values))


def _same(body: Body, instruction: Instruction) -> None:
    pass


def _push_null(body: Body, instruction: Instruction) -> None:
    body.push(NULL)


HANDLERS: dict[str, Callable[[Body, Instruction], None]] = {
    "PUSH_NULL": _push_null,
    "PRECALL": _same,
    "KW_NAMES": _same,
    "CALL": _call,
    "CALL_KW": _call_with_names,
    "CALL_FUNCTION": _call_function,
    "CALL_FUNCTION_KW": _call_with_names,
    "CALL_METHOD": _call,
    "CALL_FUNCTION_EX": _call_spread,
}
