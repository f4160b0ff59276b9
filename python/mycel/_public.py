"""The border of the package: what leaves it shows the user's line and frames alone."""

from __future__ import annotations

from types import FunctionType
from typing import TypeVar

from mycel import _core

C = TypeVar("C", bound=type)

_CALLED = frozenset({"__init__", "__getitem__", "__setitem__", "__len__", "__next__", "__enter__"})


def public(kind: C) -> C:
    """Makes public functions of the methods that users call: a decorator of classes.

    A module's `forward` is none: it is called by the module's call, which is one.
    """
    for name, value in list(vars(kind).items()):
        called = name in _CALLED if name.startswith("_") else name != "forward"
        if called and isinstance(value, FunctionType):
            setattr(kind, name, _core.public_function(value))
    made = vars(kind).get("__new__")
    if isinstance(made, staticmethod):
        kind.__new__ = staticmethod(_core.public_function(made.__func__))  # type: ignore[method-assign]
    return kind
