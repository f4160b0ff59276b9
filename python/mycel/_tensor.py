"""Methods of Tensor that are written in Python; the extension adds them to the type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mycel import _copies, _core
from mycel._core import functions
from mycel._types import DeviceLike, DTypeLike, Number, Shape

_Tensor = _core.Tensor


def to(
    self: _Tensor,
    *args: DTypeLike | DeviceLike | _Tensor,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    copy: bool = False,
) -> _Tensor:
    """Converts the tensor to a dtype, a device, or those of another tensor.

    Returns the tensor itself if nothing changes and `copy` is not set.

    Example:
        >>> mc.tensor([1, 2]).to(mc.float32)
        tensor([1., 2.])
    """
    for argument in args:
        if isinstance(argument, _Tensor):
            dtype = _once(dtype, argument.dtype)
            device = _once(device, argument.device)
        elif isinstance(argument, _core.device) or _is_device_name(argument):
            device = _once(device, argument)
        elif isinstance(argument, str) and not hasattr(_core, argument.removeprefix("mc.")):
            raise TypeError(f"expects a dtype, a device or a tensor, got {argument!r}")
        else:
            dtype = _once(dtype, argument)
    result = self if dtype is None else _core.cast(self, dtype)
    if device is not None:
        result = _core.to_device(result, device)
    return functions.clone(self) if copy and result is self else result


def _once(before: Any, given: Any) -> Any:
    if before is not None:
        raise TypeError(f"expects one dtype and one device, got {before!r} and {given!r}")
    return given


def _is_device_name(argument: object) -> bool:
    return isinstance(argument, str) and argument.partition(":")[0] in _DEVICE_NAMES


_DEVICE_NAMES = frozenset({"cpu", "reference", "null", "cuda"})


def cpu(self: _Tensor) -> _Tensor:
    """Moves the tensor to the CPU; returns the tensor itself if it is already there.

    Example:
        >>> mc.ones(2, device="reference").cpu().device
        device("cpu")
    """
    return _core.to_device(self, "cpu")


def contiguous(self: _Tensor) -> _Tensor:
    """Returns the tensor itself: Mycel chooses memory layouts on its own.

    Example:
        >>> mc.zeros(2, 3).T.contiguous().shape
        (3, 2)
    """
    return self


def is_floating_point(self: _Tensor) -> bool:
    """Whether the dtype is a float.

    Example:
        >>> mc.ones(2).is_floating_point()
        True
    """
    return self.dtype.is_floating_point


def detach_(self: _Tensor) -> _Tensor:
    """Detaches the tensor in place: makes it a leaf without gradient, and returns it.

    Example:
        >>> y = mc.tensor(1., requires_grad=True) * 2
        >>> y.detach_().requires_grad
        False
    """
    _core.detach_in_place(self)
    return self


def nelement(self: _Tensor) -> int:
    """The number of elements; the same as numel().

    Example:
        >>> mc.zeros(2, 3).nelement()
        6
    """
    return self.numel()


def element_size(self: _Tensor) -> int:
    """The bytes of one element; the same as itemsize.

    Example:
        >>> mc.zeros(2, 3).element_size()
        4
    """
    return self.itemsize


def ndimension(self: _Tensor) -> int:
    """The number of dims; the same as ndim.

    Example:
        >>> mc.zeros(2, 3).ndimension()
        2
    """
    return self.ndim


def _check_other(other: object) -> None:
    if not isinstance(other, _Tensor):
        raise TypeError(f"expects other to be a tensor, got {type(other).__name__}")


def _check_both(self: object, other: object) -> None:
    for name, tensor in (("input", self), ("other", other)):
        if not isinstance(tensor, _Tensor):
            raise TypeError(f"expects {name} to be a tensor, got {type(tensor).__name__}")


def equal(self: _Tensor, other: _Tensor) -> bool | _Tensor:
    """Whether two tensors have equal shapes and elements; x == y compares element by element.

    Returns a bool, or a 0-d bool tensor in a traced function, where values are not known yet
    (shapes are: different ones give False). NaN equals nothing. Raises TypeError for a non-tensor.

    Example:
        >>> mc.equal(mc.tensor([1, 2]), mc.tensor([1, 2]))
        True
        >>> mc.equal(mc.tensor([1, 2]), mc.tensor([1, 3]))
        False
    """
    _check_both(self, other)
    if self.shape != other.shape:
        return False
    return _truth(functions.all(functions.eq(self, other)))


def _truth(value: _Tensor) -> bool | _Tensor:
    """The bool of a 0-d tensor; the tensor itself in a traced function."""
    return value if _core.is_traced(value) else bool(value)


def allclose(
    self: _Tensor,
    other: _Tensor,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> bool | _Tensor:
    """Whether all elements are close, as isclose tells: |self - other| <= atol + rtol * |other|.

    Returns a bool, or a 0-d bool tensor in a traced function. Raises TypeError for a non-tensor.

    Example:
        >>> mc.allclose(mc.tensor([1., 2.]), mc.tensor([1., 2.000001]))
        True
    """
    _check_both(self, other)
    return _truth(functions.all(functions.isclose(self, other, rtol, atol, equal_nan)))


def type_as(self: _Tensor, other: _Tensor) -> _Tensor:
    """The tensor cast to the dtype of another.

    Example:
        >>> mc.tensor([1, 2]).type_as(mc.zeros(1))
        tensor([1., 2.])
    """
    _check_other(other)
    return _core.cast(self, other.dtype)


def expand_as(self: _Tensor, other: _Tensor) -> _Tensor:
    """A view of the tensor, expanded to the shape of another.

    Raises ValueError if a dim of extent other than 1 would change.

    Example:
        >>> mc.tensor([1, 2]).expand_as(mc.zeros(2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    _check_other(other)
    return functions.expand(self, other.shape)


def view_as(self: _Tensor, other: _Tensor) -> _Tensor:
    """A view in the shape of another tensor; ValueError if the element counts differ.

    Example:
        >>> mc.tensor([1, 2, 3, 4]).view_as(mc.zeros(2, 2))
        tensor([[1, 2],
                [3, 4]])
    """
    _check_other(other)
    return functions.view(self, other.shape)


def t(self: _Tensor) -> _Tensor:
    """A view of the transposed matrix; a vector stays as it is. ValueError for more than 2 dims.

    Example:
        >>> mc.tensor([[1, 2], [3, 4]]).t()
        tensor([[1, 3],
                [2, 4]])
    """
    if self.ndim > 2:
        raise ValueError(f"[t] expects a tensor of at most 2 dims, got shape {self.shape}")
    return self.T


def new_zeros(self: _Tensor, *size: Shape, dtype: DTypeLike | None = None) -> _Tensor:
    """Zeros of a given shape, with this tensor's dtype and device.

    Example:
        >>> mc.tensor([1, 2]).new_zeros(3)
        tensor([0, 0, 0])
    """
    return new_full(self, size[0] if len(size) == 1 else size, 0, dtype=dtype)  # type: ignore[arg-type]


def new_ones(self: _Tensor, *size: Shape, dtype: DTypeLike | None = None) -> _Tensor:
    """Ones of a given shape, with this tensor's dtype and device.

    Example:
        >>> mc.tensor([1, 2]).new_ones(3)
        tensor([1, 1, 1])
    """
    return new_full(self, size[0] if len(size) == 1 else size, 1, dtype=dtype)  # type: ignore[arg-type]


def new_full(
    self: _Tensor, size: Shape, fill_value: Number, *, dtype: DTypeLike | None = None
) -> _Tensor:
    """A tensor of a given shape and value, with this tensor's dtype and device.

    Example:
        >>> mc.tensor([1, 2]).new_full((3,), 7)
        tensor([7, 7, 7])
    """
    return _core.full(size, fill_value, dtype or self.dtype, self.device)


def uniform_(self: _Tensor, low: float = 0.0, high: float = 1.0) -> _Tensor:
    """Fills the tensor with random numbers in [low, high), and returns it.

    Draws from the default generator. Raises TypeError for a non-float dtype.

    Example:
        >>> x = mc.zeros(100).uniform_(-1, 1)
        >>> ((x >= -1) & (x < 1)).all()
        tensor(True)
    """
    with _core.DeviceScope(self.device):
        return self.copy_(functions.uniform(low, high, self.shape, dtype=self.dtype))


def normal_(self: _Tensor, mean: float = 0.0, std: float = 1.0) -> _Tensor:
    """Fills the tensor with normal random numbers of a given mean and std, and returns it.

    Draws from the default generator. Raises TypeError for a non-float dtype.

    Example:
        >>> mc.zeros(2).normal_(mean=3.0, std=0.0)
        tensor([3., 3.])
    """
    with _core.DeviceScope(self.device):
        return self.copy_(functions.normal(mean, std, self.shape, dtype=self.dtype))


# The tensor operator for each NumPy ufunc.
_OPERATORS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "truediv",
    "floor_divide": "floordiv",
    "remainder": "mod",
    "divmod": "divmod",
    "power": "pow",
    "matmul": "matmul",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_xor": "xor",
    "left_shift": "lshift",
    "right_shift": "rshift",
    "equal": "eq",
    "not_equal": "ne",
    "less": "lt",
    "less_equal": "le",
    "greater": "gt",
    "greater_equal": "ge",
}
_REFLECTED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


def _array_ufunc(self: _Tensor, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """Handles NumPy ufuncs: runs operators as tensor operators, all others with NumPy.

    So `np.ones(2) + x` is recorded for gradients and traced, like `x + np.ones(2)`; `np.exp(x)`
    uses x.numpy(), which raises for a tensor that requires a gradient, and returns tensors.
    """
    operator = _OPERATORS.get(ufunc.__name__) if method == "__call__" and not options else None
    if operator is not None:
        left, right = inputs
        if isinstance(left, _Tensor):
            return getattr(left, f"__{operator}__")(right)
        return getattr(right, f"__{_REFLECTED.get(operator, f'r{operator}')}__")(left)
    outputs = options.get("out", ())
    if any(isinstance(output, _Tensor) for output in outputs):
        raise TypeError(f"expects out of {ufunc.__name__} to be a NumPy array, got a tensor")
    arrays = [x.numpy() if isinstance(x, _Tensor) else x for x in inputs]
    result = getattr(ufunc, method)(*arrays, **options)
    if result is None or outputs:
        return result
    with _core.DeviceScope(self.device):
        made = tuple(_core.tensor(each) for each in (result if ufunc.nout > 1 else (result,)))
    return made if ufunc.nout > 1 else made[0]


def __format__(self: _Tensor, spec: str) -> str:  # noqa: N807
    if not spec:
        return repr(self)
    if self.ndim > 0:
        raise TypeError(f"expects a 0-d tensor for the format {spec!r}, got shape {self.shape}")
    return format(self.item(), spec)


def _cast_method(name: str, dtype: _core.dtype) -> Callable[[_Tensor], _Tensor]:
    def cast(self: _Tensor) -> _Tensor:
        return _core.cast(self, dtype)

    cast.__name__ = name
    cast.__doc__ = (
        f"The tensor as {dtype.name}.\n\n"
        f"Example:\n    >>> mc.tensor([1, 0]).{name}().dtype\n    mc.{dtype.name}"
    )
    return cast


_CASTS = {
    "bool": _core.bool,
    "int": _core.int32,
    "long": _core.int64,
    "short": _core.int16,
    "half": _core.float16,
    "bfloat16": _core.bfloat16,
    "float": _core.float32,
    "double": _core.float64,
}

_METHODS = {
    name: value
    for name, value in list(globals().items())
    if callable(value)
    and getattr(value, "__module__", None) == __name__
    and (not name.startswith("_") or name.endswith("__"))
}
_METHODS |= _copies.METHODS
_METHODS |= {name: _cast_method(name, dtype) for name, dtype in _CASTS.items()}
METHODS = {
    name: _core.public_function(method, name.strip("_") if name.startswith("__") else name)
    for name, method in _METHODS.items()
} | {"__array_ufunc__": _core.public_function(_array_ufunc, "numpy")}
