"""Checks of layer arguments; `public` adds the layer's name to the messages."""

from __future__ import annotations

from numbers import Integral
from typing import Any

Pair = int | tuple[int, int]


def check_size(name: str, value: Any, least: int = 1) -> None:
    """Raises unless the value is an int of at least `least`."""
    if not isinstance(value, Integral):
        raise TypeError(f"expects {name} to be an int, got {value!r}")
    if value < least:
        raise ValueError(f"expects {name} to be at least {least}, got {value}")


def as_pair(name: str, value: Any, least: int = 1) -> tuple[int, int]:
    """Returns a size per spatial dim, from one number for both or from two."""
    pair = (value, value) if isinstance(value, Integral) else value
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(f"expects {name} to be an int or two, got {value!r}")
    for number in pair:
        check_size(name, number, least)
    return int(pair[0]), int(pair[1])
