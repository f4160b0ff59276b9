"""The abstract values of the interpretation, and predicates on objects."""

from __future__ import annotations

import contextlib
import functools
import gc
import weakref
from collections import OrderedDict, namedtuple
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
from mycel._reads.kinds import (
    CONTAINERS,
    MISSING,
    Missing,
    class_value,
    has_own_attributes,
    is_array_type,
    is_generator_type,
    is_iterator_type,
    is_library,
    is_made_by_statement,
    module_of,
    names_in,
    root_of,
    type_attribute,
)
from mycel._slots import slot_names

Objects = Mapping[int, Any]
NONE: Objects = {}

CACHED = type(functools.cache(len))
PUBLIC_FUNCTION: Any = _core.public_function  # the class of the package's functions
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


class Instance:
    """Stands for all instances of a class that the trace makes."""

    __slots__ = ("kind",)

    def __init__(self, kind: type) -> None:
        self.kind = kind


class Made(Instance):
    """Stands for all containers, iterators or classes made at one place; `object`: of any kind."""

    __slots__ = ()

    @property
    def is_mixed(self) -> bool:
        """Whether it stands for results of code that is not followed."""
        return self.kind is object

    @property
    def is_class(self) -> bool:
        """Whether it stands for a class that code makes and for its instances."""
        return self.kind is type


class Within(Instance):
    """Stands for a module and all modules and tensors inside it, as one object."""

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
    """A C method of an object."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Any, name: str) -> None:
        self.owner, self.name = owner, name


_FOLLOWED = (
    *(*CONTAINERS, type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, CodeType),
    *(functools.partial, MappingProxyType, attrgetter, itemgetter, _core.Guarded, _core.Jit),
    *(CACHED, ContextVar, weakref.ref, *PROXIES, memoryview, Instance, Bound, PUBLIC_FUNCTION),
    *(WrapperDescriptorType, MethodDescriptorType, type([].__len__), *_VIEWS),
)


class Value(NamedTuple):
    """An abstract value on the stack: one of some objects, or a constant."""

    objects: Objects = NONE
    constant: Any = MISSING
    spread: bool = False  # one of many arguments, at an unknown position

    @property
    def size(self) -> int:
        """The number of objects; 0 for a Value on the stack."""
        return len(self.objects)


_ITERABLES = (*CONTAINERS, *_VIEWS, Made)
UNKNOWN = Value()
NULL = Value(constant=None)  # what the interpreter pushes next to a plain function


def value_of(objects: Iterable[Any]) -> Value:
    """Returns a value that is one of those objects that matter."""
    return Value({id(each): each for each in objects if matters(each)})


def union(a: Objects, b: Objects) -> Objects:
    """Returns the objects of both."""
    if not a or a is b:
        return b
    return {**a, **b} if b else a


def of_each_part(objects: Objects) -> Objects:
    """Replaces each Within by its members."""
    for key, each in objects.items():
        if isinstance(each, Within):
            objects = union({k: one for k, one in objects.items() if k != key}, each.members)
    return objects


def of_each_class(objects: Objects) -> Objects:
    """Replaces each Within by one member of each class."""
    for key, each in objects.items():
        if isinstance(each, Within):
            objects = union({k: one for k, one in objects.items() if k != key}, each.samples)
    return objects


# --- kinds of objects ----------------------------------------------------------------------------


class _Facts(NamedTuple):
    """Cached facts about a class."""

    matters: bool
    answers: bool  # no user code answers what class its objects have
    plain_dict: bool  # `__dict__` gives its objects' own attributes
    own_operators: bool  # indexing, iterating or adding its objects may run Python code
    gone: weakref.ref[type]  # removes this when the class dies


_facts: dict[int, _Facts] = {}  # by the id of a class, which may be unhashable
forget_classes = _facts.clear  # at the start of a trace: the program may have changed them


def _facts_of(kind: type) -> _Facts:
    place = id(kind)
    known = _facts.get(place)
    if known is None:
        answers = isinstance(class_value(kind, "__getattribute__"), WrapperDescriptorType)
        known = _facts[place] = _Facts(
            matters=_matters(kind),
            answers=answers and class_value(kind, "__class__") is _CLASS,
            plain_dict=isinstance(class_value(kind, "__dict__"), _PLAIN_DICTS),
            own_operators=any(_is_operator(name, found) for name, found in names_in(kind)),
            gone=weakref.ref(kind, lambda _: _facts.pop(place, None) and None),
        )
    return known


_CLASS = vars(object)["__class__"]
_PLAIN_DICTS = (GetSetDescriptorType, MemberDescriptorType, Missing)


def _is_operator(name: str, value: Any) -> bool:
    """Whether it is a Python function whose result an operator may return."""
    if not name.startswith("__") or name in _NO_OPERATORS:
        return False
    return isinstance(value, FunctionType) and not _core.is_library_code(value.__code__)


_NO_OPERATORS = frozenset({*vars(object), "__getattr__", "__enter__", "__exit__", "__call__"})


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
    known = _facts_of(type(value))
    return known.matters and (known.answers or _tells_its_class(value))


def hides(value: Any) -> bool:
    """Whether state may be read through an object that does not tell its class."""
    known = _facts_of(type(value))
    return known.matters and not (known.answers or _tells_its_class(value))


def _tells_its_class(value: Any) -> bool:
    try:
        isinstance(value, _Facts)  # asks the object itself, as it is none
    except Exception:
        return False
    return True


def goes_with_its_guard(value: Any) -> bool:
    """Whether guards refer weakly to a value, an object of a user class.

    Guards of one that the trace made are gone at its end.
    """
    kind = type(value)
    own = is_made_by_statement(kind) and not is_library(module_of(kind))
    return (
        own
        and bool(type_attribute(kind, "__weakrefoffset__"))
        and not issubclass(kind, (type, *CONTAINERS))
    )


def kind_of(value: Any) -> type:
    """Returns the class of a value, or of the instances that it stands for."""
    return value.kind if isinstance(value, Instance) else type(value)


def is_container(value: Any) -> bool:
    """Whether a value is a built-in container or dict view, or made by the trace."""
    return isinstance(value, _ITERABLES)


def is_sequence(value: Any) -> bool:
    """Whether a value may give positions in a tensor, or its elements."""
    if isinstance(value, (list, tuple)) or is_array_type(type(value)):
        return True
    return isinstance(value, Made) and issubclass(value.kind, (list, tuple, slice))


def is_iterator(value: Any) -> bool:
    """Whether iteration over a value gives what other objects hold."""
    return isinstance(value, _VIEWS) or is_iterator_type(type(value))


def objects_of(values: Iterable[Value]) -> Objects:
    """The objects of several values."""
    return functools.reduce(union, (each.objects for each in values), NONE)


def has_own_operators(value: Any) -> bool:
    """Whether indexing, iterating or adding an object may run Python code."""
    made_class = isinstance(value, Made) and value.is_class
    return made_class or not is_container(value) or _facts_of(kind_of(value)).own_operators


def with_own_operators(objects: Objects) -> Objects:
    """Returns the objects on which operators may run Python code."""
    return {key: each for key, each in objects.items() if has_own_operators(each)}


def owner_in_c(method: Any) -> Any:
    """Returns the container or iterator that a C method belongs to, else MISSING."""
    known = issubclass(type(method), _METHODS_IN_C)
    owner = getattr(method, "__self__", MISSING) if known else MISSING
    return owner if is_container(owner) or is_iterator_type(type(owner)) else MISSING


def has_objects(value: Any) -> bool:
    """Whether an array's elements are Python objects."""
    if not is_array_type(type(value)):
        return False
    return bool(getattr(getattr(value, "dtype", None), "hasobject", False))


