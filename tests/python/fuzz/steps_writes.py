"""Writes in other forms: in loops, by operators, by masks and positions, through detached views."""

from __future__ import annotations

from typing import Any

from fuzz.builder import Builder
from fuzz.program import FLOATS

ONE = (".mul_(0.5)", ".add_(1)", ".sub_(0.25)", ".neg_()", ".mul_(2).sub_(1)", ".fill_(2)")


def _written(b: Builder) -> str | None:
    return b.pick(lambda v: v.ndim > 0)


def looped(b: Builder) -> Any:
    """A loop over rows, or one that writes rows by number."""
    name = b.pick(lambda v: v.ndim > 0 and v.shape[0] < 6)
    if name is None:
        return None
    rows = b.values[name].shape[0]
    forms = [
        f"for row in {{0}}: row{b.rng.choice(ONE)}",
        f"for i in range({rows}): {{0}}[i]{b.rng.choice(ONE)}",
        f"for i in range(1, {rows}): {{0}}[i] = {{0}}[i - 1]",
        f"for i in range({rows}): {{0}}[i] -= {{0}}[-1]",
        f"for _ in range(3): {{0}}{b.rng.choice(ONE)}",
    ]
    return b.write(b.rng.choice(forms), name)


def by_operator(b: Builder) -> Any:
    """`a += b` and its like."""
    name = b.pick()
    if name is None:
        return None
    sign = b.rng.choice("**+-/")
    if b.rng.random() < 0.4:
        return b.write(f"{{0}} {sign}= {b.rng.choice(['2', '0.5', '3'])}", name)
    other = _fitting(b, tuple(b.values[name].shape))
    return other and b.write(f"{{0}} {sign}= {{1}}", name, other)


def _fitting(b: Builder, shape: tuple[int, ...]) -> str | None:
    """A value that broadcasts to the shape."""
    return b.pick(
        lambda v: (
            v.ndim <= len(shape)
            and all(x in (1, y) for x, y in zip(reversed(v.shape), reversed(shape), strict=False))
        )
    )


def masked(b: Builder) -> Any:
    """A write where the value itself is above or below a bound."""
    name = _written(b)
    if name is None:
        return None
    return b.write(f"{{0}}[{{0}} {b.rng.choice('<>')} {b.rng.choice(['0', '0.5'])}] = 1", name)


def placed(b: Builder) -> Any:
    """A write of rows at positions, now and then the same one twice."""
    name = b.pick(lambda v: v.ndim > 0 and v.shape[0] > 0)
    if name is None:
        return None
    shape = tuple(b.values[name].shape)
    chosen = [b.rng.randrange(shape[0]) for _ in range(2)]
    if b.rng.random() < 0.5:
        return b.write(f"{{0}}[{chosen}] += 1", name)
    if chosen[0] == chosen[1]:
        chosen = chosen[:1]
    other = _fitting(b, (len(chosen), *shape[1:]))
    return other and b.write(f"{{0}}[{chosen}] = {{1}}", name, other)


def detached(b: Builder) -> Any:
    """A write that the gradient does not see."""
    name = _written(b)
    if name is None or b.dtype_of(b.values[name]) not in FLOATS:
        return None
    one = b.rng.choice(ONE)
    forms = [f"{{0}}.detach(){one}", f"{{0}}.data{one}", f"with mc.no_grad(): {{0}}{one}"]
    return b.write(b.rng.choice(forms), name)


def swapped(b: Builder) -> Any:
    """Two rows that change places, through a copy."""
    name = b.pick(lambda v: v.ndim > 0 and v.shape[0] > 1)
    if name is None:
        return None
    return b.write("{0}[0], {0}[-1] = {0}[-1].clone(), {0}[0].clone()", name)


def handle(b: Builder) -> Any:
    """Another handle on a value: a view of all of it, or a copy."""
    name = b.pick(lambda v: v.ndim > 0)
    if name is None:
        return None
    forms = [".detach()", ".data", ".clone()", ".contiguous()", "[:]", ".T", "[...]", ".view(-1)"]
    if b.values[name].ndim > 1:
        forms += [".mT", ".transpose(0, -1)", ".squeeze(-1)", "[:, None]"]
    return b.call("{0}" + b.rng.choice(forms), name)
