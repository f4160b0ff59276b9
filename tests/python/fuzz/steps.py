"""Statements that connect values: arithmetic, products, reductions, views and writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fuzz import definitions
from fuzz.builder import REFUSALS, Builder
from fuzz.program import FLOATS

Step = Callable[[Builder], Any]


def unary(b: Builder) -> Any:
    """An operation on each element."""
    operation = b.rng.choice(definitions.elementwise(1))
    name = b.pick()
    return name and b.call(f"{operation.function}({{0}})", name, sums=operation.sums)


SMOOTH = ("mc.tanh({0})", "mc.sin({0})", "mc.sigmoid({0} * 0.25)", "({0} * 0.5)", "({0} + 1)")


def smooth(b: Builder) -> Any:
    """One of the operations that keep values small and have gradients everywhere."""
    name = b.pick_float()
    return name and b.call(b.rng.choice(SMOOTH), name)


def binary(b: Builder) -> Any:
    """An operation on each pair of elements, with a number, a value or one that broadcasts."""
    name = b.pick()
    if name is None:
        return None
    form, sums = b.rng.choice(["({0} * {1})", "({0} + {1})", "({0} - {1})"]), False
    if b.rng.random() < 0.5:
        operation = b.rng.choice(definitions.elementwise(2))
        form, sums = operation.function + "({0}, {1})", operation.sums
    if b.rng.random() < 0.15:
        number = b.rng.choice(["2", "0.5", "-1", "3.0", "0"])
        sides = ["{0}", number] if b.rng.random() < 0.7 else [number, "{0}"]
        return b.call(form.format(*sides), name, sums=sums)
    found = partner(b, name)
    if found is None:
        return None
    other, text = found
    sides = ["{0}", text] if b.rng.random() < 0.5 else [text, "{0}"]
    return b.call(form.format(*sides), name, other, sums=sums)


def arithmetic(b: Builder) -> Any:
    """A product, sum or difference with another value."""
    name = b.pick_float()
    found = name and partner(b, name)
    if not found:
        return None
    other, text = found
    return b.call(f"({{0}} {b.rng.choice('**+-')} {text})", name, other)


def partner(
    b: Builder, name: str, wanted: Callable[[Any], bool] = lambda value: True
) -> tuple[str, str] | None:
    """Another value that broadcasts with it, if need be as a view: its name and text."""
    shape = tuple(b.values[name].shape)
    found = []
    for other, value in b.values.items():
        if (other == name and b.rng.random() < 0.9) or not wanted(value):
            continue
        mine = tuple(value.shape)
        if mine == shape:
            found += [(other, "{1}")] * 2
        elif _broadcast(mine, shape):
            found.append((other, "{1}"))
        found += [
            (other, f"{{1}}.unsqueeze({dim if dim < len(mine) else -1})")
            for dim in range(len(shape))
            if len(mine) + 1 == len(shape) and mine == shape[:dim] + shape[dim + 1 :]
        ]
    return b.rng.choice(found) if found else None


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(x == y or 1 in (x, y) for x, y in zip(reversed(a), reversed(b), strict=False))


def broadcast(b: Builder) -> Any:
    """A value with one of a dim less, broadcast along the dim that it lacks."""
    name = b.pick_float(range(1, 4))
    if name is None:
        return None
    shape = tuple(b.values[name].shape)
    dim = b.rng.choice([len(shape) - 1, b.rng.randrange(len(shape))])
    rest = shape[:dim] + shape[dim + 1 :]
    other = b.pick(lambda v: tuple(v.shape) == rest)
    if other is None:
        return None
    sign = b.rng.choice("**+-")
    return b.call(
        f"({{0}} {sign} {{1}}.unsqueeze({dim if dim + 1 < len(shape) else -1}))", name, other
    )


def matmul(b: Builder) -> Any:
    """A product with a value, one transposed, or a new matrix."""
    name = b.pick_float(range(2, 4))
    if name is None:
        return None
    left = b.values[name]
    rows = left.shape[-1]
    same = [
        (other, text)
        for other, value in b.values.items()
        if value.ndim == 2 and value.dtype == left.dtype
        for text, extent in (("{1}", value.shape[0]), ("{1}.permute(1, 0)", value.shape[1]))
        if extent == rows
    ]
    if same and b.rng.random() < 0.6:
        other, text = b.rng.choice(same)
    else:
        shape = (rows, b.rng.choice(b.extents))
        made = b.input(shape, b.dtype_of(left), layout=b.layout(shape))
        if made is None:
            return None
        other, text = made, "{1}"
    return b.call(f"({{0}} @ {text})", name, other, sums=True)


def reduction(b: Builder) -> Any:
    """A reduction of one dim or all."""
    operation = b.rng.choice(definitions.reductions())
    return _reduced(b, operation.function, operation.sums)


def total(b: Builder) -> Any:
    """A sum, mean or maximum."""
    function, sums = b.rng.choice(
        [("mc.sum", True), ("mc.sum", True), ("mc.mean", True), ("mc.amax", False)]
    )
    return _reduced(b, function, sums)


def _reduced(b: Builder, function: str, sums: bool) -> Any:
    name = b.pick(lambda v: v.ndim > 0)
    if name is None:
        return None
    dim = b.rng.choice([-1, -1, -1, *range(b.values[name].ndim)])
    keep = b.rng.choice(["", "", ", keepdim=True"])
    whole = b.rng.random() < 0.1
    text = f"{function}({{0}})" if whole else f"{function}({{0}}, dim={dim}{keep})"
    return b.call(text, name, sums=sums)


def view(b: Builder) -> Any:
    """A view of a value."""
    name = b.pick(lambda v: v.ndim > 0)
    if name is None:
        return None
    shape = tuple(b.values[name].shape)
    return b.call("{0}" + b.rng.choice(views(b, shape)), name)


def views(b: Builder, shape: tuple[int, ...]) -> list[str]:
    rank = len(shape)
    order = list(range(rank))
    b.rng.shuffle(order)
    dim = b.rng.randrange(rank)
    found = [
        f".permute({', '.join(map(str, order))})",
        f".unsqueeze({b.rng.choice([0, -1])})",
        ".reshape(-1)",
        ".flatten()",
        f".transpose({dim}, {b.rng.randrange(rank)})",
        f".flip({dim})",
        f".unsqueeze({dim}).expand({', '.join(map(str, (*shape[:dim], 2, *shape[dim:])))})",
        ".squeeze()",
        *(f"[{text}]" for text in _subscripts(b, shape)),
    ]
    if rank > 1:
        found.append(f".reshape({shape[0] * shape[1]}, {', '.join(map(str, shape[2:])) or '1'})")
        found.append(".flatten(0, 1)")
    return found


def _subscripts(b: Builder, shape: tuple[int, ...]) -> list[str]:
    found = ["..., ::2", "1:", ":-1", "..., None", "::2"]
    if shape[0] > 0:
        found += ["0", "-1", str(b.rng.randrange(shape[0])), "-1:"]
    if len(shape) > 1 and shape[1] > 0:
        found += [":, 0", ":, 1:", f":, {b.rng.randrange(shape[1])}"]
    return found


def write(b: Builder) -> Any:
    """A write: of a part, in place, or of a whole value by another."""
    name = b.pick(lambda v: v.ndim > 0)
    if name is None:
        return None
    part = b.rng.choice(["", f"[{b.rng.choice(_subscripts(b, tuple(b.values[name].shape)))}]"])
    kind = b.rng.randrange(4)
    if kind == 0:
        return b.write(
            f"{{0}}[{b.rng.choice(['...', part.strip('[]') or '...'])}] = "
            f"{b.rng.choice(['1.5', '0', '2'])}",
            name,
        )
    if kind == 1:
        method = b.rng.choice([".mul_(0.5)", ".add_(1)", ".zero_()", ".fill_(2)", ".sub_(0.25)"])
        return b.write(f"{{0}}{part}{method}", name)
    if kind == 2:
        method = b.rng.choice(definitions.elementwise(1)).in_place
        return b.write(f"{{0}}.{method}()", name)
    return _write_of_value(b, name, part)


def _write_of_value(b: Builder, name: str, part: str) -> Any:
    """A write of another value, into a part or element by element."""
    try:
        target = eval(f"value{part}", {"value": b.values[name]})
    except REFUSALS:
        return None
    shape = tuple(target.shape)
    other = b.pick(lambda v: _broadcast_to(tuple(v.shape), shape))
    if other is None:
        return None
    if part and b.rng.random() < 0.5:
        return b.write(f"{{0}}{part} = {{1}}", name, other)
    method = b.rng.choice(["copy_", "copy_", "add_", "mul_", "sub_"])
    return b.write(f"{{0}}{part}.{method}({{1}})", name, other)


def _broadcast_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    return len(shape) <= len(target) and all(
        x in (1, y) for x, y in zip(reversed(shape), reversed(target), strict=False)
    )


def choose(b: Builder) -> Any:
    """A comparison of two values, and a choice between them."""
    name = b.pick_float()
    found = name and partner(b, name)
    if not found:
        return None
    other, text = found
    sign = b.rng.choice([">", "<", ">=", "==", "!="])
    if b.rng.random() < 0.4:
        return b.call(f"({{0}} {sign} {text})", name, other)
    return b.call(f"mc.where({{0}} {sign} {text}, {{0}}, {text})", name, other)


def extreme(b: Builder) -> Any:
    """A value beside its own maximum or minimum, which must be one of its elements, bit by bit."""
    name = b.pick_float(range(1, 5))
    if name is None:
        return None
    function = b.rng.choice(["mc.amax", "mc.amin"])
    dim = b.rng.choice([-1, b.rng.randrange(b.values[name].ndim)])
    found = b.call(f"{function}({{0}}, dim={dim}, keepdim=True)", name)
    if not found:
        return None
    forms = ["({0} == {1})", "mc.where({0} == {1}, {0}, -{0})", "({0} - {1})"]
    return b.call(b.rng.choice(forms), name, *found)


def cast(b: Builder) -> Any:
    """A value in another dtype; floats beyond an integer's range are left alone."""
    name = b.pick()
    if name is None or (b.special and b.dtype_of(b.values[name]) in FLOATS):
        return None
    wanted = b.rng.choice(["float32", "float64", "float16", "bfloat16", "int32", "int64", "bool"])
    return b.call(f"{{0}}.to(mc.{wanted})", name)


