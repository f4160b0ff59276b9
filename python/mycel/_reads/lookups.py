"""The effect of looking up an attribute or a class."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from types import FunctionType
from typing import TYPE_CHECKING, Any

from mycel._reads.values import (
    CONTAINERS,
    MISSING,
    NONE,
    Instance,
    Objects,
    Value,
    class_value,
    dict_of,
    is_c_descriptor,
    is_generator_type,
    kind_of,
    union,
)

if TYPE_CHECKING:
    from mycel._reads.body import Body

SUPER = "super()"  # in the place of a method: an object whose classes are read


def attribute(body: Body, owner: Value, name: str) -> Value:
    """`owner.name`; the methods of a built-in container stay with it."""
    objects = owner.objects
    if owner.method == SUPER:
        body.calls = True
        return Value(body.reads.inherited(objects, name))
    if name == "__class__":
        return type_of(body, [owner])
    containers = {k: o for k, o in objects.items() if isinstance(o, CONTAINERS)}
    if containers and len(containers) == len(objects) and _is_method(containers, name):
        return Value(containers, method=name)
    if name == "__dict__":
        return Value(body.reads.own_attributes(objects))
    found = body.reads.attribute(objects, name)
    if any(stays_with_methods(each) for each in objects.values()):
        return Value(union(found, objects), method=name)
    for each in objects.values():
        found = union(found, _run_for_attribute(body, each, name))
    return Value(found)


def _is_method(containers: Objects, name: str) -> bool:
    """Whether it is a method in C of all of them."""
    for each in containers.values():
        found = class_value(type(each), name)
        own = dict_of(each) or ()
        if found is MISSING or name in own or isinstance(found, (FunctionType, property)):
            return False
        if is_c_descriptor(found):
            return False
    return True


def stays_with_methods(value: Any) -> bool:
    """Whether a call of its methods is known by the object and the name."""
    return is_generator_type(type(value)) or isinstance(value, ContextVar)


def _run_for_attribute(body: Body, value: Any, name: str) -> Objects:
    """What code gives that reading an attribute calls: a property, `__getattr__`."""
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
    body.calls = True
    if isinstance(value, Instance):
        return union(body.reads.returned, body.reads.all_items({id(value): value}))
    return body.reads.returned


def type_of(body: Body, arguments: Sequence[Value]) -> Value:
    """type(x); with three arguments a class is made, which is as its bases."""
    if len(arguments) == 3:
        return Value(body.parts(arguments[1]).objects)
    kinds = set()
    for value in arguments[:1]:
        for each in value.objects.values():
            body.reads.guard_type(each)
            kinds.add(kind_of(each))
    for kind in kinds:
        body.reads.know(kind, kind.__name__)
    return Value({id(kind): kind for kind in kinds})
