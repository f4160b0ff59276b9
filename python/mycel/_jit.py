"""Compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mycel import _core


@_core.entry
def jit(function: Callable[..., Any] | None = None) -> Any:
    """Compiles a function: the first call traces it, later calls run it as one program.

    It may be used as a decorator. Tensors among the arguments are inputs, everything else is part
    of the program: other values are another compilation. Outer tensors that the function reads or
    writes (parameters, optimiser state, captured tensors) are inputs and outputs, too. Attributes
    of modules and optimisers, globals, closure variables and defaults that the trace read are
    guarded: after a change the function is traced again. Print, append and other effects on Python
    happen while tracing only.

    The result has `lower(*args)` (the program as text), `explain()` (what was compiled, and why
    again), `report()` (the memory plan) and `compilations` (how many there were).

    Example:
        >>> @mc.jit
        ... def double(x):
        ...     return x * 2
        >>> double(mc.tensor([1., 2.]))
        tensor([2., 4.])
        >>> double.compilations
        1
    """
    if function is None:
        return jit
    compiled = _core.Jit(function)
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        if hasattr(function, name):
            setattr(compiled, name, getattr(function, name))
    return compiled