def join(b: Builder) -> Any:
    """Two values of one shape joined along a dim or a new one."""
    name = b.pick(lambda v: v.ndim > 0)
    if name is None:
        return None
    value = b.values[name]
    other = b.pick(lambda v: v.shape == value.shape and v.dtype == value.dtype)
    function = b.rng.choice(["concatenate", "stack"])
    return b.call(f"mc.{function}([{{0}}, {{1}}], dim={b.rng.randrange(value.ndim)})", name, other)


def index(b: Builder) -> Any:
    """Rows picked by an array of positions."""
    name = b.pick(lambda v: v.ndim > 0 and v.shape[0] > 0)
    if name is None:
        return None
    positions = [b.rng.randrange(b.values[name].shape[0]) for _ in range(3)]
    return b.call(f"{{0}}[mc.tensor({positions})]", name)


def convolution(b: Builder) -> Any:
    """A 2-d convolution of an image."""
    name = b.pick_float(range(4, 5))
    if name is None:
        return None
    dtype = b.dtype_of(b.values[name])
    if b.special and dtype == "bfloat16":
        return None  # on some CPUs, NaN reaches other windows (docs/design.md)
    shape = (b.rng.choice([2, 4, 8]), b.values[name].shape[1], 3, 3)
    weight = b.input(shape, dtype)
    options = b.rng.choice(["", ", padding=1", ", stride=2", ", padding=1, stride=2"])
    return b.call(f"F.conv2d({{0}}, {{1}}{options})", name, weight, sums=True)


def pooling(b: Builder) -> Any:
    """A pooling of an image."""
    name = b.pick_float(range(4, 5))
    text = b.rng.choice(["F.max_pool2d({0}, 2)", "F.avg_pool2d({0}, 2)"])
    return name and b.call(text, name, sums=True)
