"""Gradients of tensors with respect to tensors; mc.grad differentiates functions.

Example:
    >>> x = mc.tensor(3., requires_grad=True)
    >>> mc.autograd.grad(x * x, x)
    (tensor(6.),)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mycel import _core

__all__ = ["backward", "grad"]

_Tensor = _core.Tensor


def _tensors(value: _Tensor | Sequence[_Tensor], name: str) -> list[_Tensor]:
    several = isinstance(value, Iterable) and not isinstance(value, _Tensor)
    found: list[_Tensor] = list(value) if several else [value]  # type: ignore[list-item]
    for each in found:
        if not isinstance(each, _Tensor):
            raise TypeError(f"expects {name} to be tensors, got {type(each).__name__}")
    return found


def _cotangents(
    given: _Tensor | Sequence[_Tensor | None] | None, count: int
) -> list[_Tensor | None]:
    if given is None:
        return [None] * count
    found: list[_Tensor | None] = [given] if isinstance(given, _Tensor) else list(given)
    for each in found:
        if each is not None and not isinstance(each, _Tensor):
            raise TypeError(f"expects gradients that are tensors or None, got {each!r}")
    if len(found) != count:
        raise ValueError(f"expects one gradient per output, got {len(found)} for {count}")
    return found


@_core.public_function
def grad(
    outputs: _Tensor | Sequence[_Tensor],
    inputs: _Tensor | Sequence[_Tensor],
    grad_outputs: _Tensor | Sequence[_Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[_Tensor | None, ...]:
    """Returns the gradient of the sum of the outputs for each input; leaves `.grad` unchanged.

    An output of several elements needs an entry in `grad_outputs`. With create_graph the results
    can be differentiated again. An input that the outputs do not depend on raises an error, or
    gives None with allow_unused.

    Example:
        >>> x = mc.tensor(3., requires_grad=True)
        >>> (first,) = mc.autograd.grad(x**3, x, create_graph=True)
        >>> mc.autograd.grad(first, x)
        (tensor(18.),)
    """
    given = _tensors(outputs, "outputs")
    keep = create_graph if retain_graph is None else retain_graph
    return tuple(
        _core.gradients(
            given,
            _tensors(inputs, "inputs"),
            _cotangents(grad_outputs, len(given)),
            keep,
            create_graph,
            allow_unused,
        )
    )


@_core.public_function
def backward(
    tensors: _Tensor | Sequence[_Tensor],
    grad_tensors: _Tensor | Sequence[_Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Adds the gradient of the sum of the tensors to the `.grad` of every leaf.

    Example:
        >>> x = mc.tensor(3., requires_grad=True)
        >>> mc.autograd.backward([x * 2, x * 3])
        >>> x.grad
        tensor(5.)
    """
    given = _tensors(tensors, "tensors")
    cotangents = _cotangents(grad_tensors, len(given))
    _core.backward(given, cotangents, bool(retain_graph), create_graph)
