"""The values of the interpretation, and which objects matter."""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
import weakref
from array import array
from collections import OrderedDict, deque, namedtuple
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from operator import attrgetter, itemgetter
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
    WrapperDescriptorType,
)
from typing import Any, NamedTuple

from mycel import _core
from mycel._slots import slot_names

MISSING: Any = object()
Objects = Mapping[int, Any]
NONE: Objects = {}

CACHED = type(functools.cache(len))
ENTRY: Any = _core.entry  # the class of the package's functions
CONTAINERS = (dict, list, tuple, set, frozenset, deque, bytearray, array)
PROXIES = (weakref.ProxyType, weakref.CallableProxyType)
_PLAIN = (int, float, complex, str, bytes, type(None), range, slice, _core.Tensor)
_C_DESCRIPTORS = (
    *(GetSetDescriptorType, MemberDescriptorType),
    type(vars(namedtuple("Pair", "first"))["first"]),
)
_VIEWS: tuple[type, ...] = (
    *(type({}.keys()), type({}.values()), type({}.items())),
    *(type(OrderedDict().keys()), type(OrderedDict().values()), type(OrderedDict().items())),
)
_METHODS_IN_C = (BuiltinFunctionType, type([].__len__))
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE


class Instance:
    """Any object of a class that the trace makes."""

    __slots__ = ("kind",)

    def __init__(self, kind: type) -> None:
        self.kind = kind


class Made(Instance):
    """Any container, or iterator, that code makes at one place; `object` for what may be either."""

    __slots__ = ()


class Within(Instance):
    """Any of the modules and tensors of a module, itself among them: as one object."""

    __slots__ = ("members", "samples")

    def __init__(self, root: _core.ModuleBase) -> None:
        super().__init__(_core.ModuleBase)
        self.members = {id(root): root}
        pending = [root]
        while pending:
            for each in parts_of(pending.pop()):
                if id(each) not in self.members and matters(each):
                    self.members[id(each)] = each
                    pending += [each] if isinstance(each, _core.ModuleBase) else []
        kinds = {id(type(each)): each for each in self.members.values()}
        self.samples = {id(each): each for each in kinds.values()}  # one of each class


class Bound:
    """A method of an object that is not Python code."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Any, name: str) -> None:
        self.owner, self.name = owner, name


_FOLLOWED = (
    *(*CONTAINERS, type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, CodeType),
    *(functools.partial, MappingProxyType, attrgetter, itemgetter, _core.Guarded, _core.Jit),
    *(CACHED, ContextVar, weakref.ref, *PROXIES, memoryview, Instance, Bound, ENTRY),
    *(WrapperDescriptorType, MethodDescriptorType, type([].__len__), *_VIEWS),
)


class Value(NamedTuple):
    """What may stand on the stack: one of some objects, or a constant."""

    objects: Objects = NONE
    constant: Any = MISSING

    @property
    def size(self) -> int:
        """How many objects; those on the stack itself have none."""
        return len(self.objects)


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


def apart(objects: Objects) -> Objects:
    """The objects, each one of those within a module by itself."""
    for key, each in objects.items():
        if isinstance(each, Within):
            objects = union({k: one for k, one in objects.items() if k != key}, each.members)
    return objects


def of_each_class(objects: Objects) -> Objects:
    """The objects, of those within a module one of each class."""
    for key, each in objects.items():
        if isinstance(each, Within):
            objects = union({k: one for k, one in objects.items() if k != key}, each.samples)
    return objects


# --- kinds of objects ----------------------------------------------------------------------------

# By the id of a class, as one may have no hash; with what takes it out when the class goes.
_known_types: dict[int, tuple[bool, weakref.ref[type]]] = {}


def _matters(kind: type) -> bool:
    if issubclass(kind, _PLAIN):
        return has_own_attributes(kind)
    if issubclass(kind, _FOLLOWED):
        return True
    if is_array_type(kind) or is_generator_type(kind):
        return True
    if is_iterator_type(kind):
        return True
    if root_of(module_of(kind)) == "mycel":
        return False
    return issubclass(kind, SimpleNamespace) or is_made_by_statement(kind)


def matters(value: Any) -> bool:
    """Whether state can be read through an object."""
    kind = type(value)
    known = _known_types.get(id(kind))
    if known is None:
        place = id(kind)
        gone = weakref.ref(kind, lambda _: _known_types.pop(place, None) and None)
        known = _known_types[place] = _matters(kind), gone
    return known[0]


def is_made_by_statement(kind: type) -> bool:
    """Whether a class is made by a class statement: Python code can set attributes."""
    return bool(kind.__flags__ & _HEAP_TYPE)


def has_own_attributes(kind: type) -> bool:
    """Whether instances have a `__dict__`."""
    return bool(kind.__dictoffset__)


def goes_with_its_guard(value: Any) -> bool:
    """Whether it is an object of the user's class that guards refer to weakly.

    Guards of one that the trace made are gone at its end.
    """
    kind = type(value)
    own = is_made_by_statement(kind) and not is_library(module_of(kind))
    return own and bool(kind.__weakrefoffset__) and not issubclass(kind, (type, *CONTAINERS))


def kind_of(value: Any) -> type:
    """Its class."""
    return value.kind if isinstance(value, Instance) else type(value)


def is_container(value: Any) -> bool:
    """Whether it is a built-in container or iterator, or one that the trace makes."""
    return isinstance(value, (*CONTAINERS, *_VIEWS, Made))


def is_sequence(value: Any) -> bool:
    """Whether it may stand for positions in a tensor, or for its elements."""
    if isinstance(value, (list, tuple)) or is_array_type(type(value)):
        return True
    return isinstance(value, Made) and issubclass(value.kind, (list, tuple, slice))


def is_iterator(value: Any) -> bool:
    """Whether iteration over it gives what other objects hold."""
    return isinstance(value, _VIEWS) or is_iterator_type(type(value))


def objects_of(values: Iterable[Value]) -> Objects:
    """The objects of several values."""
    return functools.reduce(union, (each.objects for each in values), NONE)


def without_containers(objects: Objects) -> Objects:
    """The objects that are no containers."""
    return {key: each for key, each in objects.items() if not is_container(each)}


def owner_in_c(method: Any) -> Any:
    """The container or iterator whose method in C it is, else MISSING."""
    owner = getattr(method, "__self__", MISSING) if type(method) in _METHODS_IN_C else MISSING
    return owner if is_container(owner) or is_iterator_type(type(owner)) else MISSING


def is_array_type(kind: type) -> bool:
    """Whether instances hold elements: NumPy's arrays and records, views of memory."""
    return kind is memoryview or any(
        module_of(each) == "numpy" and each.__name__ in ("ndarray", "void")
        for each in type.__getattribute__(kind, "__mro__")
    )


