"""What is known of classes; no code of theirs, or of their metaclasses, runs."""

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
    """What is not there."""


MISSING: Any = Missing()
CONTAINERS = (dict, list, tuple, set, frozenset, deque, bytearray, array)
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_OF_COLLECTIONS = ("__len__", "__iter__", "__contains__")


def is_made_by_statement(kind: type) -> bool:
    """Whether a class is made by a class statement: Python code can set attributes."""
    return bool(type_attribute(kind, "__flags__") & _HEAP_TYPE)


def has_own_attributes(kind: type) -> bool:
    """Whether instances have a `__dict__`."""
    return bool(type_attribute(kind, "__dictoffset__"))


def once_for_each(question: Callable[[type], bool]) -> Callable[[type], bool]:
    """Asks a question about a class once, until its bases change."""
    known: dict[int, tuple[bool, int, weakref.ref[type]]] = {}  # by id: one may have no hash

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
    """Whether instances hold elements: NumPy's arrays and records, views of memory."""
    return kind is memoryview or any(
        module_of(each) == "numpy" and class_name(each) in ("ndarray", "void")
        for each in type.__getattribute__(kind, "__mro__")
    )


@once_for_each
def is_generator_type(kind: type) -> bool:
    """Whether instances are NumPy's generators of random numbers."""
    module = module_of(kind)
    return root_of(module) == "numpy" and module.startswith("numpy.random")


@once_for_each
def is_iterator_type(kind: type) -> bool:
    """Whether instances are iterators whose code is not followed; files among them."""
    if is_made_by_statement(kind) and not is_library(module_of(kind)):
        return False
    return class_value(kind, "__next__") is not MISSING


def module_of(kind: type) -> Any:
    """A class's `__module__`: a name, as a rule; no code of its metaclass runs."""
    return type.__getattribute__(kind, "__module__")


def class_name(kind: type) -> str:
    """A class's `__name__`; no code of its metaclass runs."""
    return str(type_attribute(kind, "__name__"))


def type_attribute(kind: type, name: str) -> Any:
    """What `type` has under a name for a class; no code of its metaclass runs."""
    return type.__getattribute__(kind, name)


def root_of(module: object) -> str:
    """The first part of a module's name, as `__module__` gives it; "" for what is no name."""
    return module.partition(".")[0] if isinstance(module, str) else ""


def is_standard(name: object) -> bool:
    """Whether a module is Python's or NumPy's: its own state is not guarded."""
    root = root_of(name)
    return root != "__main__" and (root == "numpy" or root in sys.stdlib_module_names)


def is_library(name: object) -> bool:
    """Whether a module is Python's, NumPy's or the package's: its code is not followed."""
    return is_standard(name) or root_of(name) == "mycel"


def keeps_state_in_library(kind: type) -> bool:
    """Whether it is a container whose methods in the standard library read its attributes."""
    if not _has_state_of_library(kind):
        return False
    return all(class_value(kind, name) is not MISSING for name in _OF_COLLECTIONS)


@once_for_each
def _has_state_of_library(kind: type) -> bool:
    """Whether a class of the standard library states attributes of the instances."""
    if issubclass(kind, (type, _core.Guarded)):
        return False
    order = type_attribute(kind, "__mro__")
    return any(is_standard(module_of(each)) and has_own_attributes(each) for each in order)


def class_value(kind: type, name: str) -> Any:
    """What the class, or one of its bases, has under a name, without binding it."""
    for each in type.__getattribute__(kind, "__mro__"):
        found = type.__getattribute__(each, "__dict__").get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def names_in(kind: type) -> Iterator[tuple[str, Any]]:
    """All that the class and its bases have, with the names."""
    for each in type.__getattribute__(kind, "__mro__"):
        yield from list(type.__getattribute__(each, "__dict__").items())


def values_under(kind: type, name: str) -> Iterator[tuple[type, Any]]:
    """What each of the class and its bases has under a name."""
    for each in type.__getattribute__(kind, "__mro__"):
        found = type.__getattribute__(each, "__dict__").get(name, MISSING)
        if found is not MISSING:
            yield each, found
