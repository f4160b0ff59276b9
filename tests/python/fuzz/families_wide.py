"""Families of programs that mix dtypes, are long, or are called while their tensors change."""

from __future__ import annotations

from dataclasses import replace

from fuzz import definitions, featured, modes, steps, steps_options, steps_typed, steps_writes
from fuzz.builder import Builder
from fuzz.parts import add_aliases, add_inputs, choose_outputs, finished, take
from fuzz.program import FLOATS, Input, Program

TYPED: dict[steps.Step, float] = {
    steps_typed.number: 2,
    steps_typed.operator: 4,
    steps_typed.elementwise: 2,
    steps_typed.logic: 1,
    steps_typed.masked: 2,
    steps_typed.converted: 2,
    steps_typed.clipped: 0.5,
    steps.choose: 1,
    steps.total: 1.5,
    steps.view: 1,
    steps.write: 0.5,
    steps_writes.by_operator: 0.7,
    steps_options.optioned: 2,
    steps_options.position: 1,
    steps_options.scattered: 0.3,
    featured.any_operation: 0.5,
}
LONG: dict[steps.Step, float] = {
    steps.arithmetic: 4,
    steps.smooth: 3,
    steps.broadcast: 2,
    steps.total: 2,
    steps.matmul: 1.5,
    steps.view: 2,
    steps.choose: 1,
    steps.extreme: 1,
    steps.join: 0.7,
    steps.cast: 0.3,
    steps_options.optioned: 2,
    steps_options.position: 0.7,
    steps_options.scattered: 0.3,
    steps_writes.handle: 0.5,
    steps_writes.by_operator: 0.5,
    steps_writes.looped: 0.3,
    steps.write: 0.5,
}
WRITES: dict[steps.Step, float] = {
    steps.view: 4,
    steps_writes.handle: 3,
    steps.write: 3,
    steps_writes.looped: 1,
    steps_writes.by_operator: 2,
    steps_writes.masked: 0.7,
    steps_writes.placed: 1,
    steps_writes.detached: 1.5,
    steps_writes.swapped: 0.5,
    steps.arithmetic: 2,
    steps.smooth: 1,
    steps.total: 1,
    steps.matmul: 0.5,
    steps.cast: 0.5,
}


def typed(b: Builder, _: definitions.Operation) -> Program | None:
    """Inputs and numbers of any dtypes."""
    n, m, k = b.extents
    for shape in b.rng.sample([(n, m), (n, m), (m,), (n, 1), (k, n, m), ()], 3):
        b.input(shape, b.rng.choice(steps_typed.ALL), low=-4, high=5, layout=b.layout(shape))
    take(b, TYPED, b.rng.randint(4, 10))
    return finished(b, 0.25)


def long(b: Builder, _: definitions.Operation) -> Program | None:
    """Many statements, of which each may read any value."""
    n, m, k = b.extents
    add_inputs(b, b.rng.sample([(n, n), (n, m), (m, n), (n,), (m,), (n, m, k), ()], 3))
    take(b, LONG, b.rng.randint(12, 24))
    return finished(b, 0.4)


def called(b: Builder, _: definitions.Operation) -> Program | None:
    """Several calls, between which arguments and results are written, replaced and passed on."""
    n, m, k = b.extents
    add_inputs(b, b.rng.sample([(n, n), (n, m), (n, m), (m, n), (n,), (n, m, k)], 3))
    add_aliases(b)
    take(b, WRITES, b.rng.randint(3, 8))
    program = finished(b, 0.2)
    if program is None:
        return None
    between = _between(b, program)
    changed = replace(program, between=between, times=b.rng.choice([2, 3, 4]))
    return program if modes.run(changed, modes.EAGER).error else changed


def _between(b: Builder, program: Program) -> tuple[str, ...]:
    arguments = program.arguments()
    if not arguments:
        return ()
    found = []
    for _ in range(b.rng.randint(1, 3)):
        given = b.rng.choice(arguments)
        name = given.name
        forms = [
            f"{name} = {name}.clone()",
            f"{name} = {name}.T.contiguous().T",
            f"{name} = {name}[1:]" if given.shape else f"{name} = {name} * 1",
            f"{name} = {name}.to(mc.float64)",
            f"{name}.mul_(-1)" if given.dtype in FLOATS else f"{name}.zero_()",
            "r[0].zero_()",
            "r[-1].mul_(-1)",
        ]
        if given.shape and 0 not in given.shape:
            forms += [f"{name}[0] = 1", f"{name}[-1:].add_({name}[:1])", f"{name} = {name}.flip(0)"]
        if not program.terms:
            forms += 3 * _passed_on(b, program, given)
        found.append(b.rng.choice(forms))
    return tuple(found)


def _passed_on(b: Builder, program: Program, given: Input) -> list[str]:
    return [
        f"{given.name} = r[{i}]{form}"
        for i, name in enumerate(program.outputs)
        if name in b.values
        and tuple(b.values[name].shape) == given.shape
        and b.dtype_of(b.values[name]) == given.dtype
        for form in ("", ".detach()", ".clone()")
    ]


def leaves(b: Builder, _: definitions.Operation) -> Program | None:
    """Arguments with gradients, which are taken of what the compiled function gives."""
    if b.dtype not in ("float32", "float64"):
        return None
    n, m, k = b.extents
    shapes = [(n, n), (n, m), (n, m), (m, n), (n,), (n, m, k)]
    roles = ["leaf", b.rng.choice(["leaf", "argument"]), "argument"]
    for shape, role in zip(b.rng.sample(shapes, 3), roles, strict=True):
        b.input(shape, role=role, layout=b.layout(shape))
    add_aliases(b)
    for given in b.inputs[:2]:
        b.call("{0} * 1", given.name)
    take(b, WRITES, b.rng.randint(3, 9))
    outputs = choose_outputs(b, set(b.values))
    own = f"({b.inputs[0].name} * 2).sum()"
    loss = f"({own} + sum((e * e).sum() for e in r if e.requires_grad))"
    times = b.rng.choice([1, 1, 2])
    # One node stands for a whole call, so that what an argument keeps of the first is needed again.
    keep = "retain_graph=True" if times > 1 else ""
    return b.program(outputs, between=(f"{loss}.backward({keep})",), times=times)
