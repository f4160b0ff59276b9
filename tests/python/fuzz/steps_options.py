"""Operations of one value with their options drawn, and those that read by computed positions."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

from fuzz import definitions
from fuzz.builder import Builder
from fuzz.definitions import Operation

DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8")


def _one_dim(rng: random.Random, rank: int) -> str:
    return str(rng.randrange(-rank, rank))


def _some_dims(rng: random.Random, rank: int) -> str:
    chosen = rng.sample(range(rank), rng.randint(1, rank))
    return repr(tuple(dim - rank if rng.random() < 0.3 else dim for dim in chosen))


def _dim(rng: random.Random, rank: int) -> str:
    return _one_dim(rng, rank) if rng.random() < 0.6 else _some_dims(rng, rank)


def _truth(rng: random.Random, _: int) -> str:
    return rng.choice(["True", "False"])


# What a parameter of this name takes, for a value of a rank.
OPTIONS: dict[str, Callable[[random.Random, int], str]] = {
    "dim": _dim,
    "dims": _some_dims,
    "dim0": _one_dim,
    "dim1": _one_dim,
    "start_dim": _one_dim,
    "end_dim": _one_dim,
    "keepdim": _truth,
    "descending": _truth,
    "correction": lambda rng, _: rng.choice(["0", "1", "0.5"]),
    "dtype": lambda rng, _: "mc." + rng.choice(DTYPES),
    "approximate": lambda rng, _: rng.choice(["'none'", "'tanh'"]),
    "p": lambda rng, _: rng.choice(["0.2", "0.0"]),
}


@cache
def _operations() -> tuple[Operation, ...]:
    return tuple(
        each
        for each in definitions.operations()
        if each.operands == 1 and not each.draws and OPTIONS.keys() & set(each.parameters)
    )


def optioned(b: Builder) -> Any:
    """An operation of one value, each of its options left out or drawn."""
    name = b.pick(lambda v: v.ndim > 0)
    if name is None:
        return None
    operation = b.rng.choice(_operations())
    options = "".join(
        f", {parameter}={OPTIONS[parameter](b.rng, b.values[name].ndim)}"
        for parameter in operation.parameters
        if parameter in OPTIONS and b.rng.random() < 0.6
    )
    return b.call(f"{operation.function}({{0}}{options})", name, sums=operation.sums)


def position(b: Builder) -> Any:
    """A read at positions that the program computes, as ties and gradients let it."""
    name = b.pick(lambda v: v.ndim > 0 and v.numel() > 0)
    if name is None:
        return None
    shape = tuple(b.values[name].shape)
    dim = b.rng.randrange(len(shape))
    other = b.pick(lambda v: b.dtype_of(v) in ("int64", "int32") and v.numel() > 0)
    if other is None or b.rng.random() < 0.3:
        found = b.call(f"mc.argsort({{0}}, dim={dim}, stable=True)", name)
        if not found:
            return None
        other = found[0]
    if b.values[other].ndim == len(shape) and b.rng.random() < 0.6:
        text = f"mc.gather({{0}}, dim={dim}, index={{1}}.to(mc.int64) % {shape[dim]})"
        return b.call(text, name, other)
    leading = ":, " * dim
    return b.call(f"{{0}}[{leading}{{1}}.to(mc.int64) % {shape[dim]}]", name, other)


def scattered(b: Builder) -> Any:
    """A sum into computed positions."""
    name = b.pick_float(range(1, 4))
    if name is None or not b.values[name].numel():
        return None
    shape = tuple(b.values[name].shape)
    dim = b.rng.randrange(len(shape))
    source = b.pick(lambda v: v.ndim == len(shape) and v.dtype == b.values[name].dtype)
    if source is None:
        return None
    index = f"({{1}} * 8).to(mc.int64) % {shape[dim]}"
    return b.call(f"mc.scatter_add({{0}}, {dim}, {index}, {{1}})", name, source, sums=True)
