"""The values of the interpretation, and which objects matter."""

from __future__ import annotations

import functools
import sys
import weakref
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter, itemgetter
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, NamedTuple

from mycel import _core

MISSING: Any = object()
Objects = Mapping[int, Any]
NONE: Objects = {}

CONTAINERS = (dict, list, tuple, set, frozenset, deque, bytearray, array)
_PLAIN = (int, float, complex, str, bytes, type(None), range, slice, _core.Tensor)
_FOLLOWED = (
    *(*CONTAINERS, type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, CodeType),
    *(functools.partial, MappingProxyType, attrgetter, itemgetter, _core.Guarded, _core.Jit),
    type(functools.cache(len)),
)


class Value(NamedTuple):
    """What may stand on the stack: one of some objects, a constant, or a method of objects."""

    objects: Objects = NONE
    constant: Any = MISSING
    method: str = ""  # of a built-in container: `objects` are the containers
    depth: int = 0  # above 0 it is made of the objects: an iterator, 2 for one that gives tuples

    def joined(self, other: Value) -> Value:
        """Either of two values."""
        if other is self:
            return self
        same = self.constant is other.constant
        objects = union(self.objects, other.objects)
        return Value(
            objects, self.constant if same else MISSING, depth=min(self.depth, other.depth)
        )


UNKNOWN = Value()
NULL = Value(constant=None)  # what the interpreter puts beside a function that is no method


def value_of(objects: Iterable[Any]) -> Value:
    """One of those objects that matter."""
    return Value({id(each): each for each in objects if matters(each)})


def union(a: Objects, b: Objects) -> Objects:
    """The objects of both."""
    if not a or a is b:
        return b
    return {**a, **b} if b else a


_known_types: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def _matters(kind: type) -> bool:
    if issubclass(kind, _PLAIN):
        return False
    if issubclass(kind, _FOLLOWED):
        return True
    if is_array_type(kind) or is_generator_type(kind):
        return True
    if kind.__module__ == "mycel" or kind.__module__.startswith("mycel."):
        return False
    return has_attributes(kind)


def matters(value: Any) -> bool:
    """Whether state can be read through an object."""
    kind = type(value)
    known = _known_types.get(kind)
    if known is None:
        known = _known_types[kind] = _matters(kind)
    return known


def has_attributes(kind: type) -> bool:
    """Whether instances are plain objects: with a `__dict__` or slots that Python code can set."""
    if issubclass(kind, SimpleNamespace):
        return True
    return bool(kind.__flags__ & 1 << 9)  # made by a class statement: a heap type


def is_array_type(kind: type) -> bool:
    """Whether instances are NumPy's arrays."""
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray"


def is_generator_type(kind: type) -> bool:
    """Whether instances are NumPy's generators of random numbers."""
    return kind.__module__.startswith("numpy.random")


def is_standard(name: str | None) -> bool:
    """Whether a module is Python's or NumPy's: its own state is not guarded."""
    root = (name or "").partition(".")[0]
    return root != "__main__" and (root == "numpy" or root in sys.stdlib_module_names)


def is_library(name: str | None) -> bool:
    """Whether a module is Python's, NumPy's or the package's: its code is not followed."""
    return is_standard(name) or (name or "").partition(".")[0] == "mycel"


def class_value(kind: type, name: str) -> Any:
    """What the class, or one of its bases, has under a name, without binding it."""
    return next((found for _, found in values_under(kind, name)), MISSING)


def values_under(kind: type, name: str) -> Iterator[tuple[type, Any]]:
    """What each of the class and its bases has under a name."""
    for each in type.__getattribute__(kind, "__mro__"):
        found = type.__getattribute__(each, "__dict__").get(name, MISSING)
        if found is not MISSING:
            yield each, found


def dict_of(value: Any) -> dict[str, Any] | None:
    """The attributes that an object has itself."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return found if isinstance(found, dict) else None


def items_in(container: Any) -> Iterator[Any]:
    """The items of a built-in container: keys and values of a dict."""
    if isinstance(container, dict):
        yield from dict.keys(container)
        yield from dict.values(container)
    else:
        yield from list(container)


def elements(objects: Objects) -> Objects:
    """What iteration over the objects may give; a plain object stands for what it gives."""
    found: dict[int, Any] = {}
    for each in objects.values():
        parts = items_in(each) if isinstance(each, CONTAINERS) else (each,)
        found.update((id(part), part) for part in parts if matters(part))
    return found


def held_by(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function holds, by name: the contents of its cells and its defaults."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    for each in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        yield f"a default of {function.__name__}", each
