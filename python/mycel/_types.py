"""Type aliases of common arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from mycel import _core

Number: TypeAlias = bool | int | float
Shape: TypeAlias = int | Sequence[int]
DTypeLike: TypeAlias = "_core.dtype | str | type"
DeviceLike: TypeAlias = "_core.device | str"
ArrayLike: TypeAlias = Any
"""Numbers, nested sequences of them, arrays (NumPy, DLPack, the buffer protocol), tensors."""
