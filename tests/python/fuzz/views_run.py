"""Runs programs of views and writes on Mycel, and compares with NumPy and with what PyTorch gave.

In tests/python: python -m fuzz.views_run --programs 2000 [--first SEED] [--gradients]
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from fuzz.views_oracle import Array
from fuzz.views_programs import Program, generate

# How the body runs: as it stands, or compiled, its tensors given as arguments or captured.
FORMS = ("eager", "arguments", "outer")
GRADIENT_FORMS = (*FORMS, "grad", "step")
STORED = Path(__file__).with_name("views_gradients.json")


def run(program: Program, form: str, make: Any, jit: Any, calls: int = 1) -> dict[str, Any]:
    """The program's tensors at its end; `make` gives the inputs."""
    values: dict[str, Any] = {"new": getattr(make, "new", lambda x: x)}
    values.update({name: make(array) for name, array in program.inputs.items()})
    exec("\n".join(program.before), values)
    arguments = [values[name] for name in program.parameters]
    exec(program.body_as_function(captured=form == "outer"), values)
    if form == "outer":
        body, arguments = jit(values["make"](*arguments)), []
    else:
        body = values["body"] if form == "eager" else jit(values["body"])
    for _ in range(calls):
        results = body(*arguments)
    if len(program.results) == 1:
        results = [results]
    values.update(zip(program.results, results or [], strict=True))
    exec("\n".join(program.after), values)
    assert form == "eager" or body.compilations == 1, f"compiled {body.compilations} times"
    return values


def expected(program: Program, calls: int = 1) -> dict[str, np.ndarray]:
    values = run(program, "eager", lambda array: Array(array.copy()), None, calls)
    return {name: values[name].array for name in (*program.parameters, *program.results)}


def mycel_values(program: Program, form: str, calls: int = 1) -> dict[str, np.ndarray]:
    import mycel as mc

    values = run(program, form, lambda array: mc.tensor(array), mc.jit, calls)
    names = (*program.parameters, *program.results)
    return {name: values[name].detach().numpy() for name in names}


def whole_program(program: Program) -> str:
    """The program as a function of its inputs that returns its loss."""
    lines = [*program.before, *program.body, *program.after, f"return {program.loss()}"]
    return "\n".join([f"def loss({', '.join(program.inputs)}):", *(f"    {x}" for x in lines)])


def mycel_gradients(program: Program, form: str) -> list[np.ndarray]:
    """The gradients of the inputs."""
    import mycel as mc

    def leaf(array: np.ndarray) -> Any:
        return mc.tensor(array).requires_grad_()

    if form in ("grad", "step"):
        values: dict[str, Any] = {"new": lambda x: x}
        exec(whole_program(program), values)
        if form == "grad":
            inputs = [mc.tensor(array) for array in program.inputs.values()]
            found = mc.jit(mc.grad(values["loss"], argnums=(0, 1)))(*inputs)
            return [gradient.numpy() for gradient in found]
        leaves = [leaf(array) for array in program.inputs.values()]
        mc.jit(lambda: values["loss"](*leaves).backward())()
    else:
        values = run(program, form, leaf, mc.jit)
        eval(program.loss(), values).backward()
        leaves = [values[name] for name in program.inputs]
    return [x.grad.numpy() if x.grad is not None else np.zeros(tuple(x.shape)) for x in leaves]


def fingerprint(program: Program) -> int:
    return zlib.crc32(program.script().encode())


def stored_gradients() -> dict[int, list[Any]]:
    """By seed: the program's fingerprint and PyTorch's gradients."""
    return {int(seed): entry for seed, entry in json.loads(STORED.read_text()).items()}


def compare(what: str, got: np.ndarray, right: np.ndarray) -> str | None:
    if got.shape == right.shape and np.allclose(got, right, rtol=1e-6, atol=1e-6):
        return None
    return f"{what} is {got.tolist()}, expected {right.tolist()}"


def check_values(seed: int, form: str) -> str | None:
    """Why the program's values are wrong, with its text; None where they are right."""
    program = generate(seed)
    calls = 1 + seed % 2
    try:
        got = mycel_values(program, form, calls)
        right = expected(program, calls)
        wrong = [compare(name, got[name], right[name]) for name in right]
    except Exception as error:  # a program that raises is a finding
        wrong = [f"raised {type(error).__name__}: {error}"]
    if not any(wrong):
        return None
    found = "\n".join(line for line in wrong if line)
    return f"{form}, {calls} calls: {found}\n{program.script()}"


def check_gradients(seed: int, form: str, stored: list[Any]) -> str | None:
    program = generate(seed, gradients=True)
    mark, *right = stored
    if mark != fingerprint(program):
        return f"seed {seed} writes another program than PyTorch ran: run fuzz.views_torch again"
    try:
        got = mycel_gradients(program, form)
        wrong = [
            compare(f"the gradient of {name}", mine, np.reshape(theirs, mine.shape))
            for name, mine, theirs in zip(program.inputs, got, right, strict=True)
        ]
    except Exception as error:
        wrong = [f"raised {type(error).__name__}: {error}"]
    if not any(wrong):
        return None
    found = "\n".join(line for line in wrong if line)
    return f"{form}: {found}\n{program.script()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--gradients", action="store_true")
    parser.add_argument("--stop-after", type=int, default=20, help="failures")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.programs)
    stored = stored_gradients() if arguments.gradients else {}
    failures = ran = 0
    for seed in seeds:
        if arguments.gradients and seed not in stored:
            continue
        ran += 1
        for form in GRADIENT_FORMS if arguments.gradients else FORMS:
            if arguments.gradients:
                why = check_gradients(seed, form, stored[seed])
            else:
                why = check_values(seed, form)
            if why:
                failures += 1
                print(why, end="\n\n", flush=True)
                break
        if failures >= arguments.stop_after:
            break
    print(f"{ran} programs, {failures} of them wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
