"""The state of an optimiser."""

from __future__ import annotations

from collections import defaultdict
from typing import Any


class State(defaultdict[Any, Any]):
    """The state of an optimiser: `state[parameter]` is initially an empty dict.

    In a compiled step the ints and floats in it, and in dicts inside it, are operands: a counter
    needs no new compilation.

    Example:
        >>> state = optim.SGD([nn.Parameter(mc.ones(1))], lr=0.1).state
        >>> state["count"]
        {}
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(dict, *args)

    def __reduce__(self) -> Any:
        return State, (dict(self),)

    def __repr__(self) -> str:
        return repr(dict(self))
