"""Marks public methods, so that exceptions from them show only the user's line and frames."""

from __future__ import annotations

from types import FunctionType
from typing import TypeVar

from mycel import _core

C = TypeVar("C", bound=type)

_CALLED = frozenset({"__init__", "__getitem__", "__setitem__", "__len__", "__next__", "__enter__"})


def public(kind: C) -> C:
    """Class decorator: makes the methods that users call public functions.

    `forward` is left out: users call the module, and that call is a public function.
    """
    for name, value in list(vars(kind).items()):
        called = name in _CALLED if name.startswith("_") else name != "forward"
        if called and isinstance(value, FunctionType):
            setattr(kind, name, _core.public_function(value))
    made = vars(kind).get("__new__")
    if isinstance(made, staticmethod):
        kind.__new__ = staticmethod(_core.public_function(made.__func__))  # type: ignore[method-assign]
    return kind
