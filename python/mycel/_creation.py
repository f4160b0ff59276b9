"""Functions that create tensors; most take `dtype`, `device` and `requires_grad`."""

from __future__ import annotations

import math
from numbers import Real

from mycel import _core
from mycel._types import ArrayLike, DeviceLike, DTypeLike, Number, Shape

_Tensor = _core.Tensor


def _size(size: tuple[Shape, ...]) -> Shape:
    """Returns the shape given as separate ints or as one sequence of ints."""
    if len(size) == 1:
        return size[0]
    return size  # type: ignore[return-value]  # ints, checked on use


def _number(name: str, value: object) -> Number:
    """Converts to a Python number; accepts NumPy scalars and 0-d tensors."""
    number = _core.python_number(value)
    if number is None and isinstance(value, Real):
        number = float(value)
    if number is None:
        raise TypeError(f"expects {name} to be a number, got {value!r}")
    return number


def check_tensor(value: object) -> None:
    """Raises TypeError for a non-tensor; the message names the public function called."""
    if not isinstance(value, _Tensor):
        raise TypeError(f"expects input to be a tensor, got {type(value).__name__}")


def _finish(tensor: _Tensor, requires_grad: bool) -> _Tensor:
    return tensor.requires_grad_() if requires_grad else tensor


@_core.public_function
def tensor(
    data: ArrayLike,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """Copies `data` into a tensor: numbers, nested sequences of numbers, an array or a tensor.

    Python floats become float32, Python ints int64; arrays keep their dtype. Raises TypeError for
    other data, ValueError for sequences of unequal lengths.

    Example:
        >>> mc.tensor([[1, 2], [3, 4]])
        tensor([[1, 2],
                [3, 4]])
    """
    return _core.tensor(data, dtype=dtype, device=device, requires_grad=requires_grad)


@_core.public_function
def from_numpy(array: ArrayLike, *, copy: bool | None = None) -> _Tensor:
    """Makes a tensor from a NumPy array, with the array's dtype.

    copy=False shares the memory. An array backed by a bytes object, which is immutable, is shared,
    too. Any other array is copied, even if read-only: it may be a view of a writable array, or map
    a file.

    Example:
        >>> import numpy as np
        >>> mc.from_numpy(np.arange(3))
        tensor([0, 1, 2])
    """
    return _core.from_numpy(array, copy=copy)


@_core.public_function
def from_dlpack(
    array: object, *, device: DeviceLike | None = None, copy: bool | None = None
) -> _Tensor:
    """Makes a tensor from an array of another library.

    Shares the memory if it is read-only or copy=False; copies it otherwise.

    Example:
        >>> mc.from_dlpack(mc.tensor([1.]))
        tensor([1.])
    """
    if not hasattr(array, "__dlpack__"):
        raise TypeError(f"expects an array with __dlpack__, got {type(array).__name__}")
    return _core.from_dlpack(array, device=device, copy=copy)


@_core.public_function
def zeros(
    *size: Shape,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """A tensor of zeros, float32 by default.

    Example:
        >>> mc.zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    return _finish(_core.full(_size(size), 0, dtype or _core.float32, device), requires_grad)


@_core.public_function
def ones(
    *size: Shape,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """A tensor of ones, float32 by default.

    Example:
        >>> mc.ones((3,), dtype=mc.int64)
        tensor([1, 1, 1])
    """
    return _finish(_core.full(_size(size), 1, dtype or _core.float32, device), requires_grad)


@_core.public_function
def empty(
    *size: Shape,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """A tensor for the caller to fill; its elements are zeros.

    Example:
        >>> mc.empty(2, 0).shape
        (2, 0)
    """
    return zeros(*size, dtype=dtype, device=device, requires_grad=requires_grad)


@_core.public_function
def full(
    size: Shape,
    fill_value: Number,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """A tensor filled with one value, whose type gives the default dtype.

    A float gives float32, an int int64, a bool bool, NumPy scalars included. Raises ValueError for
    a value that the dtype cannot represent.

    Example:
        >>> mc.full((2,), 7)
        tensor([7, 7])
    """
    value = _number("fill_value", fill_value)
    made = _core.full(size, value, dtype or _dtype_of(value), device)
    return _finish(made, requires_grad)


def _dtype_of(*numbers: Number) -> _core.dtype:
    """Returns the common dtype of Python numbers."""
    if _has_float(*numbers):
        return _core.float32
    return _core.bool if all(isinstance(number, bool) for number in numbers) else _core.int64


@_core.public_function
def arange(
    start: Number,
    end: Number | None = None,
    step: Number = 1,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """The numbers start, start + step, ... before end; arange(end) counts from 0.

    int64, or float32 if an argument is a float. Raises ValueError for a step that is 0 or leads
    away from the end, and for numbers that an integer dtype cannot represent.

    Example:
        >>> mc.arange(1, 4)
        tensor([1, 2, 3])
        >>> mc.arange(1, 0, -0.5)
        tensor([1.0000, 0.5000])
    """
    if end is None:
        start, end = 0, start
    first, last = _number("start", start), _number("end", end)
    distance = _number("step", step)
    if distance == 0:
        raise ValueError("[arange] expects a step other than 0, got 0")
    if (last - first) * distance < 0:
        raise ValueError(
            f"[arange] expects a step towards the end, got {first}, {last}, {distance}"
        )
    kind = dtype or (_core.float32 if _has_float(first, last, distance) else _core.int64)
    length = _length(first, last, distance)
    return _finish(_core.arange(length, first, distance, kind, device), requires_grad)


def _has_float(*numbers: Number) -> bool:
    return any(isinstance(number, float) for number in numbers)


def _length(start: Number, end: Number, step: Number) -> int:
    """Returns the length of arange; exact for ints, where a float quotient would round."""
    if not _has_float(start, end, step):
        return -((start - end) // step)  # type: ignore[return-value]  # ints give an int
    try:
        return math.ceil((end - start) / step)
    except (ValueError, OverflowError):
        raise ValueError(f"[arange] expects finite numbers, got {start}, {end}, {step}") from None


@_core.public_function
def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """`steps` evenly spaced numbers from start to end inclusive; float32 by default.

    An integer dtype truncates each number. Raises ValueError for numbers that it cannot represent,
    and for negative steps.

    Example:
        >>> mc.linspace(0, 1, 3)
        tensor([0.0000, 0.5000, 1.0000])
    """
    first, last = float(_number("start", start)), float(_number("end", end))
    made = _core.linspace(steps, first, last, dtype or _core.float32, device)
    return _finish(made, requires_grad)


@_core.public_function
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """The identity matrix with n rows and m columns (n by default), float32 by default.

    Example:
        >>> mc.eye(2)
        tensor([[1., 0.],
                [0., 1.]])
    """
    made = _core.eye(n, n if m is None else m, dtype or _core.float32, device)
    return _finish(made, requires_grad)


@_core.public_function
def full_like(
    input: _Tensor,
    fill_value: Number,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """A tensor filled with one value, with the shape, dtype and device of another.

    Example:
        >>> mc.full_like(mc.zeros(2), 3)
        tensor([3., 3.])
    """
    check_tensor(input)
    value = _number("fill_value", fill_value)
    made = _core.full(input.shape, value, dtype or input.dtype, device or input.device)
    return _finish(made, requires_grad)


@_core.public_function
def zeros_like(
    input: _Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """Zeros, with the shape, dtype and device of another tensor.

    Example:
        >>> mc.zeros_like(mc.ones(2))
        tensor([0., 0.])
    """
    return full_like(input, 0, dtype=dtype, device=device, requires_grad=requires_grad)


@_core.public_function
def ones_like(
    input: _Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """Ones, with the shape, dtype and device of another tensor.

    Example:
        >>> mc.ones_like(mc.zeros(2))
        tensor([1., 1.])
    """
    return full_like(input, 1, dtype=dtype, device=device, requires_grad=requires_grad)


@_core.public_function
def empty_like(
    input: _Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """A tensor for the caller to fill, of zeros, with the shape, dtype and device of another.

    Example:
        >>> mc.empty_like(mc.ones(2, 0)).shape
        (2, 0)
    """
    return zeros_like(input, dtype=dtype, device=device, requires_grad=requires_grad)
