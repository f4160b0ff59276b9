"""The objects that a trace reaches, their names, and whether the trace made them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from mycel import _core
from mycel._reads.flow import Node
from mycel._reads.kinds import CONTAINERS, MISSING, class_name
from mycel._reads.values import (
    CACHED,
    NONE,
    PUBLIC_FUNCTION,
    Bound,
    Instance,
    Made,
    Objects,
    Within,
    goes_with_its_guard,
    held_by,
    hides,
    matters,
    owner_in_c,
    results_of,
    union,
)
from mycel._state import OpenStates, State

if TYPE_CHECKING:
    from mycel._reads.flow import Site


MOST_WORK = 500_000  # instructions and objects handled in one trace


class TooMuchWorkError(Exception):
    """The interpretation exceeds MOST_WORK."""


class Known:
    """Tracks the followed objects, what the code stores in them, and the guards so far."""

    def __init__(self) -> None:
        self.cells: dict[tuple[CodeType, str], Any] = {}  # of closures, by function and name
        self._known: dict[int, Any] = {}
        self._free: set[int] = set()  # made for the trace: followed, not guarded
        self._names: dict[int, str] = {}
        self._seen: set[tuple[Any, ...]] = set()
        self._stored: dict[int, dict[Any, Node]] = {}  # by object, then key or attribute
        self._instances: dict[int, Instance] = {}
        self._bound: dict[tuple[int, str], Bound] = {}
        self._around: dict[int, Within] = {}  # by id of a member
        self._pairs: dict[int, Made] = {}
        self._fresh: dict[tuple[int, str], Any] = {}
        # Cached functions, and the ids of the results in their caches.
        self._cached: list[tuple[Any, set[int]]] = []
        self._states = OpenStates()
        self._readers: dict[int, set[Site]] = {}  # which code uses what is stored in an object
        self.running: Site | None = None  # the instruction being handled
        self.work = 0

    def count(self, work: int) -> None:
        """Counts work; raises TooMuchWorkError above MOST_WORK."""
        self.work += work
        if self.running is not None and self.work > MOST_WORK:
            raise TooMuchWorkError

    def forget(self) -> None:
        """Releases the program's objects: the bodies and this object refer to each other."""
        self.running = None
        for held in (self._known, self._stored, self._readers, self._instances, self._bound):
            held.clear()
        for made in (self._pairs, self._fresh, self.cells, self._around):
            made.clear()
        self._cached.clear()

    def know(self, value: Any, name: str, free: bool = False, made: bool = False) -> None:
        """Registers an object under the name by which it was reached.

        It is free if the trace made it: followed, but not guarded. Unless `made` says that this is
        certain, an object whose guard dies with it is guarded.
        """
        if not matters(value):
            if hides(value):
                _core.note_effect(f"{name} does not tell its class, so what it reads is not known")
            return
        if id(value) in self._known:
            return
        free = made or (free and not goes_with_its_guard(value))
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
        """Registers what an object leads to without a read of its state."""
        if isinstance(value, FunctionType):
            self._know_function(value)
        elif isinstance(value, MethodType):
            self.know(value.__func__, name)
            self.know(value.__self__, class_name(type(value.__self__)))
        elif owner_in_c(value) is not MISSING:
            self.know(owner_in_c(value), f"the object of {name}")
        elif isinstance(value, functools.partial):
            for each in (value.func, value.args, value.keywords):
                self.know(each, f"an argument of {name}")
            self.everything({id(value.keywords): value.keywords})
        elif isinstance(value, (_core.Jit, PUBLIC_FUNCTION, CACHED)):
            self.know(value.__wrapped__, name)
            if isinstance(value, CACHED):
                self._cached.append((value, {id(each) for each in results_of(value)}))
        elif isinstance(value, tuple):
            for each in value:
                self.know(each, f"an item of {name}")

    def _know_function(self, function: FunctionType) -> None:
        code = function.__code__
        library = _core.is_library_code(code)  # a decorator: the decorated function is followed
        if not library:
            _core.guard_function(function)
            for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
                self.cells[code, variable] = cell
        for variable, each in held_by(function):
            if not library or (callable(each) and not isinstance(each, type)):
                self.know(each, variable)
            elif isinstance(each, CONTAINERS):
                self.know(each, variable)
                self.everything({id(each): each})

    def everything(self, objects: Objects) -> Objects:
        """The objects and all that containers among them hold, each guarded."""
        raise NotImplementedError

    def instance(self, kind: type) -> Instance:
        """Returns the object that stands for all instances of a class made in the trace."""
        made = self._instances.get(id(kind))
        if made is None:
            made = self._instances[id(kind)] = Instance(kind)
            self.know(made, class_name(kind), made=True)
        return made

    def same(self, holder: Any, name: str, value: Any) -> Any:
        """Returns the first of the equal objects that an attribute makes at each read."""
        return self._fresh.setdefault((id(holder), name), value)

    def pair_of(self, items: Any) -> Objects:
        """Returns the object that stands for any pair of a dict's items view."""
        made = self._pairs.setdefault(id(items), Made(tuple))
        return {id(made): made}

    def open_state(self, state: dict[Any, Any]) -> None:
        """Opens an optimiser's state: its numbers become traced; it has its own guard."""
        self._states.open(state)
        for each in self._states.holders():
            self._known[id(each)] = each
            self._free.add(id(each))

    def name(self, value: Any) -> str:
        """Returns the name of an object in messages."""
        return self._names.get(id(value), class_name(type(value)))

    def store(self, objects: Objects, key: Any, value: Objects) -> None:
        """Records that the code may store `value` under a key or attribute of `objects`."""
        for each in self._with_relatives(objects, key) if value else ():
            self.count(1)
            place = id(each)
            places = self._stored.setdefault(place, {})
            node = places.get(key)
            if node is None:
                node = places[key] = Node()
            if node.add(value):
                for site in self._readers.get(place, ()):
                    site.wake(place)

    def _with_relatives(self, objects: Objects, name: Any) -> Iterator[Any]:
        """Yields the objects, with a Within its members, with a member its Within."""
        for each in objects.values():
            yield each
            if isinstance(each, Within) and name is not MISSING:
                yield from each.members.values()
            elif id(each) in self._around:
                yield self._around[id(each)]

    def within(self, module: _core.ModuleBase) -> Within:
        """Returns the Within of a module, or of an enclosing module met before."""
        found = self._around.get(id(module))
        if found is None:
            found = Within(module)
            for each in found.members.values():
                self.know(each, f"a part of {self.name(module)}")
                self._around.setdefault(id(each), found)
        return found

    def stored(self, holder: Any, key: Any = MISSING) -> Objects:
        """Returns what the code may have stored under a key or attribute, or under any."""
        places = self.places(holder)
        names = list(places) if key is MISSING else (key, MISSING)
        found = NONE
        for each in names if places else ():
            found = union(found, self._content(holder, places.get(each)))
        return found

    def under(self, holder: Any, key: Any) -> Objects:
        """Returns what the code may have stored under exactly this key."""
        return self._content(holder, self.places(holder).get(key))

    def _content(self, holder: Any, node: Node | None) -> Objects:
        if node is None:
            return NONE
        if self.running is None:
            return node.since(0)
        found = self.running.read(node, id(holder))
        self.count(len(found) // 16)  # copied, not examined
        return found

    def places(self, holder: Any) -> dict[Any, Node]:
        """Returns the keys and attributes of an object that the code may have stored under."""
        if self.running is not None:
            self.count(1)
            self._readers.setdefault(id(holder), set()).add(self.running)
        return self._stored.get(id(holder), {})

    def read(self, node: Node) -> Objects:
        """Returns the content of a node that belongs to no object."""
        if self.running is None:
            return node.since(0)
        node.read_by(self.running)
        return self.running.read(node, id(node))

    def bound(self, owner: Any, name: str) -> Objects:
        """Returns a C method of an object."""
        place = id(owner), name
        if place not in self._bound:
            self._bound[place] = Bound(owner, name)
        return {id(self._bound[place]): self._bound[place]}

    def _first(self, *place: Any) -> bool:
        """Whether a place is met for the first time."""
        if place in self._seen:
            return False
        self._seen.add(place)
        return True

    def _is_free(self, value: Any) -> bool:
        return id(value) in self._free

    def _guards(self, value: Any) -> bool:
        return id(value) in self._known and id(value) not in self._free

    def _may_change(self, value: Any) -> bool:
        """Whether a value is a mutable container whose items must be guarded."""
        changes = isinstance(value, CONTAINERS) and not isinstance(value, (tuple, frozenset))
        return changes and self._guards(value)