def has_objects(value: Any) -> bool:
    """Whether an array's elements are Python objects."""
    if not is_array_type(type(value)):
        return False
    return bool(getattr(getattr(value, "dtype", None), "hasobject", False))


def is_generator_type(kind: type) -> bool:
    """Whether instances are NumPy's generators of random numbers."""
    module = module_of(kind)
    return root_of(module) == "numpy" and module.startswith("numpy.random")


def is_iterator_type(kind: type) -> bool:
    """Whether instances are iterators whose code is not followed; files among them."""
    if is_made_by_statement(kind) and not is_library(module_of(kind)):
        return False
    return class_value(kind, "__next__") is not MISSING


def module_of(kind: type) -> Any:
    """A class's `__module__`: a name, as a rule; no code of its metaclass runs."""
    return type.__getattribute__(kind, "__module__")


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
    if issubclass(kind, (type, _core.Guarded)):
        return False
    if any(class_value(kind, name) is MISSING for name in _OF_COLLECTIONS):
        return False
    order = type.__getattribute__(kind, "__mro__")
    return any(is_standard(module_of(each)) and each.__dictoffset__ for each in order)


_OF_COLLECTIONS = ("__len__", "__iter__", "__contains__")


def is_c_descriptor(value: Any) -> bool:
    """Whether an attribute of a class gives a value without running Python code."""
    return isinstance(value, _C_DESCRIPTORS)


# --- their attributes and items ------------------------------------------------------------------


def class_value(kind: type, name: str) -> Any:
    """What the class, or one of its bases, has under a name, without binding it."""
    return next((found for _, found in values_under(kind, name)), MISSING)


def values_under(kind: type, name: str) -> Iterator[tuple[type, Any]]:
    """What each of the class and its bases has under a name."""
    for each in type.__getattribute__(kind, "__mro__"):
        found = type.__getattribute__(each, "__dict__").get(name, MISSING)
        if found is not MISSING:
            yield each, found


def unwrapped(value: Any) -> Any:
    """The function of a static or class method."""
    return value.__func__ if isinstance(value, (staticmethod, classmethod)) else value


def dict_of(value: Any) -> dict[str, Any] | None:
    """The attributes that an object has itself."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return found if isinstance(found, dict) else None


def parts_of(module: _core.ModuleBase) -> list[Any]:
    """The modules and tensors that are attributes of a module, in their order."""
    values = list((dict_of(module) or {}).values())
    for name in slot_names(type(module)):
        with contextlib.suppress(AttributeError):
            values.append(object.__getattribute__(module, name))
    return [each for each in values if isinstance(each, (_core.ModuleBase, _core.Tensor))]


def items_in(container: Any) -> Iterator[Any]:
    """The items of a built-in container: keys and values of a dict."""
    if isinstance(container, dict):
        yield from dict.keys(container)
        yield from dict.values(container)
    elif has_objects(container):
        yield from container.flat
    else:
        yield from list(container)


def referent(proxy: Any) -> Any:
    """The object that a weak proxy refers to."""
    try:
        return proxy.__sizeof__.__self__  # a method of its object
    except ReferenceError:
        return None


def held_by(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function holds, by name: the contents of its cells and its defaults."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    for each in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        yield f"a default of {function.__name__}", each


def cache_of(function: Any) -> dict[Any, Any]:
    """The table in which functools.lru_cache or cache keeps results."""
    own = dict_of(function)
    tables = [each for each in gc.get_referents(function) if type(each) is dict]
    return next(each for each in reversed(tables) if each is not own)


def results_of(function: Any) -> list[Any]:
    """The results that functools.lru_cache or cache keeps."""
    table = cache_of(function)
    if function.cache_parameters()["maxsize"] is None:
        return list(table.values())
    others = {id(each) for each in (table, dict_of(function), function.__wrapped__, *table)}
    found = (each for each in gc.get_referents(function) if id(each) not in others)
    return [each for each in found if not isinstance(each, type)]
