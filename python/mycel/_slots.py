"""The attributes that the `__slots__` of classes hold, beside `__dict__`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

_known: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()


def slot_attributes(owner: Any) -> Iterator[tuple[str, Any]]:
    """The set slots of an object, with their names."""
    for name in slot_names(type(owner)):
        if hasattr(owner, name):
            yield name, getattr(owner, name)


def slot_names(kind: type) -> tuple[str, ...]:
    """The names of the slots of a class and its bases, private ones mangled."""
    names = _known.get(kind)
    if names is None:
        names = _known[kind] = tuple(_slot_names(kind))
    return names


def _slot_names(kind: type) -> Iterator[str]:
    for base in kind.__mro__:
        given = vars(base).get("__slots__", ())
        for name in (given,) if isinstance(given, str) else given:
            if name not in ("__dict__", "__weakref__"):
                private = name.startswith("__") and not name.endswith("__")
                yield f"_{base.__name__.lstrip('_')}{name}" if private else name
