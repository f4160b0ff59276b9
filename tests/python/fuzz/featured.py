"""A call of any operation, made from one of its samples, on values that the program has."""

from __future__ import annotations

from typing import Any

from fuzz import definitions
from fuzz.builder import Builder
from fuzz.definitions import Operation, Sample, Wanted


def call(b: Builder, operation: Operation) -> Any:
    """Applies the operation; tries other samples, and new inputs, where a call does not fit."""
    samples = list(operation.samples)
    b.rng.shuffle(samples)
    for sample in samples[:3]:
        for reuses in (True, False):
            found = _apply(b, operation, sample, reuses)
            if found:
                return found
    return None


def _apply(b: Builder, operation: Operation, sample: Sample, reuses: bool) -> Any:
    dtype = _dtype(b, sample)
    extents: dict[int, int] = {}
    known = len(b.inputs)
    names = []
    wanted = [each for each in sample.wanted if each is not None]
    for each in wanted:
        name = _existing(b, each, dtype, extents) if reuses else None
        if name is None:
            name = _made(b, each, dtype, extents)
        if name is None:
            return None
        names.append(name)
    found = b.call(sample.text, *names, sums=operation.sums)
    if not found:
        for given in b.inputs[known:]:
            del b.values[given.name]
        del b.inputs[known:]
    return found


def _dtype(b: Builder, sample: Sample) -> str:
    """One that all swept operands take, the program's if it is one of them."""
    swept = [set(each.dtypes) for each in sample.wanted if each is not None and each.swept]
    common = sorted(set.intersection(*swept)) if swept else [b.dtype]
    if not common:
        return b.dtype
    return b.dtype if b.dtype in common and b.rng.random() < 0.8 else b.rng.choice(common)


def _existing(b: Builder, wanted: Wanted, dtype: str, extents: dict[int, int]) -> str | None:
    """A value of the dtype and rank, if the extents are what the operands before it need."""
    if not wanted.is_free() or b.rng.random() < 0.3:
        return None
    name = b.pick(
        lambda v: (
            b.dtype_of(v) == dtype
            and v.ndim == len(wanted.shape)
            and all(
                extents.get(mine, extent) == extent
                for mine, extent in zip(wanted.shape, v.shape, strict=True)
            )
        )
    )
    if name is not None:
        extents.update(zip(wanted.shape, b.values[name].shape, strict=True))
    return name


def _made(b: Builder, wanted: Wanted, dtype: str, extents: dict[int, int]) -> str | None:
    shape = tuple(extents.get(extent, extent) for extent in wanted.shape)
    values = "distinct" if wanted.distinct else "uniform"
    if wanted.is_free():
        values = b.rng.choice(["uniform", "uniform", "quarters"])
    return b.input(
        shape,
        dtype if wanted.swept else wanted.dtypes[0],
        low=wanted.low,
        high=wanted.high,
        values=values,
        layout=b.layout(shape),
    )


def any_operation(b: Builder) -> Any:
    """A call of an operation at random."""
    return call(b, b.rng.choice(definitions.operations()))
