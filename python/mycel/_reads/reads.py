"""What one trace reads: objects that are reached, and the guards that they get."""

from __future__ import annotations

import functools
import gc
import os
import pickle
import threading
from collections.abc import Iterable
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

from mycel import _core
from mycel._reads.body import Body
from mycel._reads.values import (
    CONTAINERS,
    MISSING,
    NONE,
    Objects,
    class_value,
    dict_of,
    elements,
    held_by,
    is_array_type,
    is_standard,
    items_in,
    matters,
    union,
    values_under,
)
from mycel._state import OpenStates, Output, State

_CACHED = type(functools.cache(len))
_MOST_ELEMENTS = 1024  # of an array that is guarded by its content
_MOST_ROUNDS = 8
_SHAPE = frozenset({"dtype", "itemsize", "nbytes", "ndim", "shape", "size", "strides"})


class Reads:
    """Interprets the code of the functions that a trace calls and guards what it can read."""

    def __init__(self) -> None:
        self.returned: Objects = NONE
        self.cells: dict[tuple[CodeType, str], Any] = {}  # of closures, by function and name
        self._known: dict[int, Any] = {}
        self._free: set[int] = set()  # made for the trace: followed, not guarded
        self._names: dict[int, str] = {}
        self._bodies: dict[CodeType, Body] = {}
        self._seen: set[tuple[Any, ...]] = set()
        self._stored: dict[tuple[int, Any], Objects] = {}
        self._generators: dict[int, tuple[Any, bytes, str, str, int]] = {}
        self._folder = os.getcwd() + "/"
        self._started = False
        self._states = OpenStates()
        self._grew = False  # what functions return and store

    # --- calls ---------------------------------------------------------------------------------

    def start(self, roots: Iterable[Any]) -> None:
        """Gives the function that is traced, and the objects among its arguments."""
        for each in roots:
            self.know(each, type(each).__name__)

    def enter(self, code: CodeType, names: dict[str, Any], local: dict[str, Any]) -> None:
        """A function is called: interprets its code with these objects as its locals."""
        if not self._started:
            self._started = True
            for name, value in local.items():
                self._take_argument(value, name)
        fresh = code not in self._bodies
        body = self.body(code, names)
        if fresh:
            self._know_code(code, local)
        for name, value in local.items():
            if not matters(value):
                continue
            self.know(value, name, free=True)
            body.add(name, {id(value): value})
            if code.co_name == "__init__" and name == code.co_varnames[0]:
                self.give_back({id(value): value})
        if body.dirty:
            self._settle(body)

    def _take_argument(self, value: Any, name: str) -> None:
        """Containers of arguments are rebuilt for the trace, and part of the key: not guarded."""
        if id(value) in self._known or not matters(value):
            return
        fields = getattr(type(value), "__dataclass_fields__", None)
        if isinstance(value, CONTAINERS):
            parts: Iterable[Any] = items_in(value)
        elif fields is not None:
            own = dict_of(value) or {}
            parts = [each for key, each in own.items() if key in fields]
            for key, each in own.items():
                if key not in fields:  # not rebuilt
                    self.know(each, f"attribute {key} of {name}")
        else:
            return
        self.know(value, name, free=True)
        for part in parts:
            self._take_argument(part, name)

    def body(self, code: CodeType, names: dict[str, Any]) -> Body:
        """The interpretation of a function's code."""
        if code not in self._bodies:
            self._bodies[code] = Body(self, code, names)
        return self._bodies[code]

    def _settle(self, body: Body) -> None:
        """Interprets until nothing new is found: what one body returns or stores another reads."""
        body.run()
        for _ in range(_MOST_ROUNDS):
            grew, self._grew = self._grew, False
            pending = [b for b in self._bodies.values() if b.dirty or (grew and b.calls)]
            if not pending:
                return
            for each in pending:
                each.run()

    def give_back(self, objects: Objects) -> None:
        """A function may return these objects."""
        self._grew = self._grew or any(key not in self.returned for key in objects)
        self.returned = union(self.returned, objects)

    def open_state(self, state: dict[Any, Any]) -> None:
        """An optimiser's state is read: its numbers become traced ones; it has its own guard."""
        self._states.open(state)
        for each in self._states.holders():
            self._known[id(each)] = each
            self._free.add(id(each))

    def _open_options(self, optimizer: Any) -> None:
        """Opens the groups of an optimiser whose rule is not the package's, which reads them so."""
        from mycel.optim.optimizer import Optimizer

        if not isinstance(optimizer, Optimizer) or type(optimizer)._update is not Optimizer._update:
            return
        for group in (dict_of(optimizer) or {}).get("param_groups", ()):
            for name, value in group.items():
                self.know(value, f"{name} of an optimiser's group")
            self.open_state(group)

    def abandon(self) -> None:
        """The trace failed."""
        self._states.restore()
        self._forget()

    def _forget(self) -> None:
        """Lets go of the program's objects; the bodies refer to this, which refers to them."""
        for held in (self._known, self._bodies, self._stored, self._generators, self.cells):
            held.clear()

    def finish(self) -> list[Output]:
        """Ends the trace: the numbers that a call writes back; tells of NumPy's random draws."""
        for generator, before, function, file, line in self._generators.values():
            if _state_of(generator) != before:
                _core.warn_frozen(function, file, line)
        outputs = self._states.close()
        self._forget()
        return outputs

    # --- what is known -------------------------------------------------------------------------

    def know(self, value: Any, name: str, free: bool = False) -> None:
        """An object under the name that it was reached by.

        It is free if the trace made it, as far as is known: followed, but not guarded.
        """
        if not matters(value) or id(value) in self._known:
            return
        if isinstance(value, State):
            self.open_state(value)
            return
        self._known[id(value)] = value
        self._names.setdefault(id(value), name)
        if free:
            self._free.add(id(value))
        else:
            self._know_parts(value, name)

    def _know_parts(self, value: Any, name: str) -> None:
        """What an object leads to without a read of its state."""
        if isinstance(value, FunctionType):
            self._know_function(value)
        elif isinstance(value, MethodType):
            self.know(value.__func__, name)
            self.know(value.__self__, type(value.__self__).__name__)
        elif isinstance(value, functools.partial):
            for each in (value.func, value.args, value.keywords):
                self.know(each, f"an argument of {name}")
            self.all_items({id(value.keywords): value.keywords})
        elif isinstance(value, (_core.Jit, _CACHED)):
            self.know(value.__wrapped__, name)
        elif isinstance(value, tuple):
            for each in value:
                self.know(each, f"an item of {name}")

    def _know_function(self, function: FunctionType) -> None:
        code = function.__code__
        if _core.is_library_code(code):  # a decorator's: what it decorates is followed
            for variable, each in held_by(function):
                if isinstance(each, (FunctionType, MethodType)):
                    self.know(each, variable)
            return
        _core.guard_function(function)
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            self.cells[code, variable] = cell
        for variable, each in held_by(function):
            self.know(each, variable)

    def _know_code(self, code: CodeType, local: dict[str, Any]) -> None:
        """Finds the function of code that was called by code which is not followed."""
        first = local.get(code.co_varnames[0]) if code.co_argcount else None
        kind = first if isinstance(first, type) else type(first)
        for _, found in values_under(kind, code.co_name):
            function = _unwrapped(found)
            if getattr(function, "__code__", None) is code:
                self.know(function, code.co_name)
        missing = any((code, name) not in self.cells for name in code.co_freevars)
        if missing and self.body(code, {}).parent is None:
            for each in gc.get_referrers(code):
                if isinstance(each, FunctionType) and each.__code__ is code:
                    self.know(each, code.co_name)

    def name(self, value: Any) -> str:
        """What an object is called in messages."""
        return self._names.get(id(value), type(value).__name__)

    def _first(self, *place: Any) -> bool:
        """Whether a place is met for the first time."""
        if place in self._seen:
            return False
        self._seen.add(place)
        return True

    def _guards(self, value: Any) -> bool:
        return id(value) in self._known and id(value) not in self._free

    def _may_change(self, value: Any) -> bool:
        """Whether it is a container whose items are to be guarded."""
        changes = isinstance(value, CONTAINERS) and not isinstance(value, (tuple, frozenset))
        return changes and self._guards(value)

    # --- reads ---------------------------------------------------------------------------------

    def attribute(self, objects: Objects, name: str) -> Objects:
        """What `x.name` may give."""
        found: Objects = NONE
        for each in objects.values():
            value = self._attribute(each, name)
            text = f"attribute {name} of {self.name(each)}"
            if value is not MISSING and matters(value):
                self.know(value, text, id(each) in self._free)
                found = union(found, {id(value): value})
            found = union(found, self._stored.get((id(each), name), NONE))
        return found

    def _attribute(self, value: Any, name: str) -> Any:
        text = f"attribute {name} of {self.name(value)}"
        if isinstance(value, ModuleType):
            own = dict_of(value) or {}
            if not is_standard(value.__name__) and self._first("item", id(own), name):
                _core.guard_item(own, name, f"{value.__name__}.{name}")
            return own.get(name, MISSING)
        if isinstance(value, type):
            for kind in (value, type(value)):
                if self._guards(value) and kind is not type:
                    self._class(kind, name)
            found = class_value(value, name)
            return _unwrapped(class_value(type(value), name) if found is MISSING else found)
        if is_array_type(type(value)):
            if name not in _SHAPE:
                self._array(value)
            return MISSING
        if isinstance(value, CONTAINERS) and class_value(type(value), name) is not MISSING:
            return _unwrapped(class_value(type(value), name))
        return self._instance_attribute(value, name, text)

    def _instance_attribute(self, value: Any, name: str, text: str) -> Any:
        of_class = class_value(type(value), name)
        own = dict_of(value)
        if isinstance(value, _core.Guarded):  # its reads are recorded as they happen
            if name == "param_groups":
                self._open_options(value)
            found = (own or {}).get(name, MISSING)
            return _unwrapped(of_class) if found is MISSING else found
        if isinstance(value, threading.local):  # other attributes in each thread
            _core.guard_note(text)
            return getattr(value, name, MISSING)
        guards = self._guards(value)
        if _is_slot(of_class):
            if guards and self._first("slot", id(value), name):
                _core.guard_slot(value, name, text)
            try:
                return of_class.__get__(value)
            except AttributeError:
                return MISSING
        if own is not None and not hasattr(type(of_class), "__set__"):
            if guards and self._first("attribute", id(value), name):
                _core.guard_attribute(value, name, text)
            if name in own:
                return own[name]
        kind = type(value)
        followed = of_class is not MISSING and not is_standard(kind.__module__)
        if followed and self._first("class", id(kind), name):
            _core.guard_class(type(value), name)
        return _unwrapped(of_class)

    def _class(self, kind: type, name: str) -> None:
        if not is_standard(kind.__module__) and self._first("class", id(kind), name):
            _core.guard_class(kind, name)

    def inherited(self, objects: Objects, name: str) -> Objects:
        """What `super().name` may give: what any class of the objects has."""
        found: dict[int, Any] = {}
        for each in objects.values():
            for kind, value in values_under(type(each), name):
                self._class(kind, name)
                self.know(_unwrapped(value), name)
                found[id(_unwrapped(value))] = _unwrapped(value)
        return found

    def inside(self, objects: Objects) -> Objects:
        """The state of objects of standard classes, whose methods are not followed."""
        found: dict[int, Any] = {}
        for each in objects.values():
            own = dict_of(each) if is_standard(type(each).__module__) else None
            if own is None or isinstance(each, (type, ModuleType, FunctionType)):
                continue
            for name, value in own.items():
                if matters(value):
                    self.know(value, f"attribute {name} of {self.name(each)}")
                    found[id(value)] = value
        return self.everything(found) if found else NONE

    def item(self, objects: Objects, key: Any) -> Objects:
        """What `x[key]` may give, for a constant key; MISSING stands for any."""
        if key is MISSING or not _is_plain_key(key):
            return self.all_items(objects)
        found: Objects = NONE
        for each in objects.values():
            value = self._item(each, key)
            if value is not MISSING and matters(value):
                self.know(value, f"{self.name(each)}[{key!r}]", id(each) in self._free)
                found = union(found, {id(value): value})
            found = union(found, self._stored.get((id(each), key), NONE))
        return found

    def _item(self, value: Any, key: Any) -> Any:
        text = f"{self.name(value)}[{key!r}]"
        guards = self._guards(value)
        if isinstance(value, dict):
            if guards and self._first("item", id(value), type(key), key):
                _core.guard_item(value, key, text)
            return dict.get(value, key, MISSING)
        if isinstance(value, (list, tuple)) and isinstance(key, int):
            if guards and isinstance(value, list) and self._first("index", id(value), key):
                _core.guard_index(value, key, text)
            return value[key] if -len(value) <= key < len(value) else MISSING
        if isinstance(value, MappingProxyType):
            return self._item(self._mapping(value), key)
        self.all_items({id(value): value})
        return MISSING

    def _mapping(self, proxy: Any) -> Any:
        """The dict behind a mappingproxy."""
        behind = gc.get_referents(proxy)[0]
        self.know(behind, self.name(proxy))
        return behind

    def all_items(self, objects: Objects) -> Objects:
        """What iteration may give; guards the items of containers and the elements of arrays."""
        proxies = [each for each in objects.values() if isinstance(each, MappingProxyType)]
        behind = {id(each): each for each in map(self._mapping, proxies)}
        objects = union(union(objects, behind), self.inside(objects))
        for each in objects.values():
            if is_array_type(type(each)):
                self._array(each)
            elif self._may_change(each) and self._first("items", id(each)):
                _core.guard_items(each, self.name(each))
            if isinstance(each, CONTAINERS):
                for part in items_in(each):
                    self.know(part, f"an item of {self.name(each)}", id(each) in self._free)
        return elements(objects)

    def everything(self, objects: Objects, depth: int = 0) -> Objects:
        """The objects and all that containers among them hold, each guarded."""
        items = self.all_items(objects)
        inside: Objects = {key: each for key, each in items.items() if key not in objects}
        if inside and depth < 8:
            inside = self.everything(inside, depth + 1)
        return union(objects, inside)

    def length(self, objects: Objects, truth: bool = False) -> None:
        """Guards how many items containers have, or whether they have any."""
        for each in objects.values():
            if self._may_change(each) and self._first("length", id(each), truth):
                _core.guard_length(each, self.name(each), truth)
            elif is_array_type(type(each)) and truth:
                self._array(each)

    def all_attributes(self, objects: Objects, how: str) -> Objects:
        """What `vars(x)` gives."""
        found: dict[int, Any] = {}
        for each in objects.values():
            own = None if isinstance(each, _core.Guarded) else dict_of(each)
            if own is None:
                continue
            _core.guard_note(f"what {how} of {self.name(each)} leads to, but its own attributes")
            self.know(own, f"the attributes of {self.name(each)}")
            found[id(own)] = own
        self.all_items(found)
        return found

    def any_attribute(self, objects: Objects) -> Objects:
        """What `getattr(module, computed)` may give; the read itself is recorded."""
        found: dict[int, Any] = {}
        for each in objects.values():
            for value in (dict_of(each) or {}).values() if isinstance(each, _core.Guarded) else ():
                if matters(value):
                    self.know(value, f"an attribute of {self.name(each)}")
                    found[id(value)] = value
        return found

    def unknown_attributes(self, objects: Objects, how: str) -> None:
        """Tells of attributes whose names are not known."""
        for each in objects.values():
            if self._guards(each) and not isinstance(each, _core.Guarded):
                _core.guard_note(f"attributes of {self.name(each)} that {how} reads")

    def _array(self, array: Any) -> None:
        if not self._guards(array) or not self._first("array", id(array)):
            return
        name = self.name(array)
        if array.size > _MOST_ELEMENTS:
            raise ValueError(
                f"[jit] expects NumPy arrays of at most {_MOST_ELEMENTS} elements where a traced "
                f"function reads them, as their elements become part of the program; got {name} of "
                f"shape {array.shape}: make a tensor of it outside the function (mc.tensor(...)), "
                "or pass one as an argument"
            )
        _core.guard_array(array, name)

    # --- writes --------------------------------------------------------------------------------

    def wrote(self, objects: Objects, code: CodeType, line: int | None) -> None:
        """The code may change these objects at a line."""
        for each in objects.values():
            if self._first("wrote", id(each)):
                _core.note_write(each, f"{self.file(code)}:{line}")

    def store(self, objects: Objects, key: Any, value: Objects) -> None:
        """The code may put one of some objects under a key or attribute of others."""
        for each in objects.values() if value else ():
            place = id(each), key
            known = self._stored.get(place, NONE)
            self._grew = self._grew or any(key not in known for key in value)
            self._stored[place] = union(known, value)

    def file(self, code: CodeType) -> str:
        """Where code stands, relative to the current folder."""
        return code.co_filename.removeprefix(self._folder)

    def draw(self, generator: Any, name: str, code: CodeType, line: int | None) -> None:
        """The code calls a method of a generator of random numbers."""
        if id(generator) not in self._generators:
            place = f"numpy.random.{name}", self.file(code), line or 0
            self._generators[id(generator)] = (generator, _state_of(generator), *place)
            owner = generator if hasattr(generator, "get_state") else generator.bit_generator
            _core.undo_by(functools.partial(_set_state, owner, _state_of(generator)))


def _state_of(generator: Any) -> bytes:
    """The state of a generator of random numbers; of the old kind with the number kept back."""
    if hasattr(generator, "get_state"):
        return pickle.dumps(generator.get_state(legacy=False))
    return pickle.dumps(generator.bit_generator.state)


def _set_state(owner: Any, state: bytes) -> None:
    if hasattr(owner, "set_state"):
        owner.set_state(pickle.loads(state))
    else:
        owner.state = pickle.loads(state)


def _unwrapped(value: Any) -> Any:
    return value.__func__ if isinstance(value, (staticmethod, classmethod)) else value


def _is_slot(value: Any) -> bool:
    return type(value).__name__ == "member_descriptor"


def _is_plain_key(key: Any) -> bool:
    if isinstance(key, tuple):
        return all(_is_plain_key(each) for each in key)
    return isinstance(key, (int, float, str, bytes, bool, type(None)))
