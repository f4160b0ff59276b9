"""A program as a script that runs by itself: it prints what two modes give."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from fuzz import modes
from fuzz.program import Program

SHORT = 9  # lines


def script(program: Program, mode: str) -> str:
    """The text; expressions are nested where it would be long otherwise."""
    text = _text(program, mode)
    while len(text.splitlines()) > SHORT:
        nested = _nested(program)
        if nested is None:
            return text
        program = nested
        text = _text(program, mode)
    return text


def _text(program: Program, mode: str) -> str:
    body = [*program.function(), *program.setup()]
    arguments = ", ".join(each.name for each in program.arguments())
    seen = ", ".join(_seen(program)) if _writes(program) else ""
    call = f"g({arguments})"
    setup = program.setup()
    target = program.target()
    if mode == modes.REFERENCE:
        loop = [f'for g, device in (({target}, "cpu"), ({target}, "reference")):']
        if program.nested:
            loop.insert(0, "j = lambda f: f")
        setup = ["mc.set_default_device(device)", *setup]
    elif program.nested:
        loop = ["for j in (lambda f: f, mc.jit):"]
        setup = [f"g = j({target})", *setup]
    else:
        loop = [f"for g in ({target}, mc.jit({target})):"]
    if len(setup) > 2:
        setup = ["; ".join(setup)]
    if program.between:
        steps = [f"r = mc.tree.leaves({call})", "print(r)", *program.between]
        shown = [f"for _ in range({program.times}): {'; '.join(steps)}"]
        shown += [f"print({seen})"] if seen else []
    else:
        if program.times > 1:
            call = f"[{call} for _ in range({program.times})]"
        shown = [f"print({', '.join(filter(None, [call, seen]))})"]
    return "\n".join(
        [
            *_head(mode, "\n".join(body)),
            *program.function(),
            *loop,
            *(f"    {line}" for line in [*setup, *shown]),
        ]
    )


def _head(mode: str, body: str) -> list[str]:
    names = ["numpy as np", "mycel as mc"]
    if modes.variables(mode):
        names.append("os")
    imports = f"import {', '.join(names)}"
    for name, value in modes.variables(mode).items():
        imports += f'; os.environ["{name}"] = "{value}"'
    if "F." in body:
        imports += "; from mycel.nn import functional as F"
    if "op(" in body:
        imports += "; from mycel._core.functions import operation as op"
    return [imports, "rng = np.random.default_rng"]


def _writes(program: Program) -> bool:
    return bool(program.between) or program.writes()


def _seen(program: Program) -> list[str]:
    """What a program may change."""
    return [
        f"{each.name}.grad" if part and each.role == "leaf" else each.name
        for each in program.inputs
        for part in range(1 + (each.role == "leaf"))
    ]


def _nested(program: Program) -> Program | None:
    """The program with one result put in place of the only name that reads it."""
    if _writes(program):
        return None
    reads = Counter(program.outputs)
    for call in program.calls:
        # An operand may be an expression by now.
        reads.update(name for operand in call.operands for name in re.findall(r"\w+", operand))
    for position, call in enumerate(program.calls):
        if len(call.results) != 1 or reads[call.results[0]] != 1:
            continue
        for reader in range(position + 1, len(program.calls)):
            other = program.calls[reader]
            if call.results[0] in other.operands and _once(other, call.results[0]):
                return _inlined(program, position, reader)
    return None


def _once(call: object, name: str) -> bool:
    return call.text.count(f"{{{call.operands.index(name)}}}") == 1


def _inlined(program: Program, position: int, reader: int) -> Program:
    call, other = program.calls[position], program.calls[reader]
    text = call.text.format(*call.operands)
    operands = tuple(text if each == call.results[0] else each for each in other.operands)
    calls = list(program.calls)
    calls[reader] = replace(other, operands=operands)
    del calls[position]
    return replace(program, calls=tuple(calls))
