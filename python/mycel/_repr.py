"""Formats tensors as text: aligned, large ones shortened, with non-default properties."""

from __future__ import annotations

import math
from collections.abc import Callable

from mycel import _core

WIDTH = 80
MOST_ELEMENTS = 1000  # a larger tensor is shortened
MOST_SHOWN = 10_000  # elements of a shortened tensor
EDGE = 3
DIGITS = 4

Kept = list[int | None]


def tensor_text(tensor: _core.Tensor) -> str:
    """`tensor([[1., 2.]], dtype=mc.float64, requires_grad=True)`."""
    start = f"{type(tensor).__name__ if _is_parameter(tensor) else 'tensor'}("
    if _is_traced(tensor):
        return f"{start}traced, shape={tensor.shape}, dtype={tensor.dtype!r})"
    values = _core.to_host(tensor)
    text = _nested(values, _formatter(values), len(start))
    return _with_suffixes(start + text, _suffixes(tensor, values)) + ")"


def _is_parameter(tensor: _core.Tensor) -> bool:
    return type(tensor).__name__ == "Parameter"


def _is_traced(tensor: _core.Tensor) -> bool:
    return _core.is_traced(tensor)


def _suffixes(tensor: _core.Tensor, values: _core.Tensor) -> list[str]:
    found = []
    if values.numel() == 0 and tensor.ndim != 1:
        found.append(f"size={tensor.shape}")
    defaults = (_core.float32, _core.int64, _core.bool)
    if tensor.dtype not in defaults or (values.numel() == 0 and tensor.dtype != _core.float32):
        found.append(f"dtype={tensor.dtype!r}")
    if str(tensor.device) != "cpu":
        found.append(f"device='{tensor.device}'")
    if tensor.requires_grad:
        found.append("requires_grad=True")
    return found


def _with_suffixes(text: str, suffixes: list[str]) -> str:
    column = len(text) - text.rfind("\n") - 1
    for suffix in suffixes:
        if column + len(suffix) + 3 > WIDTH:
            text, column = f"{text},\n{' ' * 7}{suffix}", 7 + len(suffix)
        else:
            text, column = f"{text}, {suffix}", column + 2 + len(suffix)
    return text


def _nested(values: _core.Tensor, text_of: Callable[[float], str], indent: int) -> str:
    """Formats the elements in brackets; `indent` is the column where they start."""
    if values.numel() == 0:
        return "[]"
    return _rows(values, text_of, indent, _kept_by_dim(values.shape))


def _rows(
    values: _core.Tensor, text_of: Callable[[float], str], indent: int, kept: list[Kept]
) -> str:
    if values.ndim == 0:
        return text_of(values.item())
    if values.ndim == 1:
        return _line(values, text_of, indent, kept[0])
    inner = kept[1:]
    parts = ["..." if i is None else _rows(values[i], text_of, indent + 1, inner) for i in kept[0]]
    gap = "\n" * (values.ndim - 1)
    return "[" + f",{gap}{' ' * (indent + 1)}".join(parts) + "]"


def _kept_by_dim(shape: tuple[int, ...]) -> list[Kept]:
    """Returns the positions of each dim to show; None stands for a gap.

    A large tensor shows the first and last positions of each dim; if many dims still make a long
    text, outer dims show only the first position.
    """
    if math.prod(shape) <= MOST_ELEMENTS:
        return [list(range(size)) for size in shape]
    kept = [_edges(size) for size in shape]
    for dim, size in enumerate(shape):
        if math.prod(map(_count, kept)) <= MOST_SHOWN:
            break
        if size > 1:
            kept[dim] = [0, None]
    return kept


def _edges(size: int) -> Kept:
    if size <= 2 * EDGE:
        return list(range(size))
    return [*range(EDGE), None, *range(size - EDGE, size)]


def _count(kept: Kept) -> int:
    return sum(i is not None for i in kept)


def _line(values: _core.Tensor, text_of: Callable[[float], str], indent: int, kept: Kept) -> str:
    words = ["..." if x is None else text_of(x) for x in _numbers(values, kept)]
    per_line = max(1, (WIDTH - indent - 1) // (max(map(len, words)) + 2))
    lines = [words[i : i + per_line] for i in range(0, len(words), per_line)]
    return "[" + f",\n{' ' * (indent + 1)}".join(", ".join(line) for line in lines) + "]"


def _numbers(values: _core.Tensor, kept: Kept) -> list[float | None]:
    """Returns the shown elements of a row; does not read the others, which may be many."""
    if None not in kept:
        numbers: list[float | None] = values.tolist()
        return numbers
    gap = kept.index(None)
    behind = len(kept) - gap - 1
    last = values[-behind:].tolist() if behind else []
    return [*values[:gap].tolist(), None, *last]


def _shown(values: _core.Tensor) -> list[float]:
    """Returns the elements to print as one flat list."""
    if values.numel() <= MOST_ELEMENTS:
        return list(_flat(values.tolist()))
    return _shown_rows(values, _kept_by_dim(values.shape))


def _shown_rows(values: _core.Tensor, kept: list[Kept]) -> list[float]:
    if values.ndim == 1:
        return [x for x in _numbers(values, kept[0]) if x is not None]
    inner = kept[1:]
    return [x for i in kept[0] if i is not None for x in _shown_rows(values[i], inner)]


def _flat(nested: list[float] | float) -> list[float]:
    if not isinstance(nested, list):
        return [nested]
    return [number for part in nested for number in _flat(part)]


def _formatter(values: _core.Tensor) -> Callable[[float], str]:
    """Returns a function that formats each number with the width of the widest."""
    numbers = _shown(values)
    one = _float_text(numbers) if values.dtype.is_floating_point else str
    width = max((len(one(number)) for number in numbers if math.isfinite(number)), default=0)
    return lambda number: one(number).rjust(width if values.ndim else 0)


def _float_text(numbers: list[float]) -> Callable[[float], str]:
    """Whole numbers end in a point, others get 4 decimals; a wide range gives an exponent."""
    finite = [abs(x) for x in numbers if math.isfinite(x) and x != 0]
    largest, smallest = max(finite, default=1.0), min(finite, default=1.0)
    whole = all(x == math.ceil(x) for x in finite)
    if largest / smallest > 1000 or largest > 1e8 or (not whole and smallest < 1e-4):
        style = f".{DIGITS}e"
    else:
        style = ".0f" if whole else f".{DIGITS}f"
    point = "." if style == ".0f" else ""
    return lambda x: f"{x:{style}}{point}" if math.isfinite(x) else str(x)
