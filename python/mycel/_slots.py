"""The attributes that the `__slots__` of classes hold, beside `__dict__`."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any


@functools.cache
def _slot_names(kind: type) -> tuple[str, ...]:
    """Those of a class and its bases, as their instances name them."""
    names = []
    for base in kind.__mro__:
        given = vars(base).get("__slots__", ())
        for name in (given,) if isinstance(given, str) else given:
            if name not in ("__dict__", "__weakref__"):
                private = name.startswith("__") and not name.endswith("__")
                names.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return tuple(names)


def slot_attributes(owner: object) -> Iterator[tuple[str, Any]]:
    """Those that are set."""
    for name in _slot_names(type(owner)):
        if hasattr(owner, name):
            yield name, getattr(owner, name)
