"""Attributes that objects hold in `__slots__` instead of `__dict__`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

_known: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()


def slot_attributes(owner: Any) -> Iterator[tuple[str, Any]]:
    """Yields the name and value of each slot that is set."""
    for name in slot_names(type(owner)):
        if hasattr(owner, name):
            yield name, getattr(owner, name)


def slot_names(kind: type) -> tuple[str, ...]:
    """Returns the slot names of a class and its bases, private ones mangled."""
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
