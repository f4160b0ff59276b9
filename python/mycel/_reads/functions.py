"""Known effects of built-in and standard-library functions."""

from __future__ import annotations

import abc
import operator
import os
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from mycel import _core
from mycel._reads.getters import Effect, make_getter
from mycel._reads.items import COMPUTED
from mycel._reads.kinds import MISSING, class_name, class_value, module_of, root_of
from mycel._reads.lookups import SUPER, attribute, type_of
from mycel._reads.made_classes import build_class
from mycel._reads.values import (
    NONE,
    UNKNOWN,
    Bound,
    Instance,
    Objects,
    Value,
    kind_of,
    matters,
    objects_of,
    of_each_class,
    of_each_part,
    results_of,
    union,
    value_of,
    with_own_operators,
)

if TYPE_CHECKING:
    from mycel._reads.body import Body


def effect_of(callee: Any) -> Effect | None:
    """Returns the effect of a call of the function, if it is known."""
    name, module = name_of(callee)
    root = root_of(module)
    if root in ("copy", "dataclasses") and not isinstance(callee, type):
        return _copy
    return _EFFECTS.get((module, name))


def only_shows(callee: Any, is_raised: bool) -> bool:
    """Whether a call only shows its arguments, or puts them into an exception that is raised."""
    if isinstance(callee, type) and issubclass(callee, BaseException):
        return is_raised
    return effect_of(callee) is _nothing


def name_of(callee: Any) -> tuple[str, Any]:
    """Returns a callee's name and module without calling a user's `__getattr__`."""
    if class_value(type(callee), "__getattr__") is not MISSING:
        return class_name(type(callee)), module_of(type(callee))
    if isinstance(callee, type):
        return class_name(callee), module_of(callee)
    try:
        name, module = getattr(callee, "__name__", ""), getattr(callee, "__module__", None)
    except Exception:  # from user code
        name = ""
    if not isinstance(name, str) or not name or not isinstance(module, (str, type(None))):
        return class_name(type(callee)), module_of(type(callee))
    return name, module


def ordered(body: Body, items: Objects, options: Sequence[Value]) -> None:
    """A sort: compares items, or the results of the functions among the options."""
    keys = {k: each for k, each in objects_of(options).items() if is_function(each)}
    found = body.call(Value(keys), [Value(items)]).objects if keys else items
    if not any(isinstance(each, FunctionType) for each in keys.values()):
        body.reads.everything(found)
        body.reads.special(with_own_operators(found), "__lt__")


def is_function(value: Any) -> bool:
    """Whether a function may call a value that is passed to it."""
    made = isinstance(value, Instance)
    return isinstance(value, (Bound, CodeType)) or (callable(value) and not made)


def cached(body: Body, function: Any) -> Value:
    """Returns a function's results in functools.lru_cache or cache."""
    found: dict[int, Any] = {}
    for each in results_of(function):
        if matters(each):
            body.reads.know(each, f"a result of {function.__name__}")
            found[id(each)] = each
    return Value(found)


def _nothing(body: Body, arguments: Sequence[Value]) -> Value:
    return UNKNOWN


def _length(body: Body, arguments: Sequence[Value]) -> Value:
    for each in arguments:
        body.reads.length(each.objects)
    return UNKNOWN


def _truth(body: Body, arguments: Sequence[Value]) -> Value:
    for each in arguments:
        body.reads.length(each.objects, truth=True)
    return UNKNOWN


def _iterate(body: Body, arguments: Sequence[Value]) -> Value:
    found = body.iterator_over(arguments[0]) if arguments else UNKNOWN
    if len(arguments) > 1:  # a function that is called until it returns a given value
        found = body.make(Iterator, body.reads.returned)
    return found


def _next(body: Body, arguments: Sequence[Value]) -> Value:
    if not arguments:
        return UNKNOWN
    return Value(union(body.parts(arguments[0]).objects, objects_of(arguments[1:])))


def _zip(body: Body, arguments: Sequence[Value]) -> Value:
    made = body.make(tuple)
    for position, each in enumerate(arguments):
        place = MISSING if each.spread else position
        body.reads.store(made.objects, place, body.parts(each).objects)
    return body.make(Iterator, made.objects)


def _enumerate(body: Body, arguments: Sequence[Value]) -> Value:
    return _zip(body, [UNKNOWN, *arguments[:1]])


