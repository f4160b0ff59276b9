"""Random numbers: each draw advances the state of a generator."""

from __future__ import annotations

from numbers import Integral

from mycel import _core
from mycel._core import functions as _functions
from mycel._creation import _finish, _size, check_tensor
from mycel._public import public
from mycel._types import DeviceLike, DTypeLike, Shape

_Tensor = _core.Tensor


@public
class Generator(_Tensor):
    """The state of a random number generator: a seed and the count of numbers drawn.

    The same seed gives the same numbers on every machine and device.

    Example:
        >>> a = mc.rand(3, generator=mc.Generator(1))
        >>> (a == mc.rand(3, generator=mc.Generator(1))).all()
        tensor(True)
    """

    def __new__(cls, seed: int = 0) -> Generator:
        made: Generator = super().__new__(cls, _core.random_state(_state_of(seed)))
        return made

    def manual_seed(self, seed: int) -> Generator:
        """Restarts from a seed and returns the generator.

        Example:
            >>> generator = mc.Generator(1)
            >>> x = mc.rand(2, generator=generator)
            >>> (x == mc.rand(2, generator=generator.manual_seed(1))).all()
            tensor(True)
        """
        self.copy_(_core.random_state(_state_of(seed)))
        return self

    def initial_seed(self) -> int:
        """The seed that the generator started from.

        Example:
            >>> mc.Generator(7).initial_seed()
            7
        """
        return int(self[0])

    def get_state(self) -> _Tensor:
        """A copy of the current state, from which set_state continues.

        Example:
            >>> generator = mc.Generator(7)
            >>> state = generator.get_state()
            >>> x = mc.rand(2, generator=generator)
            >>> (x == mc.rand(2, generator=generator.set_state(state))).all()
            tensor(True)
        """
        return self.clone()

    def set_state(self, state: _Tensor) -> Generator:
        """Continues from a state that get_state returned, and returns the generator.

        Raises TypeError for a tensor of another dtype or shape.

        Example:
            >>> a, b = mc.Generator(7), mc.Generator(8)
            >>> b = b.set_state(a.get_state())
            >>> (mc.rand(2, generator=a) == mc.rand(2, generator=b)).all()
            tensor(True)
        """
        if not isinstance(state, _Tensor) or state.dtype != self.dtype or state.shape != self.shape:
            raise TypeError(f"expects a state that get_state gave, got {state!r}")
        self.copy_(state)
        return self


def _state_of(seed: int) -> int:
    """Converts a seed to an unsigned 64-bit number."""
    if not isinstance(seed, Integral):
        raise TypeError(f"expects seed to be an int, got {seed!r}")
    if not -(2**63) <= seed < 2**64:
        raise ValueError(f"expects a seed of at least -2**63 and below 2**64, got {seed}")
    return int(seed) % 2**64


_initial_seed = 0


@_core.public_function
def manual_seed(seed: int) -> None:
    """Restarts the default generator, which initial parameters, dropout and mc.rand draw from.

    A negative seed counts as seed + 2**64. Raises ValueError for a seed of more than 64 bits.

    Example:
        >>> mc.manual_seed(7)
        >>> x = mc.rand(2)
        >>> mc.manual_seed(7)
        >>> (x == mc.rand(2)).all()
        tensor(True)
    """
    global _initial_seed
    _core.manual_seed(_state_of(seed))
    _initial_seed = seed


@_core.public_function
def initial_seed() -> int:
    """The seed that manual_seed was last called with; 0 before that.

    Example:
        >>> mc.manual_seed(7)
        >>> mc.initial_seed()
        7
    """
    return _initial_seed


@_core.public_function
def rand(
    *size: Shape,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """Uniform random numbers in [0, 1), float32 by default; TypeError for a non-float dtype.

    Example:
        >>> mc.rand(2, 3).shape
        (2, 3)
    """
    with _core.DeviceScope(device):
        made = _functions.rand(_size(size), dtype=dtype, generator=generator)
    return _finish(made, requires_grad)


@_core.public_function
def randn(
    *size: Shape,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> _Tensor:
    """Normal random numbers with mean 0 and variance 1, float32 by default.

    Raises TypeError for a non-float dtype.

    Example:
        >>> mc.randn(2, 3).shape
        (2, 3)
    """
    with _core.DeviceScope(device):
        made = _functions.randn(_size(size), dtype=dtype, generator=generator)
    return _finish(made, requires_grad)


@_core.public_function
def randint(
    low: int,
    high: int | Shape,
    size: Shape | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: DeviceLike | None = None,
) -> _Tensor:
    """Random integers in [low, high): randint(low, high, size), or randint(high, size).

    int64 by default. Raises ValueError unless low is below high.

    Example:
        >>> mc.randint(10, (2, 3)).shape
        (2, 3)
    """
    if size is None:
        low, high, size = 0, low, high
    with _core.DeviceScope(device):
        return _functions.randint(low, high, size, dtype=dtype, generator=generator)  # type: ignore[arg-type]


@_core.public_function
def rand_like(input: _Tensor, *, dtype: DTypeLike | None = None) -> _Tensor:
    """Uniform random numbers in [0, 1), with the shape, dtype and device of a tensor.

    Example:
        >>> mc.rand_like(mc.zeros(3)).shape
        (3,)
    """
    check_tensor(input)
    return rand(input.shape, dtype=dtype or input.dtype, device=input.device)


@_core.public_function
def randn_like(input: _Tensor, *, dtype: DTypeLike | None = None) -> _Tensor:
    """Normal random numbers, with the shape, dtype and device of a tensor.

    Example:
        >>> mc.randn_like(mc.zeros(3)).shape
        (3,)
    """
    check_tensor(input)
    return randn(input.shape, dtype=dtype or input.dtype, device=input.device)
