"""Families of programs: what each is made of."""

from __future__ import annotations

from fuzz import definitions, featured, steps
from fuzz.builder import Builder
from fuzz.parts import (
    add_aliases,
    add_inputs,
    choose_outputs,
    differentiable,
    draw_terms,
    finished,
    take,
)
from fuzz.program import Program
from fuzz.steps import SMOOTH

# From here on libraries take products, with kernels on either side.
LARGE = (33, 48, 48, 64)
EVEN = (16, 24)

# Products, sums and what is made of both: where kernels are cut, fused and share memory.
DENSE = {
    steps.matmul: 1,
    steps.total: 2,
    steps.broadcast: 4,
    steps.arithmetic: 4,
    steps.smooth: 3,
    steps.view: 0.5,
    steps.choose: 0.3,
    steps.extreme: 0.7,
    steps.binary: 0.3,
    steps.reduction: 0.3,
    steps.write: 0.3,
    featured.any_operation: 0.3,
}
NESTS = {
    steps.broadcast: 4,
    steps.arithmetic: 4,
    steps.smooth: 3,
    steps.total: 1,
    steps.extreme: 1,
}
IMAGE = {
    steps.convolution: 3,
    steps.pooling: 2,
    steps.binary: 3,
    steps.smooth: 3,
    steps.unary: 1,
    steps.total: 3,
    steps.view: 2,
    steps.write: 1,
    steps.join: 1,
    featured.any_operation: 1,
}
MIXED = {
    steps.unary: 3,
    steps.binary: 5,
    steps.matmul: 2,
    steps.reduction: 3,
    steps.total: 2,
    steps.view: 4,
    steps.write: 3,
    steps.choose: 2,
    steps.cast: 2,
    steps.join: 2,
    steps.index: 1,
    steps.smooth: 1,
    featured.any_operation: 3,
}
WRITES = {steps.view: 6, steps.write: 6, steps.binary: 3, steps.total: 1, steps.index: 1}

OPTIMIZERS = (
    "SGD({}, lr=0.1)",
    "SGD({}, lr=0.1, momentum=0.9)",
    "Adam({}, lr=0.1)",
    "AdamW({}, lr=0.1)",
    "Adadelta({})",
)


def dense(b: Builder, _: definitions.Operation) -> Program | None:
    """Square matrices and stacks of them: almost any two values can meet."""
    n, m, k = b.extents
    shapes = [(n, n), (n, n), (n,), (n, 1), (n, m), (m, n)]
    add_inputs(b, [(n, n), (n, n, k), *b.rng.sample(shapes, b.rng.randint(1, 2))])
    steps.matmul(b)
    take(b, DENSE, b.rng.randint(4, 9))
    return finished(b, 0.5)


def nests(b: Builder, _: definitions.Operation) -> Program | None:
    """A product and a reduction, read by several statements: one kernel of several loop nests."""
    n, m, k = b.rng.choice(LARGE), b.rng.choice(EVEN), b.rng.choice([2, 3, 5])
    for shape in ((n, m), (m, n), (n, n, k)):
        b.input(shape)
    found = b.call("({0} @ {1})", "a", "b", sums=True)
    if b.rng.random() < 0.7:
        found = b.call(b.rng.choice(SMOOTH), *found)
    if b.rng.random() < 0.4:
        reduced = b.call("mc.amax({0}, dim=1, keepdim=True)", *found)
    else:
        reduced = b.call(b.rng.choice(["mc.sum", "mc.mean"]) + "({0}, dim=-1)", "c", sums=True)
    b.core = {"c", *found, *reduced}
    _meet(b, found[0], reduced[0])
    take(b, NESTS, len(b.calls) + b.rng.randint(0, 3))
    return finished(b, 0.5)


def _meet(b: Builder, found: str, reduced: str) -> None:
    """Most of the ways in which a product, a reduction and a stack of matrices are read."""
    sign = b.rng.choice("**+-")
    inner = b.rng.choice([found, reduced])
    ways = [
        ("({0} " + sign + " {1}.unsqueeze(-1))", "c", inner),
        ("({0} " + b.rng.choice("**+-") + " {1})", *b.rng.sample([found, reduced], 2)),
        (b.rng.choice(SMOOTH), found),
    ]
    b.rng.shuffle(ways)
    for text, *operands in ways:
        if b.rng.random() < 0.85:
            b.call(text, *operands)


def image(b: Builder, _: definitions.Operation) -> Program | None:
    channels, size = b.rng.choice([1, 2, 3, 8]), b.rng.choice([4, 5, 6, 8])
    shape = (b.rng.choice([1, 2]), channels, size, b.rng.choice([size, 7]))
    add_inputs(b, [shape, (channels, 1, 1)])
    take(b, IMAGE, b.rng.randint(3, 8))
    return finished(b, 0.5)


def mixed(b: Builder, operation: definitions.Operation) -> Program | None:
    n, m, k = b.extents
    before = b.rng.random() < 0.5
    if before:
        add_inputs(b, b.rng.sample([(n, m), (m, n), (n,), (n, m, k), (m,), ()], 2))
        take(b, MIXED, b.rng.randint(1, 3))
    featured.call(b, operation)
    if b.failure or not b.values:
        return None
    take(b, MIXED, b.rng.randint(3, 9))
    return finished(b, 0.4)


def writes(b: Builder, _: definitions.Operation) -> Program | None:
    n, m, k = b.extents
    add_inputs(b, b.rng.sample([(n, m), (m, n), (n,), (n, m, k), (m,)], 2))
    add_aliases(b)
    take(b, WRITES, b.rng.randint(4, 10))
    return finished(b, 0.3)


def training(b: Builder, _: definitions.Operation) -> Program | None:
    if b.dtype not in ("float32", "float64"):
        return None
    n, m, _ = b.extents
    add_inputs(b, [(n, m)], role="argument")
    for shape in b.rng.sample([(m, n), (n,), (m,), (n, m)], 2):
        b.input(shape, role="parameter")
    without_writes = {step: weight for step, weight in DENSE.items() if step is not steps.write}
    take(b, without_writes, b.rng.randint(3, 8))
    outputs = choose_outputs(b, differentiable(b))
    if not outputs:
        return None
    return b.program(
        outputs,
        terms=draw_terms(b, outputs),
        optimizer=b.rng.choice(OPTIMIZERS),
        times=b.rng.choice([1, 2, 3]),
    )
