"""What families of programs have in common: their inputs, their statements and how they end."""

from __future__ import annotations

from collections.abc import Sequence

from fuzz import modes, steps
from fuzz.builder import NAMES, Builder
from fuzz.program import FLOATS, Program

TERMS = ("{0}.sum()", "({0} * {0}).sum()", "({0} * {0}).mean()")


def take(b: Builder, weights: dict[steps.Step, float], count: int) -> None:
    """So many statements, each of a kind drawn by weight."""
    for _ in range(4 * count):
        if len(b.calls) >= count or b.failure or len(b.inputs) > len(NAMES) - 6:
            return
        b.rng.choices(list(weights), list(weights.values()))[0](b)


def add_inputs(b: Builder, shapes: Sequence[tuple[int, ...]], **options: str) -> None:
    values = b.rng.choices(["uniform", "quarters", "special"], [10, 3, 0.5])[0]
    b.special = values == "special"
    for shape in shapes:
        role = "captured" if b.rng.random() < 0.1 and b.inputs else "argument"
        dtype = b.dtype
        if b.rng.random() < 0.06:
            dtype = b.rng.choice(["float32", "float64", "int32", "int64", "bool", "uint8"])
        chosen = {"role": role, "layout": b.layout(shape), "values": values} | options
        b.input(shape, dtype, **chosen)


def add_aliases(b: Builder) -> None:
    """Now and then inputs that are others, or views of them."""
    while b.rng.random() < 0.3:
        name = b.pick(lambda v: v.ndim > 0)
        if name is None:
            return
        view = b.rng.choice(["", ".detach()", *steps.views(b, tuple(b.values[name].shape))])
        b.alias(name, view)


def choose_outputs(b: Builder, allowed: set[str]) -> list[str]:
    """What nothing reads, and now and then a value that is read."""
    outputs = [name for name in b.sinks() if name in allowed][: b.rng.randint(3, 6)]
    made = [name for call in b.calls for name in call.results if name in allowed]
    core = [name for name in made if name in b.core]
    if made and b.rng.random() < (0.8 if core else 0.4):
        outputs.insert(0, b.rng.choice(core or made))
    return list(dict.fromkeys(outputs))


def differentiable(b: Builder) -> set[str]:
    return {name for name, value in b.values.items() if b.dtype_of(value) in FLOATS}


def draw_terms(b: Builder, outputs: list[str]) -> tuple[str, ...]:
    return tuple(b.rng.choice(TERMS) for _ in outputs)


def finished(b: Builder, share_of_gradients: float) -> Program | None:
    """The program with results, or with a loss and its gradient."""
    times = b.rng.choice([1, 1, 1, 2, 3])
    nested = b.rng.random() < 0.06
    arguments = [each for each in b.inputs if each.role == "argument"]
    floats = [i for i, each in enumerate(arguments) if each.dtype in FLOATS]
    if floats and b.rng.random() < share_of_gradients:
        outputs = choose_outputs(b, differentiable(b))
        chosen = tuple(sorted(b.rng.sample(floats, b.rng.randint(1, min(3, len(floats))))))
        order = 2 if b.rng.random() < 0.12 else 1
        program = b.program(
            outputs,
            terms=draw_terms(b, outputs),
            gradient=chosen,
            transform="value_and_grad" if order == 1 and b.rng.random() < 0.2 else "grad",
            order=order,
            times=times,
            nested=nested,
        )
        if outputs and not modes.run(program, modes.EAGER).error:
            return program
    outputs = choose_outputs(b, set(b.values))
    return b.program(outputs, times=times, nested=nested) if outputs else None
