"""From a seed to a program."""

from __future__ import annotations

import random
from collections.abc import Sequence

from fuzz import definitions, featured, modes, steps
from fuzz.builder import NAMES, Builder
from fuzz.program import FLOATS, Program
from fuzz.steps import SMOOTH

ATTEMPTS = 6
DTYPES = {"float32": 11, "float64": 5, "float16": 1, "bfloat16": 1}
EXTENTS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 2, 7: 2, 8: 3, 16: 3, 24: 1, 33: 1}
# From here on libraries take products, with kernels on either side.
LARGE = (32, 33, 48, 64)
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
TERMS = ("{0}.sum()", "({0} * {0}).sum()", "({0} * {0}).mean()")


def program_of(seed: int, family: str = "") -> Program:
    """The program of a seed, of any family or of one; one without calls if none was found.

    An operation that fails inside while a program is made is its last call.
    """
    rng = random.Random(seed)
    operations = definitions.operations()
    makers, weights = zip(*FAMILIES.values(), strict=True)
    for _ in range(ATTEMPTS):
        make = FAMILIES[family][0] if family else rng.choices(makers, weights)[0]
        builder = _builder(rng)
        program = make(builder, operations[seed % len(operations)])
        if builder.failure:
            return builder.program(list(builder.calls[-1].results))
        if program and program.outputs and not modes.run(program, modes.EAGER).error:
            return program
    return Program((), (), ())


def _builder(rng: random.Random) -> Builder:
    dtype = rng.choices(list(DTYPES), list(DTYPES.values()))[0]
    extents = rng.choices(list(EXTENTS), list(EXTENTS.values()), k=3)
    if rng.random() < 0.03:
        extents[0] = 0
    return Builder(rng, dtype, extents)


def _take(b: Builder, weights: dict[steps.Step, float], count: int) -> None:
    """So many statements, each of a kind drawn by weight."""
    for _ in range(4 * count):
        if len(b.calls) >= count or b.failure or len(b.inputs) > len(NAMES) - 6:
            return
        b.rng.choices(list(weights), list(weights.values()))[0](b)


def _inputs(b: Builder, shapes: Sequence[tuple[int, ...]], **options: str) -> None:
    values = b.rng.choices(["uniform", "quarters", "special"], [10, 3, 0.5])[0]
    b.special = values == "special"
    for shape in shapes:
        role = "captured" if b.rng.random() < 0.1 and b.inputs else "argument"
        dtype = b.dtype
        if b.rng.random() < 0.06:
            dtype = b.rng.choice(["float32", "float64", "int32", "int64", "bool", "uint8"])
        chosen = {"role": role, "layout": b.layout(shape), "values": values} | options
        b.input(shape, dtype, **chosen)


def _dense(b: Builder, _: definitions.Operation) -> Program | None:
    """Square matrices and stacks of them: almost any two values can meet."""
    n, m, k = b.extents
    shapes = [(n, n), (n, n), (n,), (n, 1), (n, m), (m, n)]
    _inputs(b, [(n, n), (n, n, k), *b.rng.sample(shapes, b.rng.randint(1, 2))])
    steps.matmul(b)
    _take(b, DENSE, b.rng.randint(4, 9))
    return _finished(b, 0.5)


def _nests(b: Builder, _: definitions.Operation) -> Program | None:
    """A product and a reduction, read by several statements: one kernel of several loop nests."""
    n, m, k = b.rng.choice(LARGE), b.rng.choice(EVEN), b.rng.choice([2, 3, 5])
    for shape in ((n, m), (m, n), (n, n, k)):
        b.input(shape)
    found = b.call("({0} @ {1})", "a", "b", sums=True)
    if b.rng.random() < 0.7:
        found = b.call(b.rng.choice(SMOOTH), *found)
    if b.rng.random() < 0.3:
        reduced = b.call("mc.amax({0}, dim=1, keepdim=True)", *found)
    else:
        reduced = b.call(b.rng.choice(["mc.sum", "mc.mean"]) + "({0}, dim=-1)", "c", sums=True)
    b.core = {"c", *found, *reduced}
    _meet(b, found[0], reduced[0])
    _take(b, NESTS, len(b.calls) + b.rng.randint(0, 3))
    return _finished(b, 0.5)


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


