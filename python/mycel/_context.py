"""Modes that hold for a part of the program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from mycel import _core
from mycel._entry import public

P = ParamSpec("P")
R = TypeVar("R")


@public
class _GradMode:
    """A decorator that sets the gradient mode; entering and leaving it is the core's."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """A scope; of `@mc.no_grad`, without brackets, the function in such a scope."""
        mode = super().__new__(cls)
        if function is None:
            return mode
        if not callable(function):
            raise TypeError(f"expects a function to decorate, got {type(function).__name__}")
        return mode(function)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        mode = type(self)

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            with mode():
                return function(*args, **kwargs)

        return run


class no_grad(_GradMode, _core.NoGradScope):  # noqa: N801 - used like a function
    """Operations inside are not recorded: `with mc.no_grad(): ...`, or as a decorator.

    Example:
        >>> x = mc.tensor(1.0, requires_grad=True)
        >>> with mc.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """


class enable_grad(_GradMode, _core.EnableGradScope):  # noqa: N801 - used like a function
    """Operations inside are recorded, also within `mc.no_grad()`.

    Example:
        >>> x = mc.tensor(1.0, requires_grad=True)
        >>> with mc.no_grad(), mc.enable_grad():
        ...     y = x * 2
        >>> y.requires_grad
        True
    """