def _convert(kind: type) -> Effect:
    """A conversion to a container: `list(x)`."""

    def run(body: Body, arguments: Sequence[Value]) -> Value:
        made = body.make(kind)
        for each in arguments:
            body.reads.special(with_own_operators(each.objects), "__iter__", "keys")
        body.fill(made, arguments)
        return made

    return run


def _sorted(body: Body, arguments: Sequence[Value]) -> Value:
    made = _convert(list)(body, arguments[:1])
    ordered(body, body.reads.stored(*made.objects.values()), arguments[1:])
    return made


def _map(body: Body, arguments: Sequence[Value]) -> Value:
    if not arguments:
        return UNKNOWN
    given = [body.parts(each) for each in arguments[1:]]
    return body.make(Iterator, body.call(arguments[0], given).objects)


def _reduce(body: Body, arguments: Sequence[Value]) -> Value:
    """functools.reduce: each call takes the result of the call before."""
    function, items, *initial = arguments
    found = union(objects_of(initial), body.parts(items).objects)
    steps = [Value(value_of((each,)).objects, each) for each in _fixed_items(items)]
    if steps:
        for step in steps if initial else steps[1:]:
            found = union(found, body.call(function, [Value(found), step]).objects)
        return Value(found)
    before = -1
    while len(found) > before:
        before = len(found)
        found = union(found, body.call(function, [Value(found), body.parts(items)]).objects)
    return Value(found)


def _fixed_items(items: Value) -> Sequence[Any]:
    """Returns the items of a constant, or of an outer list or tuple, which is guarded whole."""
    found = [*items.objects.values()] or [items.constant]
    known = len(found) == 1 and type(found[0]) in (list, tuple) and len(found[0]) <= _MOST_STEPS
    return list(found[0]) if known else ()


_MOST_STEPS = 16


def _slice(body: Body, arguments: Sequence[Value]) -> Value:
    return body.make(slice, objects_of(arguments))


def _get_attribute(body: Body, arguments: Sequence[Value]) -> Value:
    if len(arguments) < 2:
        return UNKNOWN
    owner, name = arguments[0], arguments[1].constant
    if isinstance(name, str):
        found = attribute(body, owner, name)
    else:
        found = Value(union(body.reads.any_attribute(owner.objects), body.reads.returned))
    default = arguments[2].objects if len(arguments) > 2 else NONE
    return Value(union(found.objects, default))


def _get_plain_attribute(body: Body, arguments: Sequence[Value]) -> Value:
    """`object.__getattribute__(x, name)`; the read of a module's attribute is not recorded."""
    given = arguments[-2:]
    for each in of_each_part(given[0].objects).values() if len(given) > 1 else ():
        if isinstance(each, _core.Guarded) and isinstance(given[1].constant, str):
            body.reads.guard_own(each, given[1].constant)
    return _get_attribute(body, given)


def _set_attribute(body: Body, arguments: Sequence[Value]) -> Value:
    if arguments:
        body.reads.wrote(arguments[0].objects, body.code, body.line)
    if len(arguments) > 2:
        name = arguments[1].constant
        place = name if isinstance(name, str) else COMPUTED
        body.reads.store(arguments[0].objects, place, arguments[2].objects)
    return _get_attribute(body, arguments[:2])


def check_instance(body: Body, arguments: Sequence[Value]) -> Value:
    """isinstance(x, kind)."""
    for each in of_each_class(arguments[0].objects).values() if arguments else ():
        body.reads.guard_type(each)
        body.reads.guard_order(kind_of(each))
    return _check_kinds(body, arguments, "instance")


def _is_subclass(body: Body, arguments: Sequence[Value]) -> Value:
    for each in arguments[0].objects.values() if arguments else ():
        body.reads.guard_order(each)
    return _check_kinds(body, arguments, "subclass")


def _check_kinds(body: Body, arguments: Sequence[Value], question: str) -> Value:
    """Guards the answers of abstract classes, which other classes may join."""
    if len(arguments) > 1:
        kinds = body.reads.everything(arguments[1].objects).values()
        abstract = [kind for kind in kinds if isinstance(kind, abc.ABCMeta)]
        for each in of_each_class(arguments[0].objects).values() if abstract else ():
            for kind in abstract:
                body.reads.guard_answer(question, each, kind)
    return UNKNOWN


def _text(body: Body, arguments: Sequence[Value]) -> Value:
    body.show(objects_of(arguments))
    return UNKNOWN