def is_c_descriptor(value: Any) -> bool:
    """Whether an attribute of a class gives a value without running Python code."""
    return isinstance(value, _C_DESCRIPTORS)


# --- their attributes and items ------------------------------------------------------------------


def unwrapped(value: Any) -> Any:
    """Returns the function of a static or class method; other values as they are."""
    return value.__func__ if isinstance(value, (staticmethod, classmethod)) else value


def dict_of(value: Any) -> dict[str, Any] | None:
    """Returns an object's own attributes; None if it has no `__dict__`."""
    plain = _facts_of(type(value)).plain_dict
    try:
        found = object.__getattribute__(value, "__dict__") if plain else _core.own_dict(value)
    except AttributeError:
        return None
    return found if isinstance(found, dict) else None


def parts_of(module: _core.ModuleBase) -> list[Any]:
    """Returns the modules and tensors among a module's attributes, in order."""
    values = list((dict_of(module) or {}).values())
    for name in slot_names(type(module)):
        with contextlib.suppress(AttributeError):
            values.append(object.__getattribute__(module, name))
    return [each for each in values if isinstance(each, (_core.ModuleBase, _core.Tensor))]


def items_in(container: Any) -> Iterator[Any]:
    """Yields the items of a built-in container; keys and values of a dict."""
    if isinstance(container, dict):
        yield from dict.keys(container)
        yield from dict.values(container)
    elif has_objects(container):
        yield from container.flat
    else:
        base = next((kind for kind in CONTAINERS if isinstance(container, kind)), type(container))
        yield from list(base.__iter__(container))


def is_proxy(value: Any) -> bool:
    """Whether a value is a weak proxy, which claims the class of its object."""
    return issubclass(type(value), PROXIES)


def referent(proxy: Any) -> Any:
    """Returns the object that a weak proxy refers to."""
    try:
        return proxy.__sizeof__.__self__  # a method of its object
    except ReferenceError:
        return None


def held_by(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yields what a function holds, by name: the contents of its cells and its defaults."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    for each in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        yield f"a default of {function.__name__}", each


def cache_of(function: Any) -> dict[Any, Any]:
    """Returns the table in which functools.lru_cache or cache keeps results."""
    own = dict_of(function)
    tables = [each for each in gc.get_referents(function) if type(each) is dict]
    return next(each for each in reversed(tables) if each is not own)


def results_of(function: Any) -> list[Any]:
    """Returns the results that functools.lru_cache or cache keeps."""
    table = cache_of(function)
    if function.cache_parameters()["maxsize"] is None:
        return list(table.values())
    others = {id(each) for each in (table, dict_of(function), function.__wrapped__, *table)}
    found = (each for each in gc.get_referents(function) if id(each) not in others)
    return [each for each in found if not isinstance(each, type)]
