"""Makes a failing program smaller while it fails in the same way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fuzz import compare, modes
from fuzz.compare import Fault
from fuzz.program import Call, Input, Program


def shrink(program: Program, fault: Fault, seconds: float = 60) -> tuple[Program, Fault]:
    """The smallest program that was found in that time, and its fault."""
    end = time.monotonic() + seconds
    while True:
        for candidate in _candidates(program):
            if time.monotonic() > end:
                return program, fault
            found = _same_fault(candidate, fault)
            if found:
                program, fault = candidate, found
                break
        else:
            return program, fault


def _same_fault(program: Program, fault: Fault) -> Fault | None:
    needed = [modes.JIT, fault.mode] if fault.kind == "bits" else [fault.mode]
    try:
        found = compare.first_fault(program, needed)
    except ValueError:
        return None
    return found if found and (found.mode, found.kind) == (fault.mode, fault.kind) else None


def _candidates(program: Program) -> Iterator[Program]:
    """Programs that are a step smaller, those that are much smaller first."""
    live = without_dead_code(program)
    if live != program:
        yield live
    yield from _fewer_outputs(program)
    yield from _fewer_calls(program)
    yield from _plainer(program)
    yield from _smaller_extents(program)


def without_dead_code(program: Program) -> Program:
    """Without statements whose results nothing reads, and inputs that nothing reads."""
    read = set(program.outputs)
    calls: list[Call] = []
    for call in reversed(program.calls):
        if not call.results or read & set(call.results):
            calls.append(call)
            read |= set(call.operands)
    program = replace(program, calls=tuple(reversed(calls)))
    for given in program.inputs:
        position = [each.name for each in program.arguments()]
        wanted = given.name in position and position.index(given.name) in program.gradient
        kept = given.role == "parameter" and _parameters(program) == 1
        if given.name not in program.used() and not kept and not (wanted and _only(program)):
            program = program.without_input(given.name)
    return program


def _parameters(program: Program) -> int:
    return sum(each.role == "parameter" for each in program.inputs)


def _only(program: Program) -> bool:
    return len(program.gradient) == 1


def _fewer_outputs(program: Program) -> Iterator[Program]:
    count = len(program.outputs)
    kept = [[i] for i in range(count)] + [
        [j for j in range(count) if j != i] for i in range(count) if count > 2
    ]
    for positions in kept if count > 1 else []:
        yield replace(
            program,
            outputs=tuple(program.outputs[i] for i in positions),
            terms=tuple(program.terms[i] for i in positions if program.terms),
        )
    # A value that the result is made of, in place of the result.
    known = _types(program)
    for i, name in enumerate(program.outputs):
        maker = next((call for call in program.calls if name in call.results), None)
        for operand in maker.operands if maker else ():
            if not program.terms or "float" in known.get(operand, ((), ""))[1]:
                outputs = (*program.outputs[:i], operand, *program.outputs[i + 1 :])
                yield replace(program, outputs=outputs)


def _fewer_calls(program: Program) -> Iterator[Program]:
    known = _types(program)
    for position in reversed(range(len(program.calls))):
        call = program.calls[position]
        rest = program.calls[:position] + program.calls[position + 1 :]
        if not call.results:
            yield replace(program, calls=rest)
            continue
        if any(name not in known for name in call.results):
            continue
        yield from _replaced(program, call, rest, known)


def _replaced(
    program: Program, call: Call, rest: tuple[Call, ...], known: dict[str, Any]
) -> Iterator[Program]:
    """The call's results are other values of their types, or new inputs."""
    if len(call.results) == 1:
        name = call.results[0]
        for operand in call.operands:
            if known.get(operand) == known[name]:
                yield _renamed(replace(program, calls=rest), {name: operand})
    made = [
        Input(name, *known[name], seed=i, low=-1, high=2) for i, name in enumerate(call.results)
    ]
    yield without_dead_code(replace(program, inputs=(*program.inputs, *made), calls=rest))


def _renamed(program: Program, names: dict[str, str]) -> Program:
    return replace(
        program,
        calls=tuple(
            replace(call, operands=tuple(names.get(each, each) for each in call.operands))
            for call in program.calls
        ),
        outputs=tuple(names.get(each, each) for each in program.outputs),
    )


def _types(program: Program) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and dtype of every value, as far as the statements run."""
    names: dict[str, Any] = modes.namespace()
    lines = [*program.setup(), *(call.line() for call in program.calls)]
    for line in lines:
        try:
            exec(line, names)
        except Exception:
            break
    made = {each.name for each in program.inputs} | {
        name for call in program.calls for name in call.results
    }
    return {
        name: (tuple(names[name].shape), str(names[name].dtype).removeprefix("mc."))
        for name in made & names.keys()
    }


def _plainer(program: Program) -> Iterator[Program]:
    if program.times > 1:
        yield replace(program, times=program.times - 1)
    if program.order > 1:
        yield replace(program, order=1)
    if program.nested:
        yield replace(program, nested=False)
    if program.transform != "grad":
        yield replace(program, transform="grad")
    for i in range(len(program.between)):
        yield replace(program, between=program.between[:i] + program.between[i + 1 :])
    for position in program.gradient if len(program.gradient) > 1 else ():
        yield replace(program, gradient=tuple(n for n in program.gradient if n != position))
    for i, term in enumerate(program.terms):
        if term != "{0}.sum()":
            terms = (*program.terms[:i], "{0}.sum()", *program.terms[i + 1 :])
            yield replace(program, terms=terms)
    for i, given in enumerate(program.inputs):
        for change in (
            {"layout": "plain"},
            {"values": "uniform"},
            {"role": "argument"},
            {"of": ""},
        ):
            plain = replace(given, **change)
            if plain != given and not (given.role == "parameter" and program.optimizer):
                yield _with_input(program, i, plain)


def _with_input(program: Program, position: int, given: Input) -> Program:
    inputs = (*program.inputs[:position], given, *program.inputs[position + 1 :])
    if given.role != program.inputs[position].role:
        # Arguments are counted: a new one comes last.
        inputs = (*program.inputs[:position], *program.inputs[position + 1 :], given)
    return replace(program, inputs=inputs)


def _smaller_extents(program: Program) -> Iterator[Program]:
    extents = {extent for each in program.inputs for extent in each.shape if extent > 1}
    for extent in sorted(extents, reverse=True):
        for smaller in sorted({1, 2, 3, extent // 2, extent - 1} & set(range(1, extent))):
            yield replace(
                program,
                inputs=tuple(
                    replace(each, shape=tuple(smaller if e == extent else e for e in each.shape))
                    for each in program.inputs
                ),
            )