def _handled(body: Body, arguments: Sequence[Value]) -> Value:
    """A read of the handled exception, with its message."""
    body.read_messages()
    return UNKNOWN


def _special(name: str) -> Effect:
    """A query that a special method answers."""

    def run(body: Body, arguments: Sequence[Value]) -> Value:
        body.reads.special(objects_of(arguments), name)
        return UNKNOWN

    return run


def _super(body: Body, arguments: Sequence[Value]) -> Value:
    names = body.code.co_varnames
    owner = (
        arguments[1] if len(arguments) > 1 else Value(body.local(names[0])) if names else UNKNOWN
    )
    found = NONE
    for each in owner.objects.values():
        found = union(found, body.reads.bound(each, SUPER))
    return Value(found)


def _vars(body: Body, arguments: Sequence[Value]) -> Value:
    if not arguments:
        return _locals(body, arguments)
    return Value(body.reads.own_attributes(arguments[0].objects))


def _list_names(body: Body, arguments: Sequence[Value]) -> Value:
    for each in arguments:
        body.reads.all_items(body.reads.own_attributes(each.objects))
    return UNKNOWN


def _globals(body: Body, arguments: Sequence[Value]) -> Value:
    body.reads.know(body.names, "the globals")
    return value_of((body.names,))


def _locals(body: Body, arguments: Sequence[Value]) -> Value:
    made = body.make(dict)
    for name in (*body.code.co_varnames, *body.code.co_cellvars, *body.code.co_freevars):
        body.reads.store(made.objects, name, body.local(name))
    return made


def _environment(body: Body, arguments: Sequence[Value]) -> Value:
    """os.getenv reads os.environ."""
    body.reads.know(os.environ, "os.environ")
    body.reads.everything({id(os.environ): os.environ})
    return UNKNOWN


def _import_module(body: Body, arguments: Sequence[Value]) -> Value:
    name = arguments[0].constant if arguments else MISSING
    return body.imported(name) if isinstance(name, str) else UNKNOWN


def _copy(body: Body, arguments: Sequence[Value]) -> Value:
    found = body.reads.all_attributes(objects_of(arguments))
    return body.mixed(union(found, body.reads.returned))


_HARMLESS = ("id", "object", "print", "range")
_MESSAGES = ("critical", "debug", "error", "exception", "info", "log", "warning")
_CONVERTED = (dict, frozenset, list, set, tuple)
_EFFECTS: dict[tuple[Any, str], Effect] = {
    **{("builtins", name): _nothing for name in _HARMLESS},
    **{("builtins", name): _text for name in ("ascii", "format", "repr", "str")},
    ("builtins", "__build_class__"): build_class,
    ("builtins", "bool"): _truth,
    ("builtins", "callable"): _special("__call__"),
    ("builtins", "delattr"): _set_attribute,
    ("builtins", "dir"): _list_names,
    ("builtins", "enumerate"): _enumerate,
    ("builtins", "getattr"): _get_attribute,
    ("builtins", "globals"): _globals,
    ("builtins", "hasattr"): _get_attribute,
    ("builtins", "hash"): _special("__hash__"),
    ("builtins", "isinstance"): check_instance,
    ("builtins", "issubclass"): _is_subclass,
    ("builtins", "iter"): _iterate,
    ("builtins", "len"): _length,
    ("builtins", "locals"): _locals,
    ("builtins", "map"): _map,
    ("builtins", "next"): _next,
    ("builtins", "reversed"): _iterate,
    ("builtins", "setattr"): _set_attribute,
    ("builtins", "super"): _super,
    ("builtins", "slice"): _slice,
    **{("builtins", kind.__name__): _convert(kind) for kind in _CONVERTED},
    ("builtins", "sorted"): _sorted,
    ("builtins", "type"): type_of,
    ("builtins", "vars"): _vars,
    ("builtins", "zip"): _zip,
    ("_functools", "reduce"): _reduce,
    ("importlib", "import_module"): _import_module,
    **{("logging", name): _nothing for name in _MESSAGES},  # like print, while tracing only
    ("operator", "attrgetter"): make_getter(operator.attrgetter),
    ("operator", "itemgetter"): make_getter(operator.itemgetter),
    ("operator", "methodcaller"): make_getter(operator.methodcaller),
    ("sys", "exc_info"): _handled,
    ("sys", "exception"): _handled,
    ("traceback", "format_exc"): _handled,
    ("os", "getenv"): _environment,
    (None, "__getattribute__"): _get_plain_attribute,
}
