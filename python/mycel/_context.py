"""Contexts and decorators that set the gradient mode: no_grad and enable_grad."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Generator
from typing import Any, ParamSpec, TypeVar, cast

from mycel import _core
from mycel._public import public

P = ParamSpec("P")
R = TypeVar("R")


def decorate(scope: Callable[[], Any], function: Callable[P, R], name: str) -> Callable[P, R]:
    """Wraps a function so that each call, or the body of a generator, runs in a new scope.

    As in PyTorch, a class becomes a function that constructs it, with a warning, and the body of an
    `async def` is not in the scope: it runs after the call.
    """
    if not callable(function):
        raise TypeError(f"[{name}] expects a function to decorate, got {type(function).__name__}")
    if inspect.isclass(function):
        warnings.warn(
            f"[{name}] decorates the making of {function.__name__}'s objects alone, and its name "
            "is no class any more; decorate its methods",
            FutureWarning,
            stacklevel=3,
        )
    if inspect.isgeneratorfunction(function):
        return cast(Callable[P, R], _in_scopes(scope, function))

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with scope():
            return function(*args, **kwargs)

    return run


def _in_scopes(
    scope: Callable[[], Any], function: Callable[..., Generator[Any, Any, Any]]
) -> Callable[..., Generator[Any, Any, Any]]:
    """Wraps a generator function so that its body, but not its caller, runs in a scope."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        resume = functools.partial(next, generator)
        while True:
            try:
                with scope():
                    value = resume()
            except StopIteration as end:
                return end.value
            try:
                resume = functools.partial(generator.send, (yield value))
            except GeneratorExit:
                with scope():
                    generator.close()
                raise
            except BaseException as error:  # thrown into it by the caller
                resume = functools.partial(generator.throw, error)

    return run


@public
class _GradMode:
    """Base class of the gradient modes: makes them decorators; the core enters and leaves them."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """Returns a scope; for `@mc.no_grad` without parentheses, the wrapped function."""
        return super().__new__(cls) if function is None else decorate(cls, function, cls.__name__)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        return decorate(type(self), function, type(self).__name__)


class no_grad(_GradMode, _core.NoGradScope):  # noqa: N801 - used like a function
    """Disables recording for gradients: `with mc.no_grad(): ...`, or as a decorator.

    As a decorator it applies while the body of a generator runs, and not to the body of an
    `async def`, which runs after the call.

    Example:
        >>> x = mc.tensor(1.0, requires_grad=True)
        >>> with mc.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """


class enable_grad(_GradMode, _core.EnableGradScope):  # noqa: N801 - used like a function
    """Enables recording for gradients, also within `mc.no_grad()`.

    Example:
        >>> x = mc.tensor(1.0, requires_grad=True)
        >>> with mc.no_grad(), mc.enable_grad():
        ...     y = x * 2
        >>> y.requires_grad
        True
    """
