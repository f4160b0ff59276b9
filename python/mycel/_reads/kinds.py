"""Queries about classes that run no code of the classes or their metaclasses."""

from __future__ import annotations

import functools
import sys
import weakref
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from mycel import _core


class Missing:
    """The type of MISSING, which stands for an absent value."""


MISSING: Any = Missing()
CONTAINERS = (dict, list, tuple, set, frozenset, deque, bytearray, array)
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_OF_COLLECTIONS = ("__len__", "__iter__", "__contains__")


def is_made_by_statement(kind: type) -> bool:
    """Whether a class is made by a class statement, so that Python code can set attributes."""
    return bool(type_attribute(kind, "__flags__") & _HEAP_TYPE)


def has_own_attributes(kind: type) -> bool:
    """Whether instances have a `__dict__`."""
    return bool(type_attribute(kind, "__dictoffset__"))


def once_for_each(question: Callable[[type], bool]) -> Callable[[type], bool]:
    """Caches the answer to a question about a class until its bases change."""
    known: dict[int, tuple[bool, int, weakref.ref[type]]] = {}  # by id: a class may be unhashable

    @functools.wraps(question)
    def answer(kind: type) -> bool:
        place, order = id(kind), id(type_attribute(kind, "__mro__"))
        found = known.get(place)
        if found is None or found[1] != order:
            gone = weakref.ref(kind, lambda _: known.pop(place, None) and None)
            found = known[place] = question(kind), order, gone
        return found[0]

    return answer


@once_for_each
def is_array_type(kind: type) -> bool:
    """Whether instances hold elements: NumPy's arrays and records, memory views."""
    return kind is memoryview or any(
        module_of(each) == "numpy" and class_name(each) in ("ndarray", "void")
        for each in type.__getattribute__(kind, "__mro__")
    )


@once_for_each
def is_generator_type(kind: type) -> bool:
    """Whether instances are NumPy random generators."""
    module = module_of(kind)
    return root_of(module) == "numpy" and module.startswith("numpy.random")


@once_for_each
def is_iterator_type(kind: type) -> bool:
    """Whether instances are iterators whose code is not followed, such as files."""
    if is_made_by_statement(kind) and not is_library(module_of(kind)):
        return False
    return class_value(kind, "__next__") is not MISSING


def module_of(kind: type) -> Any:
    """Returns a class's `__module__`, usually a name; runs no code of its metaclass."""
    return type.__getattribute__(kind, "__module__")


def class_name(kind: type) -> str:
    """Returns a class's `__name__`; runs no code of its metaclass."""
    return str(type_attribute(kind, "__name__"))


def type_attribute(kind: type, name: str) -> Any:
    """Returns what `type` gives for an attribute of a class; runs no code of its metaclass."""
    return type.__getattribute__(kind, name)


def root_of(module: object) -> str:
    """Returns the first part of a module's name, from `__module__`; "" if it is not a string."""
    return module.partition(".")[0] if isinstance(module, str) else ""


def is_standard(name: object) -> bool:
    """Whether a module belongs to Python or NumPy: its own state is not guarded."""
    root = root_of(name)
    return root != "__main__" and (root == "numpy" or root in sys.stdlib_module_names)


def is_library(name: object) -> bool:
    """Whether a module belongs to Python, NumPy or Mycel: its code is not followed."""
    return is_standard(name) or root_of(name) == "mycel"


def keeps_state_in_library(kind: type) -> bool:
    """Whether instances are containers whose standard-library methods read attributes."""
    if not _has_state_of_library(kind):
        return False
    return all(class_value(kind, name) is not MISSING for name in _OF_COLLECTIONS)


@once_for_each
def _has_state_of_library(kind: type) -> bool:
    """Whether a standard-library base class gives the instances attributes."""
    if issubclass(kind, (type, _core.Guarded)):
        return False
    order = type_attribute(kind, "__mro__")
    return any(is_standard(module_of(each)) and has_own_attributes(each) for each in order)


def class_value(kind: type, name: str) -> Any:
    """Returns an attribute of the class or one of its bases, without binding it."""
    for each in type.__getattribute__(kind, "__mro__"):
        found = type.__getattribute__(each, "__dict__").get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def names_in(kind: type) -> Iterator[tuple[str, Any]]:
    """Yields the names and values of all attributes of the class and its bases."""
    for each in type.__getattribute__(kind, "__mro__"):
        yield from list(type.__getattribute__(each, "__dict__").items())


def values_under(kind: type, name: str) -> Iterator[tuple[type, Any]]:
    """Yields each of the class and its bases that defines a name, with the value."""
    for each in type.__getattribute__(kind, "__mro__"):
        found = type.__getattribute__(each, "__dict__").get(name, MISSING)
        if found is not MISSING:
            yield each, found
