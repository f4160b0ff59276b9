"""Function transforms: grad, value_and_grad and grad_all."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

from mycel import _core
from mycel._context import enable_grad
from mycel._creation import zeros_like

_Tensor = _core.Tensor


class _Variables:
    """Makes the chosen arguments of one call variables of a new differentiation.

    Parameters of Modules are variables for this thread only, until `scopes` exits.
    """

    def __init__(
        self, args: Sequence[Any], positions: Sequence[int], scopes: _core.VariableScopes
    ) -> None:
        self.args = list(args)
        self.tensors: list[_Tensor] = []
        self._scopes = scopes
        self._rebuild: list[Callable[[list[_Tensor | None]], Any]] = []
        for position in positions:
            self.args[position] = self._add(args[position], position)

    def _add(self, value: Any, position: int) -> Any:
        from mycel.nn import Module

        start = len(self.tensors)
        if isinstance(value, Module):
            named = {name: p for name, p in value.named_parameters() if p.requires_grad}
            self.tensors += self._scopes.add(list(named.values()))
            self._rebuild.append(lambda found: dict(zip(named, found[start:], strict=False)))
            return value
        leaves, structure = _core.tree_flatten(value)
        chosen = [i for i, leaf in enumerate(leaves) if _is_differentiable(leaf)]
        if not chosen:
            raise TypeError(
                f"[grad] expects argument {position} to be a floating-point tensor, a container of "
                f"such or a Module, got {_describe(value)}"
            )
        for i in chosen:
            variable = _core.as_variable(leaves[i])
            leaves[i] = variable
            self.tensors.append(_core.alias(variable))  # the function may write to its argument

        def rebuild(found: list[_Tensor | None]) -> Any:
            gradients: list[_Tensor | None] = [None] * len(leaves)
            for number, i in enumerate(chosen):
                gradients[i] = found[start + number]
            return structure.unflatten(gradients)

        self._rebuild.append(rebuild)
        return structure.unflatten(leaves)

    def close(self) -> None:
        """Closes the variables: the function has returned, so nothing new depends on them."""
        for tensor in self.tensors:
            _core.close_variable(tensor)

    def gradients(self, value: _Tensor, record: bool) -> list[Any]:
        """Returns one gradient per chosen argument, in its structure; zeros for unused tensors."""
        found: list[_Tensor | None] = [None for _ in self.tensors]
        if value.requires_grad:
            found = _core.gradients([value], self.tensors, [None], True, record, True)
        pairs = zip(self.tensors, found, strict=True)
        filled: list[_Tensor | None] = [zeros_like(x) if g is None else g for x, g in pairs]
        return [rebuild(filled) for rebuild in self._rebuild]


def _is_differentiable(leaf: Any) -> bool:
    return isinstance(leaf, _Tensor) and leaf.dtype.is_floating_point


def _describe(value: Any) -> str:
    if isinstance(value, _Tensor):
        return f"a tensor of dtype {value.dtype.name}"
    return type(value).__name__


def _check_value(value: Any) -> _Tensor:
    if not isinstance(value, _Tensor):
        raise TypeError(f"[grad] expects the function to return a tensor, got {_describe(value)}")
    if not _is_differentiable(value):
        raise TypeError(
            f"[grad] expects the function to return a floating-point number, got {_describe(value)}"
        )
    if value.numel() != 1:
        raise ValueError(
            f"[grad] expects the function to return one number, got shape {value.shape}"
        )
    return value


def _differentiate(
    function: Callable[..., Any],
    positions: Sequence[int],
    has_aux: bool,
    args: Sequence[Any],
    kwargs: dict[str, Any],
) -> tuple[Any, list[Any]]:
    """Returns the function's result and the gradients of the chosen arguments."""
    outer_records = _core.is_grad_enabled()
    with _core.VariableScopes() as scopes:
        variables = _Variables(args, positions, scopes)
        with enable_grad():
            result = function(*variables.args, **kwargs)
        if has_aux and not (isinstance(result, tuple) and len(result) == 2):
            raise TypeError("[grad] expects the function to return (value, aux) with has_aux=True")
        value = _check_value(result[0] if has_aux else result)
        # Only an enclosing differentiation can differentiate the gradients again.
        variables.close()
        record = outer_records and _core.depends_on_open(value)
        gradients = variables.gradients(value, record)
    return (result if record else _detached(result)), gradients