def _image(b: Builder, _: definitions.Operation) -> Program | None:
    channels, size = b.rng.choice([1, 2, 3, 8]), b.rng.choice([4, 5, 6, 8])
    shape = (b.rng.choice([1, 2]), channels, size, b.rng.choice([size, 7]))
    _inputs(b, [shape, (channels, 1, 1)])
    _take(b, IMAGE, b.rng.randint(3, 8))
    return _finished(b, 0.5)


def _mixed(b: Builder, operation: definitions.Operation) -> Program | None:
    n, m, k = b.extents
    before = b.rng.random() < 0.5
    if before:
        _inputs(b, b.rng.sample([(n, m), (m, n), (n,), (n, m, k), (m,), ()], 2))
        _take(b, MIXED, b.rng.randint(1, 3))
    featured.call(b, operation)
    if b.failure or not b.values:
        return None
    _take(b, MIXED, b.rng.randint(3, 9))
    return _finished(b, 0.4)


def _writes(b: Builder, _: definitions.Operation) -> Program | None:
    n, m, k = b.extents
    _inputs(b, b.rng.sample([(n, m), (m, n), (n,), (n, m, k), (m,)], 2))
    _take(b, WRITES, b.rng.randint(4, 10))
    return _finished(b, 0.3)


def _training(b: Builder, _: definitions.Operation) -> Program | None:
    if b.dtype not in ("float32", "float64"):
        return None
    n, m, _ = b.extents
    _inputs(b, [(n, m)], role="argument")
    for shape in b.rng.sample([(m, n), (n,), (m,), (n, m)], 2):
        b.input(shape, role="parameter")
    without_writes = {step: weight for step, weight in DENSE.items() if step is not steps.write}
    _take(b, without_writes, b.rng.randint(3, 8))
    outputs = _outputs(b, _is_differentiable(b))
    if not outputs:
        return None
    return b.program(
        outputs,
        terms=_terms(b, outputs),
        optimizer=b.rng.choice(OPTIMIZERS),
        times=b.rng.choice([1, 2, 3]),
    )


def _outputs(b: Builder, allowed: set[str]) -> list[str]:
    """What nothing reads, and now and then a value that is read."""
    outputs = [name for name in b.sinks() if name in allowed][: b.rng.randint(3, 6)]
    made = [name for call in b.calls for name in call.results if name in allowed]
    if made and b.rng.random() < 0.4:
        outputs.insert(0, b.rng.choice(made))
    return list(dict.fromkeys(outputs))


def _is_differentiable(b: Builder) -> set[str]:
    return {name for name, value in b.values.items() if b.dtype_of(value) in FLOATS}


def _terms(b: Builder, outputs: list[str]) -> tuple[str, ...]:
    return tuple(b.rng.choice(TERMS) for _ in outputs)


def _finished(b: Builder, share_of_gradients: float) -> Program | None:
    """The program with results, or with a loss and its gradient."""
    times = b.rng.choice([1, 1, 1, 2, 3])
    arguments = [each for each in b.inputs if each.role == "argument"]
    floats = [i for i, each in enumerate(arguments) if each.dtype in FLOATS]
    if floats and b.rng.random() < share_of_gradients:
        outputs = _outputs(b, _is_differentiable(b))
        chosen = tuple(sorted(b.rng.sample(floats, b.rng.randint(1, min(3, len(floats))))))
        order = 2 if b.rng.random() < 0.12 else 1
        program = b.program(
            outputs, terms=_terms(b, outputs), gradient=chosen, order=order, times=times
        )
        if outputs and not modes.run(program, modes.EAGER).error:
            return program
    outputs = _outputs(b, set(b.values))
    return b.program(outputs, times=times) if outputs else None


# What makes programs of a family, and how often.
FAMILIES = {
    "dense": (_dense, 4),
    "nests": (_nests, 12),
    "image": (_image, 2),
    "mixed": (_mixed, 9),
    "writes": (_writes, 2),
    "training": (_training, 2),
}
