"""Effects of attribute and class lookups."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from string import Formatter
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any

from mycel._reads.kinds import CONTAINERS, MISSING, class_name, class_value, is_generator_type
from mycel._reads.made_classes import attribute_of, make_class
from mycel._reads.values import (
    NONE,
    Bound,
    Instance,
    Made,
    Objects,
    Value,
    dict_of,
    is_c_descriptor,
    is_iterator,
    kind_of,
    of_each_class,
    union,
)

if TYPE_CHECKING:
    from mycel._reads.body import Body

SUPER = "super()"  # in place of a method's name: an object whose classes are read


def attribute(body: Body, owner: Value, name: str) -> Value:
    """`owner.name`; a C method is a value of its own."""
    reads = body.reads
    if name == "__class__":
        return type_of(body, [owner])
    if isinstance(owner.constant, str) and name in ("format", "format_map"):
        return Value(reads.bound(owner.constant, name))
    found: dict[int, Any] = {}
    rest: dict[int, Any] = {}
    for key, each in owner.objects.items():
        if isinstance(each, Bound) and each.name == SUPER:
            found.update(reads.inherited({id(each.owner): each.owner}, name))
        elif _is_method(each, name):
            found.update(reads.bound(each, name))
        else:
            rest[key] = each
    if name == "__dict__":
        return Value(union(found, reads.own_attributes(rest)))
    found.update(reads.attribute(rest, name))
    for each in of_each_class(rest).values():
        if isinstance(each, Made) and each.is_class:
            found.update(attribute_of(body, each, name))
        elif isinstance(each, Made):
            found.update(reads.stored(each))
            found.update(reads.bound(each, name) if each.kind is object else NONE)
        else:
            found.update(_run_for_attribute(body, each, name))
    return Value(found)


_METHODS_IN_C = (
    *(MethodDescriptorType, WrapperDescriptorType, ClassMethodDescriptorType),
    *(BuiltinFunctionType, staticmethod, classmethod),
)


def _is_method(value: Any, name: str) -> bool:
    """Whether an attribute is a C method of a container, an iterator or the like."""
    if is_generator_type(type(value)) or isinstance(value, ContextVar):
        return True
    kind = kind_of(value)
    if not (issubclass(kind, CONTAINERS) or is_iterator(value) or isinstance(value, Made)):
        return False
    found = class_value(kind, name)
    if found is MISSING or name in (dict_of(value) or ()):
        return False
    if isinstance(found, (FunctionType, property)) or is_c_descriptor(found):
        return isinstance(value, Made)
    return isinstance(found, _METHODS_IN_C) and name != "__dict__"


def has_paths(text: str) -> bool:
    """Whether a format names attributes or items, as `{0.name}` does."""
    try:
        fields = [field or "" for _, field, _, _ in Formatter().parse(text)]
    except ValueError:
        return False
    return any("." in each or "[" in each for each in fields)


def _run_for_attribute(body: Body, value: Any, name: str) -> Objects:
    """Returns the results of code that an attribute read calls: a property, `__getattr__`."""
    kind = kind_of(value)
    found = class_value(kind, name)
    if found is MISSING:
        found = class_value(kind, "__getattr__")
        if found is MISSING or isinstance(value, type):
            return NONE
        body.reads.guard_class(kind, "__getattr__")
        if not isinstance(found, FunctionType):  # such as dict.__getitem__
            return body.reads.item({id(value): value}, name)
    elif not hasattr(type(found), "__get__") or isinstance(found, FunctionType):
        return NONE
    if isinstance(value, Instance):
        return union(body.reads.returned, body.reads.all_items({id(value): value}))
    return body.reads.returned


def type_of(body: Body, arguments: Sequence[Value]) -> Value:
    """type(x); with three arguments makes a class."""
    kinds: dict[int, Any] = {}
    for value in arguments[:1]:
        for each in of_each_class(value.objects).values():
            body.reads.guard_type(each)
            kind = kind_of(each)
            body.reads.know(kind, class_name(kind))
            found = each if isinstance(each, Made) and each.is_class else kind
            kinds[id(found)] = found
    if len(arguments) == 3:
        return Value(union(kinds, make_class(body, *arguments[1:]).objects))
    return Value(kinds)