def _detached(tree: Any) -> Any:
    leaves, structure = _core.tree_flatten(tree)
    return structure.unflatten(
        [leaf.detach() if isinstance(leaf, _Tensor) else leaf for leaf in leaves]
    )


def _check_function(function: object, argnums: object = ()) -> None:
    if not callable(function):
        raise TypeError(f"[grad] expects a function, got {_describe(function)}")
    given = [argnums] if isinstance(argnums, Integral) else argnums
    if not isinstance(given, Sequence) or not all(isinstance(each, Integral) for each in given):
        raise TypeError(f"[grad] expects argnums to be an int or a tuple of such, got {argnums!r}")


def _numbers(argnums: int | Sequence[int]) -> list[int]:
    return list(argnums) if isinstance(argnums, Sequence) else [int(argnums)]


def _positions(argnums: int | Sequence[int], count: int) -> list[int]:
    """Resolves argnums to positions; raises ValueError for duplicates and out-of-range ones."""
    chosen = _numbers(argnums)
    found: list[int] = []
    for argnum in chosen:
        if not -count <= argnum < count:
            raise ValueError(
                f"[grad] expects argnums among {count} positional arguments, got {argnum}"
            )
        if argnum % count in found:
            raise ValueError(
                f"[grad] expects each argument once in argnums, got {tuple(chosen)} for "
                f"{count} arguments"
            )
        found.append(argnum % count)
    return found


@_core.public_function
def value_and_grad(
    function: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """A function that returns function(*args) and its gradient with respect to some arguments.

    The function returns one number, or (number, anything) with has_aux. An argument may be a
    floating-point tensor, a container of tensors, or a Module, whose gradient is a dict from names
    to gradients of the parameters that require one. A sequence of argnums gives a tuple of
    gradients; raises ValueError if it names an argument twice.

    Example:
        >>> mc.value_and_grad(lambda x: x * x)(mc.tensor(3.))
        (tensor(9.), tensor(6.))
    """
    _check_function(function, argnums)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        positions = _positions(argnums, len(args))
        result, found = _differentiate(function, positions, has_aux, args, kwargs)
        return result, found[0] if isinstance(argnums, Integral) else tuple(found)

    return _core.public_function(run, "grad")


@_core.public_function
def grad(
    function: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient of function(*args) with respect to some arguments.

    Like value_and_grad without the value; with has_aux it returns (gradient, aux). Nesting gives
    higher derivatives: grad(grad(f)).

    Example:
        >>> mc.grad(mc.grad(lambda x: x**3))(mc.tensor(2.))
        tensor(12.)
    """
    both = value_and_grad(function, argnums, has_aux)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        result, gradient = both(*args, **kwargs)
        return (gradient, result[1]) if has_aux else gradient

    return _core.public_function(run, "grad")


@_core.public_function
def grad_all(function: Callable[..., Any]) -> Callable[..., tuple[Any, ...]]:
    """A function that returns the gradients of every differentiable argument, as a tuple.

    Example:
        >>> mc.grad_all(lambda x, n, y: x * n * y)(mc.tensor(2.), 3, mc.tensor(5.))
        (tensor(15.), tensor(6.))
    """
    _check_function(function)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
        from mycel.nn import Module

        def differentiable(argument: Any) -> bool:
            if isinstance(argument, Module):
                return True
            return any(map(_is_differentiable, _core.tree_flatten(argument)[0]))

        positions = [i for i, argument in enumerate(args) if differentiable(argument)]
        return tuple(_differentiate(function, positions, False, args, kwargs)[1])

    return _core.public_function(run, "grad")
