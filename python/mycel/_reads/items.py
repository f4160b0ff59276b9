"""Reads of containers, with their guards: items, lengths and array elements."""

from __future__ import annotations

import gc
import io
import itertools
import weakref
from collections.abc import ItemsView
from enum import EnumMeta
from types import MappingProxyType
from typing import Any

from mycel import _core
from mycel._reads.kinds import (
    CONTAINERS,
    MISSING,
    class_value,
    is_array_type,
    is_iterator_type,
    is_library,
    keeps_state_in_library,
    module_of,
    values_under,
)
from mycel._reads.known import Known
from mycel._reads.values import (
    NONE,
    Bound,
    Made,
    Objects,
    dict_of,
    has_objects,
    is_container,
    is_iterator,
    is_proxy,
    is_sequence,
    items_in,
    kind_of,
    matters,
    of_each_class,
    owner_in_c,
    parts_of,
    referent,
)

KEYS = object()  # in place of a key: the keys themselves
COMPUTED = object()  # in place of an attribute name: an unknown one
_MOST_ELEMENTS = 1024  # of an array guarded by content


class Items(Known):
    """Resolves indexing and iteration to their possible values and guards each read."""

    def item(self, objects: Objects, key: Any) -> Objects:
        """Returns the possible values of `x[key]` for a constant key; MISSING stands for any."""
        if key is MISSING or not is_plain_key(key):
            return self.all_items(objects)
        found: dict[int, Any] = {}
        for each in objects.values():
            if isinstance(each, MappingProxyType):
                each = self._mapping(each)
            if isinstance(each, (dict, list, tuple)) or _is_list_of_parts(each, key):
                value = self._item(each, key)
                if value is not MISSING and matters(value):
                    self.know(value, f"{self.name(each)}[{key!r}]", self._is_free(each))
                    found[id(value)] = value
            elif not isinstance(each, Made):
                found.update(self.all_items({id(each): each}))
            found.update(self.stored(each, key if _keeps_keys(each, key) else MISSING))
        return found

    def _item(self, value: Any, key: Any) -> Any:
        text = f"{self.name(value)}[{key!r}]"
        guards = self._guards(value)
        if isinstance(value, dict):
            if guards:
                self.guard_key(value, key, text)
            return dict.get(value, key, MISSING)
        if not isinstance(key, int):
            return MISSING
        if isinstance(value, _core.ModuleBase):  # its reads are recorded as they happen
            value = parts_of(value)
        if guards and isinstance(value, list) and self._first("index", id(value), key):
            _core.guard_index(value, key, text)
        return value[key] if -len(value) <= key < len(value) else MISSING

    def guard_key(self, table: dict[Any, Any], key: Any, text: str) -> None:
        """Guards one item of a dict, or its absence."""
        if self._first("item", id(table), type(key), key):
            _core.guard_item(table, key, text)

    def _mapping(self, proxy: Any) -> Any:
        """Returns the dict behind a mappingproxy."""
        behind = gc.get_referents(proxy)[0]
        self.know(behind, self.name(proxy), self._is_free(proxy))
        return behind

    def all_items(self, objects: Objects) -> Objects:
        """Returns the possible items of an iteration; a plain object stands for its items."""
        found: dict[int, Any] = {}
        for each in objects.values():
            found.update(self._held_by_one(each))
            found.update(self.stored(each))
        return found

    def _held_by_one(self, each: Any) -> Objects:
        if isinstance(each, Made):
            return NONE
        whole = {id(each): each}
        library = keeps_state_in_library(type(each))
        parts = self.everything(whole) if library else self._open(each)
        if parts is None:
            return whole
        return self._given_by(each, parts) if is_iterator(each) else parts

    def all_of(self, holder: Any) -> Objects:
        """Returns all items of one object, even those already handled: to pair them."""
        site, whole = self.running, {id(holder): holder}
        if site is None:
            return self.all_items(whole)
        grown, site.grown = site.grown, ()
        found = self.all_items(whole)
        site.grown = grown
        return found

    def _given_by(self, iterator: Any, sources: Objects) -> Objects:
        """Returns the possible items of an iterator or a dict view."""
        found = self.all_items({k: o for k, o in sources.items() if o is not iterator})
        if isinstance(iterator, ItemsView):
            pair = self.pair_of(iterator)
            self.store(pair, MISSING, found)
            return pair
        return found

    def pour(self, target: Objects, source: Objects) -> None:
        """Stores the items of containers in others, those of dicts under their keys."""
        for each in source.values():
            items = self.all_items({id(each): each})
            if not issubclass(kind_of(each), dict):
                self.store(target, MISSING, items)
                continue
            for key, value in list(dict.items(each)) if isinstance(each, dict) else ():
                self.store(target, key, {id(value): value} if matters(value) else NONE)
            for key in list(self.places(each)):
                self.store(target, key, self.under(each, key))

    def everything(self, objects: Objects) -> Objects:
        """Returns the objects and all that containers and modules among them hold; guards each."""
        found, pending = dict(objects), list(objects.values())
        while pending:
            each = pending.pop()
            if isinstance(each, _core.ModuleBase):
                del found[id(each)]
                around = self.within(each)
                found[id(around)] = around
                continue
            for parts in (self._open(each) or NONE, self.stored(each)):
                for key, part in parts.items():
                    if key not in found:
                        found[key] = part
                        pending.append(part)
        return found

    def writes_only(self, container: Any) -> None:
        """Guards a container that the code only adds to or clears."""
        if self._may_change(container) and self._first("writes", id(container)):
            _core.guard_writes(container, self.name(container))

    def positions(self, objects: Objects) -> None:
        """Guards lists and arrays as a whole: positions in a tensor, or its new elements."""
        seen: set[int] = set()
        pending = [each for each in objects.values() if is_sequence(each)]
        while pending:
            each = pending.pop()
            if id(each) not in seen:
                seen.add(id(each))
                pending += filter(is_sequence, self.all_items({id(each): each}).values())

    def _open(self, value: Any) -> Objects | None:
        """Returns the content of a container, weak reference or the like, guarded; else None."""
        if isinstance(value, Made):  # `stored` has its content
            return None
        if isinstance(value, MappingProxyType):
            return self._open(self._mapping(value))
        name = self.name(value)
        if is_array_type(type(value)):
            self._array(value)
        elif self._may_change(value) and self._first("items", id(value)):
            _core.guard_items(value, name)
        parts = self._parts(value)
        if parts is None:
            return None
        free = self._is_free(value)
        for part in parts:
            self.know(part, f"an item of {name}", free)
        return {id(part): part for part in parts if matters(part)}

    def _parts(self, value: Any) -> list[Any] | None:
        if isinstance(value, weakref.ref):
            if self._guards(value) and self._first("referent", id(value)):
                _core.guard_given("referent", value, None, f"the object of {self.name(value)}")
            return [value()]
        if is_proxy(value):
            return [referent(value)]
        if isinstance(value, Bound):
            return [value.owner]
        if owner_in_c(value) is not MISSING:
            return [owner_in_c(value)]
        if is_iterator(value):
            sources = gc.get_referents(value)
            return [each for each in sources if is_container(each) or is_iterator(each)]
        if isinstance(value, EnumMeta):
            return list(value.__members__.values())
        if isinstance(value, _core.ModuleBase):
            return [] if class_value(type(value), "__iter__") is MISSING else parts_of(value)
        parts = list(items_in(value)) if isinstance(value, CONTAINERS) or has_objects(value) else []
        if keeps_state_in_library(type(value)):
            own = dict_of(value) or {}
            for name in own if self._guards(value) else ():
                self.guard_own(value, name)
            return [*parts, *own.values()]
        return parts if isinstance(value, CONTAINERS) or has_objects(value) else None

    def guard_own(self, value: Any, name: str) -> None:
        """Guards an attribute in an object's `__dict__`."""
        if self._first("attribute", id(value), name):
            _core.guard_attribute(value, name, f"attribute {name} of {self.name(value)}")

    def length(self, objects: Objects, truth: bool = False) -> None:
        """Guards the lengths of containers, or whether they are empty."""
        for each in objects.values():
            if is_array_type(type(each)):
                self._array(each) if truth else self._array_shape(each, "shape")
            elif not is_container(each):
                self.special({id(each): each}, *(("__bool__",) if truth else ()), "__len__")
            elif self._may_change(each) and self._first("length", id(each), truth):
                _core.guard_length(each, self.name(each), truth)

    def special(self, objects: Objects, *names: str) -> None:
        """Guards the special methods of user classes, and the state of library containers."""
        for each in of_each_class(objects).values():
            if not isinstance(each, (type, Made, Bound)):
                self.guard_type(each)
                for name in names:
                    self.guard_class(kind_of(each), name)
        self.everything({k: o for k, o in objects.items() if keeps_state_in_library(type(o))})

    def guard_class(self, kind: type, name: str) -> None:
        """Guards an attribute of a class, or its absence."""
        raise NotImplementedError

    def guard_type(self, value: Any) -> None:
        """Guards the class of an object."""
        raise NotImplementedError

    def advance(self, objects: Objects) -> None:
        """Notes that the code advances iterators: outer ones differ in position at each call."""
        for each in objects.values():
            if self._guards(each) and is_iterator_type(type(each)) and _can_be_read(each):
                _core.note_effect(f"{self.name(each)} was advanced")

    def _array_shape(self, array: Any, name: str) -> None:
        if self._guards(array) and self._first("slot", id(array), name):
            _core.guard_slot(array, name, f"{name} of {self.name(array)}")

    def _array(self, array: Any) -> None:
        if not self._guards(array) or not self._first("array", id(array)):
            return
        name = self.name(array)
        size = getattr(array, "size", None)
        if (array.nbytes if size is None else size) > _MOST_ELEMENTS:
            raise ValueError(
                f"[jit] expects NumPy arrays of at most {_MOST_ELEMENTS} elements where a traced "
                f"function reads them, as their elements become part of the program; got {name} of "
                f"shape {array.shape}: make a tensor of it outside the function (mc.tensor(...)), "
                "or pass one as an argument"
            )
        _core.guard_array(array, name)


def _keeps_keys(holder: Any, key: Any) -> bool:
    """Whether a holder keeps what the code stores under its key."""
    kind = kind_of(holder)
    if issubclass(kind, tuple):
        return isinstance(key, int) and key >= 0
    return issubclass(kind, dict)


def _is_list_of_parts(holder: Any, key: Any) -> bool:
    """Whether a key is a position in a module or parameter list of the package."""
    if not isinstance(holder, _core.ModuleBase) or not isinstance(key, int):
        return False
    makers = (kind for kind, _ in values_under(type(holder), "__getitem__"))
    return any(is_library(module_of(kind)) for kind in itertools.islice(makers, 1))


def _can_be_read(iterator: Any) -> bool:
    """False for a write-only file, such as a stream of messages."""
    try:
        return not isinstance(iterator, io.IOBase) or iterator.readable()
    except ValueError:  # closed
        return False


def is_plain_key(key: Any) -> bool:
    """Whether a constant is known to equal only itself."""
    if isinstance(key, tuple):
        return all(is_plain_key(each) for each in key)
    return isinstance(key, (int, float, str, bytes, bool, type(None)))
