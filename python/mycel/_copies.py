"""Support of `copy` and `pickle` for tensors, including attributes that a program set."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, SupportsIndex

from mycel import _core
from mycel._core import functions
from mycel._slots import slot_attributes

_Tensor = _core.Tensor


def __copy__(self: _Tensor) -> _Tensor:  # noqa: N807
    made = _rebuilt(type(self), self.detach(), self.requires_grad)
    _set_attributes(made, _attributes(self))
    return made


def __deepcopy__(self: _Tensor, memo: dict[int, Any]) -> _Tensor:  # noqa: N807
    if not self.is_leaf:
        raise RuntimeError(
            "[deepcopy] expects a leaf, got the result of an operation; use detach() first"
        )
    made = _rebuilt(type(self), functions.clone(self.detach()), self.requires_grad)
    memo[id(self)] = made
    _set_attributes(made, deepcopy(_attributes(self), memo))
    if self.grad is not None:
        made.grad = functions.clone(self.grad.detach())
    return made


def __reduce_ex__(self: _Tensor, protocol: SupportsIndex) -> Any:  # noqa: N807
    array = self.detach()
    if self.dtype == _core.bfloat16:
        array = _core.cast(array, _core.float32)
    arguments = type(self), array.numpy(), self.dtype.name, self.requires_grad
    own, others = _attributes(self)
    return unpickle, arguments, (own or None, others) if own or others else None


def unpickle(kind: type[_Tensor], array: Any, dtype: str, requires_grad: bool) -> _Tensor:
    """Rebuilds a tensor from its pickled state."""
    return _rebuilt(kind, _core.tensor(array, dtype=dtype), requires_grad)


def _rebuilt(kind: type[_Tensor], value: _Tensor, requires_grad: bool) -> _Tensor:
    made: _Tensor = _Tensor.__new__(kind, value)
    return made.requires_grad_() if requires_grad else made


def _attributes(self: _Tensor) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the attributes that a program set, as a pickle state: `__dict__`, and the others."""
    others = dict(slot_attributes(self))
    if self.name is not None:
        others["name"] = self.name
    return dict(getattr(self, "__dict__", ())), others


def _set_attributes(self: _Tensor, attributes: tuple[dict[str, Any], dict[str, Any]]) -> None:
    own, others = attributes
    if own:
        self.__dict__.update(own)
    for name, value in others.items():
        setattr(self, name, value)


METHODS: dict[str, Callable[..., Any]] = {
    "__copy__": __copy__,
    "__deepcopy__": __deepcopy__,
    "__reduce_ex__": __reduce_ex__,
}
