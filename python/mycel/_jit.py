"""mc.jit: compiles Python functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mycel import _core


@_core.public_function
def jit(function: Callable[..., Any] | None = None) -> Any:
    """Compiles a function: the first call traces it, later calls run it as one program.

    It also works as a decorator. Tensor arguments are inputs; all other arguments are constants of
    the program, so new values cause a new compilation. Outer tensors that the function reads or
    writes (parameters, optimiser state, captured tensors) are inputs and outputs, too.

    Python state that the code can read is guarded: globals, closure variables, defaults, and the
    attributes and items that the code names below them. After a change the function is traced
    again. A function that changes such state itself (a counter, an append) is traced at each call;
    numbers in an optimiser's `state` may change without that. Clocks and the random numbers of
    Python and NumPy are read only while tracing; a warning names the line. Prints happen only
    while tracing. Raises CompileError if a tensor of the traced call is left in a container,
    ValueError if the code reads a NumPy array of more than 1,024 elements.

    The result has `lower(*args)` (the program as text), `explain()` (the compilations and their
    reasons), `report()` (the memory plan) and `compilations` (their number).

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
