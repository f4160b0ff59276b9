"""Modes that hold for a part of the program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, ParamSpec, TypeVar

from mycel import _core
from mycel._entry import public
from mycel._types import DeviceLike

P = ParamSpec("P")
R = TypeVar("R")


@_core.entry
def set_mode(mode: Literal["eager", "graph"]) -> None:
    """Sets this thread's mode.

    In "graph" the outermost call of a module and optimizer.step() are compiled, in "eager" (the
    default) nothing is.

    Example:
        >>> mc.set_mode("eager")
        >>> mc.get_mode()
        'eager'
    """
    _core.set_mode(mode)


@_core.entry
def set_default_device(device: DeviceLike) -> None:
    """Sets where this thread's new tensors are made.

    Example:
        >>> mc.set_default_device("cpu")
        >>> mc.zeros(1).device
        device("cpu")
    """
    _core.set_default_device(device)


@public
class set_grad_enabled:  # noqa: N801 - used like a function
    """Sets whether operations are recorded for gradients, at once and until its `with` ends.

    Example:
        >>> with mc.set_grad_enabled(False):
        ...     mc.is_grad_enabled()
        False
    """

    def __init__(self, enabled: bool) -> None:
        self._enabled = bool(enabled)
        self._previous = _core.set_grad_enabled(self._enabled)

    def __enter__(self) -> None:
        _core.set_grad_enabled(self._enabled)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _core.set_grad_enabled(self._previous)


@public
class _GradMode:
    """A context manager and decorator that sets the gradient mode."""

    enabled = True

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """A scope; of `@mc.no_grad`, without brackets, the function in such a scope."""
        mode = super().__new__(cls)
        if function is None:
            return mode
        if not callable(function):
            raise TypeError(f"expects a function to decorate, got {type(function).__name__}")
        return mode(function)

    def __init__(self) -> None:
        self._previous: list[bool] = []  # one entry per `with`, as it may be nested

    def __enter__(self) -> None:
        self._previous.append(_core.set_grad_enabled(self.enabled))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _core.set_grad_enabled(self._previous.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        mode = type(self)

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            with mode():
                return function(*args, **kwargs)

        return run


class no_grad(_GradMode):  # noqa: N801 - used like a function
    """Operations inside are not recorded: `with mc.no_grad(): ...`, or as a decorator.

    Example:
        >>> x = mc.tensor(1.0, requires_grad=True)
        >>> with mc.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    enabled = False


class enable_grad(_GradMode):  # noqa: N801 - used like a function
    """Operations inside are recorded, also within `mc.no_grad()`.

    Example:
        >>> x = mc.tensor(1.0, requires_grad=True)
        >>> with mc.no_grad(), mc.enable_grad():
        ...     y = x * 2
        >>> y.requires_grad
        True
    """
