"""Test cases of operators and optimisers, and the seeded inputs of the families."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One call: a name in the framework's module or in `operator.`, arguments and options.

    Arrays are tensors. Positional float64 tensors have gradients, unless their position is in
    `state`: then the call replaces their value, which is a result, too. If Mycel's gradients differ
    from PyTorch's on purpose, `gradients` holds them, and `reason` says why.
    """

    call: str
    arguments: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    state: tuple[int, ...] = ()
    gradients: tuple[np.ndarray | None, ...] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Updates:
    """Steps of an optimiser on one parameter: options, start value and the gradient per step."""

    optimizer: str
    options: dict[str, Any]
    start: np.ndarray
    gradients: np.ndarray


def vary(call: str, *arguments: Any, over: tuple[dict[str, Any], ...] = ({},)) -> Iterator[Case]:
    """Yields the same call once for each set of options."""
    for options in over:
        yield Case(call, arguments, options)


class Draw:
    """Seeded inputs, rounded so that the file of cases stays small."""

    def __init__(self, seed: int):
        self._random = np.random.default_rng(seed)

    def normal(self, *shape: int) -> np.ndarray:
        """Around 0."""
        return np.round(self._random.standard_normal(shape), 2) + 0.0  # no negative zeros

    def positive(self, *shape: int) -> np.ndarray:
        """Between 0.5 and 2."""
        return np.round(self._random.uniform(0.5, 2, shape), 2)

    def tied(self, *shape: int) -> np.ndarray:
        """Floats with many ties."""
        return self._random.integers(-2, 3, shape).astype(np.float64)

    def integers(self, high: int, *shape: int) -> np.ndarray:
        """Int64 in [0, high)."""
        return self._random.integers(0, high, shape)

    def booleans(self, *shape: int) -> np.ndarray:
        """True and false."""
        return self._random.integers(0, 2, shape).astype(bool)
